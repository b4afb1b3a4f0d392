"""Whether figures that are shown here are the venue's, although both move while they are read.

Each round has the figures here before and after the venue was read. A figure of the venue's that is
one of the two is equal. One that differs while ours stood still is suspected; the same difference in
two rounds is a difference.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

CASH: Final = "cash"

Figures = Mapping[str, str]
"""Texts by key: ``position T``, ``realised T``, ``fees T``, ``order ID``, ``cash``."""


@dataclass(slots=True)
class Comparison:
    """The rounds so far."""

    equal: set[str] = field(default_factory=set)
    different: dict[str, tuple[str, str]] = field(default_factory=dict)  # ours and the venue's
    moving: set[str] = field(default_factory=set)  # of the last round: nothing can be said of them
    rounds: int = 0
    _suspects: dict[str, tuple[str, str]] = field(default_factory=dict)

    def add(self, before: Figures, venue: Figures, after: Figures) -> None:
        """Judge one round; a key that one side lacks is a figure of its own."""
        self.rounds += 1
        self.moving.clear()
        suspects = {}
        for key in before.keys() | venue.keys() | after.keys():
            ours, theirs = (before.get(key, ""), after.get(key, "")), venue.get(key, "")
            if theirs in ours:
                self.equal.add(key)
            elif ours[0] != ours[1]:
                self.moving.add(key)
            else:
                suspects[key] = (ours[1], theirs)
        self.different = {key: pair for key, pair in suspects.items() if self._suspects.get(key) == pair}
        self._suspects = suspects

    @property
    def is_proven(self) -> bool:
        """Whether nothing is merely suspected, and each figure stood still once."""
        return self._suspects.keys() == self.different.keys() and not self.moving - self.equal

    @property
    def is_settled(self) -> bool:
        """Whether another round would tell nothing new of an account."""
        return self.is_proven and CASH in self.equal | self.different.keys()

    def tell(self, kinds: tuple[str, ...]) -> Agreement:
        """The result for keys of these kinds."""
        return Agreement(
            equal=sum(_kind(key) in kinds for key in self.equal - self.different.keys()),
            different=tuple(
                f"{key}: {ours or 'nothing'} here, {theirs or 'nothing'} there"
                for key, (ours, theirs) in sorted(self.different.items())
                if _kind(key) in kinds
            ),
            moving=sum(_kind(key) in kinds for key in self.moving - self.equal),
        )


@dataclass(frozen=True, slots=True)
class Agreement:
    """Keys of some kinds: how many agreed, which did not, and how many never stood still."""

    equal: int
    different: tuple[str, ...]
    moving: int


def _kind(key: str) -> str:
    return key.partition(" ")[0]
