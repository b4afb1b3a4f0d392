"""The checks of an account against the venue, one after another: what each proves and what follows.

A difference that two checks in a row prove stops orders (``trading.risk``) until a later check finds it
gone. The whole past is searched once for what explains it; then a person is told.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from trading.events import CashMoved, Difference, PositionAt, Reconciled
from trading.ledger import Ledger
from trading.reconciliation import Check, Figures, compare, standing
from trading.venue_time import VenueTimeUs

SEARCH_GAP_US: Final = 60_000_000  # between two searches of the whole past
TRIES: Final = 5  # checks soon after each other while something is suspected or cash could not be compared


@dataclass(frozen=True, slots=True)
class VenueFigures:
    """The figures of one read of the venue."""

    positions: Collection[PositionAt]
    available_e6: Mapping[int, int]
    as_of_us: VenueTimeUs  # fills and settlements up to then were read as well
    read_us: VenueTimeUs  # tells one check from another


@dataclass(frozen=True, slots=True)
class CheckVerdict:
    """The outcome of a check."""

    check: Check
    differences: tuple[Difference, ...]  # all that stand now
    events: tuple[CashMoved | Reconciled, ...]  # to be recorded
    appeared: tuple[Difference, ...]
    gone: tuple[Difference, ...]
    unexplained: tuple[Difference, ...]  # searched for in vain; each told once
    is_again_soon: bool
    search_past: bool  # read every fill and settlement since the account was opened


class AccountChecks:
    """Remembers from one check to the next what is suspected and what was searched for."""

    def __init__(self) -> None:
        self._suspects: dict[str, tuple[Figures, Figures]] = {}
        self._conflicts: list[Difference] = []  # told since the last check
        self._searching: set[str] = set()  # keys for which the search under way was asked
        self._searched: set[str] = set()
        self._told: set[str] = set()
        self._searched_us: int | None = None
        self._tries = 0

    def add_conflicts(self, conflicts: Iterable[Difference]) -> None:
        """They stand from the next check on."""
        self._conflicts += conflicts

    def judge(
        self, ledger: Ledger, venue: VenueFigures, moved: Collection[str], *, now_us: int, generation: int
    ) -> CheckVerdict:
        """``moved``: tickers with an event that the read may not know."""
        check = compare(
            positions=ledger.positions,
            available_e6={shard: ledger.available_e6(shard) for shard in ledger.shards()},
            venue_positions=venue.positions,
            venue_available_e6=venue.available_e6,
            moved=moved,
            suspects=self._suspects,
        )
        before = {each.key: each for each in ledger.differences}
        now = {each.key: each for each in standing(before.values(), check, self._conflicts)}
        self._suspects, self._conflicts = check.suspects, []
        self._searched &= now.keys()
        self._told &= now.keys()
        differences = tuple(now.values())
        reconciled = Reconciled(now_us, generation, differences, check.in_motion, venue.as_of_us)
        return CheckVerdict(
            check=check,
            differences=differences,
            events=(*_moves(check, venue, now_us), reconciled),
            appeared=tuple(each for key, each in now.items() if key not in before),
            gone=tuple(each for key, each in before.items() if key not in now),
            unexplained=self._unexplained(check),
            is_again_soon=self._again_soon(check, now),
            search_past=self._begin_search(now, venue.read_us),
        )

    def searched(self) -> None:
        """The whole past was read and taken in: the next check tells what it has not explained."""
        self._searched |= self._searching
        self._searching.clear()

    def search_failed(self) -> None:
        """The past could not be read: a later check asks for it again."""
        self._searching.clear()

    def _unexplained(self, check: Check) -> tuple[Difference, ...]:
        found = tuple(each for key, each in check.different.items() if key in self._searched - self._told)
        self._told |= {each.key for each in found}
        return found

    def _begin_search(self, now: Mapping[str, Difference], read_us: int) -> bool:
        unsearched = now.keys() - self._searched
        if not unsearched or self._searching:
            return False
        if self._searched_us is not None and read_us - self._searched_us < SEARCH_GAP_US:
            return False
        self._searching |= unsearched
        self._searched_us = read_us
        return True

    def _again_soon(self, check: Check, now: Mapping[str, Difference]) -> bool:
        is_settled = check.is_cash_checked and check.suspects.keys() <= now.keys()
        self._tries = 0 if is_settled else self._tries + 1
        return 0 < self._tries < TRIES


def _moves(check: Check, venue: VenueFigures, now_us: int) -> tuple[CashMoved, ...]:
    if not check.shifted_e6:
        return ()
    return (CashMoved(now_us, f"shards/{venue.read_us}", check.shifted_e6, "between shards"),)
