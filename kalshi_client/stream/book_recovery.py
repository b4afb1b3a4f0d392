"""Decides what follows from a fault in the books of one connection.

| fault                        | not trusted then     | asked for again                           |
|------------------------------|----------------------|-------------------------------------------|
| messages were lost           | every book           | every book but one that came after them   |
| a frame cannot be read       | every book           | every book                                |
| a change cannot be true      | its book             | its book                                  |
| a message cannot be true     | its book             | its book; not at once after a snapshot    |
| an audit failed              | every book           | every book that no audit has disproved    |

What concerns every book may happen a few times in a row; then the connection is given up.
"""

from __future__ import annotations

from collections.abc import Iterable

from kalshi_client.stream.book_requests import BookRequests
from kalshi_client.stream.followed_books import FollowedBooks
from kalshi_client.stream.session_events import (
    AuditFailed,
    Counters,
    GapFound,
    ImpossibleChange,
    SessionEvent,
)
from kalshi_client.stream.subscription import MAX_ATTEMPTS
from kalshi_client.wire.values import Malformed


class BookRecovery:
    """Puts trust in books to an end, and asks for them again."""

    def __init__(self, held: FollowedBooks, requests: BookRequests, counters: Counters) -> None:
        self._held = held
        self._requests = requests
        self._counters = counters

    def resync(self, tickers: Iterable[str], reason: str) -> None:
        """These books change no more before a snapshot, which is asked for."""
        wanted = [ticker for ticker in tickers if ticker in self._requests.tickers]
        self._held.distrust(wanted, reason)
        self._requests.ask_for_books(wanted)

    def lost(self, gap: GapFound, *, known: str = "") -> tuple[GapFound | SessionEvent, ...]:
        """``known``: the market of a snapshot that showed the gap, which is good: it came after."""
        self._counters.gaps += 1
        return (gap, *self._resync_all("gap", "gaps", known=known))

    def unreadable(self) -> tuple[SessionEvent, ...]:
        """A frame may have been a change of any book. The gap that it leaves may show too late."""
        return self._resync_all("malformed", "malformed messages")

    def untrue(self, message: Malformed) -> None:
        """A message came in its turn, and what it says of one book cannot be true: no other is concerned."""
        if message.type_name == "orderbook_snapshot":  # asked for at once it would be the same again
            self._held.distrust([message.ticker], "malformed")
        else:
            self.resync([message.ticker], "malformed")

    def impossible(self, change: ImpossibleChange) -> tuple[ImpossibleChange]:
        """Its book has missed something."""
        self.resync([change.ticker], "negative_level")
        return (change,)

    def disproved(self, audit: AuditFailed) -> tuple[AuditFailed]:
        """Changes may not be sent to us, of any book of the connection."""
        self.resync(self._held.not_disproved(self._requests.tickers), "audit")
        return (audit,)

    def _resync_all(self, reason: str, what: str, *, known: str = "") -> tuple[SessionEvent, ...]:
        self._held.distrust(self._requests.tickers, reason)
        if not self._requests.book.attempts.another():
            return self._requests.subscriptions.break_off(
                f"{MAX_ATTEMPTS} {what} without a recovery between them"
            )
        self._requests.ask_for_books(ticker for ticker in self._requests.tickers if ticker != known)
        return ()
