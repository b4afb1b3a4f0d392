"""The part of a Kalshi account that is traded here: its primary subaccount.

An account may have numbered subaccounts, each with positions and cash of its own. A list of fills or
orders has those of all of them unless it is asked for one; positions and balance are the primary
one's (protocol 3.3, 3.4). Added together they would be the figures of no account.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final, Protocol, TypeVar

PRIMARY: Final = 0
MOST_NAMED: Final = 100  # kinds counted one by one; a hostile venue could invent more


class OfSubaccount(Protocol):
    """A fill, an order or a position, by stream or by read."""

    @property
    def subaccount(self) -> int: ...


Record = TypeVar("Record", bound=OfSubaccount)


def is_in_scope(record: OfSubaccount) -> bool:
    """Whether it may be counted at all."""
    return record.subaccount == PRIMARY


def in_scope(kind: str, records: Iterable[Record]) -> tuple[list[Record], Counter[str]]:
    """The records that may be counted, and how many others there were of each subaccount."""
    kept: list[Record] = []
    others: Counter[str] = Counter()
    for record in records:
        if is_in_scope(record):
            kept.append(record)
        else:
            others[f"{kind} of subaccount {record.subaccount}"] += 1
    return kept, others


class LeftOut:
    """The number of facts that the venue told of other subaccounts, by kind. None of it is in any figure."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()

    def add(self, others: Mapping[str, int]) -> list[str]:
        """Count them; a sentence for each kind that was not met before."""
        notes = []
        for kind, count in others.items():
            name = kind if kind in self.counts or len(self.counts) < MOST_NAMED else "others"
            if name not in self.counts:
                notes.append(f"Left out: {name}; only the primary subaccount is traded and counted here")
            self.counts[name] += count
        return notes
