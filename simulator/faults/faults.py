"""The faults on purpose: their kinds, their places and their counts.

A fault is armed over the control API. It is used up hit by hit, or ends with its time; with neither
it strikes once, or lasts until it is cleared if it is a state. Frames, answers and the venue itself
each ask here whether something is to go wrong with them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container
from dataclasses import dataclass, field
from typing import Final, Literal, Protocol, get_args

FrameKind = Literal["gap", "duplicate_frame", "reorder", "malformed_frame", "unknown_frame", "duplicate_fill"]
ConnectionKind = Literal["drop_ws", "silent_ws"]  # of frames if they say of which
AnswerKind = Literal[
    "slow_response",
    "lost_response",
    "error_5xx",
    "error_429",
    "truncated_body",
    "late_ack",
    "reject_orders",
]
VenueKind = Literal["clock_skew", "trading_pause", "exchange_pause", "close_market", "settle_market"]
Kind = FrameKind | ConnectionKind | AnswerKind | VenueKind

FRAME_KINDS: Final[tuple[str, ...]] = get_args(FrameKind)
CONNECTION_KINDS: Final[tuple[str, ...]] = get_args(ConnectionKind)
ANSWER_KINDS: Final[tuple[str, ...]] = get_args(AnswerKind)
VENUE_KINDS: Final[tuple[str, ...]] = get_args(VenueKind)
KINDS: Final = (*CONNECTION_KINDS, *FRAME_KINDS, *ANSWER_KINDS, *VENUE_KINDS)
PAUSE_KINDS: Final = ("trading_pause", "exchange_pause")
LASTING_KINDS: Final = ("silent_ws", "clock_skew", "trading_pause", "exchange_pause")


class Line(Protocol):
    """A connection's line, along which its frames pass."""

    def look(self) -> None:
        """The armed faults have changed."""


@dataclass(slots=True, eq=False)
class Fault:
    """One thing that is to go wrong. An empty ``where`` or ``market`` means any."""

    kind: Kind
    where: str = ""  # a message type, or the endpoints meant
    market: str = ""
    left: int | None = None  # hits to come; None = without limit
    until_s: float | None = None  # monotonic; None = until cleared
    is_before: bool = False  # strikes before the request has its effect
    delay_ms: int = 0
    skew_ms: int = 0
    status: int = 500
    code: str = "invalid_order"
    result: str = ""  # of a market that is settled; empty = as its event would end
    value_e4: int | None = None
    shard: int | None = None  # of a pause; None = of all
    lines: frozenset[Line] | None = None  # the connections meant; None = every one
    hits: int = 0

    @property
    def is_of_connections(self) -> bool:
        return self.kind in CONNECTION_KINDS and not self.where

    def is_over(self, now_s: float) -> bool:
        return self.left == 0 or (self.until_s is not None and self.until_s <= now_s)


@dataclass(slots=True)
class Faults:
    """Everything armed, oldest first."""

    clock: Callable[[], float]  # monotonic seconds
    armed: list[Fault] = field(default_factory=list)
    hits: Counter[str] = field(default_factory=Counter)  # by kind, since the last clear
    lines: list[Line] = field(default_factory=list)  # of the open connections, oldest first

    def arm(self, fault: Fault) -> None:
        self.armed.append(fault)
        self._tell()

    def clear(self) -> list[Fault]:
        """Disarm everything; what that was."""
        cleared, self.armed = self.armed, []
        self.hits.clear()
        self._tell()
        return cleared

    def end(self) -> list[Fault]:
        """Disarm what is used up or over; what that was."""
        now_s = self.clock()
        ended = [fault for fault in self.armed if fault.is_over(now_s)]
        if ended:
            self.armed = [fault for fault in self.armed if fault not in ended]
            self._tell()
        return ended

    def find(self, kinds: Container[str], matches: Callable[[Fault], bool]) -> Fault | None:
        """The oldest fault of these kinds that matches; asking does not use it up."""
        now_s = self.clock()
        for fault in self.armed:
            if fault.kind in kinds and not fault.is_over(now_s) and matches(fault):
                return fault
        return None

    def strike(self, fault: Fault) -> None:
        """It has gone wrong once more, and may be used up by that."""
        self.count(fault)
        if fault.left is not None:
            fault.left -= 1
            self.end()

    def count(self, fault: Fault) -> None:
        fault.hits += 1
        self.hits[fault.kind] += 1

    def has_any(self, kinds: Container[str]) -> bool:
        return any(fault.kind in kinds for fault in self.armed)

    def _tell(self) -> None:
        for line in self.lines:
            line.look()
