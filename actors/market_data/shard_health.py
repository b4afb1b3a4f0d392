"""Do the prices of a shard's events make sense together?

What contradicts itself at two looks is told of: it may be an opportunity that nobody takes, or a
book that is wrong here although every message of it came in its turn.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from actors.market_data.shard_books import ShardBooks
from trading.coherence import EventShape, Incoherence, Quote, incoherences

LOOK_EVERY_S: Final = 5.0
SHOWN: Final = 20

Sign = tuple[str, str, tuple[str, ...]]  # event, kind, markets


class ShardHealth:
    """What the last look at the events of a shard found."""

    def __init__(self, books: ShardBooks) -> None:
        self._books = books
        self._events: Sequence[EventShape] = ()
        self._look_at = float("-inf")
        self._seen: set[Sign] = set()  # at the last look
        self._standing: list[Incoherence] = []

    def follow(self, events: Sequence[EventShape]) -> None:
        """These are the events from now on."""
        self._events = events

    def look(self, now: float) -> None:
        """To be called each second."""
        if now < self._look_at:
            return
        self._look_at = now + LOOK_EVERY_S
        found = [sign for event in self._events for sign in self._of(event)]
        signs = {_sign(incoherence) for incoherence in found}
        self._standing = [incoherence for incoherence in found if _sign(incoherence) in self._seen]
        self._seen = signs

    def _of(self, event: EventShape) -> list[Incoherence]:
        if len(event.strikes) < 2:
            return []
        quotes: dict[str, Quote] = {}
        untrusted = self._books.held.untrusted
        for ticker in event.strikes:
            book = self._books.book(ticker)
            if book is not None and ticker not in untrusted and ticker not in self._books.blocked:
                quotes[ticker] = Quote(book.best_yes_bid_e4, book.yes_ask_e4)
        return incoherences(event, quotes)

    def report(self) -> dict[str, Any]:
        """How many of each kind, and the first of them."""
        counts: dict[str, int] = {}
        for incoherence in self._standing:
            counts[incoherence.kind] = counts.get(incoherence.kind, 0) + 1
        shown = [
            {
                "event": found.event_ticker,
                "kind": found.kind,
                "by_e4": found.by_e4,
                "tickers": list(found.tickers),
            }
            for found in self._standing[:SHOWN]
        ]
        return {"counts": counts, "shown": shown}


def _sign(incoherence: Incoherence) -> Sign:
    return incoherence.event_ticker, incoherence.kind, incoherence.tickers
