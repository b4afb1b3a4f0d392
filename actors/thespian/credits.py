"""Credits: at most one offered message of a kind is unanswered at each peer.

One unanswered message per (peer, kind) keeps an overloaded or hung peer from filling the sender's 20
transmit slots, and makes the sender keep the newest state instead of a queue.
"""

from __future__ import annotations

from typing import Final, NamedTuple

RETAKE_S: Final = 2.0  # an answer this late will not come: the peer dropped it, or has been replaced
# Thespian keeps what it cannot deliver for five minutes, and a sender with 20 such messages sends nothing
# to anybody: retaken every 2 s, a program suspended for 40 s was seen to stop all trading.
LONGEST_RETAKE_S: Final = 60.0
LOOKS: Final = 10  # a peer silent at so many in a row, through two retakes, cannot be reached


class _Offer(NamedTuple):
    number: int
    at: float
    patience_s: float  # how long its answer is waited for
    since: float  # the first offer that has had no answer


class Credits:
    """The unanswered offers; times are the caller's monotonic seconds."""

    def __init__(self) -> None:
        self._open: dict[tuple[str, str], _Offer] = {}
        self._last_number = 0
        self._late: dict[str, int] = {}  # looks in a row

    def is_free(self, peer: str, kind: str, now: float) -> bool:
        """Whether ``take`` may be called."""
        offer = self._open.get((peer, kind))
        return offer is None or now - offer.at > offer.patience_s

    def take(self, peer: str, kind: str, now: float) -> int:
        """The number the answer must carry; numbers never repeat. Each retake waits twice as long."""
        unanswered = self._open.get((peer, kind))
        patience_s = RETAKE_S if unanswered is None else min(2 * unanswered.patience_s, LONGEST_RETAKE_S)
        self._last_number += 1
        since = now if unanswered is None else unanswered.since
        self._open[peer, kind] = _Offer(self._last_number, now, patience_s, since)
        return self._last_number

    def unanswered_s(self, peer: str, kind: str, now: float) -> float:
        """The time for which this peer has not answered offers of this kind; 0 while none is open."""
        offer = self._open.get((peer, kind))
        return 0.0 if offer is None else now - offer.since

    def release(self, peer: str, kind: str, number: int) -> bool:
        """Whether ``number`` answers the open offer; answers to retaken ones do not count."""
        offer = self._open.get((peer, kind))
        if offer is None or offer.number != number:
            return False
        del self._open[peer, kind]
        return True

    def look(self, now: float) -> list[str]:
        """Once a second: the peers that had left an offer and its retakes unanswered at each of the last
        ``LOOKS`` looks. A second in which this process itself did not run is none, so it counts looks."""
        late = {peer for (peer, _), offer in self._open.items() if now - offer.since > RETAKE_S}
        self._late = {peer: self._late.get(peer, 0) + 1 for peer in late}
        return sorted(peer for peer, looks in self._late.items() if looks >= LOOKS)

    def forget(self, peer: str) -> None:
        """The peer has been replaced: whoever would answer is gone."""
        for key in [key for key in self._open if key[0] == peer]:
            del self._open[key]
        self._late.pop(peer, None)
