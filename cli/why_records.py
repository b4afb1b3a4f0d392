"""The decisions on a market out of an account's files, in the form that ``web.why`` tells them."""

from __future__ import annotations

from pathlib import Path

from persistence.decision_records import records_of
from web.why import Recorded


def recorded_in(folder: Path, ticker: str, *, session: str) -> Recorded:
    """What the account's files have."""
    found = records_of(folder, ticker, session=session)
    return Recorded(found.made, found.fates, found.batches, found.is_whole, found.notes)
