"""Tells whether a message is the next of its subscription (protocol 5.4).

Each ``sid`` has its own numbers, shared by all its markets. The first one may be any. Messages
with data take the number after the last. A reply to a command carries a number too, but whether
it takes one of its own is not published and clients disagree, so both are right:

* reply = last        it took none
* reply = last + 1    it took one; or it only announced it, and then the next data carries the
                      same number: no data had it before, so it cannot be a duplicate
"""

from __future__ import annotations

from enum import Enum
from typing import Final

BEFORE_ANY: Final = -2  # no number follows it


class Verdict(Enum):
    NEXT = "next"
    DUPLICATE = "duplicate"  # at or before the last number: already seen
    GAP = "gap"  # after the expected number: something was lost
    STRAY = "stray"  # of a subscription that has ended, or that nobody made


class Sequences:
    """The last number of each subscription of one connection."""

    def __init__(self) -> None:
        self._last: dict[int, int] = {}
        self._replied: dict[int, int] = {}  # a number only a reply has carried so far

    def start(self, sid: int) -> None:
        """The venue acknowledged a subscription: its first number may be any."""
        self._last[sid] = BEFORE_ANY
        self._replied.pop(sid, None)

    def retire(self, sid: int) -> None:
        """The subscription ended: what still arrives of it means nothing."""
        self._last.pop(sid, None)
        self._replied.pop(sid, None)

    def last(self, sid: int) -> int:
        """The number that the next message must follow; ``BEFORE_ANY`` if it may be any."""
        return self._last.get(sid, BEFORE_ANY)

    def advance(self, sid: int, seq: int) -> None:
        """Messages up to ``seq`` were taken, each the next after the one before."""
        self._last[sid] = seq
        self._replied.pop(sid, None)

    def book(self, sid: int, seq: int) -> tuple[Verdict, int]:
        """Take the number of a message with data. Answers the verdict and the number expected."""
        last = self._last.get(sid)
        if last is None:
            return Verdict.STRAY, 0
        if last == BEFORE_ANY or seq == last + 1 or seq == last == self._replied.get(sid):
            self.advance(sid, seq)
            return Verdict.NEXT, seq
        if seq <= last:
            return Verdict.DUPLICATE, last + 1
        self.advance(sid, seq)
        return Verdict.GAP, last + 1

    def reply(self, sid: int, seq: int) -> tuple[Verdict, int]:
        """Take the number of a reply, which may or may not be one of its own."""
        last = self._last.get(sid)
        if last is None:
            return Verdict.STRAY, 0
        if seq <= last:
            return Verdict.NEXT, last + 1
        self.advance(sid, seq)
        self._replied[sid] = seq
        return (Verdict.NEXT if last in (BEFORE_ANY, seq - 1) else Verdict.GAP), last + 1
