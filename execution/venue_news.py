"""Hears at the execution venue which of its markets changed, so that their terms are read again at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from execution.book_stream import Wire
from kalshi_client.outage import Outage
from kalshi_client.stream.inbox import Connected, Disconnected, Frames, Item, Overflowed
from kalshi_client.stream.news_session import NewsEvent, NewsMissed, NewsSession
from kalshi_client.stream.subscription import CommandFailed, ReconnectNeeded, SubscriptionLost
from kalshi_client.wire.news import (
    EventFeesUpdated,
    MarketActivated,
    MarketChanged,
    MarketCloseUpdated,
    MarketDeactivated,
    MarketDetermined,
    MarketGridUpdated,
    MarketSettled,
)
from kalshi_client.wire.values import Malformed
from trading.market import Market

NAME: Final = "Execution news"
_TERMS: Final = (
    *(MarketActivated, MarketDeactivated, MarketCloseUpdated, MarketDetermined, MarketSettled),
    *(MarketGridUpdated, MarketChanged),
)


class VenueNews:
    """One subscription to the lifecycle of every market, through all generations of its connection."""

    def __init__(self, wire: Wire, connection: int) -> None:
        self._wire = wire
        self._connection = connection
        self._session = NewsSession()
        self._generation = 0
        self._is_open = False
        self._outage = Outage(NAME)
        self._missed = False
        self._tickers: set[str] = set()
        self._events: set[str] = set()  # whose fees changed

    def take(self, item: Item) -> list[str]:
        """Take an item of the feed; sentences about what went wrong."""
        notes: list[str] = []
        match item:
            case Frames(generation=generation, data=data) if generation == self._generation:
                for frame in data:
                    for event in self._session.receive(frame):
                        notes += self._on_event(event)
            case Connected(generation=generation):
                self._generation, self._is_open = generation, True
                notes += self._outage.opened()
                self._send(self._session.connected())
            case Disconnected(reason=reason):
                self._is_open = False
                notes += self._outage.ended(reason)
            case Overflowed():
                notes.append(f"{NAME} fell behind: the connection opens again")
            case _:
                pass
        self._send(self._session.commands())
        return notes

    def look(self, now: float) -> list[str]:
        """To be called each second: sentences about what the venue has not answered."""
        events = self._session.look(now) if self._is_open else ()
        return [said for event in events for said in self._on_event(event)]

    def _on_event(self, event: NewsEvent) -> list[str]:
        match event:
            case EventFeesUpdated():
                self._events.add(event.event_ticker)
            case NewsMissed():
                self._missed = True
            case ReconnectNeeded(reason):
                self._wire.reconnect(self._connection)
                return [f"{NAME} cannot go on: {reason}; opening the connection again"]
            case Malformed() | SubscriptionLost() | CommandFailed():
                return [f"{NAME}: {event}"]
            case _ if isinstance(event, _TERMS):
                self._tickers.add(event.ticker)
            case _:
                pass
        return []

    def take_outdated(self, markets: Mapping[str, Market]) -> list[str]:
        """Those of the markets that are not what they were, since the last call: all, after a loss."""
        if not (self._missed or self._tickers or self._events):
            return []
        outdated = [
            ticker
            for ticker, market in markets.items()
            if self._missed or ticker in self._tickers or market.event_ticker in self._events
        ]
        self._missed = False
        self._tickers.clear()
        self._events.clear()
        return outdated

    def _send(self, commands: list[bytes]) -> None:
        for command in commands:
            self._wire.send(self._connection, self._generation, command)

    def row(self) -> dict[str, Any]:
        """As the page shows the connection."""
        return {
            "name": NAME.lower(),
            "state": "live" if self._is_open else "down",
            "reconnects": max(0, self._generation - 1),
            "data_age_s": None,
        }
