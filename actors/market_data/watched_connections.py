"""How do the frames of several connections become changes of a shard's books?

Each connection carries at most ``MARKETS_PER_CONNECTION`` markets, because ``seq`` is counted per
subscription: one gap makes every market of the connection suspect until its own next snapshot.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any, Final

from actors.market_data.shard_books import ShardBooks
from kalshi_client.stream.feed import Feed
from kalshi_client.stream.inbox import Connected, Disconnected, Frame, Overflowed
from kalshi_client.stream.session import OrderbookSession
from kalshi_client.stream.subscription import CommandFailed, GapFound, ReconnectNeeded, SubscriptionLost
from kalshi_client.wire.values import BookDelta, BookSnapshot, Malformed

MARKETS_PER_CONNECTION: Final = 250
ASK_AGAIN_S: Final = 5.0  # a snapshot comes within milliseconds, or not at all
COMPLAINTS_LOGGED: Final = 20  # of malformed frames; the rest are only counted


class WatchedConnections:
    """The connections of one shard, all on one feed thread."""

    def __init__(self, tickers: Sequence[str], *, feed: Callable[[int], Feed], books: ShardBooks) -> None:
        groups = [
            list(tickers[start : start + MARKETS_PER_CONNECTION])
            for start in range(0, len(tickers), MARKETS_PER_CONNECTION)
        ]
        self._sessions = [OrderbookSession(group) for group in groups]
        self._tickers = groups
        self._books = books
        self._generation = [0] * len(groups)
        self._connected = [False] * len(groups)
        self._frame_at = [time.monotonic()] * len(groups)
        self._complaints = 0
        self._ask_again_at = time.monotonic() + ASK_AGAIN_S
        self._overdue: list[set[str]] = [set() for _ in groups]  # suspect at the last look already
        self._feed = feed(len(groups))

    @property
    def count(self) -> int:
        return len(self._sessions)

    def fileno(self) -> int:
        return self._feed.fileno()

    def close(self) -> None:
        self._feed.close()

    def receive(self, limit: int) -> list[str]:
        """Take what the feed holds into the books; sentences about what went wrong."""
        notes: list[str] = []
        now = time.monotonic()
        for item in self._feed.drain(limit):
            match item:
                case Frame(connection, generation, data, _):
                    if generation == self._generation[connection]:
                        self._frame_at[connection] = now
                        self._take_frame(connection, data, notes)
                case Connected(connection, generation):
                    self._generation[connection] = generation
                    self._connected[connection] = True
                    self._frame_at[connection] = now
                    self._send(connection, self._sessions[connection].connected())
                case Disconnected(connection, generation, reason):
                    self._connected[connection] = False
                    self._books.suspect(self._tickers[connection], "disconnected")
                    notes.append(f"Connection {connection} lost: {reason}")
                case Overflowed(connection, _):
                    self._books.suspect(self._tickers[connection], "overflow")
                    notes.append(f"Connection {connection} fell behind: it opens again with new books")
        for connection, session in enumerate(self._sessions):
            self._send(connection, session.commands())
        return notes

    def _take_frame(self, connection: int, data: bytes, notes: list[str]) -> None:
        session, books = self._sessions[connection], self._books
        for event in session.receive(data):
            match event:
                case BookDelta():
                    source = (connection, event.seq)
                    if not books.change(
                        event.ticker, event.side, event.price_e4, event.delta_e2, source=source
                    ):
                        session.distrust([event.ticker])
                        notes.append(f"Book of {event.ticker} could not be true: asking for it again")
                case BookSnapshot():
                    books.confirm(event.ticker, event.yes, event.no, source=(connection, event.seq))
                case GapFound():
                    books.suspect(self._tickers[connection], "gap")
                    notes.append(f"Connection {connection} missed messages: {event}")
                case SubscriptionLost():
                    books.suspect(self._tickers[connection], "subscription_lost")
                    notes.append(f"Connection {connection} lost its subscription: {event}")
                case ReconnectNeeded(reason):
                    books.suspect(self._tickers[connection], "reconnecting")
                    notes.append(f"Connection {connection} cannot go on: {reason}")
                    self._feed.reconnect(connection)
                case CommandFailed():
                    notes.append(f"Connection {connection} was refused a command: {event}")
                case Malformed(reason):
                    self._complaints += 1
                    if self._complaints <= COMPLAINTS_LOGGED:
                        notes.append(f"Frame not understood: {reason}")

    def ask_again(self) -> None:
        """Ask once more for the books that a snapshot is overdue for: a command or its answer got lost."""
        now = time.monotonic()
        if now < self._ask_again_at:
            return
        self._ask_again_at = now + ASK_AGAIN_S
        for connection, session in enumerate(self._sessions):
            overdue = session.suspect & self._overdue[connection]
            self._overdue[connection] = set(session.suspect)
            if overdue and self._connected[connection]:
                session.request_snapshots(sorted(overdue))
                self._send(connection, session.commands())

    def _send(self, connection: int, commands: Sequence[bytes]) -> None:
        for command in commands:
            self._feed.send(connection, self._generation[connection], command)

    def report(self) -> dict[str, Any]:
        """What the page shows of the connections."""
        now = time.monotonic()
        counters = [session.counters for session in self._sessions]
        unknown: dict[str, int] = {}
        for counted in counters:
            for name, times in counted.unknown.items():
                unknown[name] = unknown.get(name, 0) + times
        return {
            "malformed": sum(counted.malformed for counted in counters),
            "gaps": sum(counted.gaps for counted in counters),
            "unknown": unknown,
            "connections": [
                {
                    "name": f"market data {number}",
                    "state": "live" if connected else "down",
                    "reconnects": max(0, generation - 1),
                    "data_age_s": round(now - frame_at, 1),
                }
                for number, (connected, generation, frame_at) in enumerate(
                    zip(self._connected, self._generation, self._frame_at, strict=True)
                )
            ],
        }
