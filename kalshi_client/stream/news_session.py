"""One WebSocket connection's news of markets that open, pause, close and end."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, get_args

from kalshi_client.stream.sequence import Sequences, Verdict
from kalshi_client.stream.session_events import SessionEvent
from kalshi_client.stream.subscription import Subscription
from kalshi_client.wire import commands
from kalshi_client.wire.messages import decode
from kalshi_client.wire.news import EventFeesUpdated, EventListed, MarketNews
from kalshi_client.wire.values import ErrorMessage, Malformed, Ok, Subscribed, Unsubscribed

CHANNEL: Final = "market_lifecycle_v2"


@dataclass(frozen=True, slots=True)
class NewsMissed:
    """Something was lost, or was told before we listened: only a read can tell what it was."""


NewsEvent = MarketNews | EventListed | EventFeesUpdated | NewsMissed | SessionEvent
_NEWS: Final = (*get_args(MarketNews), EventListed, EventFeesUpdated)


class NewsSession(Subscription):
    """The lifecycle of every market; nothing can be left out of it (protocol 5.6)."""

    def __init__(self) -> None:
        super().__init__((CHANNEL,))

    def _forget_connection(self) -> None:
        super()._forget_connection()
        self._sequences = Sequences()

    def _subscribe(self, channels: Iterable[str]) -> bytes:
        return commands.subscribe(self._new_subscribe_id(channels), channels)

    def receive(self, frame: bytes) -> Sequence[NewsEvent]:
        """The meaning of a frame. Never raises; a frame of no use is counted."""
        message = decode(frame)
        if not self.counters.heard(message):
            return ()
        if isinstance(message, _NEWS):
            verdict, _ = self._sequences.book(message.sid, message.seq)
            if verdict is Verdict.DUPLICATE:
                self.counters.duplicates += 1
                return ()
            self._attempts = 0
            return (NewsMissed(), message) if verdict is Verdict.GAP else (message,)
        match message:
            case Subscribed():
                if message.sid not in self._sids:
                    self._sequences.start(message.sid)
                return (*self._on_subscribed(message), NewsMissed())
            case Unsubscribed():
                return self._on_unsubscribed(message)
            case Ok() if message.sid is not None and message.seq is not None:
                verdict, _ = self._sequences.reply(message.sid, message.seq)
                return (NewsMissed(),) if verdict is Verdict.GAP else ()
            case ErrorMessage():
                return self._on_error(message)
            case Malformed():
                return (message, NewsMissed())
            case _:
                return ()
