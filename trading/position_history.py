"""A market's position after each fill and settlement, one after the other.

The fold is the portfolio's; this only keeps what stood before and after each event.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple

from trading.events import AccountOpened, CashMoved, FillSeen, LedgerEvent, SettlementSeen
from trading.portfolio import FLAT, Portfolio, Position

Cause = Literal["opened", "fill", "settlement"]


class PositionChange(NamedTuple):
    """A market's position before and after one event; ``cash_e6`` is that of the shard, after it."""

    ticker: str
    exchange_index: int
    cause: Cause
    before: Position
    after: Position
    cash_e6: int


def moved_by(event: LedgerEvent) -> Iterable[str]:
    """The markets whose position an event may change."""
    match event:
        case AccountOpened():
            return [at.ticker for at in event.positions]
        case FillSeen() | SettlementSeen():
            return [event.ticker]
        case _:
            return []


def take(portfolio: Portfolio, event: LedgerEvent) -> list[PositionChange]:
    """Fold one event; the positions that it changed. A settlement is told where nothing is held too."""
    match event:
        case AccountOpened() if not portfolio.is_opened:
            portfolio.open(event)
            shards = {at.ticker: at.exchange_index for at in event.positions}
            return [_change(portfolio, ticker, shard, "opened", FLAT) for ticker, shard in shards.items()]
        case FillSeen():
            before = portfolio.position(event.ticker)
            if portfolio.fill(event):
                return [_change(portfolio, event.ticker, event.exchange_index, "fill", before)]
        case SettlementSeen():
            before = portfolio.position(event.ticker)
            portfolio.settle(event)
            return [_change(portfolio, event.ticker, event.exchange_index, "settlement", before)]
        case CashMoved():
            portfolio.move_cash(event)
        case _:
            pass
    return []


def _change(portfolio: Portfolio, ticker: str, shard: int, cause: Cause, before: Position) -> PositionChange:
    return PositionChange(
        ticker, shard, cause, before, portfolio.position(ticker), portfolio.cash_e6.get(shard, 0)
    )
