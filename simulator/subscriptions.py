"""Which subscription gets which message?

The publisher hears the engine and renders; a message is made only if somebody wants it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Final, Protocol

from simulator import frames
from simulator.account import Account
from simulator.ids import Ids
from simulator.listing import ListedMarket
from simulator.orders import Fill, Order, Trade
from trading.market import BookSide

BOOK: Final = "orderbook_delta"
CHANNELS: Final = (BOOK, "ticker", "trade", "fill", "user_orders", "market_positions")
_UNNUMBERED_TYPES: Final = {
    "ticker": "ticker",
    "fill": "fill",
    "user_orders": "user_order",
    "market_positions": "market_position",
}


class Sink(Protocol):
    def send(self, payload: bytes) -> None: ...


@dataclass(slots=True, eq=False)
class Subscription:
    """One channel of one connection (protocol 5.4): a sid and its counter."""

    sid: int
    channel: str
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
        self.sink.send(b'{%b%b%d,"msg":%b}' % (reply, prefix, self.seq, msg))

    def send_unnumbered(self, msg: bytes) -> None:
        kind = _UNNUMBERED_TYPES[self.channel]
        self.sink.send(b'{"type":"%b","sid":%d,"msg":%b}' % (kind.encode(), self.sid, msg))


class Publisher:
    """Hears the engine and tells the subscribers."""

    def __init__(self, ids: Ids) -> None:
        self._ids = ids
        self._books: defaultdict[str, list[Subscription]] = defaultdict(list)
        self._others: dict[str, list[Subscription]] = {name: [] for name in CHANNELS if name != BOOK}
        self._moved: dict[str, ListedMarket] = {}  # markets whose ticker is due
        self._sent_tickers: dict[str, tuple[int | None, ...]] = {}

    def add(self, subscription: Subscription, tickers: Iterable[str]) -> None:
        """Start sending; ``tickers`` are the markets new to the subscription."""
        if subscription.channel == BOOK:
            for ticker in tickers:
                self._books[ticker].append(subscription)
        elif subscription not in self._others[subscription.channel]:
            self._others[subscription.channel].append(subscription)

    def remove(self, subscription: Subscription, tickers: Iterable[str] | None = None) -> None:
        """Stop sending, for some book markets or altogether."""
        if subscription.channel == BOOK:
            for ticker in subscription.tickers or () if tickers is None else tickers:
                if subscription in self._books[ticker]:
                    self._books[ticker].remove(subscription)
        elif tickers is None and subscription in self._others[subscription.channel]:
            self._others[subscription.channel].remove(subscription)

    def book_changed(
        self, cause: Order, side: BookSide, *, price_e4: int, delta_e2: int, now_us: int
    ) -> None:
        listed = cause.market
        if self._others["ticker"]:
            self._moved[listed.ticker] = listed
        bodies: dict[tuple[bool, bool], bytes] = {}
        for subscription in self._books.get(listed.ticker, ()):
            kind = (subscription.yes_price, subscription.account is cause.account)
            msg = bodies.get(kind)
            if msg is None:
                msg = bodies[kind] = frames.delta_msg(
                    cause,
                    side,
                    price_e4=price_e4,
                    delta_e2=delta_e2,
                    now_us=now_us,
                    yes_price=kind[0],
                    is_own=kind[1],
                )
            subscription.send_numbered(BOOK, msg)

    def traded(self, trade: Trade) -> None:
        if self._others["trade"]:
            render = partial(frames.trade_msg, trade, self._ids.trade(trade.number))
            self._send("trade", trade.market.ticker, render, account=None)

    def filled(self, fill: Fill) -> None:
        account, ticker = fill.order.account, fill.order.market.ticker
        self._send("fill", ticker, partial(frames.fill_msg, fill), account=account)
        render = partial(frames.position_msg, account.user_id, ticker, account.holdings[ticker])
        self._send("market_positions", ticker, render, account=account)

    def order_changed(self, order: Order) -> None:
        render = partial(frames.user_order_msg, order)
        self._send("user_orders", order.market.ticker, render, account=order.account)

    def send_due_tickers(self, now_us: int) -> None:
        """One ticker message for each market whose quote or tape changed since the last."""
        for ticker, listed in self._moved.items():
            book = listed.book
            quote = (
                book.best_bid_e4,
                book.best_ask_e4,
                book.count_at_best_e2("bid"),
                book.count_at_best_e2("ask"),
                listed.volume_e2,
            )
            if self._sent_tickers.get(ticker) != quote:
                self._sent_tickers[ticker] = quote
                self._send("ticker", ticker, partial(frames.ticker_msg, listed, now_us), account=None)
        self._moved.clear()

    def _send(
        self, channel: str, ticker: str, render: Callable[[], bytes], *, account: Account | None
    ) -> None:
        msg = b""
        for subscription in self._others[channel]:
            if subscription.wants(ticker) and account in (None, subscription.account):
                msg = msg or render()
                if channel == "trade":
                    subscription.send_numbered("trade", msg)
                else:
                    subscription.send_unnumbered(msg)
