"""The tape on this machine: files of one watcher's life, in their order, until the database has them.

One piece a row, committed at once and not forced to the disk: a process that ends loses none, a power
failure may take the newest. A file that has grown is closed and the next one begun, so that what the
database has can be removed. A file is closed as well when the process that wrote it is gone.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final, NamedTuple

from persistence.faults import NotMadeYet, naming
from persistence.files_beside import is_being_written, remove_file
from persistence.single_writer import SingleWriterFile, open_reader

ROTATED_BYTES: Final = 16_000_000  # of pieces in a file: six minutes at 5,000 changes a second
_VERSION: Final = 1
_SCHEMA: Final = (
    "CREATE TABLE piece (first_no INTEGER PRIMARY KEY, last_no INTEGER NOT NULL, t1_us INTEGER NOT NULL,"
    " body BLOB NOT NULL)",
    "CREATE TABLE gap (first_no INTEGER PRIMARY KEY, last_no INTEGER NOT NULL, at_us INTEGER NOT NULL,"
    " why TEXT NOT NULL)",
)
_INSERT: Final = "INSERT INTO piece VALUES (?, ?, ?, ?)"
_GAP: Final = (
    "INSERT INTO gap VALUES (?, ?, ?, ?) ON CONFLICT (first_no) DO UPDATE SET last_no = excluded.last_no"
)
_PIECES: Final = "SELECT * FROM piece WHERE first_no > ? ORDER BY first_no LIMIT ?"
_NEWEST: Final = "SELECT last_no FROM piece ORDER BY first_no DESC LIMIT 1"
_GAPS: Final = "SELECT * FROM gap WHERE last_no > ? ORDER BY first_no"


class TapeSource(NamedTuple):
    """One watcher's life, of which the tape is one list of rows."""

    session: str
    shard: int
    incarnation: int

    @property
    def name(self) -> str:
        return f"{self.session}-{self.shard}-{self.incarnation}"

    @staticmethod
    def named(name: str) -> TapeSource:
        """The source of this name."""
        session, shard, incarnation = name.split("-")
        return TapeSource(session, int(shard), int(incarnation))


class TapeFile(NamedTuple):
    """One of the files of a source, in their order."""

    source: TapeSource
    number: int
    path: Path

    def is_closed(self) -> bool:
        """Whether nobody writes it any more. Raises a PersistenceError."""
        return not is_being_written(self.path)

    def remove(self) -> None:
        """Take it off the disk. Raises a PersistenceError."""
        remove_file(self.path)


class PackedPiece(NamedTuple):
    """A piece as it lies in a file."""

    first_no: int
    last_no: int
    t1_us: int
    body: bytes


class TapeGap(NamedTuple):
    """Rows of a tape that are missing, or of which some are."""

    first_no: int
    last_no: int
    at_us: int  # when it was found
    why: str


def tape_path(folder: Path, source: TapeSource, number: int) -> Path:
    return folder / f"{source.name}-{number}.db"


def tape_files(folder: Path) -> list[TapeFile]:
    """All files of a folder, each source's in their order. No folder is an empty one. Raises OSError."""
    found = (_file(path) for path in folder.glob("*-*-*-*.db"))
    return sorted(file for file in found if file is not None)


def _file(path: Path) -> TapeFile | None:
    session, *numbers = path.stem.rsplit("-", 3)
    if len(numbers) != 3 or not all(number.isdecimal() for number in numbers):
        return None
    shard, incarnation, number = map(int, numbers)
    return TapeFile(TapeSource(session, shard, incarnation), number, path)


class TapeOutbox:
    """The writing end, one process at a time; it is used by one thread."""

    def __init__(self, folder: Path, source: TapeSource, *, rotated_bytes: int = ROTATED_BYTES) -> None:
        self._folder = folder
        self._source = source
        self._rotated_bytes = rotated_bytes
        self._number = 0
        self._bytes = 0  # in the file that is open
        self._file: SingleWriterFile | None = None

    def write(self, piece: PackedPiece, gaps: Iterator[TapeGap] | tuple[TapeGap, ...] = ()) -> None:
        """Commit a piece, and gaps that are known now or reach further now: all of it or nothing.

        Raises DiskFull, FileUnusable or another PersistenceError.
        """
        if self._file is not None and self._bytes >= self._rotated_bytes:
            self.close()
        path, connection = self._open()
        with naming(path):
            try:
                connection.execute("BEGIN IMMEDIATE")
                connection.execute(_INSERT, piece)
                connection.executemany(_GAP, gaps)
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
        self._bytes += len(piece.body)

    def _open(self) -> tuple[Path, sqlite3.Connection]:
        if self._file is None:
            self._number = self._number or self._newest()
            path = tape_path(self._folder, self._source, self._number + 1)
            self._file = SingleWriterFile(path, synchronous="NORMAL", version=_VERSION, schema=_SCHEMA)
            self._number, self._bytes = self._number + 1, 0
        return tape_path(self._folder, self._source, self._number), self._file.connection

    def _newest(self) -> int:
        """Nothing is added to a file that was closed before."""
        return max(
            (file.number for file in tape_files(self._folder) if file.source == self._source), default=0
        )

    def close(self) -> None:
        """Give the file up to be taken into the database. Harmless when repeated."""
        if self._file is not None:
            self._file.close()
            self._file = None


class TapeFileReader:
    """The reading end of one file, from any process, while it is written or later."""

    def __init__(self, file: TapeFile) -> None:
        """Raises NotMadeYet, FileUnusable."""
        self._path = file.path
        self._connection = open_reader(file.path, version=_VERSION)

    def pieces(self, after_no: int, *, most: int) -> list[PackedPiece]:
        """The next pieces that begin after this row. Raises FileUnusable."""
        with naming(self._path):
            return [PackedPiece(*row) for row in self._connection.execute(_PIECES, (after_no, most))]

    def last_no(self) -> int:
        """The last row that is in it; 0 while there is none."""
        with naming(self._path):
            found = self._connection.execute(_NEWEST).fetchone()
        return 0 if found is None else int(found[0])

    def gaps(self, after_no: int) -> list[TapeGap]:
        """The gaps that the writer knew of and that reach beyond this row."""
        with naming(self._path):
            return [TapeGap(*row) for row in self._connection.execute(_GAPS, (after_no,))]

    def close(self) -> None:
        self._connection.close()


def read_files(files: list[TapeFile], *, together: int = 100) -> Iterator[PackedPiece]:
    """All pieces of some files of one source; no file stays open between two of them. Raises FileUnusable."""
    after_no = 0
    for file in files:
        while page := _page(file, after_no, together):
            yield from page
            after_no = page[-1].first_no


def _page(file: TapeFile, after_no: int, most: int) -> list[PackedPiece]:
    try:
        reader = TapeFileReader(file)
    except NotMadeYet:
        return []
    with closing(reader):
        return reader.pieces(after_no, most=most)
