"""Tells whether a message is the next of its subscription (protocol 5.4).

Each subscription has its own numbers, shared by all its markets. The first one may be any. Messages
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


class Numbers:
    """The numbers of one subscription."""

    __slots__ = ("_replied", "last")

    def __init__(self) -> None:
        self.last = BEFORE_ANY
        """The number that the next message must follow; ``BEFORE_ANY`` if it may be any."""
        self._replied: int | None = None  # a number only a reply has carried so far

    def advance(self, seq: int) -> None:
        """Messages up to ``seq`` were taken, each the next after the one before."""
        self.last = seq
        self._replied = None

    def take(self, seq: int) -> tuple[Verdict, int]:
        """Take the number of a message with data. Answers the verdict and the number expected."""
        last = self.last
        if last == BEFORE_ANY or seq == last + 1 or seq == last == self._replied:
            self.advance(seq)
            return Verdict.NEXT, seq
        if seq <= last:
            return Verdict.DUPLICATE, last + 1
        self.advance(seq)
        return Verdict.GAP, last + 1

    def take_reply(self, seq: int) -> tuple[Verdict, int]:
        """Take the number of a reply, which may or may not be one of its own."""
        last = self.last
        if seq <= last:
            return Verdict.NEXT, last + 1
        self.advance(seq)
        self._replied = seq
        return (Verdict.NEXT if last in (BEFORE_ANY, seq - 1) else Verdict.GAP), last + 1
