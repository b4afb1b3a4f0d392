"""The cash that the resting orders of one market may take.

Opening orders reserve their price, or 1 − price for an ask; what closes the position reserves only
its fee (protocol 7.1, Collateral). The taker fee is reserved whole even for an order that will rest:
which side of the trade it ends on is known only when it fills.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from trading.fees import taker_fee_e6
from trading.market import BookSide, Market, complement_e4


class RestingOrder(NamedTuple):
    """The remaining contracts of one order."""

    side: BookSide
    price_e4: int  # YES price
    remaining_e2: int


def market_reserve_e6(position_e2: int, resting: Iterable[RestingOrder], *, market: Market | None) -> int:
    """Worst case of these orders, given the position. Never negative; more orders never need less.

    Bids and asks may each close the whole position of their side: a fill of one side only ever adds
    to what the other may close.
    """
    fees_e6 = 0
    bids: list[tuple[int, int]] = []
    asks: list[tuple[int, int]] = []
    for side, price_e4, remaining_e2 in resting:
        fees_e6 += taker_fee_e6(market, price_e4=price_e4, count_e2=remaining_e2)
        if side == "bid":
            bids.append((price_e4, remaining_e2))
        else:
            asks.append((complement_e4(price_e4), remaining_e2))
    return fees_e6 + _opening_cost_e6(bids, -position_e2) + _opening_cost_e6(asks, position_e2)


def _opening_cost_e6(orders: list[tuple[int, int]], closable_e2: int) -> int:
    """Cost of what opens. The dearest fill first (price priority), so they are the ones that close."""
    orders.sort(reverse=True)
    left_to_close_e2 = max(0, closable_e2)
    cost_e6 = 0
    for price_e4, remaining_e2 in orders:
        closing_e2 = min(remaining_e2, left_to_close_e2)
        left_to_close_e2 -= closing_e2
        cost_e6 += price_e4 * (remaining_e2 - closing_e2)
    return cost_e6
