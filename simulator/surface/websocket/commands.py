"""Carries out WebSocket commands (protocol 5.2, 5.3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from simulator.access.tokens import Limit, TokenBucket
from simulator.choices import Choices
from simulator.engine.accounts.account import Account
from simulator.engine.matching.traded_market import TradedMarket
from simulator.surface.websocket import command_params, frames
from simulator.surface.websocket.channels import BOOK, TICKER, Channel
from simulator.surface.websocket.command_errors import ERROR_TEXTS, OVERFLOW, CommandError
from simulator.surface.websocket.command_params import Params, WantedMarkets
from simulator.surface.websocket.market_limits import MarketLimits
from simulator.surface.websocket.subscriptions import Publisher, Sink, Subscription


class CommandSession:
    """The commands and subscriptions of one connection."""

    def __init__(
        self,
        account: Account,
        sink: Sink,
        publisher: Publisher,
        markets: Mapping[str, TradedMarket],
        now_us: Callable[[], int],
        *,
        choices: Choices | None = None,
    ) -> None:
        self._account = account
        self._sink = sink
        self._publisher = publisher
        self._markets = markets
        self._now_us = now_us
        self._choices = choices or Choices()
        self._subscriptions: dict[int, Subscription] = {}
        self._last_sid = 0
        self._check_limits = MarketLimits(self._choices, self._subscriptions).check
        rate = self._choices.most_commands_per_s
        self._budget = TokenBucket.full(Limit(rate, rate), now_us() / 1e6)

    def receive(self, text: str | bytes) -> None:
        """Obey one command; every mistake in it is answered, none raises."""
        command_id: int | None = None
        try:
            command = command_params.decode(text)
            command_id = command_params.command_id(command)
            if not self._budget.take(1, self._now_us() / 1e6):
                raise CommandError(27)
            self._obey(command_id, command)
        except CommandError as error:
            self._send_error(error, command_id)

    def close(self) -> None:
        for subscription in self._subscriptions.values():
            self._publisher.remove(subscription)
        self._subscriptions.clear()

    def follows_book(self, ticker: str) -> bool:
        """Whether the connection is told of every change of a market's book."""
        return any(s.channel.name == BOOK and s.wants(ticker) for s in self._subscriptions.values())

    def overflow(self) -> None:
        """The client is too far behind to be told everything."""
        self.end_subscriptions(OVERFLOW)

    def end_subscriptions(self, code: int) -> None:
        """End every subscription with a terminal error (protocol 5.3)."""
        ended = list(self._subscriptions.values())
        self.close()
        for subscription in ended:
            self._send_error(CommandError(code), None, about=subscription)

    def _obey(self, command_id: int | None, command: dict[str, Any]) -> None:
        name = command.get("cmd")
        if name == "list_subscriptions":
            listed = [{"channel": s.channel.name, "sid": s.sid} for s in self._subscriptions.values()]
            self._reply(_identified(command_id) | {"type": "ok", "msg": listed})
            return
        obey = {
            "subscribe": self._subscribe,
            "unsubscribe": self._unsubscribe,
            "update_subscription": self._update,
        }.get(str(name))
        if obey is None:
            raise CommandError(5)
        obey(command_id, command_params.params_of(command))

    def _subscribe(self, command_id: int | None, params: Params) -> None:
        channels = command_params.channels_in(params)
        takes_ids = any(channel.takes_ids for channel in channels)
        wanted = self._markets_in(params, takes_ids=takes_ids)
        for channel in channels:
            if channel.markets == "required" and not wanted.is_named:
                raise CommandError(14)
            self._check_limits(self._known(channel, params), channel, wanted.tickers)
        for channel in channels:
            self._subscribe_to(channel, wanted, command_id, params)

    def _markets_in(self, params: Params, *, takes_ids: bool) -> WantedMarkets:
        ignores = self._choices.ignores_unknown_markets
        return command_params.markets_in(params, self._markets, takes_ids=takes_ids, ignores_unknown=ignores)

    def _subscribe_to(
        self, channel: Channel, wanted: WantedMarkets, command_id: int | None, params: Params
    ) -> None:
        subscription = self._known(channel, params)
        if subscription is None:
            self._last_sid += 1
            subscription = Subscription(
                self._last_sid,
                channel,
                self._account,
                self._sink,
                set(),
                yes_price=self._wants_yes_price(params),
            )
            self._subscriptions[subscription.sid] = subscription
        body = {"channel": channel.name, "sid": subscription.sid}
        self._reply(_identified(command_id) | {"type": "subscribed", "msg": body})
        if channel.markets == "none" or not wanted.is_named:
            subscription.tickers = None
            self._publisher.add(subscription, ())
        else:
            self._add(subscription, wanted.tickers)
            self._send_present(subscription, wanted.tickers, params)

    def _known(self, channel: Channel, params: Params) -> Subscription | None:
        """The subscription that subscribing again to a channel merges into: of the same price scale."""
        if not self._choices.keeps_sid:
            return None
        yes_price = self._wants_yes_price(params)
        for known in self._subscriptions.values():
            if known.channel is channel and (channel.name != BOOK or known.yes_price is yes_price):
                return known
        return None

    def _wants_yes_price(self, params: Params) -> bool:
        default = self._choices.yes_price_by_default
        return command_params.flag_in(params, "use_yes_price", default=default)

    def _add(self, subscription: Subscription, tickers: list[str]) -> list[str]:
        """Returns those that are new to the subscription."""
        if subscription.tickers is None:
            return []
        fresh = [ticker for ticker in tickers if ticker not in subscription.tickers]
        subscription.tickers.update(fresh)
        self._publisher.add(subscription, fresh)
        return fresh

    def _send_present(self, subscription: Subscription, tickers: list[str], params: Params) -> None:
        """The state from which the deltas or tickers to come start. Whoever subscribes again, perhaps
        because its books are suspect (protocol 5.4), gets it for the markets it had as well (CHOICE)."""
        if subscription.channel.name == BOOK:
            self._send_snapshots(subscription, tickers, reply_to=None)
        elif command_params.flag_in(params, "send_initial_snapshot"):
            self._send_tickers(subscription, tickers)

    def _unsubscribe(self, command_id: int | None, params: Params) -> None:
        sids = command_params.sids_in(params)
        if not sids:
            raise CommandError(4)
        subscriptions = dict.fromkeys(self._subscription(sid) for sid in sids)
        for subscription in subscriptions:
            self._publisher.remove(subscription)
            self._subscriptions.pop(subscription.sid, None)
            subscription.seq += 1
            numbers = {"sid": subscription.sid, "seq": subscription.seq, "type": "unsubscribed"}
            self._reply(_identified(command_id) | numbers)

    def _update(self, command_id: int | None, params: Params) -> None:
        sids = command_params.sids_in(params)
        if len(sids) != 1:
            raise CommandError(12)
        subscription = self._subscription(sids[0])
        try:
            self._change(subscription, command_id, params)
        except CommandError as error:
            self._send_error(error, command_id, about=subscription)

    def _change(self, subscription: Subscription, command_id: int | None, params: Params) -> None:
        action, channel = command_params.action_in(params), subscription.channel
        if channel.markets == "none" or (action == "get_snapshot" and channel.name != BOOK):
            raise CommandError(13)
        wanted = self._markets_in(params, takes_ids=channel.takes_ids)
        if not wanted.is_named:
            raise CommandError(14)
        if action == "get_snapshot":
            self._send_snapshots(subscription, wanted.tickers, reply_to=command_id)
        elif action == "add_markets":
            self._check_limits(subscription, channel, wanted.tickers)
            after = (subscription.tickers or set()) | set(wanted.tickers)
            self._acknowledge(subscription, after, command_id, params, by_id=wanted.by_id)
            fresh = self._add(subscription, wanted.tickers)
            self._send_present(subscription, fresh, params)
        else:
            self._delete(subscription, wanted.tickers)
            after = subscription.tickers or set()
            self._acknowledge(subscription, after, command_id, params, by_id=wanted.by_id)

    def _delete(self, subscription: Subscription, tickers: list[str]) -> None:
        if subscription.tickers is None:
            subscription.tickers = set(self._markets)
        self._publisher.remove(subscription, tickers)
        subscription.tickers.difference_update(tickers)

    def _acknowledge(
        self,
        subscription: Subscription,
        tickers: set[str],
        command_id: int | None,
        params: Params,
        *,
        by_id: bool,
    ) -> None:
        subscription.seq += self._choices.ok_takes_number
        numbers = {"sid": subscription.sid, "seq": subscription.seq, "type": "ok"}
        body: dict[str, list[str]] = {}
        if not command_params.flag_in(params, "skip_ticker_ack"):
            body["market_tickers"] = sorted(tickers)
            if by_id:
                body["market_ids"] = [self._markets[ticker].market_id for ticker in body["market_tickers"]]
        self._reply(_identified(command_id) | numbers | {"msg": body})

    def _send_snapshots(
        self, subscription: Subscription, tickers: list[str], *, reply_to: int | None
    ) -> None:
        for ticker in tickers:
            msg = frames.snapshot_msg(
                self._markets[ticker],
                yes_price=subscription.yes_price,
                omits_empty=self._choices.omit_empty_sides,
            )
            subscription.send_numbered("orderbook_snapshot", msg, reply_to=reply_to)

    def _send_tickers(self, subscription: Subscription, tickers: list[str]) -> None:
        if subscription.channel.name == TICKER:
            for ticker in tickers:
                subscription.send_unnumbered(frames.ticker_msg(self._markets[ticker], self._now_us()))

    def _subscription(self, sid: object) -> Subscription:
        # True would find subscription 1.
        if isinstance(sid, int) and not isinstance(sid, bool) and sid in self._subscriptions:
            return self._subscriptions[sid]
        raise CommandError(7)

    def _send_error(
        self, error: CommandError, command_id: int | None, *, about: Subscription | None = None
    ) -> None:
        """An error about a subscription takes a number of it."""
        numbers: dict[str, int] = {}
        if about is not None:
            about.seq += 1
            numbers = {"sid": about.sid, "seq": about.seq}
        body: dict[str, Any] = {"code": error.code, "msg": ERROR_TEXTS[error.code]}
        if error.market_tickers:
            body["market_tickers"] = error.market_tickers
        self._reply(_identified(command_id) | numbers | {"type": "error", "msg": body})

    def _reply(self, message: dict[str, Any]) -> None:
        self._sink.send(msgspec.json.encode(message))


def _identified(command_id: int | None) -> dict[str, Any]:
    return {} if command_id is None else {"id": command_id}
