"""Realised trades as an accountant wants them: per market, day (UTC) and outcome all that was closed.

The cost is that of the ledger (``trading.portfolio``): the average cost of the outcome held. Fees are no part
of it; they stand on the day on which they were charged, also where nothing was sold on it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Literal, NamedTuple

from trading.market import BookSide, complement_e4

Outcome = Literal["YES", "NO"]


class Filled(NamedTuple):
    """The fill that moved a position."""

    side: BookSide
    price_e4: int  # of YES
    count_e2: int


class Holding(NamedTuple):
    """A market's holding, and its beginning without a break since; None where that was before the ledger."""

    position_e2: int = 0
    cost_e6: int = 0
    opened_us: int | None = None


class Moved(NamedTuple):
    """A market after a fill or a settlement, and what that changed."""

    ticker: str
    at_us: int
    position_e2: int
    cost_e6: int
    realised_change_e6: int
    fees_change_e6: int
    fill: Filled | None
    is_from_before: bool = False  # held when the ledger began


@dataclass(slots=True)
class RealisedTrade:
    """The closed part of one outcome in one market on one day; times are those of the first opening and
    the last closing."""

    ticker: str
    day: date
    outcome: Outcome
    opened_us: int | None = None
    closed_us: int | None = None
    contracts_e2: int = 0
    cost_e6: int = 0
    proceeds_e6: int = 0
    fees_e6: int = 0

    @property
    def profit_e6(self) -> int:
        """Before fees."""
        return self.proceeds_e6 - self.cost_e6

    def close(self, part: _Closed, at_us: int) -> None:
        if not self.contracts_e2:
            self.opened_us = part.opened_us
        elif self.opened_us is not None:
            self.opened_us = None if part.opened_us is None else min(self.opened_us, part.opened_us)
        self.closed_us = at_us
        self.contracts_e2 += part.contracts_e2
        self.cost_e6 += part.cost_e6
        self.proceeds_e6 += part.cost_e6 + part.profit_e6


class _Closed(NamedTuple):
    outcome: Outcome
    contracts_e2: int
    cost_e6: int
    profit_e6: int
    opened_us: int | None


class RealisedTrades:
    """Folds what moved the positions, in the order of the ledger."""

    def __init__(self, held: dict[str, Holding]) -> None:
        """``held``: what was there before."""
        self._held = dict(held)
        self._trades: dict[tuple[date, str, Outcome], RealisedTrade] = {}

    def take(self, moves: Iterable[Moved]) -> RealisedTrades:
        for moved in moves:
            self._take(moved)
        return self

    def all(self) -> list[RealisedTrade]:
        """By day, market and outcome."""
        return [self._trades[key] for key in sorted(self._trades)]

    def _take(self, moved: Moved) -> None:
        before = self._held.get(moved.ticker, Holding())
        self._held[moved.ticker] = _held_after(before, moved)
        closed = _closed_by(before, moved)
        if closed is not None:
            self._trade(moved, closed.outcome).close(closed, moved.at_us)
        if moved.fees_change_e6:
            outcome = closed.outcome if closed is not None else _outcome(moved.position_e2)
            self._trade(moved, outcome).fees_e6 += moved.fees_change_e6

    def _trade(self, moved: Moved, outcome: Outcome) -> RealisedTrade:
        day = datetime.fromtimestamp(moved.at_us / 1e6, UTC).date()
        key = (day, moved.ticker, outcome)
        return self._trades.setdefault(key, RealisedTrade(moved.ticker, day, outcome))


def _outcome(position_e2: int) -> Outcome:
    return "YES" if position_e2 > 0 else "NO"


def _is_crossed(before_e2: int, after_e2: int) -> bool:
    return before_e2 * after_e2 < 0


def _held_after(before: Holding, moved: Moved) -> Holding:
    goes_on = before.position_e2 and not _is_crossed(before.position_e2, moved.position_e2)
    began_us = None if moved.is_from_before else moved.at_us
    opened_us = before.opened_us if goes_on else began_us
    return Holding(moved.position_e2, moved.cost_e6, opened_us if moved.position_e2 else None)


def _closed_by(before: Holding, moved: Moved) -> _Closed | None:
    """The closed part of the position; None where none of it was."""
    held_e2, left_e2 = before.position_e2, moved.position_e2
    if not held_e2:
        return _closed_at_once(moved)
    if _is_crossed(held_e2, left_e2):
        left_e2, cost_left_e6 = 0, 0
    else:
        cost_left_e6 = moved.cost_e6
    if abs(left_e2) >= abs(held_e2):
        return None
    return _Closed(
        _outcome(held_e2),
        abs(held_e2) - abs(left_e2),
        before.cost_e6 - cost_left_e6,
        moved.realised_change_e6,
        before.opened_us,
    )


def _closed_at_once(moved: Moved) -> _Closed | None:
    """A fill that was told after the settlement of its market: it was paid out as it came."""
    fill = moved.fill
    if fill is None or moved.position_e2:
        return None
    is_yes = fill.side == "bid"
    price_e4 = fill.price_e4 if is_yes else complement_e4(fill.price_e4)
    cost_e6 = price_e4 * fill.count_e2
    return _Closed("YES" if is_yes else "NO", fill.count_e2, cost_e6, moved.realised_change_e6, moved.at_us)
