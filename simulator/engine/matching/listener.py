"""The news of the exchange, to those that write it down and those that tell it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from simulator.engine.accounts.account import Account
from simulator.engine.accounts.settlement import Settlement
from simulator.engine.catalogue.listing import Event
from simulator.engine.matching.order_groups import GroupChange, OrderGroup
from simulator.engine.matching.orders import Order
from simulator.engine.matching.traded_market import TradedMarket
from simulator.engine.matching.trades import Fill, Trade
from trading.market import BookSide


class Listener(Protocol):
    """Hears everything in the order in which it happens; must not change anything."""

    def book_changed(
        self,
        listed: TradedMarket,
        cause: Order,
        side: BookSide,
        *,
        price_e4: int,
        delta_e2: int,
        now_us: int,
    ) -> None:
        """A level of a side changed by ``delta_e2``, because of the order ``cause``."""

    def traded(self, trade: Trade) -> None: ...

    def filled(self, account: Account, fill: Fill) -> None: ...

    def order_changed(self, order: Order) -> None: ...

    def market_changed(self, listed: TradedMarket, kind: str, now_us: int) -> None:
        """``kind`` is an event_type of the lifecycle channel (protocol 5.6)."""

    def event_listed(self, event: Event, *, is_combo: bool) -> None: ...

    def settled(self, account: Account, settlement: Settlement) -> None: ...

    def group_changed(self, group: OrderGroup, change: GroupChange, *, now_us: int) -> None: ...

    def event_fee_changed(
        self, event_ticker: str, *, fee_type: str | None, multiplier_e4: int | None
    ) -> None:
        """None = back to the series' own fees."""


class Listeners:
    """Tells several listeners, each piece of news in their order."""

    def __init__(self, listeners: Sequence[Listener]) -> None:
        self._listeners = listeners

    def book_changed(
        self,
        listed: TradedMarket,
        cause: Order,
        side: BookSide,
        *,
        price_e4: int,
        delta_e2: int,
        now_us: int,
    ) -> None:
        for each in self._listeners:
            each.book_changed(listed, cause, side, price_e4=price_e4, delta_e2=delta_e2, now_us=now_us)

    def traded(self, trade: Trade) -> None:
        for each in self._listeners:
            each.traded(trade)

    def filled(self, account: Account, fill: Fill) -> None:
        for each in self._listeners:
            each.filled(account, fill)

    def order_changed(self, order: Order) -> None:
        for each in self._listeners:
            each.order_changed(order)

    def market_changed(self, listed: TradedMarket, kind: str, now_us: int) -> None:
        for each in self._listeners:
            each.market_changed(listed, kind, now_us)

    def event_listed(self, event: Event, *, is_combo: bool) -> None:
        for each in self._listeners:
            each.event_listed(event, is_combo=is_combo)

    def settled(self, account: Account, settlement: Settlement) -> None:
        for each in self._listeners:
            each.settled(account, settlement)

    def group_changed(self, group: OrderGroup, change: GroupChange, *, now_us: int) -> None:
        for each in self._listeners:
            each.group_changed(group, change, now_us=now_us)

    def event_fee_changed(
        self, event_ticker: str, *, fee_type: str | None, multiplier_e4: int | None
    ) -> None:
        for each in self._listeners:
            each.event_fee_changed(event_ticker, fee_type=fee_type, multiplier_e4=multiplier_e4)
