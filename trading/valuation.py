"""An account's worth and risk: marks, equity, exposure."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from trading.held_prices import OutcomePrices
from trading.ledger import Ledger
from trading.portfolio import Position

Mark = Callable[[str], OutcomePrices]
"""The values of YES and NO of a ticker: 0 for worth nothing, None for not known yet."""


class Valuation(NamedTuple):
    """An account at the marks of one moment, in money_e6."""

    equity: int  # cash, with what resting orders reserve, and everything held
    held: int  # value of everything held
    unrealised: int  # of that, above its cost


def valuation(ledger: Ledger, mark: Mark) -> Valuation:
    """Everything held at the price of its outcome, or at cost before that was first known.

    At zero, a start would look like a loss of everything held, and halt for it.
    """
    held_e6 = sum(worths_e6(ledger, mark).values())
    cost_e6 = sum(position.cost_e6 for position in ledger.positions.values() if position.position_e2)
    return Valuation(ledger.cash_e6() + held_e6, held_e6, held_e6 - cost_e6)


def worths_e6(ledger: Ledger, mark: Mark) -> dict[str, int]:
    """Of everything held, by market, at its mark or else at cost."""
    held = {ticker: position for ticker, position in ledger.positions.items() if position.position_e2}
    marked = {ticker: marked_e6(position, mark(ticker)) for ticker, position in held.items()}
    return {
        ticker: held[ticker].cost_e6 if worth_e6 is None else worth_e6 for ticker, worth_e6 in marked.items()
    }


def marked_e6(position: Position, prices: OutcomePrices) -> int | None:
    """Value at the price of the outcome held; None while that is not known."""
    price_e4 = prices.yes_e4 if position.position_e2 > 0 else prices.no_e4
    return None if price_e4 is None else position.held_e2 * price_e4


def market_exposure_e6(ledger: Ledger, ticker: str) -> int:
    """This market's cost so far, and the cost that may come."""
    return ledger.position(ticker).cost_e6 + ledger.market_reserve_e6(ticker)


def event_exposure_e6(ledger: Ledger, event_ticker: str) -> int:
    """The exposure of all markets of an event together."""
    return sum(market_exposure_e6(ledger, ticker) for ticker in ledger.tickers_of(event_ticker))


def total_exposure_e6(ledger: Ledger) -> int:
    """The exposure of the account."""
    return ledger.cost_e6 + ledger.reserve_e6()
