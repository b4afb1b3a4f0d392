"""What has one WebSocket connection told us, and what must be asked of it?

A session is a value without I/O: the shell says when a connection opened, sends what
``connected`` and ``commands`` hand out, and feeds every frame to ``receive``. A new connection
starts empty (protocol 5.1), so ``connected`` forgets everything but the counters.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from kalshi_client.stream.sequence import Sequences, Verdict
from kalshi_client.stream.subscription import MAX_ATTEMPTS, GapFound, SessionEvent, Subscription
from kalshi_client.wire import commands
from kalshi_client.wire import messages as wire
from kalshi_client.wire.values import (
    BookDelta,
    BookSnapshot,
    ErrorMessage,
    FillMessage,
    Malformed,
    Message,
    Ok,
    OrderMessage,
    PositionMessage,
    Subscribed,
    Unsubscribed,
)

BookEvent = BookSnapshot | BookDelta | GapFound | SessionEvent
PrivateEvent = FillMessage | OrderMessage | PositionMessage | SessionEvent


class OrderbookSession(Subscription):
    """The books of some markets over one connection.

    Hands on only what may be applied: a delta comes only for a book whose snapshot came before it
    with no loss in between. ``suspect`` names the other books. The shell asks for those again with
    ``request_snapshots`` when they stay suspect too long; a session has no clock.
    """

    def __init__(self, tickers: Iterable[str]) -> None:
        self.tickers = dict.fromkeys(tickers).keys()  # a set that keeps the order
        super().__init__(("orderbook_delta",))

    def _forget_connection(self) -> None:
        super()._forget_connection()
        self._sequences = Sequences()
        self.suspect = set(self.tickers)

    def _subscribe(self, channels: Iterable[str]) -> bytes:
        self._subscribe_id = self._new_id()
        return commands.subscribe(self._subscribe_id, channels, tickers=self.tickers)

    def request_snapshots(self, tickers: Iterable[str]) -> None:
        """Ask for books again without distrusting them, all in one command.

        Does nothing before the subscription is acknowledged: its own snapshots are on their way.
        """
        wanted = [ticker for ticker in tickers if ticker]
        if wanted and self._sids:
            sid = next(iter(self._sids))
            self._commands.append(commands.get_snapshot(self._new_id(), sid, wanted))

    def distrust(self, tickers: Iterable[str]) -> None:
        """These books turned out wrong: no more deltas for them before a snapshot."""
        wanted = [ticker for ticker in tickers if ticker in self.tickers]
        self.suspect.update(wanted)
        self.request_snapshots(wanted)

    def receive(self, frame: bytes) -> Sequence[BookEvent]:
        """What the frame means. Never raises; what it cannot use it counts."""
        message = wire.decode(frame)
        # The common case first: nothing else happens thousands of times a second.
        if type(message) is BookDelta and self._sequences.is_next(message.sid, message.seq):
            self.counters.frames += 1
            if message.ticker in self.suspect:
                self.counters.unbased += 1
                return ()
            return (message,)
        return self._receive_rare(message)

    def _receive_rare(self, message: Message) -> Sequence[BookEvent]:
        if self._is_noise(message):
            return ()
        match message:
            case BookDelta() | BookSnapshot():
                return self._on_book(message)
            case Ok() | Unsubscribed() | ErrorMessage():
                return self._on_reply(message)
            case Subscribed():
                if message.sid not in self._sids:
                    self._sequences.start(message.sid)
                return self._on_subscribed(message)
            case Malformed():
                return (message,)
            case _:
                return ()  # of a private channel, which nobody asked for here

    def _on_book(self, message: BookDelta | BookSnapshot) -> Sequence[BookEvent]:
        verdict, expected = self._sequences.book(message.sid, message.seq)
        if verdict is Verdict.DUPLICATE:
            self.counters.duplicates += 1
            return ()
        if verdict is Verdict.STRAY:
            self.counters.unbased += 1
            return ()
        events: tuple[BookEvent, ...] = ()
        if verdict is Verdict.GAP:
            events = self._on_gap(GapFound(message.sid, expected, message.seq), message)
        if isinstance(message, BookSnapshot):
            return (*events, *self._on_snapshot(message))
        if message.ticker in self.suspect:
            self.counters.unbased += 1
            return events
        return (*events, message)

    def _on_snapshot(self, snapshot: BookSnapshot) -> Sequence[BookEvent]:
        if snapshot.ticker not in self.tickers:
            return ()
        self.suspect.discard(snapshot.ticker)
        if not self.suspect:
            self._attempts = 0
        return (snapshot,)

    def _on_gap(self, gap: GapFound, message: Message | None = None) -> tuple[BookEvent, ...]:
        self.counters.gaps += 1
        self.suspect.update(self.tickers)
        if not self._another_attempt():
            return (gap, *self._give_up(f"{MAX_ATTEMPTS} gaps without a recovery between them"))
        # A snapshot that showed the gap comes after what was lost, so it is good.
        known = message.ticker if isinstance(message, BookSnapshot) else ""
        self.request_snapshots(ticker for ticker in self.tickers if ticker != known)
        return (gap,)

    def _on_reply(self, reply: Ok | Unsubscribed | ErrorMessage) -> Sequence[BookEvent]:
        events: tuple[BookEvent, ...] = ()
        if reply.sid is not None and reply.seq is not None:
            verdict, expected = self._sequences.reply(reply.sid, reply.seq)
            if verdict is Verdict.GAP:
                events = self._on_gap(GapFound(reply.sid, expected, reply.seq))
        if isinstance(reply, ErrorMessage):
            return (*events, *self._on_error(reply))
        return events

    def _on_terminal(self, error: ErrorMessage) -> tuple[SessionEvent, ...]:
        events = super()._on_terminal(error)
        if events:
            self.suspect.update(self.tickers)
            self._sequences.retire_all()
        return events


class PrivateSession(Subscription):
    """Fills and orders of the account. They carry no sequence number (protocol 5.4), so what was
    missed while disconnected, or lost in a malformed frame, only a read can tell."""

    def __init__(self, channels: Sequence[str] = ("fill", "user_orders")) -> None:
        super().__init__(channels)

    def _subscribe(self, channels: Iterable[str]) -> bytes:
        self._subscribe_id = self._new_id()
        return commands.subscribe(self._subscribe_id, channels)

    def receive(self, frame: bytes) -> Sequence[PrivateEvent]:
        """What the frame means. Never raises; what it cannot use it counts."""
        message = wire.decode(frame)
        if self._is_noise(message):
            return ()
        match message:
            case FillMessage() | OrderMessage() | PositionMessage():
                self._attempts = 0
                return (message,)
            case Subscribed():
                return self._on_subscribed(message)
            case ErrorMessage():
                return self._on_error(message)
            case Malformed():
                return (message,)
            case _:
                return ()
