"""What the markets of one shard are worth now, and which of them may not be traded."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ShardMarks:
    """``marks`` are little-endian int32 pairs: best YES bid and best NO bid of each ticker, 0 for none.

    The tickers are many and seldom change: they come once for each ``version``, and None stands for
    those that came with it. ``untradable`` has positions in them by reason.
    """

    shard: int
    incarnation: int  # of the watcher that made it
    version: int
    tickers: list[str] | None
    marks: bytes
    untradable: dict[str, list[int]]
