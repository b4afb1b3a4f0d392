"""One WebSocket connection's messages of channels that tell of everything, whatever the market.

What is special about a channel is a value (``Channels``): ``news_session`` and ``private_session`` each
make a session of theirs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from kalshi_client.stream.command_queue import CommandQueue
from kalshi_client.stream.sequence import Verdict
from kalshi_client.stream.session_events import Counters, SessionEvent
from kalshi_client.stream.subscription import Attempts, Subscription
from kalshi_client.stream.subscriptions import OtherWay, Request, Subscriptions, is_end
from kalshi_client.wire import commands
from kalshi_client.wire.envelope import Numbered
from kalshi_client.wire.messages import decode
from kalshi_client.wire.values import ErrorMessage, Malformed, Ok, Subscribed, Unsubscribed

Told = TypeVar("Told")


@dataclass(frozen=True, slots=True)
class Channels(Generic[Told]):
    """Some channels, and what is special about them."""

    names: tuple[str, ...]
    messages: tuple[type[Told], ...]
    """The messages to hand on."""
    missed: tuple[Told, ...] = ()
    """To be said when something may have been lost, or was told before we listened."""


class Everything:
    """The scope of subscriptions that name no market."""

    is_empty = False

    def subscribe(self, request_id: int, request: Request) -> bytes:
        return commands.subscribe(request_id, request.channels)

    def other_way(self, refusal: ErrorMessage, channels: Sequence[str]) -> OtherWay:  # noqa: ARG002
        """There is none: nothing can be left out."""
        return OtherWay()


class ChannelSession(Generic[Told]):
    """Some channels over one connection, which a new connection starts afresh. A value without I/O."""

    def __init__(self, channels: Channels[Told]) -> None:
        self.counters = Counters()
        self._channels = channels
        self._start_over()

    def _start_over(self) -> None:
        self._attempts = Attempts()
        self._queue = CommandQueue()
        wanted = [Subscription(name, self._attempts) for name in self._channels.names]
        self._subscriptions = Subscriptions(wanted, Everything(), self._queue)

    @property
    def is_subscribed(self) -> bool:
        """Whether the venue acknowledged every channel on this connection."""
        return self._subscriptions.are_all_standing

    def connected(self) -> list[bytes]:
        """A connection opened. Answers the commands to send on it first."""
        self._start_over()
        self._subscriptions.ask_for_all()
        return self._queue.take()

    def commands(self) -> list[bytes]:
        """The commands to send since the last call."""
        return self._queue.take()

    def look(self, now: float) -> Sequence[SessionEvent]:
        """To be told the time (monotonic seconds), about each second while the connection is open: what
        has been without its answer for too long, and what follows from that."""
        return self._subscriptions.look(now)

    def receive(self, frame: bytes) -> Sequence[Told | SessionEvent]:
        """The meaning of a frame. Never raises; a frame of no use is counted."""
        message = decode(frame)
        if not self.counters.heard(message):
            return ()
        if isinstance(message, self._channels.messages):
            return self._on_told(message)
        subscriptions, missed = self._subscriptions, self._channels.missed
        match message:
            case Subscribed():
                ended = subscriptions.lose(message.sid) if subscriptions.is_of_another(message) else ()
                subscriptions.stand(message)
                return (*ended, message, *missed)
            case Unsubscribed():  # no session asks for it: the venue ended it, whatever its reason
                return subscriptions.lose(message.sid)
            case ErrorMessage() if is_end(message):
                return subscriptions.lose(message.sid, message.code)
            case ErrorMessage():
                return subscriptions.refuse(message)
            case Ok(sid=sid, seq=int(seq)) if (concerned := subscriptions.by_sid(sid)) is not None:
                return missed if concerned.numbers.take_reply(seq)[0] is Verdict.GAP else ()
            case Malformed():
                return (message, *missed)
            case _:
                return ()

    def _on_told(self, message: Told) -> Sequence[Told]:
        verdict = self._verdict(message)
        if verdict is Verdict.DUPLICATE:
            self.counters.duplicates += 1
            return ()
        self._attempts.succeeded()
        return (*self._channels.missed, message) if verdict is Verdict.GAP else (message,)

    def _verdict(self, message: Told) -> Verdict:
        if isinstance(message, Numbered):
            concerned = self._subscriptions.by_sid(message.sid)
            if concerned is not None:
                return concerned.numbers.take(message.seq)[0]
        return Verdict.NEXT
