"""The cash that the resting orders of one market hold back.

Bids are taken from the highest price and asks from the lowest, the order in which they would
trade. What closes the position needs only its fee; the rest its price (a bid) or one minus its
price (an ask). Each order also holds the taker fee of all it has left.
"""

from __future__ import annotations

from collections.abc import Iterable

from simulator.engine.accounts.fees import trade_fee_e6
from simulator.engine.matching.orders import outcome_price_e4
from trading.market import BookSide, Market

RestingClaim = tuple[BookSide, int, int]
"""(side, price_e4, remaining_e2)"""


def claim_e6(market: Market, claim: RestingClaim) -> int:
    """The cash that an order holds back where it opens all it has left."""
    side, price_e4, remaining_e2 = claim
    fee_e6 = trade_fee_e6(market, price_e4=price_e4, count_e2=remaining_e2, is_taker=True)
    return outcome_price_e4(side, price_e4) * remaining_e2 + fee_e6


def closing_e6(position_e2: int, resting: Iterable[RestingClaim]) -> int:
    """The cash that orders against a position need not hold back, because they close it."""
    side: BookSide = "bid" if position_e2 < 0 else "ask"
    claims = [(price_e4, remaining_e2) for against, price_e4, remaining_e2 in resting if against == side]
    claims.sort(reverse=side == "bid")
    closable_e2, total_e6 = abs(position_e2), 0
    for price_e4, remaining_e2 in claims:
        closing_e2 = min(closable_e2, remaining_e2)
        total_e6 += outcome_price_e4(side, price_e4) * closing_e2
        closable_e2 -= closing_e2
        if not closable_e2:
            break
    return total_e6


def market_reserve_e6(market: Market, position_e2: int, resting: Iterable[RestingClaim]) -> int:
    """Cash held back for one market; the same whatever the order of ``resting``."""
    claims = list(resting)
    return sum(claim_e6(market, claim) for claim in claims) - closing_e6(position_e2, claims)
