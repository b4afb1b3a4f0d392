"""What an account is worth, and what it risks: marks, equity, exposure."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from trading.ledger import Ledger
from trading.portfolio import Position, value_e6

Mark = Callable[[str], tuple[int | None, int | None] | None]
"""Best YES and NO bid of a ticker, None for a side without any, and None alone for a book never seen."""


class Valuation(NamedTuple):
    """An account at the marks of one moment, in money_e6."""

    equity: int  # cash, with what resting orders reserve, and everything held
    held: int  # value of everything held
    unrealised: int  # of that, above its cost


def valuation(ledger: Ledger, mark: Mark) -> Valuation:
    """Everything held at the best bid of its outcome, or at cost before its book was first seen.

    At zero, a start would look like a loss of everything held, and halt for it.
    """
    held_e6 = cost_e6 = 0
    for ticker, position in ledger.positions.items():
        if position.position_e2:
            bids = mark(ticker)
            held_e6 += position.cost_e6 if bids is None else marked_e6(position, *bids)
            cost_e6 += position.cost_e6
    return Valuation(ledger.cash_e6() + held_e6, held_e6, held_e6 - cost_e6)


def marked_e6(position: Position, yes_bid_e4: int | None, no_bid_e4: int | None) -> int:
    """Value at the best bid of the outcome held; without a bid it is worth nothing today."""
    return value_e6(position.position_e2, yes_e4=yes_bid_e4 or 0, no_e4=no_bid_e4 or 0)


def market_exposure_e6(ledger: Ledger, ticker: str) -> int:
    """What this market has cost and may still cost."""
    return ledger.position(ticker).cost_e6 + ledger.market_reserve_e6(ticker)


def event_exposure_e6(ledger: Ledger, event_ticker: str) -> int:
    """The exposure of all markets of an event together."""
    return sum(market_exposure_e6(ledger, ticker) for ticker in ledger.tickers_of(event_ticker))


def total_exposure_e6(ledger: Ledger) -> int:
    """The exposure of the account."""
    return ledger.cost_e6 + ledger.reserve_e6()
