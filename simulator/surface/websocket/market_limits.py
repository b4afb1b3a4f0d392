"""The number of markets that a connection may be told of (protocol 5.1, error 26)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from simulator.choices import Choices
from simulator.surface.websocket.channels import Channel
from simulator.surface.websocket.command_errors import CommandError
from simulator.surface.websocket.subscriptions import Subscription


@dataclass(frozen=True, slots=True)
class MarketLimits:
    """The limits of one connection and what it is subscribed to, by sid."""

    choices: Choices
    subscriptions: Mapping[int, Subscription]

    def check(self, subscription: Subscription | None, channel: Channel, tickers: Sequence[str]) -> None:
        """Whether it may have these as well; None = a subscription to be made. Raises CommandError.

        A channel that takes every market counts none of them.
        """
        if channel.markets == "none":
            return
        held = set() if subscription is None else subscription.tickers or set()
        more = sum(ticker not in held for ticker in tickers)
        total = sum(len(each.tickers or ()) for each in self.subscriptions.values())
        if (
            len(held) + more > self.choices.most_markets_per_subscription
            or total + more > self.choices.most_markets_per_session
        ):
            raise CommandError(26)
