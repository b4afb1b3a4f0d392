"""Chooses the books of a connection to compare with the venue's next, and names those it failed to show.

A message in its turn proves that nothing of the connection was lost on the way, not that the venue sends
every change: a book that changes no more looks like one in which nothing happens. So each is asked for in
its turn, the one that was shown the longest ago first. Where something is at stake, in a market in which
we hold or rest anything, that is often enough to find a frozen book within ``silence_s``; elsewhere it
takes as long as a round. Times are monotonic seconds given by the caller.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final

AUDIT_EVERY_S: Final = 10.0
AUDITED_TOGETHER: Final = 20  # of one connection, in one command


class Audits:
    """The books of one connection, by when the venue last showed them. ``round_at``: when the first round
    may begin, not the same for all connections, or their answers would come together."""

    def __init__(self, *, silence_s: float, round_at: float) -> None:
        half_s = max(1.0, silence_s / 2 - 1)  # a look comes each second, so two of them are lost
        self._answer_within_s = half_s
        self._closely_every_s = min(AUDIT_EVERY_S, half_s)
        self._shown: dict[str, float] = {}  # the longest ago first
        self._asked: dict[str, float] = {}  # and not shown since
        self._round_at = round_at

    def start_over(self) -> None:
        """A connection opened: nothing has been shown on it."""
        self._shown.clear()
        self._asked.clear()

    def keep(self, tickers: Collection[str]) -> None:
        """Forget all others, which this connection does not carry any more."""
        for ticker in self._shown.keys() - tickers:
            self._forget(ticker)

    def show(self, tickers: Iterable[str], now: float) -> None:
        """The venue has said what these books are."""
        for ticker in tickers:
            self._forget(ticker)
            self._shown[ticker] = now

    def due(self, now: float, *, closely: Collection[str]) -> list[str]:
        """The books to ask for now; they are asked for then. ``closely``: where something is at stake."""
        due = [ticker for ticker in closely if self._is_due(ticker, now, self._closely_every_s)]
        if now >= self._round_at:
            self._round_at = now + AUDIT_EVERY_S
            # One that has just been shown says nothing new; half a round, for answers come a little late.
            others = (t for t in self._shown if t not in closely and self._is_due(t, now, AUDIT_EVERY_S / 2))
            due += [ticker for ticker, _ in zip(others, range(AUDITED_TOGETHER), strict=False)]
        self._asked |= dict.fromkeys(due, now)
        return due

    def _is_due(self, ticker: str, now: float, age_s: float) -> bool:
        shown_at = self._shown.get(ticker)
        return shown_at is not None and ticker not in self._asked and now - shown_at >= age_s

    def unanswered(self, now: float) -> list[str]:
        """The books that were asked for too long ago, each once: what they are now nobody knows."""
        late = [ticker for ticker, at in self._asked.items() if now - at >= self._answer_within_s]
        for ticker in late:
            self._forget(ticker)
        return late

    def _forget(self, ticker: str) -> None:
        self._shown.pop(ticker, None)
        self._asked.pop(ticker, None)

    # --- for people ------------------------------------------------------------------------------

    def age_s(self, ticker: str, now: float) -> float | None:
        """Seconds since the venue said what this book is; None before it did."""
        shown_at = self._shown.get(ticker)
        return None if shown_at is None else now - shown_at

    @property
    def round_s(self) -> float:
        """Within how long a frozen book is found where nothing is at stake."""
        return -(-len(self._shown) // AUDITED_TOGETHER) * AUDIT_EVERY_S + self._answer_within_s
