"""The events of a session, most of them faults, and the counts of what it received."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from kalshi_client.wire.public import TradeMessage
from kalshi_client.wire.values import Malformed, Message, Subscribed, Unknown

MAX_UNKNOWN_NAMES: Final = 100  # type names counted one by one; a hostile stream invents more


@dataclass(frozen=True, slots=True)
class GapFound:
    """Messages of this subscription were lost: none of its books can be trusted."""

    sid: int
    expected: int
    got: int


@dataclass(frozen=True, slots=True)
class SubscriptionLost:
    """The venue ended a subscription (error 10 or 25, 0 without an error), or all if ``sid`` is 0; we
    subscribe again."""

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
class CommandUnanswered:
    """The venue neither granted nor refused a command in time, so it is asked for again."""

    request_id: int
    asked: str


@dataclass(frozen=True, slots=True)
class ReconnectNeeded:
    """This connection cannot be repaired from within."""

    reason: str


@dataclass(frozen=True, slots=True)
class TradesMissed:
    """Public trades were lost, which only a read can bring back. The books are not concerned."""


@dataclass(frozen=True, slots=True)
class ImpossibleChange:
    """A change would have made a level negative: its book has missed something."""

    ticker: str


@dataclass(frozen=True, slots=True)
class AuditFailed:
    """A trusted book was not what the venue then said it is.

    No book of its connection is trusted until its next snapshot, this one until an audit agrees again.
    """

    ticker: str


SessionEvent = Subscribed | SubscriptionLost | CommandFailed | CommandUnanswered | ReconnectNeeded | Malformed
BookEvent = GapFound | ImpossibleChange | AuditFailed | TradeMessage | TradesMissed | SessionEvent


@dataclass(slots=True)
class Counters:
    """Counts of the messages received since the session was made, over all its connections."""

    frames: int = 0
    malformed: int = 0
    duplicates: int = 0
    gaps: int = 0
    unbased: int = 0  # dropped: the book is not to be trusted, or the subscription has ended
    audits: int = 0  # trusted books that were compared with a snapshot
    audits_failed: int = 0
    unknown: dict[str, int] = field(default_factory=dict)  # by type name

    def heard(self, message: Message) -> bool:
        """Count a message; whether it is of a type that this client reads."""
        self.frames += 1
        if isinstance(message, Malformed):
            self.malformed += 1
        elif isinstance(message, Unknown):
            self._count_unknown(message.name)
            return False
        return True

    def _count_unknown(self, name: str) -> None:
        if name not in self.unknown and len(self.unknown) >= MAX_UNKNOWN_NAMES:
            name = "(others)"
        self.unknown[name] = self.unknown.get(name, 0) + 1
