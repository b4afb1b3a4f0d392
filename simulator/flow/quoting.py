"""The makers' estimate of a market, and the prices at which they would quote it.

Makers follow their opinion of the fair value with a lag, so their quotes are stale for a while after
it has moved.
Most quotes are on whole cents, as most people's are; near 0 and 1, where a cent is a lot, on the
market's finest step.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from simulator.engine.accounts.account import Account
from simulator.engine.matching.orders import Order
from simulator.engine.matching.traded_market import TradedMarket
from simulator.flow.profiles import Liquidity
from trading.market import ONE_DOLLAR_E4, BookSide, complement_e4

if TYPE_CHECKING:
    from random import Random

LAG_S: Final = 2.0  # in which makers take in 63 % of a move of the fair value
STALE_WITHIN: Final = 0.8  # of half a spread
CENT_E4: Final = 100
TAIL_E4: Final = 500
FINE_SHARE: Final = 0.08  # of quotes elsewhere that are on the market's finest step
_COUNTED: Final = 0.3  # how often a side that looks full is counted
# A spread shrinks towards the ends, and grows against the price: 0.03 + 3.88 p (1 − p) of its middle.
_END_SHARE, _MIDDLE_FACTOR = 0.03, 3.88


@dataclass(slots=True, eq=False)
class Quoting:
    """The counterparties' view of one market, and their orders in it."""

    listed: TradedMarket
    rng: Random
    liquidity: Liquidity
    fair_e4: float
    estimate_e4: float  # the makers'
    learnt_s: float = 0.0  # flow time of the estimate
    last_taker_side: BookSide = "bid"
    orders: dict[BookSide, list[Order]] = field(default_factory=lambda: {"bid": [], "ask": []})

    def learn(self, fair_e4: float, opinion_e4: float, *, now_s: float) -> None:
        """Bring the makers' estimate up to a flow time."""
        self.fair_e4 = fair_e4
        self.estimate_e4 += (1 - math.exp((self.learnt_s - now_s) / LAG_S)) * (opinion_e4 - self.estimate_e4)
        self.learnt_s = now_s

    def adopt(self, makers: Account) -> None:
        """Take over what makers have in the book already."""
        for order in self.listed.book.orders():
            if order.owner is makers:
                self.orders[order.side].append(order)

    def crowd(self, side: BookSide) -> float:
        """The number of orders that makers have on a side, against the number they want; about, if it is
        less."""
        orders, wanted = self.orders[side], self.liquidity.orders
        if len(orders) >= wanted and self.rng.random() < _COUNTED:
            orders[:] = [order for order in orders if order.remaining_e2]
        return len(orders) / wanted

    def stale_side(self) -> BookSide | None:
        """The side whose best price the makers' estimate has passed, or nearly."""
        book, margin_e4 = self.listed.book, STALE_WITHIN * self._half_spread_e4()
        if book.best_bid_e4 is not None and book.best_bid_e4 > self.estimate_e4 - margin_e4:
            return "bid"
        if book.best_ask_e4 is not None and book.best_ask_e4 < self.estimate_e4 + margin_e4:
            return "ask"
        return None

    def quote_price_e4(self, side: BookSide, depth: int) -> int | None:
        """A YES price ``depth`` steps behind the front of a side, never crossing; None off the grid.

        An ask is a NO bid at the complement, so both sides are one calculation.
        """
        book, grid = self.listed.book, self.listed.market.grid
        estimate_e4, best_e4, touch_e4 = self.estimate_e4, book.best_bid_e4, book.best_ask_e4
        if side == "ask":
            estimate_e4 = ONE_DOLLAR_E4 - estimate_e4
            best_e4, touch_e4 = _complement(book.best_ask_e4), _complement(book.best_bid_e4)
        finest_e4 = grid.ranges[0].step_e4
        in_tail = not TAIL_E4 < estimate_e4 < ONE_DOLLAR_E4 - TAIL_E4
        step_e4 = finest_e4 if in_tail or self.rng.random() < FINE_SHARE else CENT_E4
        front_e4 = int(estimate_e4 - self._half_spread_e4()) // step_e4 * step_e4
        if touch_e4 is not None:
            front_e4 = min(front_e4, touch_e4 - step_e4)
        if best_e4 is None or best_e4 < front_e4:
            depth //= 4  # a maker who finds the spread wide goes to the front
        price_e4 = front_e4 - depth * (step_e4 if in_tail else CENT_E4)
        if price_e4 < finest_e4 or (touch_e4 is not None and price_e4 >= touch_e4):
            return None
        return grid.floor(price_e4) if side == "bid" else grid.ceil(complement_e4(price_e4))

    def _half_spread_e4(self) -> float:
        price = self.estimate_e4 / ONE_DOLLAR_E4
        return self.liquidity.half_spread_e4 * (_END_SHARE + _MIDDLE_FACTOR * price * (1 - price))


def _complement(price_e4: int | None) -> int | None:
    return None if price_e4 is None else complement_e4(price_e4)
