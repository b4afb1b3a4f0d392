"""A venue of a few markets that may do all that a venue may do, one step at a time.

Commands wait until it carries them out, frames wait until somebody delivers them, and whatever it sends
on its book subscription carries along what the books were then: the judge of a client's books.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

BOOKS = "orderbook_delta"
UNKNOWN_MARKET, UNKNOWN_SUBSCRIPTION, OVERFLOW = 11, 7, 25

Levels = dict[int, int]
"""Sizes in contracts by price in cents."""


@dataclass
class Sent:
    """A frame on its way; ``books`` are those of the moment, on a message that proves them."""

    frame: dict[str, Any]
    books: dict[str, Levels] | None = None
    sid: int | None = None


@dataclass
class Subscribed:
    channel: str
    tickers: set[str]
    seq: int


@dataclass
class ModelVenue:
    """``replies_take_numbers``: of the two ways that are known, which one it has (protocol 5.4)."""

    tickers: list[str]
    replies_take_numbers: bool
    books: dict[str, Levels] = field(default_factory=dict)  # the YES sides, which change
    no_sides: dict[str, Levels] = field(default_factory=dict)  # as they are sent; empty where not named
    unknown: set[str] = field(default_factory=set)  # markets it does not know for now
    subscriptions: dict[int, Subscribed] = field(default_factory=dict)
    asked: list[dict[str, Any]] = field(default_factory=list)
    wire: list[Sent] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.books = {ticker: {45: 10} for ticker in self.tickers}

    def connected(self) -> None:
        """A connection begins: nothing of the last one is known any more."""
        self.subscriptions.clear()
        self.asked.clear()
        self.wire.clear()

    def ask(self, commands: list[bytes]) -> None:
        self.asked += [json.loads(command) for command in commands]

    # --- what happens at the venue -----------------------------------------------------------------

    def change(self, ticker: str, price: int, count: int) -> None:
        """The level becomes ``count`` contracts; whoever is subscribed is told."""
        book = self.books[ticker]
        delta = count - book.get(price, 0)
        if not delta:
            return
        if count:
            book[price] = count
        else:
            del book[price]
        msg = {"market_ticker": ticker, "price_dollars": f"0.{price:02}00", "delta_fp": f"{delta}.00"}
        for sid, subscription in self.subscriptions.items():
            if subscription.channel == BOOKS and ticker in subscription.tickers:
                self._tell(sid, {"type": "orderbook_delta", "msg": msg | {"side": "yes"}})

    def end(self, sid: int, *, by_error: bool) -> None:
        """A subscription is over, and the venue says so."""
        if by_error:
            del self.subscriptions[sid]
            error = {"type": "error", "sid": sid, "msg": {"code": OVERFLOW, "msg": "overflow"}}
            self.wire.append(Sent(error, None, sid))
        else:
            self._tell(sid, {"type": "unsubscribed"})
            del self.subscriptions[sid]

    def carry_out(self, *, names_culprits: bool, is_numbered: bool, new_sid: int) -> None:
        """The oldest command. ``new_sid``: of a subscription that has to be made."""
        command = self.asked.pop(0)
        request_id, params = command["id"], command["params"]
        wanted, unknown = params["market_tickers"], self.unknown.intersection(params["market_tickers"])
        if command["cmd"] == "subscribe":
            if unknown:
                self._refuse(request_id, UNKNOWN_MARKET, sorted(unknown) if names_culprits else [])
                return
            for channel in params["channels"]:
                new_sid = self._subscribe(channel, wanted, request_id, new_sid)
            return
        (sid,) = params["sids"]
        subscription = self.subscriptions.get(sid)
        if subscription is None:
            self._refuse(request_id, UNKNOWN_SUBSCRIPTION, [])
        elif unknown and params["action"] != "delete_markets":
            self._refuse(request_id, UNKNOWN_MARKET, [], sid=sid if is_numbered else None)
        else:
            self._update(sid, subscription, params["action"], wanted, request_id)

    # --- how it says so ----------------------------------------------------------------------------

    def _subscribe(self, channel: str, wanted: list[str], request_id: int, new_sid: int) -> int:
        sid = next((sid for sid, known in self.subscriptions.items() if known.channel == channel), 0)
        if not sid:
            sid = next(sid for sid in range(new_sid, new_sid + 100) if sid not in self.subscriptions)
            self.subscriptions[sid] = Subscribed(channel, set(), seq=7 * sid)
        held = self.subscriptions[sid].tickers
        new = [ticker for ticker in wanted if ticker not in held]
        held.update(new)
        msg = {"channel": channel, "sid": sid}
        self.wire.append(Sent({"type": "subscribed", "id": request_id, "msg": msg}))
        self._snapshots(sid, new)
        return sid + 1

    def _update(
        self, sid: int, subscription: Subscribed, action: str, wanted: list[str], request_id: int
    ) -> None:
        if action == "get_snapshot":
            self._snapshots(sid, wanted, id=request_id)
            return
        new = [ticker for ticker in wanted if ticker not in subscription.tickers]
        if action == "add_markets":
            subscription.tickers.update(wanted)
        else:
            subscription.tickers.difference_update(wanted)
        self._reply(
            sid, {"type": "ok", "id": request_id, "msg": {"market_tickers": sorted(subscription.tickers)}}
        )
        if action == "add_markets":
            self._snapshots(sid, new)

    def _snapshots(self, sid: int, tickers: list[str], **more: int) -> None:
        if self.subscriptions[sid].channel != BOOKS:
            return
        for ticker in tickers:
            msg = {"market_ticker": ticker, "yes_dollars_fp": _texts(self.books[ticker])}
            if no_side := self.no_sides.get(ticker):
                msg["no_dollars_fp"] = _texts(no_side)
            self._tell(sid, {"type": "orderbook_snapshot", "msg": msg, **more})

    def _refuse(self, request_id: int, code: int, culprits: list[str], *, sid: int | None = None) -> None:
        msg = {"code": code, "msg": "refused", "market_tickers": culprits}
        error = {"type": "error", "id": request_id, "msg": msg}
        if sid is None:
            self.wire.append(Sent(error))
        else:
            self._reply(sid, error)

    def _tell(self, sid: int, frame: dict[str, Any]) -> None:
        subscription = self.subscriptions[sid]
        subscription.seq += 1
        books = {ticker: dict(levels) for ticker, levels in self.books.items()}
        self.wire.append(Sent({**frame, "sid": sid, "seq": subscription.seq}, books, sid))

    def _reply(self, sid: int, frame: dict[str, Any]) -> None:
        if self.replies_take_numbers:
            self._tell(sid, frame)
        else:
            self.wire.append(Sent({**frame, "sid": sid, "seq": self.subscriptions[sid].seq}, None, sid))


def _texts(levels: Levels) -> list[list[str]]:
    return [[f"0.{price:02}00", f"{count}.00"] for price, count in levels.items()]
