"""Sends each message to the subscriptions that want it.

The publisher hears the engine and renders; a message is made only if somebody wants it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

from simulator.engine.accounts.account import Account
from simulator.engine.accounts.holding import Holding
from simulator.engine.accounts.owner import Owner
from simulator.engine.accounts.settlement import Settlement
from simulator.engine.candlesticks import Candlesticks
from simulator.engine.catalogue.listing import Event
from simulator.engine.ids import Ids
from simulator.engine.matching.order_groups import GroupChange, OrderGroup
from simulator.engine.matching.orders import Order
from simulator.engine.matching.traded_market import TradedMarket
from simulator.engine.matching.trades import Fill, Trade
from simulator.surface.websocket import frames, lifecycle_frames
from simulator.surface.websocket.channels import (
    BOOK,
    CHANNELS,
    COMBO_LIFECYCLE,
    LIFECYCLE,
    ORDER_GROUPS,
    TICKER,
    Channel,
)
from trading.market import BookSide


class Sink(Protocol):
    def send(self, payload: bytes) -> None: ...

    def send_message(self, envelope: bytes, msg: bytes) -> None:
        """``envelope`` is a JSON object up to the value of its last key, which is ``msg``."""
        self.send(b"%b%b}" % (envelope, msg))


@dataclass(slots=True, eq=False)
class Subscription:
    """One channel of one connection (protocol 5.4): a sid and its counter."""

    sid: int
    channel: Channel
    account: Account
    sink: Sink
    tickers: set[str] | None  # None = all markets
    yes_price: bool = False  # NO levels on the YES scale (protocol 5.5)
    seq: int = 0
    _prefixes: dict[str, bytes] = field(default_factory=dict)

    def wants(self, ticker: str) -> bool:
        return self.tickers is None or ticker in self.tickers

    def send_numbered(self, kind: str, msg: bytes, *, reply_to: int | None = None) -> None:
        prefix = self._prefixes.get(kind)
        if prefix is None:
            prefix = self._prefixes[kind] = f'"type":"{kind}","sid":{self.sid},"seq":'.encode()
        reply = b"" if reply_to is None else b'"id":%d,' % reply_to
        self.seq += 1
        self.sink.send_message(b'{%b%b%d,"msg":' % (reply, prefix, self.seq), msg)

    def send_delta(self, msg: bytes) -> None:
        """The same as ``send_numbered``, in half of the time (benchmarks, exchange.push)."""
        self.seq = seq = self.seq + 1
        self.sink.send_message(b'{"type":"orderbook_delta","sid":%d,"seq":%d,"msg":' % (self.sid, seq), msg)

    def send_unnumbered(self, msg: bytes) -> None:
        kind = self.channel.messages[0]
        self.sink.send_message(b'{"type":"%b","sid":%d,"msg":' % (kind.encode(), self.sid), msg)


class Publisher:
    """Hears the engine and the lifecycle, and tells the subscribers."""

    def __init__(self, ids: Ids) -> None:
        self.candlesticks = Candlesticks()
        self.sends_direction = True  # the deprecated direction fields (protocol 11)
        self._ids = ids
        self._books: defaultdict[str, list[Subscription]] = defaultdict(list)
        self._others: dict[str, list[Subscription]] = {name: [] for name in CHANNELS if name != BOOK}
        self._moved: dict[str, TradedMarket] = {}  # markets whose ticker is due
        self._sent_tickers: dict[str, tuple[int | None, ...]] = {}

    def add(self, subscription: Subscription, tickers: Iterable[str]) -> None:
        """Start sending; ``tickers`` are the markets new to the subscription."""
        name = subscription.channel.name
        if name == BOOK:
            for ticker in tickers:
                self._books[ticker].append(subscription)
        elif subscription not in self._others[name]:
            self._others[name].append(subscription)

    def remove(self, subscription: Subscription, tickers: Iterable[str] | None = None) -> None:
        """Stop sending, for some book markets or altogether."""
        name = subscription.channel.name
        if name == BOOK:
            for ticker in subscription.tickers or () if tickers is None else tickers:
                if subscription in self._books[ticker]:
                    self._books[ticker].remove(subscription)
        elif tickers is None and subscription in self._others[name]:
            self._others[name].remove(subscription)

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
        owner = cause.owner
        ticker = listed.market.ticker
        self._moved[ticker] = listed
        msg = None  # as nearly everybody gets it; the others' is made for each of them
        for subscription in self._books.get(ticker, ()):
            is_own, yes_price = subscription.account is owner, subscription.yes_price
            if is_own or yes_price or msg is None:
                made = frames.delta_msg(
                    cause,
                    side,
                    price_e4=price_e4,
                    delta_e2=delta_e2,
                    now_us=now_us,
                    yes_price=yes_price,
                    is_own=is_own,
                )
                if is_own or yes_price:
                    subscription.send_delta(made)
                    continue
                msg = made
            subscription.send_delta(msg)

    def traded(self, trade: Trade) -> None:
        self.candlesticks.traded(trade)
        if self._others["trade"]:
            trade_id = self._ids.trade(trade.number)
            render = partial(frames.trade_msg, trade, trade_id, with_direction=self.sends_direction)
            self._send("trade", trade.market.ticker, render, account=None)

    def filled(self, account: Account, fill: Fill) -> None:
        ticker = fill.order.market.ticker
        render = partial(frames.fill_msg, fill, with_direction=self.sends_direction)
        self._send("fill", ticker, render, account=account)
        self.position_changed(account, ticker, account.holdings[ticker])

    def position_changed(self, account: Account, ticker: str, holding: Holding) -> None:
        render = partial(frames.position_msg, account.user_id, ticker, holding)
        self._send("market_positions", ticker, render, account=account)

    def settled(self, account: Account, settlement: Settlement) -> None:
        ticker = settlement.market.ticker
        self.position_changed(account, ticker, account.holdings[ticker])

    def order_changed(self, order: Order) -> None:
        render = partial(frames.user_order_msg, order, with_direction=self.sends_direction)
        self._send("user_orders", order.market.ticker, render, account=order.owner)

    def group_changed(self, group: OrderGroup, change: GroupChange, *, now_us: int) -> None:
        shows_limit = change in ("created", "limit_updated")
        limit_e2 = group.limit_e2 if shows_limit else None
        msg = lifecycle_frames.order_group_msg(change, group.group_id, limit_e2, at_us=now_us)
        for subscription in self._others[ORDER_GROUPS]:
            if subscription.account is group.owner:
                subscription.send_numbered(ORDER_GROUPS, msg)

    def market_changed(self, listed: TradedMarket, kind: str, now_us: int) -> None:
        """``kind`` is an ``event_type`` of protocol 5.6; the market is already what it became."""
        msg = lifecycle_frames.market_msg(listed, kind, now_us)
        self._moved[listed.ticker] = listed
        channel = COMBO_LIFECYCLE if listed.is_combo else LIFECYCLE
        self._send_to_all(channel, CHANNELS[channel].messages[0], msg)

    def event_listed(self, event: Event, *, is_combo: bool) -> None:
        channel = COMBO_LIFECYCLE if is_combo else LIFECYCLE
        self._send_to_all(channel, "event_lifecycle", lifecycle_frames.event_msg(event))

    def event_fee_changed(
        self, event_ticker: str, *, fee_type: str | None, multiplier_e4: int | None
    ) -> None:
        """None = back to the series' own fees."""
        msg = lifecycle_frames.event_fee_msg(event_ticker, fee_type, multiplier_e4)
        self._send_to_all(LIFECYCLE, "event_fee_update", msg)

    def send_due_tickers(self, now_us: int) -> None:
        """One ticker message for each market whose quote or tape changed since the last."""
        is_heard = bool(self._others[TICKER])
        for listed in self._moved.values():
            self.candlesticks.quoted(listed, now_us)
            if is_heard:
                self._send_ticker(listed, now_us)
        self._moved.clear()

    def _send_ticker(self, listed: TradedMarket, now_us: int) -> None:
        ticker, book = listed.ticker, listed.book
        quote = (
            book.best_bid_e4,
            book.best_ask_e4,
            book.count_at_best_e2("bid"),
            book.count_at_best_e2("ask"),
            listed.volume_e2,
        )
        if self._sent_tickers.get(ticker) != quote:
            self._sent_tickers[ticker] = quote
            self._send(TICKER, ticker, partial(frames.ticker_msg, listed, now_us), account=None)

    def _send(self, channel: str, ticker: str, render: Callable[[], bytes], *, account: Owner | None) -> None:
        msg = b""
        for subscription in self._others[channel]:
            if subscription.wants(ticker) and account in (None, subscription.account):
                msg = msg or render()
                if subscription.channel.is_numbered:
                    subscription.send_numbered(subscription.channel.messages[0], msg)
                else:
                    subscription.send_unnumbered(msg)

    def _send_to_all(self, channel: str, kind: str, msg: bytes) -> None:
        for subscription in self._others[channel]:
            subscription.send_numbered(kind, msg)
