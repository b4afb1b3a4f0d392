"""The markets whose books at the execution venue matter most to the account, in a bounded number."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from trading.ledger import Ledger
from trading.others_book import OwnOrder

MOST_FOLLOWED: Final = 250  # of one subscription: ``seq`` is counted per subscription, so a gap costs all


def engaged_markets(ledger: Ledger, asked: Iterable[str], *, most: int = MOST_FOLLOWED) -> list[str]:
    """Those with a position first, the dearest before others, then those with an order that may still
    fill, then those that an order was ``asked`` for, in the order given."""
    held = [(-position.cost_e6, ticker) for ticker, position in ledger.positions.items() if position.held_e2]
    resting = sorted({order.ticker for order in ledger.live_orders()})
    return list(dict.fromkeys([*(ticker for _, ticker in sorted(held)), *resting, *asked]))[:most]


def own_orders(ledger: Ledger, ticker: str) -> list[OwnOrder]:
    """What may rest of the account's orders in a market, those on their way included."""
    return [
        OwnOrder(order.side, order.price_e4, order.count_e2 - order.filled_e2)
        for order in ledger.orders_in(ticker)
        if not order.is_terminal
    ]
