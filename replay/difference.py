"""Where a replayed decision first differs from the recorded one, said for people."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, Final, NamedTuple

from trading.decision import DecidedBatch

_OF_ROWS: Final = (
    *("tickers", "streams", "seqs", "trade_seqs", "changed_us", "confirmed_us", "yes_bids_e4", "yes_asks_e4"),
    *("positions_e2", "resting", "actions", "reasons", "outcomes"),
)
"""Columns with a value for each market: those that were seen before those that were decided."""

_OF_BATCH: Final = tuple(field.name for field in fields(DecidedBatch) if field.name not in _OF_ROWS)
_SHOWN: Final = 120  # characters of a value


class DecisionDifference(NamedTuple):
    """``where``: the batch. ``ticker``: "" for what is not of one market."""

    where: str
    ticker: str
    column: str
    live: str
    replayed: str

    def __str__(self) -> str:
        market = f", {self.ticker}" if self.ticker else ""
        return f"{self.where}{market}: {self.column} was {self.live} live and is {self.replayed} replayed"


def batch_name(batch: DecidedBatch) -> str:
    """The batch as decisions are named after it."""
    return f"batch {batch.session}-{batch.incarnation}-{batch.batch_no}"


def difference(live: DecidedBatch, replayed: DecidedBatch) -> DecisionDifference | None:
    """The first thing in which two records of one batch differ; None where they are equal."""
    if live == replayed:
        return None
    for name in _OF_ROWS:
        ours, theirs = getattr(live, name), getattr(replayed, name)
        for row, ticker in enumerate(live.tickers):
            if row >= len(theirs) or ours[row] != theirs[row]:
                other = theirs[row] if row < len(theirs) else None
                return DecisionDifference(batch_name(live), ticker, name, _shown(ours[row]), _shown(other))
    for name in _OF_BATCH:
        ours, theirs = getattr(live, name), getattr(replayed, name)
        if ours != theirs:
            return DecisionDifference(batch_name(live), "", name, _shown(ours), _shown(theirs))
    return None


def _shown(value: Any) -> str:
    text = str(value) if isinstance(value, int | str) else repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
