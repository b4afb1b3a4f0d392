"""Is this the next message of its subscription? (protocol 5.4)

Each ``sid`` has its own numbers, shared by all its markets. The first one may be any. Messages
with data take the number after the last. A reply to a command carries a number too, but whether
it takes one of its own is not published and clients disagree, so both are right:

* reply = last        it took none
* reply = last + 1    it took one; or it only announced it, and then the next data carries the
                      same number: no data had it before, so it cannot be a duplicate
"""

from __future__ import annotations

from enum import Enum


class Verdict(Enum):
    NEXT = "next"
    DUPLICATE = "duplicate"  # at or before the last number: already seen
    GAP = "gap"  # after the expected number: something was lost
    STRAY = "stray"  # of a subscription that has ended


class Sequences:
    """The last number of each subscription of one connection."""

    def __init__(self) -> None:
        self._last: dict[int, int] = {}
        self._replied: dict[int, int] = {}  # a number only a reply has carried so far
        self._retired: set[int] = set()

    def start(self, sid: int) -> None:
        """The venue acknowledged a subscription: its first number may be any."""
        self._retired.discard(sid)
        self._last.pop(sid, None)
        self._replied.pop(sid, None)

    def retire_all(self) -> None:
        """The subscriptions ended: what still arrives of them means nothing."""
        self._retired.update(self._last)
        self._last.clear()
        self._replied.clear()

    def is_next(self, sid: int, seq: int) -> bool:
        """Fast path of ``book``: takes the number if it is exactly the expected one."""
        if self._last.get(sid) != seq - 1:
            return False
        self._last[sid] = seq
        return True

    def book(self, sid: int, seq: int) -> tuple[Verdict, int]:
        """Take the number of a message with data. Answers the verdict and the number expected."""
        if sid in self._retired:
            return Verdict.STRAY, 0
        last = self._last.get(sid)
        if last is None or seq == last + 1 or seq == last == self._replied.get(sid):
            return self._take(sid, seq)
        if seq <= last:
            return Verdict.DUPLICATE, last + 1
        self._take(sid, seq)
        return Verdict.GAP, last + 1

    def reply(self, sid: int, seq: int) -> tuple[Verdict, int]:
        """Take the number of a reply, which may or may not be one of its own."""
        if sid in self._retired:
            return Verdict.STRAY, 0
        last = self._last.get(sid)
        if last is not None and seq <= last:
            return Verdict.NEXT, last + 1
        self._take(sid, seq)
        self._replied[sid] = seq
        return (Verdict.NEXT if last is None or seq == last + 1 else Verdict.GAP), (last or 0) + 1

    def _take(self, sid: int, seq: int) -> tuple[Verdict, int]:
        self._last[sid] = seq
        self._replied.pop(sid, None)
        return Verdict.NEXT, seq
