"""The journal of decisions: each batch, on which figures it was decided, and why.

One row a batch, HOLDs included, so that a session can be decided again and compared. A power
failure may take the newest batches; no order depends on them, because an order's own facts are in
an outbox.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

import msgspec

from persistence.decisions.columns import Columns, Names, from_columns, to_columns
from persistence.decisions.files import journal_path
from persistence.faults import FileUnusable, NotMadeYet, PersistenceError, naming
from persistence.single_writer import SingleWriterFile, open_reader
from trading.decision import DecidedBatch, Setup
from trading.decision_hash import NONE_YET, hash_after

VERSION: Final = 3
PART_BYTES: Final = 64 * 2**20  # of a file, until the next one begins

_SCHEMA: Final = (
    "CREATE TABLE head (body TEXT NOT NULL)",
    "CREATE TABLE name (no INTEGER PRIMARY KEY, text TEXT NOT NULL)",
    "CREATE TABLE batch (batch_no INTEGER PRIMARY KEY, at_us INTEGER NOT NULL, payload BLOB NOT NULL)",
    "CREATE TABLE ending (hash TEXT NOT NULL)",
)
_LAST_BATCH_NO: Final = "SELECT coalesce(max(batch_no), 0) FROM batch"
_INSERT: Final = "INSERT INTO batch VALUES (?, ?, ?)"
_NAME: Final = "INSERT INTO name VALUES (?, ?)"
_PAGE: Final = "SELECT payload FROM batch WHERE batch_no > ? ORDER BY batch_no LIMIT 200"
_PAGE_BACK: Final = "SELECT payload FROM batch WHERE batch_no < ? ORDER BY batch_no DESC LIMIT 200"
_NAMES: Final = "SELECT text FROM name WHERE no >= ? ORDER BY no"

_encode: Final = msgspec.msgpack.Encoder().encode
_decoder: Final = msgspec.msgpack.Decoder(Columns)


@dataclass(frozen=True, slots=True)
class Head:
    """The facts that a file says once."""

    setup: Setup
    part: int
    hash_before: str  # of the batches of all earlier parts


class DecisionJournal:
    """The writing end of one Selector's decisions, from its first to its last."""

    def __init__(self, folder: Path, setup: Setup, *, part_bytes: int = PART_BYTES) -> None:
        """Begin a file for this session and incarnation. Raises WriterConflict, FileUnusable, DiskFull."""
        self._folder = folder
        self._setup = setup
        self._part_bytes = part_bytes
        self.last_batch_no = 0
        self.hash = NONE_YET
        """Of all batches so far."""
        self._begin(1)

    def _begin(self, part: int) -> None:
        setup = self._setup
        self._part = part
        self._path = journal_path(self._folder, setup.session, setup.incarnation, part)
        self._names = Names(splits=False)
        self._bytes = 0
        head = msgspec.json.encode(Head(setup, part, self.hash)).decode().replace("'", "''")
        schema = (*_SCHEMA, f"INSERT INTO head VALUES ('{head}')")
        self._file = SingleWriterFile(self._path, synchronous="NORMAL", version=VERSION, schema=schema)
        try:
            with naming(self._path):
                (last,) = self._file.connection.execute(_LAST_BATCH_NO).fetchone()
            if last:
                raise PersistenceError(f"{self._path} has the decisions of another process already")
        except BaseException:
            self._file.close()
            raise

    def append(self, batch: DecidedBatch) -> None:
        """Record a batch. Raises DiskFull, FileUnusable, and PersistenceError when its number is taken."""
        payload = _encode(to_columns(batch, self._names))
        with naming(self._path):
            try:
                self._insert((batch.batch_no, batch.decided_us, payload))
            except sqlite3.IntegrityError as error:
                raise PersistenceError(f"{self._path} has batch {batch.batch_no} already") from error
        self.last_batch_no = batch.batch_no
        self.hash = hash_after(self.hash, batch)
        self._bytes += len(payload)
        if self._bytes >= self._part_bytes:
            self._begin_next()

    def _insert(self, row: tuple[int, int, bytes]) -> None:
        execute, unwritten = self._file.connection.execute, self._names.unwritten
        if not unwritten:
            execute(_INSERT, row)
            return
        execute("BEGIN IMMEDIATE")
        try:
            self._file.connection.executemany(_NAME, unwritten)
            execute(_INSERT, row)
            execute("COMMIT")
        except BaseException:
            if self._file.connection.in_transaction:
                execute("ROLLBACK")
            raise
        self._bytes += sum(len(text) for _, text in unwritten)
        unwritten.clear()

    def _begin_next(self) -> None:
        """Another part; when the disk has no room for it, this one goes on."""
        before = self._part, self._path, self._names, self._file
        try:
            self._begin(self._part + 1)
        except PersistenceError:
            self._part, self._path, self._names, self._file = before
            self._bytes = 0
        else:
            before[3].close()

    def close(self) -> None:
        """Write the hash of all batches, and give the file up. Harmless when repeated."""
        with suppress(sqlite3.Error):  # a full disk, or closed already: the batches tell it as well
            self._file.connection.execute("INSERT INTO ending VALUES (?)", (self.hash,))
        self._file.close()


