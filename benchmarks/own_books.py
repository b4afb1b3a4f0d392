"""From frames to books as the MarketWatcher goes."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.recorded_flow import Sides
from kalshi_client.stream.books import BookSet
from kalshi_client.stream.session import BookSession
from trading.tape import TapeRecorder


class OwnBooks:
    """Sessions and books, with all their checks, and the tape of what changes."""

    def __init__(self, groups: Sequence[Sequence[str]]) -> None:
        self._held = BookSet(tape=TapeRecorder())
        self._sessions = [
            BookSession(group, self._held, connection=number) for number, group in enumerate(groups)
        ]
        for session in self._sessions:
            session.connected()

    def take(self, connection: int, frames: Sequence[bytes]) -> None:
        self._sessions[connection].receive(frames, 1)

    def books(self) -> dict[str, Sides]:
        """The books that it trusts."""
        return {
            ticker: (book.yes, book.no)
            for ticker, book in self._held.books.items()
            if ticker not in self._held.untrusted
        }
