"""One connection that tells of every market: hands on what is told, and says when something went unheard.

Whatever was told while nobody listened can only be read: each stretch of listening begins with a read of
all, and while there is none, all is read every ``DEAF_S``. Times are monotonic seconds given by the caller.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from kalshi_client.stream.inbox import Connected, Disconnected, Frames, Item, Overflowed
from kalshi_client.stream.link import Link
from kalshi_client.stream.news_session import NewsEvent, NewsMissed, news_session
from kalshi_client.stream.session_events import (
    CommandFailed,
    CommandUnanswered,
    ReconnectNeeded,
    SubscriptionLost,
)
from kalshi_client.wire.news import EventFeesUpdated, EventListed, MarketNews
from kalshi_client.wire.values import Malformed, Subscribed

DEAF_S: Final = 30.0  # all is read so often while nothing can be heard

Told = MarketNews | EventListed | EventFeesUpdated


class NewsConnection:
    """The lifecycle of every market over one connection, through all its generations."""

    def __init__(self, link: Link, *, now: float) -> None:
        self.told: list[Told] = []
        """What the venue told, oldest first. Whoever takes it clears it."""
        self.missed = False
        """Something may have happened that was not heard. Whoever reads all sets it back."""
        self._heard_at = now
        self._missed_at = now
        self._link = link
        self._session = news_session()

    def take(self, item: Item, now: float) -> list[str]:
        """Take an item of the feed; sentences about what went wrong."""
        link, notes = self._link, list[str]()
        match item:
            case Frames(generation=generation, data=data):
                if generation == link.heard_generation:
                    self._heard_at = now
                    for frame in data:
                        notes += self._take_events(self._session.receive(frame), now)
            case Connected(generation=generation):
                notes += link.opened(generation)
                link.send(self._session.connected())
            case Disconnected(reason=reason):
                notes += link.ended(reason)
            case Overflowed():
                notes.append(f"{link.name} fell behind: the connection opens again")
        link.send(self._session.commands())
        return notes

    def look(self, now: float) -> list[str]:
        """To be called each second: sentences about what the venue has not answered."""
        notes = self._take_events(self._session.look(now), now) if self._link.is_open else []
        is_deaf = not (self._link.is_open and self._session.is_subscribed)
        if is_deaf and now - self._missed_at >= DEAF_S:
            self._miss(now)
        return notes

    def open_again(self) -> None:
        """Replace the connection: what came over it does not count any more."""
        self._link.open_again()

    def _take_events(self, events: Iterable[NewsEvent], now: float) -> list[str]:
        notes = []
        for event in events:
            match event:
                case NewsMissed():
                    self._miss(now)
                case ReconnectNeeded(reason):
                    self.open_again()
                    notes.append(f"{self._link.name} cannot go on: {reason}; opening the connection again")
                case Malformed() | SubscriptionLost() | CommandFailed():
                    notes.append(f"{self._link.name}: {event}")
                case Subscribed() | CommandUnanswered():
                    pass
                case _:
                    self.told.append(event)
        return notes

    def _miss(self, now: float) -> None:
        self.missed, self._missed_at = True, now

    def row(self, name: str, now: float) -> dict[str, Any]:
        """As the page shows the connection."""
        return self._link.row(name, age_s=now - self._heard_at)
