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

from persistence.faults import FileUnusable, PersistenceError, naming
from persistence.single_writer import SingleWriterFile, checked_reader, open_reader
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
        """Open or create. Raises WriterConflict while another process writes it, FileUnusable, DiskFull."""
        self._path = path
        self._file = SingleWriterFile(path, synchronous="NORMAL", version=_VERSION, schema=_SCHEMA)
        try:
            with naming(path):
                (self.last_batch_no,) = self._file.connection.execute(_LAST_BATCH_NO).fetchone()
        except BaseException:
            self._file.close()
            raise

    def append(self, batch: DecidedBatch) -> None:
        """Record a batch. Raises DiskFull, FileUnusable, and PersistenceError when its number is taken."""
        payload = zlib.compress(msgspec.json.encode(batch), _COMPRESSION)
        with naming(self._path):
            try:
                self._file.connection.execute(_INSERT, (batch.batch_no, batch.decided_us, payload))
            except sqlite3.IntegrityError as error:
                raise PersistenceError(f"{self._path} has batch {batch.batch_no} already") from error
        self.last_batch_no = max(self.last_batch_no, batch.batch_no)

    def close(self) -> None:
        """Give the file up to the next writer. Harmless when repeated."""
        self._file.close()


def read_batches(path: Path, after_batch_no: int = 0) -> Iterator[DecidedBatch]:
    """Recorded batches in order, from any process. Raises NotMadeYet when there is no file, FileUnusable."""
    connection = open_reader(path, version=_VERSION)
    try:
        while page := _page(path, connection, after_batch_no):
            for batch_no, payload in page:
                yield _decode(path, batch_no, payload)
                after_batch_no = batch_no
    finally:
        connection.close()


def check_journal(path: Path) -> None:
    """Look whether a writer could go on with the file; none is fine. Raises WriterConflict, FileUnusable."""
    with checked_reader(path, version=_VERSION) as connection:
        if connection is not None:
            connection.execute(_LAST_BATCH_NO).fetchone()


def _page(path: Path, connection: sqlite3.Connection, after_batch_no: int) -> list[tuple[int, bytes]]:
    with naming(path):
        return connection.execute(_PAGE, (after_batch_no,)).fetchall()


def _decode(path: Path, batch_no: int, payload: bytes) -> DecidedBatch:
    try:
        return _decoder.decode(zlib.decompress(payload))
    except (zlib.error, msgspec.DecodeError, TypeError) as error:
        raise FileUnusable(path, f"has a batch {batch_no} that cannot be read ({error})") from error
