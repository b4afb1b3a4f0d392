"""The outbox: where a fact of the ledger becomes durable, in order.

An outbox is one writer's numbered list of events: committed in one transaction, on the disk when
``append`` returns, never changed. Everything that is known of orders, positions and cash can be
folded again from the two outboxes.
"""

from __future__ import annotations

import secrets
import sqlite3
import time
from collections.abc import Iterator, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, Final, Literal, get_args

import msgspec

from persistence.disk_room import RESERVE_BYTES
from persistence.faults import DiskFull, FileUnusable, NotMadeYet, PersistenceError, naming
from persistence.single_writer import SingleWriterFile, checked_reader, open_reader
from trading.events import FillProcessorEvent, LedgerEvent, OrderManagerEvent, RecorderEvent

Writer = Literal["OrderManager", "FillProcessor", "Recorder"]

_VERSION: Final = 1
_SCHEMA: Final = (
    "CREATE TABLE meta (outbox_id TEXT NOT NULL, writer TEXT NOT NULL)",
    "CREATE TABLE event"
    " (seq INTEGER PRIMARY KEY, kind TEXT NOT NULL, payload TEXT NOT NULL, key TEXT UNIQUE)",
)
_META: Final = "SELECT outbox_id, writer FROM meta"
_FIRST_SEQ: Final = "SELECT coalesce(min(seq), 1) FROM event"
_LAST_SEQ: Final = "SELECT coalesce(max(seq), 0) FROM event"
_INSERT: Final = "INSERT INTO event VALUES (?, ?, ?, ?) ON CONFLICT (key) DO NOTHING"
_BY_KEY: Final = "SELECT kind, payload FROM event WHERE key = ?"
_PAGE: Final = "SELECT seq, kind, payload FROM event WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT 1000"
_PAGE_BACK: Final = "SELECT seq, kind, payload FROM event WHERE seq < ? ORDER BY seq DESC LIMIT 1000"
_LAST_POSSIBLE_SEQ: Final = 2**63 - 1
_CHANGING: Final = ("at_us", "client_order_id")  # when we heard of it; and an amend renames an order

_ENDS_IN_ORDER: Final = ("OrderManager", "FillProcessor")  # what a full disk must not keep from the disk
_KINDS: Final[dict[Writer, frozenset[type]]] = {
    "OrderManager": frozenset(get_args(OrderManagerEvent)),
    "FillProcessor": frozenset(get_args(FillProcessorEvent)),
    "Recorder": frozenset(get_args(RecorderEvent)),
}
_DECODERS: Final[dict[str, msgspec.json.Decoder[LedgerEvent]]] = {
    kind.__name__: msgspec.json.Decoder(kind) for kind in get_args(LedgerEvent)
}


class OutboxConflict(PersistenceError):
    """The venue has told two different stories about one thing; a person has to look."""

    def __init__(self, key: str, stored: LedgerEvent, offered: LedgerEvent) -> None:
        super().__init__(f"{key} is recorded as {stored} and was now reported as {offered}")
        self.key = key
        self.stored = stored
        self.offered = offered


class Outbox:
    """The writing end, one process at a time."""

    outbox_id: str  # minted with the file; (outbox_id, seq) names an event everywhere and for ever
    last_seq: int

    def __init__(self, path: Path, writer: Writer) -> None:
        """Open or create. Raises WriterConflict while another process writes it, FileUnusable, DiskFull."""
        self._path = path
        self._kinds = _KINDS[writer]
        self._file = SingleWriterFile(
            path,
            synchronous="FULL",
            version=_VERSION,
            schema=_SCHEMA,
            reserve_bytes=RESERVE_BYTES if writer in _ENDS_IN_ORDER else 0,
        )
        self._connection = self._file.connection
        try:
            with naming(path):
                self.outbox_id = self._claim(writer)
                (self.last_seq,) = self._connection.execute(_LAST_SEQ).fetchone()
        except BaseException:
            self._file.close()
            raise

    def _claim(self, writer: Writer) -> str:
        minted = (secrets.token_hex(8), writer)
        self._connection.execute("INSERT INTO meta SELECT ?, ? WHERE NOT EXISTS (SELECT 1 FROM meta)", minted)
        outbox_id, owner = self._connection.execute(_META).fetchone()
        _require_writer(self._path, owner, writer)
        return str(outbox_id)

    def append(self, entries: Sequence[tuple[LedgerEvent, str | None]]) -> list[int]:
        """Commit events, each with its natural key or None: all of them or none.

        Returns the seq of each, 0 where the key is recorded with the same content already.
        Raises OutboxConflict where it is recorded with another content, and DiskFull, FileUnusable or
        another PersistenceError when the disk refuses; nothing of the call is kept then. What a full
        disk refuses is written into the reserve: ``has_room`` is false from then on.
        """
        if not entries:
            return []
        try:
            return self._append(entries)
        except DiskFull:
            if not self._file.make_room():
                raise
            return self._append(entries)

    @property
    def has_room(self) -> bool:
        """Whether more may be begun; false once the reserve for ending in order has been needed."""
        return self._file.has_room

    def keep_room(self) -> None:
        """Take the reserve again when the disk has room; to be called now and then."""
        self._file.keep_room()

    def _append(self, entries: Sequence[tuple[LedgerEvent, str | None]]) -> list[int]:
        seqs: list[int] = []
        next_seq = self.last_seq + 1
        with naming(self._path):
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                for event, key in entries:
                    seqs.append(next_seq if self._insert(next_seq, event, key=key) else 0)
                    next_seq += seqs[-1] > 0
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
        self.last_seq = next_seq - 1
        return seqs

    def _insert(self, seq: int, event: LedgerEvent, *, key: str | None) -> bool:
        if type(event) not in self._kinds:
            raise PersistenceError(f"{type(event).__name__} is not written to {self._path}")
        row = (seq, type(event).__name__, msgspec.json.encode(event).decode(), key)
        if self._connection.execute(_INSERT, row).rowcount == 1:
            return True
        kind, payload = self._connection.execute(_BY_KEY, (key,)).fetchone()
        stored = _decode(self._path, kind, payload)
        if not same_fact(stored, event):
            raise OutboxConflict(str(key), stored, event)
        return False

    def events(self, after_seq: int = 0, upto: int | None = None) -> Iterator[tuple[int, LedgerEvent]]:
        """Committed events with ``after_seq < seq <= upto``, in order."""
        return _read(self._path, self._connection, after_seq, upto=upto)

    def close(self) -> None:
        """Give the file up to the next writer. Harmless when repeated."""
        self._file.close()


