"""A proof and its pieces."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from typing import Any, Final

SHOWN: Final = 5  # broken rules that a result names; all are counted


@dataclass(frozen=True, slots=True)
class Piece:
    """The result of a part of a proof."""

    counts: dict[str, int]
    """They add up over the pieces."""
    broken: list[str]
    """The broken rules, a line each."""
    worst: dict[str, float] = field(default_factory=dict)
    """Of these the largest counts."""


@dataclass(frozen=True, slots=True)
class Proof:
    """Pieces that may run in any order, each in a process of its own."""

    title: str
    """The promise, in one sentence."""
    pieces: int
    run: Callable[[int, bool], Piece]
    """The piece with this number, from 1; a shorter one when True. The same number gives the same piece."""
    quick_pieces: int = 1
    needs: Collection[str] = ()
    """Counts that may not be 0 in all: a proof in which nothing happened proves nothing."""
    at_once: int | None = None
    """Pieces side by side; None: one on each core."""


@dataclass(slots=True)
class Total:
    """The sum of some pieces."""

    pieces: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    worst: dict[str, float] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)

    def add(self, piece: Piece) -> None:
        self.pieces += 1
        self.counts.update(piece.counts)
        for name, value in piece.worst.items():
            self.worst[name] = max(value, self.worst.get(name, value))
        self.broken += piece.broken

    def lacking(self, needs: Iterable[str]) -> list[str]:
        """A line for each count that may not be 0 and is."""
        return [f"{name} never happened" for name in needs if not self.counts[name]]

    def line(self, needs: Iterable[str]) -> dict[str, Any]:
        """The result as it is kept."""
        broken = [*self.broken, *self.lacking(needs)]
        return {
            "pieces": self.pieces,
            "broken": len(broken),
            "first": broken[:SHOWN],
            "counts": dict(sorted(self.counts.items())),
            "worst": self.worst,
        }
