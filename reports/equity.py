"""An account's worth over time, from its records.

Equity is cash and what is held, each contract at the price that the session itself went by
(``trading.held_prices``). Between two recorded prices of a market the last one stands; before the first one,
what is held counts at its cost. The last point is the session's own word, where it came to say one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from persistence.sessions.facts import Cash, Move
from reports.scales import Point
from trading.held_prices import UNKNOWN, OutcomePrices, held_prices, last_bids
from trading.portfolio import FLAT, Position
from trading.valuation import marked_e6


class Quoted(NamedTuple):
    """The best bids of both outcomes in a market; None for a side without any."""

    at_us: int
    ticker: str
    bids: OutcomePrices


Recorded = Cash | Move | Quoted


class WorthSoFar:
    """The account as of the events so far."""

    def __init__(self, positions: Mapping[str, Position], cash_e6: Mapping[int, int]) -> None:
        self._positions = dict(positions)
        self._cash_e6 = dict(cash_e6)
        self._last: dict[str, OutcomePrices] = {}
        self._prices: dict[str, OutcomePrices] = {}
        self._worth_e6 = {ticker: position.cost_e6 for ticker, position in positions.items()}
        self.equity_e6 = sum(self._cash_e6.values()) + sum(self._worth_e6.values())

    @property
    def prices(self) -> Mapping[str, OutcomePrices]:
        """The last value of each outcome of a market."""
        return self._prices

    def take(self, event: Recorded) -> None:
        match event:
            case Cash():
                self._have(event)
            case Move():
                self._have(event)
                self._positions[event.ticker] = Position(event.position_e2, event.cost_e6)
                self._value(event.ticker)
            case Quoted():
                last = self._last[event.ticker] = last_bids(self._last.get(event.ticker, UNKNOWN), event.bids)
                self._prices[event.ticker] = held_prices(last, event.bids)
                self._value(event.ticker)

    def _have(self, event: Cash | Move) -> None:
        shard, cash_e6 = event.exchange_index, event.cash_e6
        self.equity_e6 += cash_e6 - self._cash_e6.get(shard, 0)
        self._cash_e6[shard] = cash_e6

    def _value(self, ticker: str) -> None:
        position = self._positions.get(ticker, FLAT)
        worth_e6 = marked_e6(position, self._prices.get(ticker, UNKNOWN)) if position.position_e2 else 0
        new_e6 = position.cost_e6 if worth_e6 is None else worth_e6
        self.equity_e6 += new_e6 - self._worth_e6.get(ticker, 0)
        self._worth_e6[ticker] = new_e6


def equity_curve(worth: WorthSoFar, events: Iterable[Recorded]) -> list[Point]:
    """Equity at each time at which anything happened; events are in the order of time."""
    curve: list[Point] = []
    for event in events:
        worth.take(event)
        if curve and curve[-1].x == event.at_us:
            curve[-1] = Point(event.at_us, worth.equity_e6)
        else:
            curve.append(Point(event.at_us, worth.equity_e6))
    return curve


def ended_with(curve: Sequence[Point], last: Point) -> list[Point]:
    """The curve up to what the session itself said last; nothing is drawn after it."""
    return [*(point for point in curve if point.x < last.x), last]


def drawdown(curve: Sequence[Point]) -> list[Point]:
    """The distance below the highest point so far; 0 or less."""
    highest, found = curve[0].y, []
    for point in curve:
        highest = max(highest, point.y)
        found.append(Point(point.x, point.y - highest))
    return found
