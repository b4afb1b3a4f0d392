"""Why markets may not be traded although their books may be whole: each reason is lifted by its owner alone.

Some reasons are about one market, some about all of a shard, and some about the markets of one of the
venue's own shards, whose books stand still.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Final, Literal

from trading.shard_marks import DATA_PAUSED
from trading.tape import NoTape, TapeRecorder

CROSSED: Final = "crossed"

Owner = Literal["standing", "crossed"]
"""The reasons for a block: the venue's word on the market, which is told first; a book that stays crossed."""

OWNERS: Final[tuple[Owner, ...]] = ("standing", "crossed")


class MarketBlocks:
    """The reasons against the markets of one shard of ours. What changes is written to the ``tape``."""

    def __init__(self, tape: TapeRecorder | None = None) -> None:
        self._tape = tape or NoTape()
        self.reasons: dict[str, str] = {}
        """By ticker: neither traded nor shown."""
        self.closing_only: dict[str, str] = {}
        """By ticker: its book is right and cannot move, so it opens no position."""
        self.version = 0
        """Rises with every change."""
        self._by_owner: dict[Owner, dict[str, str]] = {owner: {} for owner in OWNERS}
        self._stops: dict[str, str] = {}  # of all markets, by owner
        self._venue_shard: dict[str, int] = {}  # where the venue has a market, if not on shard 0

    # --- one market --------------------------------------------------------------------------------

    def block(self, owner: Owner, ticker: str, reason: str) -> None:
        if self._by_owner[owner].get(ticker) != reason:
            self._tape.blocked(ticker, owner, reason)
        self._by_owner[owner][ticker] = reason
        self._settle(ticker)

    def lift(self, owner: Owner, ticker: str) -> bool:
        """The owner has nothing against it any more; whether nobody has now, and somebody had before."""
        if self._by_owner[owner].pop(ticker, None) is None:
            return False
        self._tape.lifted(ticker, owner)
        return self._settle(ticker) and ticker not in self.reasons

    def has(self, owner: Owner, ticker: str) -> bool:
        """Whether this owner has anything against it."""
        return ticker in self._by_owner[owner]

    def forget(self, ticker: str) -> None:
        """The market is not held any more."""
        self._venue_shard.pop(ticker, None)
        for known in (self.reasons, self.closing_only, *self._by_owner.values()):
            known.pop(ticker, None)

    def _settle(self, ticker: str) -> bool:
        """Whether the reason that is told has changed."""
        reasons = (self._by_owner[owner].get(ticker, "") for owner in OWNERS)
        reason = next(filter(None, reasons), "")
        if self.reasons.get(ticker, "") == reason:
            return False
        self.version += 1
        if reason:
            self.reasons[ticker] = reason
        else:
            del self.reasons[ticker]
        return True

    # --- all of them -------------------------------------------------------------------------------

    @property
    def stopped(self) -> str:
        """Why none may be traded, whatever is known of each; "" while they may."""
        return next(iter(self._stops.values()), "")

    def stop(self, owner: str, reason: str) -> None:
        """Trade none of the markets from now on; "" when this owner has nothing against them any more."""
        if self._stops.get(owner, "") == reason:
            return
        self.version += 1
        self._tape.stopped(owner, reason)
        if reason:
            self._stops[owner] = reason
        else:
            del self._stops[owner]

    def tell_again(self) -> None:
        """Write all that stands against the markets to the tape once more."""
        for owner, reasons in self._by_owner.items():
            for ticker, reason in reasons.items():
                self._tape.blocked(ticker, owner, reason)
        for stopper, reason in self._stops.items():
            self._tape.stopped(stopper, reason)
        for ticker in self.closing_only:
            self._tape.closing_only(ticker, is_so=True)

    def allow_all(self) -> None:
        """Nobody has anything against them any more."""
        for owner in list(self._stops):
            self.stop(owner, "")

    # --- those of a shard of the venue's -----------------------------------------------------------

    def lies_on(self, ticker: str, venue_shard: int) -> None:
        """The venue has the market on this shard of its own; until it is told, on shard 0."""
        if self._venue_shard.get(ticker, 0) != venue_shard:
            self._venue_shard[ticker] = venue_shard

    def pause(self, paused: Collection[int], tickers: Collection[str]) -> None:
        """The venue has paused these of its shards, and no other; ``tickers``: all that are held."""
        if not paused and not self.closing_only:
            return
        self.close_only(t for t in tickers if self._venue_shard.get(t, 0) in paused)

    def close_only(self, tickers: Iterable[str]) -> None:
        """The venue has paused these markets, and no others."""
        before, found = self.closing_only, dict.fromkeys(tickers, DATA_PAUSED)
        if found == before:
            return
        self.closing_only = found
        self.version += 1
        for ticker in before.keys() ^ found.keys():
            self._tape.closing_only(ticker, is_so=ticker in found)

    def venue_shards(self, tickers: Collection[str]) -> Mapping[int, int]:
        """The number of these that the venue has on each of its shards."""
        counts: dict[int, int] = {}
        for ticker in tickers:
            shard = self._venue_shard.get(ticker, 0)
            counts[shard] = counts.get(shard, 0) + 1
        return counts
