"""The markets that the watchers show: whether each may be traded, and its last value.

Each shard's word holds only for a while: a watcher that falls silent has nothing tradable. The last
price of a market outlives its book and its being watched, for what is held in it keeps a value. Times
are monotonic seconds given by the caller.
"""

from __future__ import annotations

import sys
from array import array
from dataclasses import dataclass, field
from typing import Final

from trading.held_prices import UNKNOWN, OutcomePrices
from trading.shard_marks import CLOSING_ONLY, ShardMarks

SHARD_VALID_S: Final = 3.0
NEVER: Final = -1  # a price that no book has shown yet
MOST_PAST_MARKS: Final = 50_000  # of markets that are not watched any more
NEVER_S: Final = float("-inf")


@dataclass(slots=True)
class _Shard:
    incarnation: int
    version: int
    tickers: list[str]
    marks: array[int]  # two for each ticker
    heard_at: float = NEVER_S
    untradable: dict[int, str] = field(default_factory=dict)  # reason by position
    trouble: str = ""  # with the venue that its books come from
    is_idle: bool = False  # nothing is wrong, and none of its markets trades now

    @property
    def until(self) -> float:
        """So long the watcher's word holds."""
        return self.heard_at + SHARD_VALID_S

    @property
    def suspect(self) -> set[int]:
        """The positions whose books may be wrong, and so show nothing."""
        return {at for at, why in self.untradable.items() if why not in CLOSING_ONLY}


class WatchedShards:
    """The latest message of each watcher."""

    def __init__(self) -> None:
        self._shards: dict[int, _Shard] = {}
        self._place: dict[str, tuple[int, int]] = {}  # shard and position
        self._past_marks: dict[str, tuple[int, int]] = {}
        self._confirmed_at: dict[str, float] = {}  # of those that are untradable: when they last were not

    def hear(self, told: ShardMarks, now: float) -> bool:
        """Take it in; False when it is about tickers that never came, and nothing was."""
        if told.tickers is not None:
            shard = self._replace(told, told.tickers)
        else:
            known = self._shards.get(told.shard)
            if known is None or (known.incarnation, known.version) != (told.incarnation, told.version):
                return False
            shard = known
        marks = _unpacked(told.marks)
        self._doubt(shard, {at: why for why, places in told.untradable.items() for at in places})
        for at in shard.suspect:  # it has no prices; what is held has its last value
            marks[2 * at : 2 * at + 2] = shard.marks[2 * at : 2 * at + 2]
        shard.trouble, shard.is_idle = told.trouble, told.is_idle
        shard.marks = marks
        shard.heard_at = now
        return True

    def _doubt(self, shard: _Shard, untradable: dict[int, str]) -> None:
        """These are untradable from now on; the others are what the watcher says they are."""
        before = shard.suspect
        shard.untradable = untradable
        for at in before - shard.suspect:
            self._confirmed_at.pop(shard.tickers[at], None)
        for at in shard.suspect:
            self._confirmed_at.setdefault(shard.tickers[at], shard.heard_at)

    def untradable(self, ticker: str, now: float) -> str | None:
        """Why this market's book may not be traded on; None when it may."""
        place = self._place.get(ticker)
        if place is None:
            return "not_watched"
        shard = self._shards[place[0]]
        return shard.untradable.get(place[1]) if now < shard.until else "watcher_silent"

    def live(self, now: float) -> int:
        """The number of markets that may be traded, and not only closed."""
        return sum(
            len(each.tickers) - len(each.untradable) for each in self._shards.values() if now < each.until
        )

    def idle(self, now: float) -> bool:
        """Whether no book ought to be live, for no market trades now, by every watcher's word."""
        shards = self._shards.values()
        return bool(shards) and all(each.is_idle and now < each.until for each in shards)

    def closable(self, now: float) -> bool:
        """Whether what is held may be closed in any market, live ones among them."""
        heard = (each for each in self._shards.values() if now < each.until)
        return any(len(each.suspect) < len(each.tickers) for each in heard)

    def troubles(self, now: float) -> list[str]:
        """The troubles of the venue of the books, each once; of a silent watcher, its silence."""
        found = (
            each.trouble if now < each.until else f"nothing heard of the books of shard {number}"
            for number, each in sorted(self._shards.items())
        )
        return (
            list(dict.fromkeys(filter(None, found))) if self._shards else ["no watcher has shown a book yet"]
        )

    def confirmed_at(self, ticker: str) -> float:
        """When its watcher last said that the book is right; ``NEVER_S`` before, and without a watcher."""
        place = self._place.get(ticker)
        if place is None:
            return NEVER_S
        return self._confirmed_at.get(ticker, self._shards[place[0]].heard_at)

    def mark(self, ticker: str) -> OutcomePrices:
        """Last known best YES and NO bid, 0 for none; unknown before its book was first live."""
        place = self._place.get(ticker)
        if place is None:
            bids = self._past_marks.get(ticker, (NEVER, NEVER))
        else:
            bids = _pair(self._shards[place[0]].marks, place[1])
        return UNKNOWN if bids[0] == NEVER else OutcomePrices(*bids)

    def _replace(self, told: ShardMarks, tickers: list[str]) -> _Shard:
        """Another list of tickers; prices known from the one before, or from another shard, stay known."""
        number, before = told.shard, self._shards.get(told.shard)
        for at, ticker in enumerate(before.tickers if before else ()):
            bids = _pair(before.marks, at) if before else (NEVER, NEVER)
            if self._place.get(ticker) == (number, at):  # else another shard has taken it over
                del self._place[ticker]
                if bids[0] != NEVER:
                    self._past_marks[ticker] = bids
        marks = array("i", bytes(8 * len(tickers)))
        for at, ticker in enumerate(tickers):
            elsewhere = self._place.get(ticker)
            if elsewhere is not None:
                bids = _pair(self._shards[elsewhere[0]].marks, elsewhere[1])
            else:
                bids = self._past_marks.pop(ticker, (NEVER, NEVER))
            marks[2 * at], marks[2 * at + 1] = bids
            self._place[ticker] = (number, at)
        for ticker in list(self._past_marks)[: max(0, len(self._past_marks) - MOST_PAST_MARKS)]:
            del self._past_marks[ticker]
        shard = self._shards[number] = _Shard(told.incarnation, told.version, tickers, marks)
        if before is not None:
            self._carry_doubts(before, shard)
        return shard

    def _carry_doubts(self, before: _Shard, shard: _Shard) -> None:
        """A market that stays has been untradable for as long as it was."""
        doubted = {before.tickers[at]: why for at, why in before.untradable.items()}
        shard.heard_at = before.heard_at
        shard.untradable = {at: doubted[t] for at, t in enumerate(shard.tickers) if t in doubted}
        for ticker in doubted.keys() - set(shard.tickers):
            self._confirmed_at.pop(ticker, None)


def _pair(marks: array[int], at: int) -> tuple[int, int]:
    return marks[2 * at], marks[2 * at + 1]


def _unpacked(marks: bytes) -> array[int]:
    values = array("i")
    values.frombytes(marks)
    if sys.byteorder == "big":
        values.byteswap()
    return values
