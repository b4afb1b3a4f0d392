"""How much cash do the resting orders of one market hold back?

Bids are taken from the highest price and asks from the lowest, the order in which they would
trade. What closes the position needs only its fee; the rest its price (a bid) or one minus its
price (an ask). Each order also holds the taker fee of all it has left.
"""

from __future__ import annotations

from collections.abc import Iterable

from simulator.fees import trade_fee_e6
from simulator.orders import outcome_price_e4
from trading.market import BookSide, Market

RestingClaim = tuple[BookSide, int, int]
"""(side, price_e4, remaining_e2)"""


def market_reserve_e6(market: Market, position_e2: int, resting: Iterable[RestingClaim]) -> int:
    """Cash held back for one market; the same whatever the order of ``resting``."""
    claims = list(resting)
    bids = sorted((claim for claim in claims if claim[0] == "bid"), key=lambda claim: -claim[1])
    asks = sorted((claim for claim in claims if claim[0] == "ask"), key=lambda claim: claim[1])
    return _side_reserve_e6(market, max(0, -position_e2), bids) + _side_reserve_e6(
        market, max(0, position_e2), asks
    )


def _side_reserve_e6(market: Market, closable_e2: int, claims: list[RestingClaim]) -> int:
    total = 0
    for side, price_e4, remaining_e2 in claims:
        closing_e2 = min(closable_e2, remaining_e2)
        closable_e2 -= closing_e2
        total += outcome_price_e4(side, price_e4) * (remaining_e2 - closing_e2)
        total += trade_fee_e6(market, price_e4=price_e4, count_e2=remaining_e2, is_taker=True)
    return total