class JournalReader:
    """The reading end of one file: committed batches, from any process at any time."""

    head: Head

    def __init__(self, path: Path) -> None:
        """Raises NotMadeYet when there is no such file, and FileUnusable."""
        self._path = path
        self._texts = [""]  # by number; there is no 0
        self._connection = open_reader(path, version=VERSION)
        try:
            with naming(path):
                row = self._connection.execute("SELECT body FROM head").fetchone()
            self.head = _head(path, row)
        except BaseException:
            self._connection.close()
            raise

    def batches(self, after_batch_no: int = 0) -> Iterator[DecidedBatch]:
        """In the order in which they were decided."""
        while page := self._page(_PAGE, after_batch_no):
            for batch in page:
                yield batch
                after_batch_no = batch.batch_no

    def latest(self) -> Iterator[DecidedBatch]:
        """The newest first."""
        before_batch_no = 2**62
        while page := self._page(_PAGE_BACK, before_batch_no):
            for batch in page:
                yield batch
                before_batch_no = batch.batch_no

    def latest_on(self, ticker: str) -> Iterator[DecidedBatch | None]:
        """The newest first, those that decided on this market; None for each that did not.

        Nothing at all where no batch of the file can have.
        """
        with naming(self._path):
            row = self._connection.execute("SELECT no FROM name WHERE text = ?", (ticker,)).fetchone()
        before_batch_no = 2**62
        while row is not None and (rows := self._rows(_PAGE_BACK, before_batch_no)):
            for payload in rows:
                columns = self._columns(payload)
                before_batch_no = columns.batch_no
                yield self._batch(columns) if row[0] in columns.tickers else None

    def last_batch_no(self) -> int:
        with naming(self._path):
            (last,) = self._connection.execute(_LAST_BATCH_NO).fetchone()
        return int(last)

    def final_hash(self) -> str | None:
        """The hash that the writer left at its end; None while it runs, and where it was killed."""
        with naming(self._path):
            row = self._connection.execute("SELECT hash FROM ending").fetchone()
        return None if row is None else str(row[0])

    def _page(self, query: str, batch_no: int) -> list[DecidedBatch]:
        return [self._batch(self._columns(payload)) for payload in self._rows(query, batch_no)]

    def _rows(self, query: str, batch_no: int) -> list[bytes]:
        with naming(self._path):
            rows = self._connection.execute(query, (batch_no,)).fetchall()
            if rows:  # their names were committed with them
                names = self._connection.execute(_NAMES, (len(self._texts),))
                self._texts += (text for (text,) in names)
        return [payload for (payload,) in rows]

    def _columns(self, payload: bytes) -> Columns:
        try:
            return _decoder.decode(payload)
        except msgspec.DecodeError as error:
            raise self._unreadable(error) from error

    def _batch(self, columns: Columns) -> DecidedBatch:
        try:
            return from_columns(columns, self._texts, self.head.setup)
        except (IndexError, TypeError, ValueError, RuntimeError) as error:
            raise self._unreadable(error) from error

    def _unreadable(self, error: Exception) -> FileUnusable:
        return FileUnusable(self._path, f"has a batch that cannot be read ({error})")

    def close(self) -> None:
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()


def _head(path: Path, row: tuple[str] | None) -> Head:
    if row is None:
        raise NotMadeYet(f"{path} is being created: read it again in a moment")
    try:
        return msgspec.json.decode(row[0], type=Head)
    except msgspec.DecodeError as error:
        raise FileUnusable(path, f"does not begin like a journal ({error})") from error
