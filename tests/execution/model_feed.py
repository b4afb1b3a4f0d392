"""The feed of an execution venue in memory: it carries out commands at once and delivers when drained."""

from __future__ import annotations

import itertools
import json
from typing import Any

from execution.venue_books import BOOKS, NEWS
from kalshi_client.stream.inbox import Connected, Disconnected, Frames, Item
from tests.kalshi_client.model_venue import ModelVenue

SUBSCRIBED_TO_NEWS = {"type": "subscribed", "id": 1, "msg": {"channel": "market_lifecycle_v2", "sid": 1}}


class ModelFeed:
    """Two connections to a ``ModelVenue``; ``is_frozen``: open, and nothing comes."""

    def __init__(self, venue: ModelVenue) -> None:
        self.venue = venue
        self.is_frozen = False
        self.commands: list[dict[str, Any]] = []  # of the books
        self.reconnected: list[int] = []
        self._generation = 0
        self._is_open = False
        self._items: list[Item] = []
        self._received_us = itertools.count(1)

    def connect(self) -> None:
        self.venue.connected()
        self._generation += 1
        self._is_open, self.is_frozen = True, False
        self._items += [Connected(number, self._generation) for number in (BOOKS, NEWS)]

    def cut(self) -> None:
        self._is_open = False
        self._items += [Disconnected(number, self._generation, "cut") for number in (BOOKS, NEWS)]

    def tell_news(self, *frames: dict[str, Any]) -> None:
        data = [json.dumps(frame).encode() for frame in frames]
        self._items.append(Frames(NEWS, self._generation, next(self._received_us), data))

    # --- as the books see it ---------------------------------------------------------------------

    def send(self, connection: int, generation: int, data: bytes) -> None:
        if not self._is_open or generation != self._generation or self.is_frozen:
            return
        if connection == NEWS:
            self.tell_news(SUBSCRIBED_TO_NEWS)
        else:
            self.commands.append(json.loads(data))
            self.venue.ask([data])

    def reconnect(self, connection: int) -> None:
        self.reconnected.append(connection)

    def drain(self) -> list[Item]:
        while self.venue.asked and not self.is_frozen:
            self.venue.carry_out(names_culprits=True, is_numbered=False, new_sid=1)
        if self.venue.wire and not self.is_frozen:
            data = [json.dumps(sent.frame).encode() for sent in self.venue.wire]
            self._items.append(Frames(BOOKS, self._generation, next(self._received_us), data))
            self.venue.wire.clear()
        items, self._items = self._items, []
        return items
