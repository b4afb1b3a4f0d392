"""Who trades against the user: what do the counterparties do next?

Makers quote a few whole cents around a slowly moving fair value and pull quotes that it has passed;
takers hit the best price, some because they know the fair value, most for reasons of their own.
Activity falls with rank^-1.2 above a floor, so that no market is dead. Time is counted in steps and
chance comes from the generator given: the same generator and the same commands of others between
the same steps make the same books.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, Final

from simulator.account import Account
from simulator.event_flow import Opening
from simulator.matching_engine import MatchingEngine
from simulator.orders import SIDES, NewOrder, Order, TimeInForce, opposite
from simulator.quoting import Quoting
from trading.market import ONE_DOLLAR_E4, BookSide

if TYPE_CHECKING:
    from random import Random

STEP_S: Final = 0.02

RANK_EXPONENT: Final = 1.2
FLOOR_SHARE: Final = 0.35  # of all activity, spread evenly
FEWEST_LEVELS, MOST_LEVELS = 5, 12  # a side
ORDERS_PER_SIDE: Final = 14  # where placing and pulling balance
TAKER_SHARE: Final = 0.36  # of commands
INFORMED_SHARE: Final = 0.3  # of takers
SWEEP_SHARE: Final = 0.5  # of takers want everything at the best price
NOISE_PERSISTENCE: Final = 0.6  # chance that a noise taker does what the last one did
_MOST_TRIES: Final = 50  # commands a step may spend on one delta


class OrderFlow:
    """Drives the engine on behalf of the counterparties."""

    def __init__(self, engine: MatchingEngine, generator: Callable[[str], Random]) -> None:
        """``generator`` makes the generator of a name: the same for the same name and seed."""
        self._engine = engine
        self._rng = generator("flow")
        self._maker = engine.open_account(0, is_counterparty=True)
        self._informed = engine.open_account(0, is_counterparty=True)
        self._noise = engine.open_account(0, is_counterparty=True)
        self._events: dict[str, list[Quoting]] = {}
        self._quoting: list[Quoting] = []
        self._cumulative: list[float] = []
        self._steps = 0
        self._owed = 0.0  # deltas due and not yet made

    def open_events(self, openings: Sequence[Opening], *, now_us: int) -> None:
        """Begin to trade events, their books quoted on both sides, 5 to 12 levels each."""
        begun = []
        for opening in openings:
            views = self._events[opening.ticker] = [Quoting.opening(listed) for listed in opening.markets]
            begun += views
        self._rng.shuffle(begun)
        self._trade(self._quoting + begun)
        for view in begun:
            for side in SIDES:
                levels = view.listed.book.levels(side)
                wanted = self._rng.randint(FEWEST_LEVELS, MOST_LEVELS)
                for depth in range(2 * MOST_LEVELS):
                    if len(levels) == wanted:
                        break
                    self._quote(view, side, depth, now_us)

    def close_event(self, ticker: str) -> None:
        """Trade it no more. Orders that rest are the engine's to cancel."""
        closed = self._events.pop(ticker)
        self._trade([view for view in self._quoting if view not in closed])

    def payouts_e4(self, ticker: str) -> dict[str, int]:
        """What one YES of each market of an event that is traded pays in the end."""
        views = self._events[ticker]
        likeliest = max(views, key=lambda view: view.fair_e4)
        return {view.listed.ticker: ONE_DOLLAR_E4 if view is likeliest else 0 for view in views}

    def _trade(self, views: list[Quoting]) -> None:
        self._quoting = views
        self._cumulative = list(accumulate(_weights(len(views)))) if views else []

    def step(self, rate: float, *, now_us: int, schedule_s: float = STEP_S) -> None:  # noqa: ARG002
        """``STEP_S`` of trading at ``rate`` deltas a second over all markets.

        ``schedule_s`` is how far the calendar that closes markets moves meanwhile.
        """
        self._steps += 1
        self._owed += rate * STEP_S
        tries = int(self._owed * _MOST_TRIES)
        while self._owed >= 1 and tries and self._quoting:
            tries -= 1
            before = self._engine.deltas
            (view,) = self._rng.choices(self._quoting, cum_weights=self._cumulative)
            self._act(view, now_us)
            self._owed -= self._engine.deltas - before

    def _act(self, view: Quoting, now_us: int) -> None:
        view.move_fair(self._rng, now_s=self._steps * STEP_S)
        for side in SIDES:
            is_thin = len(view.listed.book.levels(side)) < FEWEST_LEVELS
            if is_thin and len(view.orders[side]) < ORDERS_PER_SIDE:
                self._quote(view, side, self._depth(), now_us)
                return
        if self._rng.random() < TAKER_SHARE:
            self._take(view, now_us)
            return
        side = "bid" if self._rng.random() < 0.5 else "ask"
        crowding = len(view.orders[side]) / (2 * ORDERS_PER_SIDE)
        if view.is_stale(side) or self._rng.random() < crowding:
            self._pull(view, side, now_us)
        else:
            self._quote(view, side, self._depth(), now_us)

    def _depth(self) -> int:
        """Levels behind the anchor, geometric."""
        return min(MOST_LEVELS, int(self._rng.expovariate(0.4)))

    def _quote(self, view: Quoting, side: BookSide, depth: int, now_us: int) -> None:
        price_e4 = view.quote_price_e4(side, depth)
        if price_e4 is None:
            return
        count_e2 = self._size_e2(median=15)
        order = self._send(self._maker, view, side, price_e4, count_e2, "good_till_canceled", now_us)
        if order is not None:
            view.orders[side].append(order)
            if len(view.listed.book.levels(side)) > MOST_LEVELS:
                self._pull_farthest(view, side, now_us)

    def _pull(self, view: Quoting, side: BookSide, now_us: int) -> None:
        """Cancel the best quote if the fair value has passed it, or any one."""
        orders = view.orders[side] = [order for order in view.orders[side] if order.remaining_e2]
        if len(orders) <= FEWEST_LEVELS:
            return
        if view.is_stale(side):
            best = max(orders, key=lambda order: order.price_e4 if side == "bid" else -order.price_e4)
            self._engine.cancel(best, now_us=now_us)
        else:
            self._engine.cancel(self._rng.choice(orders), now_us=now_us)

    def _pull_farthest(self, view: Quoting, side: BookSide, now_us: int) -> None:
        resting = [order for order in view.orders[side] if order.remaining_e2]
        farthest = min(resting, key=lambda order: order.price_e4 if side == "bid" else -order.price_e4)
        self._engine.cancel(farthest, now_us=now_us)

    def _take(self, view: Quoting, now_us: int) -> None:
        book = view.listed.book
        account, side = self._noise, view.last_taker_side
        if self._rng.random() < INFORMED_SHARE and view.is_stale("bid"):
            account, side = self._informed, "ask"
        elif self._rng.random() < INFORMED_SHARE and view.is_stale("ask"):
            account, side = self._informed, "bid"
        elif self._rng.random() > NOISE_PERSISTENCE:
            side = opposite(side)
        view.last_taker_side = side
        price_e4 = book.best_ask_e4 if side == "bid" else book.best_bid_e4
        if price_e4 is None:
            return
        count_e2 = self._size_e2(median=8)
        if self._rng.random() < SWEEP_SHARE and len(book.levels(opposite(side))) > 1:
            count_e2 = max(count_e2, book.count_at_best_e2(opposite(side)))
        self._send(account, view, side, price_e4, count_e2, "immediate_or_cancel", now_us)

    def _size_e2(self, *, median: float) -> int:
        """Heavy tailed; one in twenty is no whole number of contracts."""
        contracts = median * math.exp(self._rng.gauss(0, 0.9))
        if self._rng.random() < 0.05:
            return max(1, int(contracts * 100))
        return max(1, round(contracts)) * 100

    def _send(
        self,
        account: Account,
        view: Quoting,
        side: BookSide,
        price_e4: int,
        count_e2: int,
        time_in_force: TimeInForce,
        now_us: int,
    ) -> Order | None:
        new = NewOrder(view.listed.ticker, side, price_e4, count_e2, time_in_force)
        placed = self._engine.place(account, new, now_us=now_us)
        return placed if isinstance(placed, Order) else None


def _weights(count: int) -> list[float]:
    ranked = [(rank + 1) ** -RANK_EXPONENT for rank in range(count)]
    share = (1 - FLOOR_SHARE) / sum(ranked)
    return [weight * share + FLOOR_SHARE / count for weight in ranked]
