"""Reports the marks of a shard to OrderManager, and which of its markets may not be traded.

The marks of all markets and which of them may not be traded, each second and when it changes. The
tickers, ten thousand in a large shard, are told once for each list of them, and again to whoever says
that it never heard them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from trading.shard_marks import ShardMarks


class ShardReport:
    """The reports of one MarketWatcher on one shard."""

    def __init__(self, shard: int, incarnation: int) -> None:
        self.shard = shard
        self._incarnation = incarnation
        self._version = 0
        self._tickers: list[str] = []
        self._position: dict[str, int] = {}
        self._owes_tickers = True

    def list_tickers(self, tickers: Iterable[str]) -> None:
        """From now on these are the markets, and marks come in their order."""
        self._tickers = list(tickers)
        self._position = {ticker: number for number, ticker in enumerate(self._tickers)}
        self._version += 1
        self._owes_tickers = True

    def repeat_tickers(self) -> None:
        """Somebody new listens, or who listens missed them."""
        self._owes_tickers = True

    def observed(
        self, marks: bytes, untradable: Mapping[str, str], *, trouble: str = "", is_idle: bool = False
    ) -> ShardMarks:
        """The next report; whoever asks for it sends it.

        ``untradable``: reasons by ticker. ``trouble``: what is wrong with the venue. ``is_idle``: nothing
        is, none of its markets trades now.
        """
        positions: dict[str, list[int]] = {}
        for ticker, reason in untradable.items():
            positions.setdefault(reason, []).append(self._position[ticker])
        tickers = self._tickers if self._owes_tickers else None
        self._owes_tickers = False
        return ShardMarks(
            self.shard, self._incarnation, self._version, tickers, marks, positions, trouble, is_idle
        )
