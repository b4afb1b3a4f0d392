"""What do the counterparties think a market is worth, and where would they quote it?

The fair value is a random walk of its logit, pulled back to where the market opened. Quotes are on
whole cents, as most people's are; near 0 and 1, where a cent is a lot, on the market's finest step.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from simulator.listing import ListedMarket
from simulator.orders import Order
from trading.market import ONE_DOLLAR_E4, BookSide, complement_e4

if TYPE_CHECKING:
    from random import Random

FAIR_VOLATILITY: Final = 0.012  # logit per square root of a second
FAIR_PULL: Final = 0.002  # per second
WIDEST_LOGIT: Final = 3.9  # 0.02 to 0.98: there is room for quotes on both sides
HALF_SPREAD_E4: Final = 60
CENT_E4: Final = 100
TAIL_E4: Final = 300


@dataclass(slots=True)
class Quoting:
    """The counterparties' view of one market, and their orders in it."""

    listed: ListedMarket
    opening_logit: float
    logit: float
    moved_s: float = 0.0  # flow time of the last move of the fair value
    last_taker_side: BookSide = "bid"
    orders: dict[BookSide, list[Order]] = field(default_factory=lambda: {"bid": [], "ask": []})

    @staticmethod
    def opening(listed: ListedMarket) -> Quoting:
        logit = math.log(listed.opening_fair / (1 - listed.opening_fair))
        return Quoting(listed, logit, logit)

    @property
    def fair_e4(self) -> float:
        return ONE_DOLLAR_E4 / (1 + math.exp(-self.logit))

    def move_fair(self, rng: Random, *, now_s: float) -> None:
        """Bring the fair value up to a flow time."""
        elapsed_s, self.moved_s = now_s - self.moved_s, now_s
        self.logit += (self.opening_logit - self.logit) * min(1.0, FAIR_PULL * elapsed_s)
        self.logit += FAIR_VOLATILITY * math.sqrt(elapsed_s) * rng.gauss(0, 1)
        self.logit = min(max(self.logit, -WIDEST_LOGIT), WIDEST_LOGIT)

    def is_stale(self, side: BookSide) -> bool:
        """Whether the fair value has passed the best price of a side."""
        book = self.listed.book
        if side == "bid":
            return book.best_bid_e4 is not None and book.best_bid_e4 > self.fair_e4
        return book.best_ask_e4 is not None and book.best_ask_e4 < self.fair_e4

    def quote_price_e4(self, side: BookSide, depth: int) -> int | None:
        """A YES price ``depth`` steps behind the front of a side, never crossing; None off the grid.

        An ask is a NO bid at the complement, so both sides are one calculation.
        """
        book, grid = self.listed.book, self.listed.market.grid
        fair_e4, best_e4, touch_e4 = self.fair_e4, book.best_bid_e4, book.best_ask_e4
        if side == "ask":
            fair_e4 = ONE_DOLLAR_E4 - fair_e4
            best_e4, touch_e4 = _complement(book.best_ask_e4), _complement(book.best_bid_e4)
        finest_e4 = grid.ranges[0].step_e4
        in_tail = not TAIL_E4 < fair_e4 < ONE_DOLLAR_E4 - TAIL_E4
        step_e4, half_spread_e4 = (finest_e4, finest_e4) if in_tail else (CENT_E4, HALF_SPREAD_E4)
        front_e4 = int(fair_e4 - half_spread_e4) // step_e4 * step_e4
        if touch_e4 is not None:
            front_e4 = min(front_e4, touch_e4 - step_e4)
        if best_e4 is not None and best_e4 < front_e4:
            depth //= 3  # a maker who finds the spread wide goes to the front
        price_e4 = max(front_e4 - depth * step_e4, finest_e4)
        if touch_e4 is not None and price_e4 >= touch_e4:
            return None
        return grid.floor(price_e4) if side == "bid" else grid.ceil(complement_e4(price_e4))


def _complement(price_e4: int | None) -> int | None:
    return None if price_e4 is None else complement_e4(price_e4)
