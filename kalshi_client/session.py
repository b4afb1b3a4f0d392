"""What has one WebSocket connection told us, and what must be asked of it?

A session is a value without I/O: the shell says when a connection opened, sends what
``connected`` and ``commands`` hand out, and feeds every frame to ``receive``. A new connection
starts empty (protocol 5.1), so ``connected`` forgets everything but the counters.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from kalshi_client import wire
from kalshi_client.sequence import Sequences, Verdict
from kalshi_client.wire_values import (
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
    Unknown,
    Unsubscribed,
)

TERMINAL_ERRORS: Final = frozenset({10, 25})  # the subscription is over: subscribe again (5.3)
MAX_ATTEMPTS: Final = 5  # resyncs in a row without success before the connection is given up
MAX_UNKNOWN_NAMES: Final = 100  # type names counted one by one; a hostile stream invents more


@dataclass(frozen=True, slots=True)
class GapFound:
    """Messages of this subscription were lost: none of its books can be trusted."""

    sid: int
    expected: int
    got: int


@dataclass(frozen=True, slots=True)
class SubscriptionLost:
    """The venue ended a subscription (error 10 or 25), or all if ``sid`` is 0; we subscribe again."""

    sid: int
    code: int


@dataclass(frozen=True, slots=True)
class CommandFailed:
    """The venue refused a command of ours."""

    request_id: int
    code: int
    text: str
    tickers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReconnectNeeded:
    """This connection cannot be repaired from within."""

    reason: str


SessionEvent = Subscribed | SubscriptionLost | CommandFailed | ReconnectNeeded | Malformed
BookEvent = BookSnapshot | BookDelta | GapFound | SessionEvent
PrivateEvent = FillMessage | OrderMessage | PositionMessage | SessionEvent


@dataclass(slots=True)
class Counters:
    """What was received since the session was made, over all its connections."""

    frames: int = 0
    malformed: int = 0
    duplicates: int = 0
    gaps: int = 0
    unbased: int = 0  # dropped: the book is not to be trusted, or the subscription has ended
    unknown: dict[str, int] = field(default_factory=dict)  # by type name

    def count_unknown(self, name: str) -> None:
        if name not in self.unknown and len(self.unknown) >= MAX_UNKNOWN_NAMES:
            name = "(others)"
        self.unknown[name] = self.unknown.get(name, 0) + 1


class _Subscription:
    """Keeps one subscription command alive: the part that both sessions share."""

    def __init__(self, channels: Sequence[str]) -> None:
        self.counters = Counters()
        self._channels = tuple(channels)
        self._forget_connection()

    def _forget_connection(self) -> None:
        self._next_id = 1
        self._subscribe_id = 0
        self._commands: list[bytes] = []
        self._sids: dict[int, str] = {}  # channel by sid
        self._attempts = 0
        self._broken = False

    def _subscribe(self, channels: Iterable[str]) -> bytes:
        """The command that starts these channels."""
        raise NotImplementedError

    @property
    def is_subscribed(self) -> bool:
        """Whether the venue acknowledged every channel on this connection."""
        return set(self._sids.values()) == set(self._channels)

    def connected(self) -> list[bytes]:
        """A connection opened. Answers the commands to send on it first."""
        self._forget_connection()
        return [self._subscribe(self._channels)]

    def commands(self) -> list[bytes]:
        """What has to be sent since the last call."""
        queued, self._commands = self._commands, []
        return queued

    def _new_id(self) -> int:
        request_id, self._next_id = self._next_id, self._next_id + 1
        return request_id

    def _is_noise(self, message: Message) -> bool:
        """Count what this client does not read."""
        self.counters.frames += 1
        if isinstance(message, Malformed):
            self.counters.malformed += 1
        elif isinstance(message, Unknown):
            self.counters.count_unknown(message.name)
            return True
        return False

    def _on_subscribed(self, reply: Subscribed) -> tuple[SessionEvent, ...]:
        self._sids[reply.sid] = reply.channel
        return (reply,)

    def _on_error(self, error: ErrorMessage) -> tuple[SessionEvent, ...]:
        if error.code in TERMINAL_ERRORS:
            return self._on_terminal(error)
        failed = CommandFailed(error.request_id, error.code, error.text, error.tickers)
        if error.request_id and error.request_id == self._subscribe_id:
            return (failed, *self._give_up(f"subscribe refused: {error.code} {error.text}"))
        return (failed,)

    def _on_terminal(self, error: ErrorMessage) -> tuple[SessionEvent, ...]:
        """Subscribe again to what ended, unless that was tried too often."""
        if error.sid is None:
            ended, channels = 0, self._channels
            self._sids.clear()
        elif error.sid in self._sids:
            ended, channels = error.sid, (self._sids.pop(error.sid),)
        else:  # said twice: it is being subscribed to already
            return ()
        lost = SubscriptionLost(ended, error.code)
        if not self._another_attempt():
            return (lost, *self._give_up(f"error {error.code}, {MAX_ATTEMPTS} times"))
        self._commands.append(self._subscribe(channels))
        return (lost,)

    def _another_attempt(self) -> bool:
        self._attempts += 1
        return self._attempts <= MAX_ATTEMPTS

    def _give_up(self, reason: str) -> tuple[SessionEvent, ...]:
        if self._broken:  # said once a connection
            return ()
        self._broken = True
        return (ReconnectNeeded(reason),)


class OrderbookSession(_Subscription):
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
        return wire.subscribe(self._subscribe_id, channels, tickers=self.tickers, books=True)

    def request_snapshots(self, tickers: Iterable[str]) -> None:
        """Ask for books again without distrusting them, all in one command.

        Does nothing before the subscription is acknowledged: its own snapshots are on their way.
        """
        wanted = [ticker for ticker in tickers if ticker]
        if wanted and self._sids:
            sid = next(iter(self._sids))
            self._commands.append(wire.get_snapshot(self._new_id(), sid, wanted))

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


class PrivateSession(_Subscription):
    """Fills and orders of the account. They carry no sequence number (protocol 5.4), so what was
    missed while disconnected, or lost in a malformed frame, only a read can tell."""

    def __init__(self, channels: Sequence[str] = ("fill", "user_orders")) -> None:
        super().__init__(channels)

    def _subscribe(self, channels: Iterable[str]) -> bytes:
        self._subscribe_id = self._new_id()
        return wire.subscribe(self._subscribe_id, channels)

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
