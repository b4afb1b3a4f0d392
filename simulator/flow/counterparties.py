"""A counterparty's move when it is a market's turn.

Makers quote and pull their quotes, those who know the fair value trade when it pays, others trade for
reasons of their own, and arbitrageurs keep the outcomes of an event together.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from simulator.engine.accounts.account import Account
from simulator.engine.matching.matching_engine import MatchingEngine
from simulator.engine.matching.orders import SIDES, NewOrder, Order, TimeInForce, opposite
from simulator.flow.activity import Move, Pulse
from simulator.flow.event_flow import EventFlow
from simulator.flow.profiles import Profile
from simulator.flow.quoting import Quoting
from simulator.flow.takers import Wish, arbitrage, informed_wish, noise_wish, size_e2
from trading.market import BookSide

if TYPE_CHECKING:
    from random import Random

INFORMED_SHARE: Final = 0.5  # of takers look whether the fair value is worth a trade
SWEEP_SHARE: Final = 0.3  # of the others want everything at the best price
STALE_PULLED: Final = 0.7  # chance that a move in a market with stale quotes is to pull them
MAKER_MEDIAN, NOISE_MEDIAN, INFORMED_MEDIAN = 15.0, 3.0, 15.0  # contracts in a quiet market
MAKER_SPREAD, NOISE_SPREAD = 1.2, 1.7  # of the logarithms of sizes; who knows trades as makers do
DEPTH_LEVELS: Final = 2.0  # mean distance of a quote from the front
DEEPER_IS_LARGER: Final = 0.15  # a level
MOST_LEVELS: Final = 14


class Counterparties:
    """Their accounts, and what they do in one market."""

    def __init__(self, engine: MatchingEngine, profile: Profile) -> None:
        self._engine = engine
        self._profile = profile
        self.makers = engine.open_account(0, is_counterparty=True)
        self.informed = engine.open_account(0, is_counterparty=True)
        self.noise = engine.open_account(0, is_counterparty=True)
        self.arbitrageurs = engine.open_account(0, is_counterparty=True)

    def open_book(self, quoting: Quoting, now_us: int) -> None:
        """The first quotes of a market."""
        for side in SIDES:
            if quoting.rng.random() < self._profile.empty_side_share:
                continue
            levels = quoting.listed.book.levels(side)
            wanted = quoting.rng.randint(*quoting.liquidity.levels)
            for depth in range(2 * MOST_LEVELS):
                if len(levels) >= wanted:
                    break
                self._quote(quoting, side, depth, now_us)

    def act(self, event: EventFlow, pulse: Pulse, now_us: int) -> Move:
        """One of them does something in a market whose turn it is."""
        quoting = pulse.quoting
        rng = quoting.rng
        if rng.random() < self._profile.taker_share and self._take(event, pulse, now_us):
            return "trade"
        stale = quoting.stale_side()
        if stale is not None and rng.random() < STALE_PULLED and self._pull_best(quoting, stale, now_us):
            return "quote"
        for side in SIDES:
            is_thin = len(quoting.listed.book.levels(side)) < quoting.liquidity.levels[0]
            if is_thin and quoting.crowd(side) < 1 and self._quote(quoting, side, self._depth(rng), now_us):
                return "quote"
        side = "bid" if rng.random() < 0.5 else "ask"
        if rng.random() * 2 < quoting.crowd(side):
            self._pull_any(quoting, side, now_us)
        else:
            self._quote(quoting, side, self._depth(rng), now_us)
        return "quote"

    def _depth(self, rng: Random) -> int:
        """Levels behind the front, geometric."""
        return min(MOST_LEVELS, int(-math.log(1.0 - rng.random()) * DEPTH_LEVELS))

    def _quote(self, quoting: Quoting, side: BookSide, depth: int, now_us: int) -> bool:
        """False where there is no room for a quote."""
        price_e4 = quoting.quote_price_e4(side, depth)
        if price_e4 is None:
            return False
        median = MAKER_MEDIAN * quoting.liquidity.size * (1 + DEEPER_IS_LARGER * depth)
        count_e2 = size_e2(quoting.rng, median, MAKER_SPREAD)
        order = self._send(self.makers, quoting, Wish(side, price_e4), count_e2, "good_till_canceled", now_us)
        if order is None:
            return False
        quoting.orders[side].append(order)
        if len(quoting.listed.book.levels(side)) > MOST_LEVELS:
            self._pull_farthest(quoting, side, now_us)
        return True

    def _pull_any(self, quoting: Quoting, side: BookSide, now_us: int) -> None:
        if len(quoting.listed.book.levels(side)) <= quoting.liquidity.levels[0]:
            return
        orders = quoting.orders[side]
        while orders:
            place = int(quoting.rng.random() * len(orders))
            orders[place], orders[-1] = orders[-1], orders[place]
            if self._engine.cancel(orders.pop(), now_us=now_us):
                return

    def _pull_best(self, quoting: Quoting, side: BookSide, now_us: int) -> bool:
        """Makers take what they have at the best price away; False if it is somebody else's."""
        book = quoting.listed.book
        best_e4 = book.best_bid_e4 if side == "bid" else book.best_ask_e4
        if best_e4 is None:
            return False
        resting = list(book.levels(side)[best_e4].orders.values())
        theirs = [order for order in resting if order.owner is self.makers]
        for order in theirs:
            self._engine.cancel(order, now_us=now_us)
        return bool(theirs)

    def _pull_farthest(self, quoting: Quoting, side: BookSide, now_us: int) -> None:
        resting = [order for order in quoting.orders[side] if order.remaining_e2]
        farthest = min(resting, key=lambda order: order.price_e4 if side == "bid" else -order.price_e4)
        self._engine.cancel(farthest, now_us=now_us)

    def _take(self, event: EventFlow, pulse: Pulse, now_us: int) -> bool:
        """Whether somebody wanted to trade."""
        quoting = pulse.quoting
        rng, book = quoting.rng, quoting.listed.book
        size = quoting.liquidity.size
        if rng.random() < INFORMED_SHARE:
            account, wish = self.informed, informed_wish(quoting)
            if wish is None:
                return False
            event.teach(pulse)
            count_e2 = size_e2(rng, INFORMED_MEDIAN * size, MAKER_SPREAD)
        else:
            account, wish = self.noise, noise_wish(quoting)
            if wish is None:
                return False
            count_e2 = size_e2(rng, NOISE_MEDIAN * size, NOISE_SPREAD)
            hit = opposite(wish.side)
            if rng.random() < SWEEP_SHARE and len(book.levels(hit)) > 1:
                count_e2 = max(count_e2, book.count_at_best_e2(hit))
        quoting.last_taker_side = wish.side
        self._send(account, quoting, wish, count_e2, "immediate_or_cancel", now_us)
        return True

    def arbitrage(self, event: EventFlow, now_us: int) -> None:
        """Somebody takes what all outcomes of an event together are offered too cheaply or bid too high."""
        quotings = event.quotings()
        wishes, count_e2 = arbitrage(quotings)
        for quoting, wish in zip(quotings, wishes, strict=bool(wishes)):
            self._send(self.arbitrageurs, quoting, wish, count_e2, "immediate_or_cancel", now_us)

    def _send(
        self,
        account: Account,
        quoting: Quoting,
        wish: Wish,
        count_e2: int,
        time_in_force: TimeInForce,
        now_us: int,
    ) -> Order | None:
        new = NewOrder(quoting.listed.ticker, wish.side, wish.price_e4, count_e2, time_in_force)
        placed = self._engine.place(account, new, now_us=now_us)
        return placed if isinstance(placed, Order) else None
