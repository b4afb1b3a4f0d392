"""The journal of decisions: each batch, on which figures it was decided, and why.

One row a batch, HOLDs included, so that a session can be decided again and compared. A power
failure may take the newest batches; no order depends on them, because an order's own facts are in
an outbox.
"""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from persistence.single_writer import PersistenceError, SingleWriterFile, open_reader
from trading.decision import DecidedBatch

_VERSION: Final = 2
_SCHEMA: Final = (
    "CREATE TABLE batch (batch_no INTEGER PRIMARY KEY, at_us INTEGER NOT NULL, payload BLOB NOT NULL)",
)
_LAST_BATCH_NO: Final = "SELECT coalesce(max(batch_no), 0) FROM batch"
_INSERT: Final = "INSERT INTO batch VALUES (?, ?, ?)"
_PAGE: Final = "SELECT batch_no, payload FROM batch WHERE batch_no > ? ORDER BY batch_no LIMIT 100"

_COMPRESSION: Final = 1  # the tickers repeat in every batch; higher levels gain little and cost double


_decoder: Final = msgspec.json.Decoder(DecidedBatch)


class DecisionJournal:
    """The writing end, one process at a time."""

    last_batch_no: int  # where a new writer continues, so that a decision is named once

    def __init__(self, path: Path) -> None:
        """Open or create. Raises WriterConflict while another process writes it."""
        self._path = path
        self._file = SingleWriterFile(path, synchronous="NORMAL", version=_VERSION, schema=_SCHEMA)
        (self.last_batch_no,) = self._file.connection.execute(_LAST_BATCH_NO).fetchone()

    def append(self, batch: DecidedBatch) -> None:
        """Record a batch. Raises PersistenceError when its number is taken or the disk refuses."""
        payload = zlib.compress(msgspec.json.encode(batch), _COMPRESSION)
        try:
            self._file.connection.execute(_INSERT, (batch.batch_no, batch.decided_us, payload))
        except sqlite3.Error as error:
            raise PersistenceError(f"{self._path} did not take batch {batch.batch_no}: {error}") from error
        self.last_batch_no = max(self.last_batch_no, batch.batch_no)

    def close(self) -> None:
        """Give the file up to the next writer. Harmless when repeated."""
        self._file.close()


def read_batches(path: Path, after_batch_no: int = 0) -> Iterator[DecidedBatch]:
    """Recorded batches in order, from any process. Raises PersistenceError when there is no file."""
    connection = open_reader(path, version=_VERSION)
    try:
        while page := connection.execute(_PAGE, (after_batch_no,)).fetchall():
            for batch_no, payload in page:
                yield _decoder.decode(zlib.decompress(payload))
                after_batch_no = batch_no
    finally:
        connection.close()
