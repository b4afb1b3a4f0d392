"""What does a WebSocket command do? (protocol 5.2, 5.3)"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from simulator import frames
from simulator.account import Account
from simulator.listing import ListedMarket
from simulator.subscriptions import BOOK, CHANNELS, Publisher, Sink, Subscription

_TEXTS: Final = {
    1: "Unable to process message",
    2: "Params required",
    3: "Channels required",
    4: "Subscription IDs required",
    5: "Unknown command",
    7: "Unknown subscription ID",
    8: "Unknown channel name",
    11: "Invalid parameter",
    12: "Exactly one subscription ID is required",
    13: "Unsupported action",
    14: "Market Ticker required",
    15: "Action required",
    25: "Subscription buffer overflow",
}


class CommandError(Exception):
    """A command that is answered with one of the documented codes."""

    def __init__(self, code: int, *, market_tickers: list[str] | None = None) -> None:
        super().__init__(_TEXTS[code])
        self.code = code
        self.market_tickers = market_tickers


class CommandSession:
    """The commands and subscriptions of one connection."""

    def __init__(
        self,
        account: Account,
        sink: Sink,
        publisher: Publisher,
        markets: Mapping[str, ListedMarket],
        now_us: Callable[[], int],
    ) -> None:
        self._account = account
        self._sink = sink
        self._publisher = publisher
        self._markets = markets
        self._now_us = now_us
        self._subscriptions: dict[int, Subscription] = {}
        self._last_sid = 0

    def receive(self, text: str | bytes) -> None:
        """Obey one command; every mistake in it is answered, none raises."""
        command_id: int | None = None
        try:
            command = _decode(text)
            command_id = command.get("id") or None
            if not isinstance(command_id, int | None):
                command_id = None
                raise CommandError(1)
            self._obey(command_id, command)
        except CommandError as error:
            self._send_error(error, command_id)

    def close(self) -> None:
        for subscription in self._subscriptions.values():
            self._publisher.remove(subscription)
        self._subscriptions.clear()

    def follows_book(self, ticker: str) -> bool:
        """Whether the connection is told of every change of a market's book."""
        return any(s.channel == BOOK and s.wants(ticker) for s in self._subscriptions.values())

    def overflow(self) -> None:
        """End every subscription: the client is too far behind to be told everything."""
        ended = list(self._subscriptions.values())
        self.close()
        for subscription in ended:
            subscription.seq += 1
            self._reply(
                {"sid": subscription.sid, "seq": subscription.seq, "type": "error"}
                | {"msg": {"code": 25, "msg": _TEXTS[25]}}
            )

    def _obey(self, command_id: int | None, command: dict[str, Any]) -> None:
        name = command.get("cmd")
        if name == "list_subscriptions":
            listed = [{"channel": s.channel, "sid": s.sid} for s in self._subscriptions.values()]
            self._reply(_identified(command_id) | {"type": "ok", "msg": listed})
            return
        obey = {
            "subscribe": self._subscribe,
            "unsubscribe": self._unsubscribe,
            "update_subscription": self._update,
        }.get(str(name))
        if obey is None:
            raise CommandError(5)
        params = command.get("params")
        if not isinstance(params, dict):
            raise CommandError(2)
        obey(command_id, params)

    def _subscribe(self, command_id: int | None, params: dict[str, Any]) -> None:
        channels = params.get("channels")
        if not isinstance(channels, list) or not channels:
            raise CommandError(3)
        if not all(channel in CHANNELS for channel in channels):
            raise CommandError(8)
        tickers = self._known_tickers(params)
        if BOOK in channels and not tickers:
            raise CommandError(14)
        for channel in channels:
            self._subscribe_to(channel, tickers, command_id, params)

    def _subscribe_to(
        self, channel: str, tickers: list[str], command_id: int | None, params: dict[str, Any]
    ) -> None:
        """A channel has one sid; subscribing again merges the markets into it."""
        subscription = next((s for s in self._subscriptions.values() if s.channel == channel), None)
        if subscription is None:
            self._last_sid += 1
            subscription = Subscription(self._last_sid, channel, self._account, self._sink, set())
            subscription.yes_price = params.get("use_yes_price") is True
            self._subscriptions[subscription.sid] = subscription
        body = {"channel": channel, "sid": subscription.sid}
        self._reply(_identified(command_id) | {"type": "subscribed", "msg": body})
        self._add(subscription, tickers, params)
        if not tickers:
            subscription.tickers = None

    def _add(self, subscription: Subscription, tickers: list[str], params: dict[str, Any]) -> None:
        if subscription.tickers is None:
            return
        fresh = [ticker for ticker in dict.fromkeys(tickers) if ticker not in subscription.tickers]
        subscription.tickers.update(fresh)
        self._publisher.add(subscription, fresh)
        if subscription.channel == BOOK:
            self._send_snapshots(subscription, fresh, reply_to=None)
        elif subscription.channel == "ticker" and params.get("send_initial_snapshot") is True:
            for ticker in fresh:
                subscription.send_unnumbered(frames.ticker_msg(self._markets[ticker], self._now_us()))

    def _unsubscribe(self, command_id: int | None, params: dict[str, Any]) -> None:
        sids = params.get("sids")
        if not isinstance(sids, list) or not sids:
            raise CommandError(4)
        subscriptions = [self._subscription(sid) for sid in sids]
        for subscription in subscriptions:
            self._publisher.remove(subscription)
            self._subscriptions.pop(subscription.sid, None)
            subscription.seq += 1
            numbers = {"sid": subscription.sid, "seq": subscription.seq, "type": "unsubscribed"}
            self._reply(_identified(command_id) | numbers)

    def _update(self, command_id: int | None, params: dict[str, Any]) -> None:
        sids = params.get("sids", [params["sid"]] if "sid" in params else [])
        if not isinstance(sids, list) or len(sids) != 1:
            raise CommandError(12)
        subscription = self._subscription(sids[0])
        action = params.get("action")
        if action is None:
            raise CommandError(15)
        if action not in ("add_markets", "delete_markets", "get_snapshot"):
            raise CommandError(13)
        tickers = self._known_tickers(params)
        if not tickers:
            raise CommandError(14)
        if action == "get_snapshot":
            if subscription.channel != BOOK:
                raise CommandError(13)
            self._send_snapshots(subscription, tickers, reply_to=command_id)
        elif action == "add_markets":
            self._change(subscription, (subscription.tickers or set()) | set(tickers), command_id, params)
            self._add(subscription, tickers, params)
        else:
            self._delete(subscription, tickers)
            self._change(subscription, subscription.tickers or set(), command_id, params)

    def _delete(self, subscription: Subscription, tickers: list[str]) -> None:
        if subscription.tickers is None:
            subscription.tickers = set(self._markets)
        self._publisher.remove(subscription, tickers)
        subscription.tickers.difference_update(tickers)

    def _change(
        self, subscription: Subscription, tickers: set[str], command_id: int | None, params: dict[str, Any]
    ) -> None:
        """Acknowledge; the ``ok`` takes a number of its own (protocol 5.4)."""
        subscription.seq += 1
        numbers = {"sid": subscription.sid, "seq": subscription.seq, "type": "ok"}
        body = {} if params.get("skip_ticker_ack") is True else {"market_tickers": sorted(tickers)}
        self._reply(_identified(command_id) | numbers | {"msg": body})

    def _send_snapshots(
        self, subscription: Subscription, tickers: list[str], *, reply_to: int | None
    ) -> None:
        for ticker in tickers:
            msg = frames.snapshot_msg(self._markets[ticker], yes_price=subscription.yes_price)
            subscription.send_numbered("orderbook_snapshot", msg, reply_to=reply_to)

    def _subscription(self, sid: object) -> Subscription:
        subscription = self._subscriptions.get(sid) if isinstance(sid, int) else None
        if subscription is None:
            raise CommandError(7)
        return subscription

    def _known_tickers(self, params: dict[str, Any]) -> list[str]:
        tickers = params.get("market_tickers") or []
        if "market_ticker" in params:
            tickers = [*tickers, params["market_ticker"]]
        if not all(isinstance(ticker, str) for ticker in tickers):
            raise CommandError(11)
        unknown = [ticker for ticker in tickers if ticker not in self._markets]
        if unknown:
            raise CommandError(11, market_tickers=unknown)
        return list(tickers)

    def _send_error(self, error: CommandError, command_id: int | None) -> None:
        body: dict[str, Any] = {"code": error.code, "msg": str(error)}
        if error.market_tickers:
            body["market_tickers"] = error.market_tickers
        self._reply(_identified(command_id) | {"type": "error", "msg": body})

    def _reply(self, message: dict[str, Any]) -> None:
        self._sink.send(msgspec.json.encode(message))


def _decode(text: str | bytes) -> dict[str, Any]:
    try:
        command = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise CommandError(1) from None
    if not isinstance(command, dict):
        raise CommandError(1)
    return command


def _identified(command_id: int | None) -> dict[str, Any]:
    return {} if command_id is None else {"id": command_id}
