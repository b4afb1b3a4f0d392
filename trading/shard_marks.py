"""The worth of the markets of one shard now, and the reasons why some of them may not be traded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

DEGRADED: Final = "degraded"
DATA_PAUSED: Final = "data_paused"

ClosingOnly = Literal["degraded", "data_paused"]
"""Why a market's book is good for its value and for closing a position, and opens none: it is read now and
then while no stream tells of it; it cannot move while its venue pauses."""

CLOSING_ONLY: Final[dict[str, ClosingOnly]] = {DEGRADED: "degraded", DATA_PAUSED: "data_paused"}


@dataclass(frozen=True, slots=True)
class ShardMarks:
    """``marks`` are little-endian int32 pairs: best YES bid and best NO bid of each ticker, 0 for none.

    The tickers are many and seldom change: they come once for each ``version``, and None stands for
    those that came with it. ``untradable`` has positions in them by reason. ``trouble`` says in words what
    is wrong with the venue that the books come from; "" for nothing. ``is_idle``: nothing is, none of its
    markets trades now.
    """

    shard: int
    incarnation: int  # of the watcher that made it
    version: int
    tickers: list[str] | None
    marks: bytes
    untradable: dict[str, list[int]]
    trouble: str = ""
    is_idle: bool = False
