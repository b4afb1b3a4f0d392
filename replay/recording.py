"""A recorded session as a replay needs it, wherever it is kept."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, Protocol

from persistence.faults import PersistenceError
from persistence.outbox import Writer
from persistence.tape.outbox import TapeGap
from replay.lost_batches import LostBatches
from trading.decision import DecidedBatch, Setup
from trading.events import LedgerEvent
from trading.tape_rows import TapePiece


class RecordingDamaged(PersistenceError):
    """A part of a recording cannot be read; the text says which, and what comes after it is not replayed."""


class NumberedEvent(NamedTuple):
    """An event of an outbox and its place there."""

    seq: int
    event: LedgerEvent


class RecordedSelector(Protocol):
    """The decisions of one Selector process."""

    @property
    def setup(self) -> Setup: ...

    def batches(self) -> Iterator[DecidedBatch]:
        """In the order in which they were decided. Raises RecordingDamaged."""

    def final_hash(self) -> str | None:
        """The hash of its decisions that it left; None while it runs, and where it was killed."""


class Recording(Protocol):
    """All that was recorded of one session."""

    @property
    def account(self) -> str: ...

    @property
    def session(self) -> str: ...

    @property
    def is_running(self) -> bool:
        """Whether more may be recorded while this is read."""

    def selectors(self) -> list[RecordedSelector]:
        """Each process that decided, in their order."""

    def lost_batches(self) -> list[LostBatches]:
        """Batches that were decided and are recorded nowhere, as far as anybody knows."""

    def tape(self, shard: int, incarnation: int) -> Iterator[TapePiece | TapeGap]:
        """The tape of one watcher's life; a gap stands where a piece is damaged. Raises RecordingDamaged."""

    def is_tape_open(self, shard: int, incarnation: int) -> bool:
        """Whether that watcher still writes it."""

    def gaps(self, shard: int, incarnation: int) -> list[TapeGap]:
        """The stretches of it that were never written, or not whole, as the watcher knew."""

    def events(self, writer: Writer, outbox_id: str) -> Iterator[NumberedEvent]:
        """The events of an outbox, those before the session too. Raises RecordingDamaged."""

    def about(self) -> list[LedgerEvent]:
        """The Recorder's events of this session, and of the markets it traded."""

    def ended_us(self) -> int | None:
        """When the account went on with another session; None while this is its last."""
