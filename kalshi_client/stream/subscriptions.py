"""The subscriptions of one connection: finds the one that a message is about, and keeps each of them alive.

A fault goes one way: the subscriptions that it concerns change their state, then they are asked for again,
asked for in another way, or given up. Without a vital one the connection is given up.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final, NamedTuple, Protocol

from kalshi_client.stream.command_queue import CommandQueue
from kalshi_client.stream.deadlines import ANSWER_WITHIN_S, Deadlines
from kalshi_client.stream.session_events import (
    CommandFailed,
    CommandUnanswered,
    ReconnectNeeded,
    SessionEvent,
    SubscriptionLost,
)
from kalshi_client.stream.subscription import MAX_ATTEMPTS, Attempts, State, Subscription
from kalshi_client.wire.values import ErrorMessage, Subscribed

_NONE_WAITING: Final[Mapping[int, str]] = {}
TERMINAL_ERRORS: Final = frozenset({10, 25})  # the subscription is over: subscribe again (5.3)


class Request(NamedTuple):
    """A command that asks for channels; ``tickers``: None for all that are wanted."""

    channels: Sequence[str]
    tickers: Sequence[str] | None = None


class OtherWay(NamedTuple):
    """The commands to send instead of one that was refused; none if there is no other way."""

    requests: Sequence[Request] = ()
    is_attempt: bool = False
    """It asks for as much as before, so it counts as an attempt."""


class SubscribedTo(Protocol):
    """The subject of the subscriptions of a connection: some markets, or everything."""

    @property
    def is_empty(self) -> bool:
        """There is nothing to ask for now."""

    def subscribe(self, request_id: int, request: Request) -> bytes:
        """The command that asks for it."""

    def other_way(self, refusal: ErrorMessage, channels: Sequence[str]) -> OtherWay:
        """Another way to ask for these channels after this refusal."""


class Subscriptions:
    """One subscription for each channel."""

    def __init__(self, wanted: Iterable[Subscription], scope: SubscribedTo, queue: CommandQueue) -> None:
        self._all = {subscription.channel: subscription for subscription in wanted}
        self._by_sid: dict[int, Subscription] = {}
        self._scope = scope
        self._queue = queue
        self._deadlines = Deadlines()
        self._is_broken = False

    @property
    def are_all_standing(self) -> bool:
        """Whether the venue acknowledged every channel on this connection."""
        return len(self._by_sid) == len(self._all)

    @property
    def sids(self) -> Collection[int]:
        """The numbers of those that stand."""
        return self._by_sid.keys()

    def by_sid(self, sid: int | None) -> Subscription | None:
        """The subscription that stands under this number."""
        return None if sid is None else self._by_sid.get(sid)

    # --- asking ----------------------------------------------------------------------------------

    def ask(self, request: Request) -> None:
        """Ask for the subscriptions to these channels."""
        request_id = self._queue.new_id()
        for channel in request.channels:
            self._all[channel].ask(request_id)
        self._queue.put(self._scope.subscribe(request_id, request))

    def ask_for_all(self) -> None:
        """Ask for every channel."""
        if not self._scope.is_empty:
            self.ask(Request(list(self._all)))

    def ask_for_idle(self) -> None:
        """Ask for what there was no reason to ask for before; with it, for what was given up."""
        missing = [each for each in self._all.values() if each.state in (State.IDLE, State.GIVEN_UP)]
        is_any_idle = any(each.state is State.IDLE for each in missing)
        if is_any_idle and not self._is_broken and not self._scope.is_empty:
            self.ask(Request([each.channel for each in missing]))

    # --- what the venue says of them ---------------------------------------------------------------

    def is_of_another(self, reply: Subscribed) -> bool:
        """Its number is that of another channel, which has ended then, and nobody said so."""
        before = self._by_sid.get(reply.sid)
        return before is not None and before.channel != reply.channel

    def stand(self, reply: Subscribed) -> bool:
        """The venue made one; False when it was known already, or is of no channel of ours."""
        made = self._all.get(reply.channel)
        if made is None or made.sid == reply.sid:
            return False
        if made.sid is not None:
            del self._by_sid[made.sid]
        made.stand(reply.sid)
        self._by_sid[reply.sid] = made
        return True

    def lose(self, sid: int | None, code: int = 0) -> tuple[SessionEvent, ...]:
        """The venue ended one, or all if ``sid`` is None: ask again, unless that was tried too often."""
        if sid is None:
            ended = list(self._all.values())
        elif sid in self._by_sid:
            ended = [self._by_sid[sid]]
        else:  # said twice: it is being subscribed to already
            return ()
        for each in ended:
            if each.sid is not None:
                del self._by_sid[each.sid]
            each.end()
        return (
            SubscriptionLost(sid or 0, code),
            *self._ask_again(ended, f"error {code}, {MAX_ATTEMPTS} times"),
        )

    def refuse(self, error: ErrorMessage) -> tuple[SessionEvent, ...]:
        """The venue refused a command. If it asked for subscriptions: ask in another way, if there is one."""
        failed = CommandFailed(error.request_id, error.code, error.text, error.tickers)
        refused = self._asked_for_by(error.request_id)
        if not refused:
            return (failed,)
        requests, is_attempt = self._scope.other_way(error, [each.channel for each in refused])
        if not requests or (is_attempt and not _attempts(refused).another()):
            return (failed, *self._give_up(refused, f"subscribe refused: {error.code} {error.text}"))
        for request in requests:
            self.ask(request)
        return (failed,)

    def look(self, now: float, waiting: Mapping[int, str] = _NONE_WAITING) -> Sequence[SessionEvent]:
        """The consequences of the time alone: requests without an answer for too long. ``waiting``: the
        subjects of other commands."""
        unanswered = self.unanswered() | dict(waiting)
        events: list[SessionEvent] = []
        for request_id in self._deadlines.overdue(unanswered, now):
            asked, subject = self._asked_for_by(request_id), unanswered[request_id]
            if not asked or any(each.is_vital for each in asked):
                events += self.break_off(f"no answer to {subject} within {ANSWER_WITHIN_S:g} s")
                continue
            events.append(CommandUnanswered(request_id, subject))
            events += self._ask_again(asked, "")
        return events

    def unanswered(self) -> dict[int, str]:
        """The subjects of the requests that the venue has neither granted nor refused."""
        channels: dict[int, list[str]] = {}
        for each in self._all.values():
            if each.state is State.ASKED:
                channels.setdefault(each.request_id, []).append(each.channel)
        return {number: f"subscribe to {', '.join(names)}" for number, names in sorted(channels.items())}

    def break_off(self, reason: str) -> tuple[SessionEvent, ...]:
        """Nothing can be repaired from within. It is said once a connection."""
        if self._is_broken:
            return ()
        self._is_broken = True
        return (ReconnectNeeded(reason),)

    def _asked_for_by(self, request_id: int) -> list[Subscription]:
        asked = (each for each in self._all.values() if each.state is State.ASKED)
        return [each for each in asked if each.request_id == request_id]

    def _ask_again(self, ended: Sequence[Subscription], reason: str) -> tuple[SessionEvent, ...]:
        if not _attempts(ended).another():
            return self._give_up(ended, reason)
        for each in ended:
            each.end()
        if not self._scope.is_empty:
            self.ask(Request([each.channel for each in ended]))
        return ()

    def _give_up(self, lost: Sequence[Subscription], reason: str) -> tuple[SessionEvent, ...]:
        for each in lost:
            each.give_up()
        return self.break_off(reason) if any(each.is_vital for each in lost) else ()


def is_end(error: ErrorMessage) -> bool:
    """Whether an error is the end of a subscription; else it is the refusal of a command."""
    is_untold = not error.code and error.sid is not None and not error.request_id
    return error.code in TERMINAL_ERRORS or is_untold  # unasked and without a code: it may be the end


def _attempts(concerned: Sequence[Subscription]) -> Attempts:
    """The attempts that asking for these together counts for."""
    return next((each.attempts for each in concerned if each.is_vital), concerned[0].attempts)
