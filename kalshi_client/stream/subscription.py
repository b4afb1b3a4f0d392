"""Keeps a subscription alive.

The part that every session shares: its counters, its commands and how long each may stay
without an answer, and subscribing again when the venue ends a subscription (protocol 5.2, 5.3).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from kalshi_client.stream.deadlines import ANSWER_WITHIN_S, Deadlines
from kalshi_client.stream.session_events import (
    CommandFailed,
    Counters,
    ReconnectNeeded,
    SessionEvent,
    SubscriptionLost,
)
from kalshi_client.wire.values import ErrorMessage, Subscribed, Unsubscribed

TERMINAL_ERRORS: Final = frozenset({10, 25})  # the subscription is over: subscribe again (5.3)
MAX_ATTEMPTS: Final = 5  # resyncs in a row without success before the connection is given up


class Subscription:
    """Some channels over one connection, which a new connection starts afresh."""

    def __init__(self, channels: Sequence[str]) -> None:
        self.counters = Counters()
        self._channels = tuple(channels)
        self._forget_connection()

    def _forget_connection(self) -> None:
        self._next_id = 1
        self._subscribe_id = 0
        self._subscribing: dict[int, list[str]] = {}  # channels not acknowledged yet, by request
        self._commands: list[bytes] = []
        self._sids: dict[int, str] = {}  # channel by sid
        self._deadlines = Deadlines()
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
        """The commands to send since the last call."""
        queued, self._commands = self._commands, []
        return queued

    def look(self, now: float) -> Sequence[SessionEvent]:
        """To be told the time (monotonic seconds), about each second while the connection is open: what
        has been without its answer for too long, and what follows from that."""
        unanswered = self._unanswered()
        events: list[SessionEvent] = []
        for request_id in self._deadlines.overdue(unanswered, now):
            events += self._on_overdue(request_id, unanswered[request_id])
        return events

    def _unanswered(self) -> dict[int, str]:
        """The subjects of the requests that the venue has neither granted nor refused."""
        lacking = {number: self._lacking(number) for number in self._subscribing}
        return {number: f"subscribe to {', '.join(names)}" for number, names in lacking.items() if names}

    def _lacking(self, request_id: int) -> list[str]:
        """The channels that a request to subscribe still has to bring."""
        standing = self._sids.values()
        return [name for name in self._subscribing.get(request_id, ()) if name not in standing]

    def _on_overdue(self, request_id: int, asked: str) -> tuple[SessionEvent, ...]:  # noqa: ARG002  # for subclasses
        return self._give_up(f"no answer to {asked} within {ANSWER_WITHIN_S:g} s")

    def _new_id(self) -> int:
        request_id, self._next_id = self._next_id, self._next_id + 1
        return request_id

    def _new_subscribe_id(self, channels: Iterable[str]) -> int:
        self._subscribe_id = self._new_id()
        wanted = list(channels)
        for number, names in list(self._subscribing.items()):  # the newest request is the one that counts
            left = [name for name in names if name not in wanted]
            self._subscribing[number] = left
            if not left:
                del self._subscribing[number]
        self._subscribing[self._subscribe_id] = wanted
        return self._subscribe_id

    def _on_subscribed(self, reply: Subscribed) -> tuple[SessionEvent, ...]:
        self._sids[reply.sid] = reply.channel
        waiting = self._subscribing.get(reply.request_id, [])
        if reply.channel in waiting:
            waiting.remove(reply.channel)
        if not waiting:
            self._subscribing.pop(reply.request_id, None)
        return (reply,)

    def _on_error(self, error: ErrorMessage) -> tuple[SessionEvent, ...]:
        is_untold = not error.code and error.sid is not None and not error.request_id
        if error.code in TERMINAL_ERRORS or is_untold:  # unasked and without a code: it may be the end
            return self._on_terminal(error)
        failed = CommandFailed(error.request_id, error.code, error.text, error.tickers)
        channels = self._subscribing.pop(error.request_id, None)
        if channels and not self._subscribe_otherwise(error, channels):
            return (failed, *self._give_up_on(channels, f"subscribe refused: {error.code} {error.text}"))
        return (failed,)

    def _subscribe_otherwise(self, error: ErrorMessage, channels: list[str]) -> bool:  # noqa: ARG002
        """Ask in another way for the channels that were refused; False when there is none."""
        return False

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
        if not self._may_try_again(channels):
            return (lost, *self._give_up_on(channels, f"error {error.code}, {MAX_ATTEMPTS} times"))
        self._subscribe_again(channels)
        return (lost,)

    def _on_unsubscribed(self, reply: Unsubscribed) -> tuple[SessionEvent, ...]:
        """No session asks for it, so the venue has ended the subscription, whatever its reason."""
        return self._on_terminal(ErrorMessage(0, reply.sid, None, 0, "unsubscribed", ()))

    def _subscribe_again(self, channels: Iterable[str]) -> None:
        self._commands.append(self._subscribe(channels))

    def _another_attempt(self) -> bool:
        self._attempts += 1
        return self._attempts <= MAX_ATTEMPTS

    def _may_try_again(self, channels: Sequence[str]) -> bool:  # noqa: ARG002  # for subclasses
        return self._another_attempt()

    def _give_up_on(self, channels: Sequence[str], reason: str) -> tuple[SessionEvent, ...]:  # noqa: ARG002
        return self._give_up(reason)

    def _give_up(self, reason: str) -> tuple[SessionEvent, ...]:
        if self._broken:  # said once a connection
            return ()
        self._broken = True
        return (ReconnectNeeded(reason),)
