"""One subscription: a channel that is asked for, stands under the number that the venue gave it, and may end.

| state    | ask    | stand    | end  | give up  |
|----------|--------|----------|------|----------|
| idle     | asked  | standing |      | given up |
| asked    | asked  | standing | idle | given up |
| standing |        | standing | idle |          |
| given up | asked  | standing | idle |          |

What the table does not name changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Final

from kalshi_client.stream.sequence import Numbers

MAX_ATTEMPTS: Final = 5  # resyncs in a row without success before the connection is given up


class State(Enum):
    IDLE = "idle"  # never asked for, or ended and not asked for again
    ASKED = "asked"
    STANDING = "standing"  # what the venue sends of it is taken
    GIVEN_UP = "given up"  # asked for too often on this connection


class Step(Enum):
    ASK = "ask"
    STAND = "stand"
    END = "end"
    GIVE_UP = "give up"


_NEXT: Final[Mapping[tuple[State, Step], State]] = {
    (State.IDLE, Step.ASK): State.ASKED,
    (State.IDLE, Step.STAND): State.STANDING,
    (State.IDLE, Step.GIVE_UP): State.GIVEN_UP,
    (State.ASKED, Step.ASK): State.ASKED,
    (State.ASKED, Step.STAND): State.STANDING,
    (State.ASKED, Step.END): State.IDLE,
    (State.ASKED, Step.GIVE_UP): State.GIVEN_UP,
    (State.STANDING, Step.STAND): State.STANDING,
    (State.STANDING, Step.END): State.IDLE,
    (State.GIVEN_UP, Step.ASK): State.ASKED,
    (State.GIVEN_UP, Step.STAND): State.STANDING,
    (State.GIVEN_UP, Step.END): State.IDLE,
}


class Attempts:
    """The attempts to get something back, since it last came."""

    __slots__ = ("_made",)

    def __init__(self) -> None:
        self._made = 0

    def another(self) -> bool:
        """Make one more; False when there were too many without success."""
        self._made += 1
        return self._made <= MAX_ATTEMPTS

    def succeeded(self) -> None:
        self._made = 0


class Subscription:
    """One channel over one connection.

    ``is_vital``: a connection without it is of no use. ``attempts`` may be shared with others.
    """

    __slots__ = ("attempts", "channel", "is_vital", "numbers", "request_id", "sid", "state")

    def __init__(self, channel: str, attempts: Attempts, *, is_vital: bool = True) -> None:
        self.channel = channel
        self.attempts = attempts
        self.is_vital = is_vital
        self.state = State.IDLE
        self.request_id = 0
        """The newest command that asked for it while it is asked for, else 0."""
        self.sid: int | None = None
        """Its number while it stands."""
        self.numbers = Numbers()

    def ask(self, request_id: int) -> None:
        """A command that asks for it leaves."""
        self._step(Step.ASK, request_id=request_id)

    def stand(self, sid: int) -> None:
        """The venue made it, and its first message may have any number."""
        self._step(Step.STAND, sid=sid)

    def end(self) -> None:
        """It is over, or nothing came of asking for it."""
        self._step(Step.END)

    def give_up(self) -> None:
        """It was asked for too often."""
        self._step(Step.GIVE_UP)

    def _step(self, step: Step, *, request_id: int = 0, sid: int | None = None) -> None:
        after = _NEXT.get((self.state, step))
        if after is not None:
            self.state, self.request_id, self.sid = after, request_id, sid
            self.numbers = Numbers()