class OutboxReader:
    """The reading end: committed events only, from any process, while the writer writes or is dead."""

    outbox_id: str

    def __init__(self, path: Path) -> None:
        """Raises NotMadeYet while no writer has made the file, and FileUnusable."""
        self._path = path
        self._connection = open_reader(path, version=_VERSION)
        try:
            with naming(path):
                meta = self._connection.execute(_META).fetchone()
            if meta is None:
                raise NotMadeYet(f"{path} is being created: read it again in a moment")
        except BaseException:
            self._connection.close()
            raise
        self.outbox_id = meta[0]

    @property
    def first_seq(self) -> int:
        """Number of the oldest event that is kept; 1 when there is none."""
        return self._number(_FIRST_SEQ)

    @property
    def last_seq(self) -> int:
        """Number of the newest committed event; 0 when there is none."""
        return self._number(_LAST_SEQ)

    def _number(self, question: str) -> int:
        with naming(self._path):
            (number,) = self._connection.execute(question).fetchone()
        return int(number)

    def events(self, after_seq: int = 0, upto: int | None = None) -> Iterator[tuple[int, LedgerEvent]]:
        """Committed events with ``after_seq < seq <= upto``, in order."""
        return _read(self._path, self._connection, after_seq, upto=upto)

    def latest(self) -> Iterator[LedgerEvent]:
        """Committed events, the newest first."""
        before_seq = _LAST_POSSIBLE_SEQ
        while True:
            with naming(self._path):
                page = self._connection.execute(_PAGE_BACK, (before_seq,)).fetchall()
            if not page:
                return
            for seq, kind, payload in page:
                before_seq = seq
                yield _decode(self._path, kind, payload)

    def close(self) -> None:
        self._connection.close()


def check_outbox(path: Path, writer: Writer, *, within_s: float) -> None:
    """Look whether a writer could go on with the file: its structure, whose it is, and as many of its
    events as can be read in that time. Raises WriterConflict, FileUnusable; no file is fine."""
    ends_at = time.monotonic() + within_s
    with checked_reader(path, version=_VERSION) as connection:
        if connection is None:
            return
        meta = connection.execute(_META).fetchone()
        if meta is not None:
            _require_writer(path, meta[1], writer)
        for _ in _read(path, connection, 0, upto=None):
            if time.monotonic() > ends_at:
                return


def _require_writer(path: Path, owner: str, writer: Writer) -> None:
    if owner != writer:
        raise FileUnusable(path, f"belongs to {owner}, so {writer} cannot write it", to_do="move it away")


def _read(
    path: Path, connection: sqlite3.Connection, after_seq: int, *, upto: int | None
) -> Iterator[tuple[int, LedgerEvent]]:
    # Page by page: a read left open would keep the writer from ever shortening its log.
    last = _LAST_POSSIBLE_SEQ if upto is None else upto
    while page := _page(path, connection, (after_seq, last)):
        for seq, kind, payload in page:
            if seq != after_seq + 1:
                raise FileUnusable(path, f"lacks event {after_seq + 1}")
            after_seq = seq
            yield seq, _decode(path, kind, payload)


def _page(path: Path, connection: sqlite3.Connection, bounds: tuple[int, int]) -> list[tuple[int, str, str]]:
    with naming(path):
        return connection.execute(_PAGE, bounds).fetchall()


def _decode(path: Path, kind: str, payload: str) -> LedgerEvent:
    decoder = _DECODERS.get(kind)
    if decoder is None:
        to_do = "run the version of this program that wrote it, or move it away"
        raise FileUnusable(path, f"has events of a kind that is not known here, {kind}", to_do=to_do)
    try:
        return decoder.decode(payload)
    except (msgspec.DecodeError, TypeError) as error:
        raise FileUnusable(path, f"has a {kind} that cannot be read ({error})") from error


def same_fact(stored: LedgerEvent, offered: LedgerEvent) -> bool:
    """Whether two reports agree: what one left unsaid does not count, nor does what may change meanwhile.

    A fill by the stream and the same fill by a read differ in exactly these, and in how exactly its time
    is told: a read may know the second alone.
    """
    if type(stored) is not type(offered):
        return False
    return all(
        _agree(name, getattr(stored, name), getattr(offered, name))
        for name in (f.name for f in fields(stored) if f.name not in _CHANGING)
    )


def _agree(name: str, ours: Any, theirs: Any) -> bool:
    if name == "ts_ms" and 0 in (ours % 1_000, theirs % 1_000):
        return bool(ours // 1_000 == theirs // 1_000)
    unsaid: tuple[Any, ...] = (None, "")
    return ours == theirs or ours in unsaid or theirs in unsaid
