"""The differences to the venue that stand, and which orders they forbid.

A position that differs forbids opening orders in its market, and cash that differs forbids them
everywhere. Cost, realised P&L and fees forbid nothing: the venue does not say how it counts them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from trading.events import Difference

_STOPPING: Final = ("position", "cash", "conflict")


class StandingDifferences:
    """As the last check against the venue left them."""

    def __init__(self, differences: Iterable[Difference | str] = ()) -> None:
        """Sentences alone, of earlier ledgers, stand for nothing."""
        self._all = tuple(each for each in differences if isinstance(each, Difference))
        self._stopping = [each for each in self._all if each.kind in _STOPPING]

    def __iter__(self) -> Iterator[Difference]:
        return iter(self._all)

    @property
    def of_cash(self) -> Difference | None:
        """Why no order may open a position anywhere; None when none may not."""
        return next((each for each in self._stopping if not each.ticker), None)

    def of_position(self, ticker: str) -> bool:
        """Whether a market's position is proven to differ, or something of it was told in two ways."""
        return any(each.ticker == ticker for each in self._stopping)

    def closable_e2(self, ticker: str, position_e2: int) -> int:
        """Contracts of our position that an order may close: what the venue agrees is held."""
        venues_e2 = [each.venue_e2 for each in self._stopping if each.ticker == ticker]
        agreed_e2 = [e2 if position_e2 > 0 else -e2 for e2 in (position_e2, *venues_e2) if e2 is not None]
        return max(0, min(agreed_e2))
