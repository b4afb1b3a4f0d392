"""One WebSocket connection's news of our own fills and orders."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from kalshi_client.stream.session_events import SessionEvent
from kalshi_client.stream.subscription import Subscription
from kalshi_client.wire import commands
from kalshi_client.wire.messages import decode
from kalshi_client.wire.values import (
    ErrorMessage,
    FillMessage,
    Malformed,
    OrderMessage,
    PositionMessage,
    Subscribed,
    Unsubscribed,
)

PrivateEvent = FillMessage | OrderMessage | PositionMessage | SessionEvent


class PrivateSession(Subscription):
    """Fills and orders of the account. They carry no sequence number (protocol 5.4), so what was
    missed while disconnected, or lost in a malformed frame, only a read can tell."""

    def __init__(self, channels: Sequence[str] = ("fill", "user_orders")) -> None:
        super().__init__(channels)

    def _subscribe(self, channels: Iterable[str]) -> bytes:
        return commands.subscribe(self._new_subscribe_id(channels), channels)

    def receive(self, frame: bytes) -> Sequence[PrivateEvent]:
        """The meaning of a frame. Never raises; a frame of no use is counted."""
        message = decode(frame)
        if not self.counters.heard(message):
            return ()
        match message:
            case FillMessage() | OrderMessage() | PositionMessage():
                self._attempts = 0
                return (message,)
            case Subscribed():
                return self._on_subscribed(message)
            case Unsubscribed():
                return self._on_unsubscribed(message)
            case ErrorMessage():
                return self._on_error(message)
            case Malformed():
                return (message,)
            case _:
                return ()
