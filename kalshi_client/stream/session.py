"""One WebSocket connection's messages about some books, and the commands that follow from them.

A session is a value without I/O: the shell says when a connection opened or ended, sends what
``connected`` and ``commands`` hand out, and feeds every frame to ``receive``. A new connection
starts empty (protocol 5.1), so ``connected`` forgets everything but the counters.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from kalshi_client.stream.book_reader import BookReader
from kalshi_client.stream.book_recovery import BookRecovery
from kalshi_client.stream.book_requests import BookRequests
from kalshi_client.stream.books import BookSet, TrackedBook
from kalshi_client.stream.followed_books import FollowedBooks
from kalshi_client.stream.session_events import BookEvent, Counters, SessionEvent


class BookSession:
    """The books of some markets over one connection, and their public trades if wanted.

    A change is applied only to a book whose snapshot came before it with no loss in between, so
    a book is right, or ``books.untrusted`` names it. The shell asks again (``ask_again``) for what
    stays untrusted too long; a session has no clock.
    """

    def __init__(
        self, tickers: Iterable[str], books: BookSet, *, connection: int = 0, with_trades: bool = False
    ) -> None:
        self.counters = Counters()
        self._books = books
        self._connection = connection
        self._requests = BookRequests(tickers, with_trades=with_trades)
        self._held = FollowedBooks(books, connection, self.counters)
        self._recovery = BookRecovery(self._held, self._requests, self.counters)
        self._reader = BookReader(
            books, connection, self._requests, self._held, self._recovery, self.counters
        )
        for ticker in self._requests.tickers:
            books.add(ticker)

    def receive(self, frames: Sequence[bytes], received_us: int) -> list[BookEvent]:
        """Take the frames into the books. Answers what else they mean, mostly nothing.

        Never raises; what it cannot use it counts.
        """
        return self._reader.receive(frames, received_us)

    # --- what is known -----------------------------------------------------------------------------

    @property
    def tickers(self) -> list[str]:
        """The markets of this session, in the order they were added."""
        return list(self._requests.tickers)

    @property
    def is_subscribed(self) -> bool:
        """Whether the venue acknowledged every channel on this connection."""
        return self._requests.subscriptions.are_all_standing

    @property
    def untrusted(self) -> list[str]:
        """The markets of this session whose book is not whole."""
        return [ticker for ticker in self._requests.tickers if not self._held.is_whole(ticker)]

    @property
    def shown(self) -> dict[str, TrackedBook]:
        """The books that a snapshot has told of. Whoever takes them clears it."""
        return self._held.shown

    @property
    def crowded_out(self) -> list[str]:
        """The markets that the venue refused because the subscription has as many as it may (error 26)."""
        return self._requests.crowded_out

    @property
    def sent_ms(self) -> int | None:
        """When the venue queued the newest change that was taken, by its clock, if it says so."""
        return self._reader.sent_ms

    @property
    def confirmed_us(self) -> int:
        """When the last message came that had missed nothing before it: until then every trusted
        book of this session was what the venue said. Epoch microseconds, 0 for never."""
        return self._reader.confirmed_us

    # --- what the shell says -----------------------------------------------------------------------

    def connected(self) -> list[bytes]:
        """A connection opened. Answers the commands to send on it first."""
        self._books.tape.connected(self._connection)
        self._requests.start_over()
        self._held.start_over()
        self._held.distrust(self._requests.tickers, "no_snapshot")
        self._requests.subscriptions.ask_for_all()
        return self._requests.take_commands()

    def disconnected(self, reason: str) -> None:
        """The connection is over, or about to be: its books may be wrong."""
        self._books.tape.ended(self._connection, reason)
        self._held.distrust(self._requests.tickers, reason)

    def commands(self) -> list[bytes]:
        """The commands to send since the last call."""
        return self._requests.take_commands()

    def look(self, now: float) -> Sequence[SessionEvent]:
        """To be told the time (monotonic seconds), about each second while the connection is open: what
        has been without its answer for too long, and what follows from that."""
        return self._requests.look(now)

    def add(self, tickers: Iterable[str]) -> None:
        """Watch more markets, over the same subscription."""
        more = list(tickers)
        for ticker in more:
            self._books.add(ticker)
        self._requests.add(more)

    def remove(self, tickers: Iterable[str]) -> None:
        """Watch these no longer. Whoever holds their books may forget them."""
        gone = [ticker for ticker in tickers if ticker in self._requests.tickers]
        self._held.forget(gone)
        self._requests.remove(gone)

    def resync(self, tickers: Iterable[str], reason: str) -> None:
        """These books turned out wrong: they change no more before a snapshot, which is asked for."""
        self._recovery.resync(tickers, reason)

    def ask_again(self, tickers: Iterable[str]) -> None:
        """Ask once more for books that are overdue, and for markets the venue refused to add."""
        self._requests.ask_again([ticker for ticker in tickers if ticker in self._requests.tickers])

    def audit(self, tickers: Iterable[str]) -> None:
        """Ask for books to compare them with ours; ``receive`` says when they differ."""
        self._requests.ask_for_books(tickers)
