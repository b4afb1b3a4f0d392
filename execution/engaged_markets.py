"""The markets whose books at the execution venue matter most to the account, in a bounded number."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from execution.execution_markets import UNLISTED
from trading.ledger import Ledger
from trading.market import Market
from trading.others_book import OwnOrder

MOST_FOLLOWED: Final = 250  # of one subscription: ``seq`` is counted per subscription, so a gap costs all


def engaged_markets(
    ledger: Ledger, markets: Mapping[str, Market], asked: Collection[str], *, most: int = MOST_FOLLOWED
) -> list[str]:
    """The venue's ``markets`` that have a position, then those with an order that may still fill, then those
    that an order was ``asked`` for, the newest first.

    Of the positions those come first that an order was asked for, or there would be none to close for
    want of a book; then the dearest.
    """
    costs = {ticker: held.cost_e6 for ticker, held in ledger.positions.items() if held.held_e2}
    wanted = [ticker for ticker in asked if ticker in costs]
    dearest = sorted(costs, key=lambda ticker: (-costs[ticker], ticker))
    resting = sorted({order.ticker for order in ledger.live_orders()})
    engaged = dict.fromkeys([*wanted, *dearest, *resting, *asked])
    return [ticker for ticker in engaged if _is_listed(markets.get(ticker))][:most]


def _is_listed(market: Market | None) -> bool:
    return market is not None and market.status != UNLISTED


def own_orders(ledger: Ledger, ticker: str) -> list[OwnOrder]:
    """The account's orders that may rest in a market, those on their way included."""
    return [
        OwnOrder(order.side, order.price_e4, order.count_e2 - order.filled_e2)
        for order in ledger.orders_in(ticker)
        if not order.is_terminal
    ]
