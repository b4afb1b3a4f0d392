"""The journal of earlier versions of this program: one file for all sessions of an account.

It is read, and moved into the database like any other; nobody writes it any more.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

import msgspec

from persistence.faults import FileUnusable, naming
from persistence.single_writer import open_reader
from trading.decision import DecidedBatch
from trading.observation import Resting

NAME: Final = "decisions.db"  # in the account's folder
_VERSION: Final = 2
_PAGE: Final = "SELECT batch_no, payload FROM batch WHERE batch_no > ? ORDER BY batch_no LIMIT 100"
_PAGE_BACK: Final = "SELECT batch_no, payload FROM batch WHERE batch_no < ? ORDER BY batch_no DESC LIMIT 100"
_decoder: Final = msgspec.json.Decoder(DecidedBatch)


def earlier_batches(path: Path, after_batch_no: int = 0) -> Iterator[DecidedBatch]:
    """Its batches in order. Raises NotMadeYet when there is no file, FileUnusable."""
    return _pages(path, _PAGE, after_batch_no)


def latest_earlier(path: Path) -> Iterator[DecidedBatch]:
    """The newest first."""
    return _pages(path, _PAGE_BACK, 2**62)


def _pages(path: Path, query: str, batch_no: int) -> Iterator[DecidedBatch]:
    connection = open_reader(path, version=_VERSION)
    try:
        while True:
            with naming(path):
                page = connection.execute(query, (batch_no,)).fetchall()
            if not page:
                return
            for number, payload in page:
                yield _decode(path, number, payload)
                batch_no = number
    finally:
        connection.close()


def _decode(path: Path, batch_no: int, payload: bytes) -> DecidedBatch:
    try:
        batch = _decoder.decode(zlib.decompress(payload))
    except (zlib.error, msgspec.DecodeError, TypeError) as error:
        raise FileUnusable(path, f"has a batch {batch_no} that cannot be read ({error})") from error
    count = len(batch.tickers)
    nothing = (0,) * count  # what was seen was not recorded
    return replace(
        batch,
        yes_bids_e4=nothing,
        yes_asks_e4=nothing,
        positions_e2=nothing,
        resting=(Resting(),) * count,
    )
