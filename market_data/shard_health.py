"""Compares the prices of a shard's events with each other.

What contradicts itself at two looks is told of: it may be an opportunity that nobody takes, or a
book that is wrong here although every message of it came in its turn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from market_data.shard_books import ShardBooks
from trading.coherence import EventShape, Incoherence, YesQuote, incoherences

LOOKS: Final = 10  # an event is looked at every so many seconds: all at once would hold up the feed
SHOWN: Final = 20

Quotes = tuple[YesQuote | None, ...]


@dataclass(slots=True)
class _Watched:
    """An event, what it quoted at the last look, and what of that contradicts itself."""

    shape: EventShape
    quotes: Quotes = ()
    found: list[Incoherence] = field(default_factory=list)
    standing: list[Incoherence] = field(default_factory=list)


class ShardHealth:
    """The findings of the last looks at the events of a shard."""

    def __init__(self, books: ShardBooks) -> None:
        self._books = books
        self._events: list[_Watched] = []
        self._standing: dict[str, _Watched] = {}  # those that contradict themselves, by event
        self._looks = 0

    def follow(self, events: Sequence[EventShape]) -> None:
        """These are the events from now on."""
        before = {watched.shape.ticker: watched for watched in self._events}
        self._events = []
        for event in events:
            known = before.get(event.ticker)
            if len(event.strikes) > 1:
                self._events.append(known if known and known.shape == event else _Watched(event))
        self._standing = {watched.shape.ticker: watched for watched in self._events if watched.standing}

    def look(self) -> None:
        """To be called each second: looks at every tenth event, at each in its turn."""
        for watched in self._events[self._looks % LOOKS :: LOOKS]:
            self._look_at(watched)
        self._looks += 1

    def _look_at(self, watched: _Watched) -> None:
        shape = watched.shape
        quotes = tuple(self._quote(ticker) for ticker in shape.strikes)
        before = watched.found
        if quotes != watched.quotes:
            watched.quotes = quotes
            quoted = zip(shape.strikes, quotes, strict=True)
            watched.found = incoherences(shape, {ticker: quote for ticker, quote in quoted if quote})
        signs = {(sign.kind, sign.tickers) for sign in before}
        watched.standing = [found for found in watched.found if (found.kind, found.tickers) in signs]
        if watched.standing:
            self._standing[shape.ticker] = watched
        else:
            self._standing.pop(shape.ticker, None)

    def _quote(self, ticker: str) -> YesQuote | None:
        """None for a book that is not trusted, or a market that does not trade."""
        books = self._books
        book = books.held.books.get(ticker)
        if book is None or ticker in books.held.untrusted or ticker in books.blocked:
            return None
        return YesQuote(book.best_yes_bid_e4, book.yes_ask_e4)

    def report(self) -> dict[str, Any]:
        """The number of each kind, and the first of them."""
        counts: dict[str, int] = {}
        shown: list[dict[str, Any]] = []
        for found in (found for watched in self._standing.values() for found in watched.standing):
            counts[found.kind] = counts.get(found.kind, 0) + 1
            if len(shown) < SHOWN:
                by_e4, tickers = found.by_e4, list(found.tickers)
                shown.append(
                    {"event": found.event_ticker, "kind": found.kind, "by_e4": by_e4, "tickers": tickers}
                )
        return {"counts": counts, "shown": shown}
