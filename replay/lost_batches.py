"""Batches of decisions that a session had and no recording has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple


class LostBatches(NamedTuple):
    """A stretch of the batches of one Selector."""

    incarnation: int
    first_no: int
    last_no: int
    why: str

    def name(self, session: str) -> str:
        """The stretch, said for people."""
        return f"batches {session}-{self.incarnation}-{self.first_no} to {self.last_no}"


def behind(upto: Mapping[int, int], lost: Iterable[LostBatches]) -> list[LostBatches]:
    """Of these stretches the part behind the last batch that was read of each Selector; each batch once."""
    read = dict(upto)
    found: list[LostBatches] = []
    for one in sorted(lost):
        last_no = read.get(one.incarnation, 0)
        if one.last_no > last_no:
            found.append(one._replace(first_no=max(one.first_no, last_no + 1)))
            read[one.incarnation] = one.last_no
    return found
