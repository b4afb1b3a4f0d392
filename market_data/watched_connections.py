"""Turns the frames of several connections into the books of a shard, and keeps them right.

Each connection carries at most ``shards.MARKETS_PER_CONNECTION`` markets, because ``seq`` is counted per
subscription: one gap makes every market of the connection untrusted until its own next snapshot.
Books are asked for again and again (``audits``): only an answer in its turn proves that a connection
which has nothing to tell has missed nothing, and that the venue sends the changes of a book at all.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, Final

from kalshi_client.signing_clock import SigningClock
from kalshi_client.stream.book_connection import ASK_AGAIN_S, BookConnection
from kalshi_client.stream.crossed_books import CrossedBooks
from kalshi_client.stream.link import Link, Wire
from market_data.shard_books import ShardBooks
from market_data.shard_listener import ShardListener
from market_data.shards import MARKETS_PER_CONNECTION, assign_connections
from market_data.stream_delay import StreamDelay

MOST_CONNECTIONS: Final = 100  # of a shard; a venue grants an account 200 (protocol 5.1)


class WatchedConnections:
    """The connections of one shard, all on one feed thread.

    ``open_connection`` opens one more and answers its number.
    """

    def __init__(
        self,
        wire: Wire,
        open_connection: Callable[[], int],
        books: ShardBooks,
        *,
        clock: SigningClock,
        silence_s: float,
    ) -> None:
        self._wire = wire
        self._open_connection = open_connection
        self._books = books
        self._silence_s = silence_s
        self._watched: dict[int, BookConnection] = {}  # by connection number
        self._home: dict[str, BookConnection] = {}  # by ticker
        self._closely: set[str] = set()  # markets in which something is at stake
        self._ask_again_at = time.monotonic()
        self._crossed = CrossedBooks(books.held)
        self._groups: list[list[str]] = []  # of the markets to watch
        self._most = MARKETS_PER_CONNECTION
        self._delay = StreamDelay(clock)
        self._listener = ShardListener(books, self._delay)

    # --- which markets ---------------------------------------------------------------------------

    @property
    def count(self) -> int:
        return len(self._watched)

    def watch(self, tickers: Iterable[str], *, together: Iterable[Iterable[str]] = ()) -> None:
        """Watch exactly these; what stays is not touched.

        ``together``: groups of them that are best on one connection, as markets of one event are.
        """
        wanted = dict.fromkeys(tickers)
        groups = [[ticker for ticker in group if ticker in wanted] for group in together]
        grouped = {ticker for group in groups for ticker in group}
        self._groups = groups + [[ticker] for ticker in wanted if ticker not in grouped]
        self._arrange({})

    def watch_closely(self, tickers: Iterable[str]) -> None:
        """Something is at stake in these, as far as they are watched, and in no others."""
        self._closely = set(tickers)

    def _arrange(self, crowded: Mapping[int, Collection[str]]) -> None:
        """Spread the markets over connections; ``crowded``: what a connection may not have, by number."""
        previous = [
            [ticker for ticker in watched.session.tickers if ticker not in crowded.get(number, ())]
            for number, watched in self._watched.items()
        ]
        plan = assign_connections(self._groups, previous, most=self._most)
        for _ in plan[len(self._watched) :]:
            self._open()
        self._home, now = {}, time.monotonic()
        for watched, planned in zip(self._watched.values(), plan, strict=True):
            self._home |= dict.fromkeys(planned, watched)
            watched.carry(planned, now)
        self._send_commands()

    def _open(self) -> None:
        number = self._open_connection()
        self._watched[number] = BookConnection(
            Link(f"Connection {number}", number, self._wire),
            self._books.held,
            silence_s=self._silence_s,
            now=time.monotonic(),
            listener=self._listener,
        )

    def find(self, number: int) -> BookConnection | None:
        """The connection with this number, if it carries books: it takes what arrives."""
        return self._watched.get(number)

    # --- what is looked after --------------------------------------------------------------------

    def look_after(self, now: float) -> list[str]:
        """To be called each second: asks again for what is overdue, audits, and doubts what has not
        been confirmed for too long or stays crossed. Sentences about what was found."""
        connections = self._watched.values()
        notes = [said for watched in connections for said in watched.doubt_unconfirmed(now)]
        for watched in connections:
            notes += watched.doubt_unanswered(now)
        notes += self._doubt_crossed()
        notes += self._make_room()
        if now >= self._ask_again_at:
            self._ask_again_at = now + ASK_AGAIN_S
            for watched in connections:
                watched.ask_again()
        self._audit(now)
        self._send_commands()
        return notes

    def _audit(self, now: float) -> None:
        closely: dict[int, list[str]] = {}
        for ticker in self._closely:
            if (home := self._home.get(ticker)) is not None:
                closely.setdefault(home.link.number, []).append(ticker)
        for number, watched in self._watched.items():
            watched.audit(now, closely=closely.get(number, ()))

    def open_again(self, reason: str) -> None:
        """Doubt every book and replace every connection by a new one."""
        for watched in self._watched.values():
            watched.open_again(reason)

    def _doubt_crossed(self) -> list[str]:
        found = self._crossed.look()
        for ticker in found.stay:
            self._books.block_crossed(ticker)
        for ticker in found.over:
            self._books.unblock_crossed(ticker, at_us=time.time_ns() // 1000)
        return [self._home[ticker].doubt_crossed(ticker) for ticker in found.ask]

    def _make_room(self) -> list[str]:
        """The markets that one connection may not have go to others, which get no more than it has."""
        crowded = {number: watched.session.crowded_out for number, watched in self._watched.items()}
        had = [
            len(self._watched[number].session.tickers) - len(out) for number, out in crowded.items() if out
        ]
        if not had:
            return []
        self._most = max(1, min(self._most, *had))
        if len(self._watched) >= MOST_CONNECTIONS:
            return []  # what is left is tried again by itself (``ask_again``)
        self._arrange(crowded)
        return [f"The venue takes {self._most} markets a connection: there are {self.count} connections now"]

    def _send_commands(self) -> None:
        for watched in self._watched.values():
            watched.send_commands()

    @property
    def resyncs(self) -> Counter[str]:
        """The number of requests for books again, by reason."""
        return sum((watched.resyncs for watched in self._watched.values()), Counter[str]())

    @property
    def outage(self) -> str:
        """Why none of the connections can be heard; "" while one can."""
        away = [watched.link.outage for watched in self._watched.values()]
        return away[0] if away and all(away) else ""

    # --- for people ------------------------------------------------------------------------------

    def oldest_confirmation_s(self, now: float) -> float:
        """Age of the confirmation of the books that were confirmed the longest ago."""
        confirmed = [watched.confirmed_at for watched in self._watched.values() if watched.session.tickers]
        return now - min(confirmed, default=now)

    def confirmed_s(self, ticker: str, now: float) -> float | None:
        """Seconds since the market's book was last known to be whole."""
        home = self._home.get(ticker)
        return None if home is None else now - home.confirmed_at

    def audited_s(self, ticker: str, now: float) -> float | None:
        """Seconds since the venue last showed the market's book."""
        home = self._home.get(ticker)
        return None if home is None else home.audits.age_s(ticker, now)

    def report(self) -> dict[str, Any]:
        """The connections on the page."""
        now = time.monotonic()
        return {
            **counted(self._watched.values()),
            "resyncs": dict(self.resyncs),
            "oldest_confirmation_s": round(self.oldest_confirmation_s(now), 1),
            "audit_round_s": max((watched.audits.round_s for watched in self._watched.values()), default=0.0),
            **self._delay.report(),
            "connections": [w.row(f"market data {number}", now) for number, w in self._watched.items()],
        }


def counted(connections: Collection[BookConnection]) -> dict[str, Any]:
    """The counts of all their sessions since the watcher began."""
    counters = [watched.session.counters for watched in connections]
    unknown: dict[str, int] = {}
    for each in counters:
        for name, times in each.unknown.items():
            unknown[name] = unknown.get(name, 0) + times
    return {
        "malformed": sum(each.malformed for each in counters),
        "gaps": sum(each.gaps for each in counters),
        "audits": sum(each.audits for each in counters),
        "audits_failed": sum(each.audits_failed for each in counters),
        "unknown": unknown,
    }
