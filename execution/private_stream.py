"""Turns what the feed of the private stream hands out into messages about the account.

There is no socket and no clock here: every time is an argument, and what is to be sent, said or done
follows from the answer.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from execution.account_figures import StreamFigures
from kalshi_client.outage import Outage
from kalshi_client.signing_clock import SigningClock
from kalshi_client.stream.inbox import Connected, Disconnected, Frames, Item, Overflowed
from kalshi_client.stream.private_session import PrivateEvent, private_session
from kalshi_client.stream.session_events import CommandFailed, ReconnectNeeded, SubscriptionLost
from kalshi_client.wire.values import FillMessage, Malformed, OrderMessage, Subscribed


@dataclass(slots=True)
class Heard:
    """The result of some items, or of the passing of time."""

    messages: list[FillMessage | OrderMessage] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)  # to be said as warnings
    commands: list[tuple[int, bytes]] = field(default_factory=list)  # each for a generation of the connection
    is_interrupted: bool = False  # something about the account may have been lost: only a read can tell
    reconnect: bool = False


class PrivateStream:
    """One connection with its subscription, through all its generations."""

    def __init__(self, clock: SigningClock, *, now_s: float) -> None:
        """``clock`` learns from the messages, most of which say when the venue sent them. ``now_s``, here
        and below: monotonic seconds."""
        self.generation = 0
        self.is_connected = False
        self._clock = clock
        self._session = private_session()
        self._outage = Outage("Private stream")
        self._asked_us = 0  # local time of the subscription
        self._frame_s = now_s  # of the newest frame

    @property
    def is_listening(self) -> bool:
        """Whether whatever happens to the account now is told."""
        return self.is_connected and self._session.is_subscribed

    def trouble(self) -> str:
        """Why it cannot be listened to; "" while it can."""
        if not self.is_connected:
            why = f" ({self._outage.reason})" if self._outage.reason else ""
            return f"the private stream is {'down' if self.generation else 'not up yet'}{why}"
        if not self._session.is_subscribed:
            return "the private stream has not acknowledged its subscription"
        return ""

    @property
    def reconnects(self) -> int:
        return max(0, self.generation - 1)

    def silent_s(self, now_s: float) -> float:
        """The time without a frame."""
        return now_s - self._frame_s

    def figures(self, state: str, now_s: float) -> StreamFigures:
        """Its state as the page shows it; ``state`` is that of the account that it tells of."""
        return StreamFigures(state, self.reconnects, self.silent_s(now_s), self.trouble())

    def take(self, items: Iterable[Item], *, now_us: int, now_s: float) -> Heard:
        """Take in what the feed handed out now."""
        heard = Heard()
        for item in items:
            match item:
                case Frames(generation=generation, data=data) if generation == self.generation:
                    self._frame_s = now_s
                    for frame in data:
                        self._hear(self._session.receive(frame), heard)
                case Connected(generation=generation):
                    self.generation, self.is_connected, self._asked_us = generation, True, now_us
                    heard.is_interrupted = True
                    heard.notes += self._outage.opened()
                    heard.commands += [(generation, command) for command in self._session.connected()]
                case Disconnected(reason=reason):
                    self.is_connected, heard.is_interrupted = False, True
                    heard.notes += self._outage.ended(reason)
                case Overflowed():
                    self.is_connected, heard.is_interrupted = False, True
        heard.commands += [(self.generation, command) for command in self._session.commands()]
        return heard

    def look(self, now_s: float) -> Heard:
        """The consequences of the time alone; to be asked for each second."""
        heard = Heard()
        if self.is_connected:
            self._hear(self._session.look(now_s), heard)
        return heard

    def _hear(self, events: Iterable[PrivateEvent], heard: Heard) -> None:
        for event in events:
            self._look_at_clock(event)
            match event:
                case FillMessage() | OrderMessage():
                    heard.messages.append(event)
                case Malformed() | SubscriptionLost() | CommandFailed():
                    heard.notes.append(f"Private stream: {event}; reading the account again")
                    heard.is_interrupted = True
                case ReconnectNeeded(reason=reason):
                    heard.notes.append(f"Private stream cannot go on: {reason}; opening it again")
                    heard.reconnect = True

    def _look_at_clock(self, event: PrivateEvent) -> None:
        match event:
            case Subscribed(sending_ts_ms=int(sent_ms)):
                self._clock.replied(sent_ms, asked_us=self._asked_us)
            case FillMessage(sending_ts_ms=int(sent_ms)) | OrderMessage(sending_ts_ms=int(sent_ms)):
                self._clock.heard(sent_ms)
