"""A session as the files of its account's folder have it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Final

from persistence.account_files import DECISIONS, FILL_PROCESSOR, ORDER_MANAGER, SESSIONS, TAPE
from persistence.decisions.files import JournalFile, journal_files
from persistence.decisions.journal import JournalReader
from persistence.faults import NotMadeYet, PersistenceError
from persistence.files_beside import is_being_written
from persistence.outbox import OutboxReader, Writer
from persistence.tape.codec import PieceDamaged, TapeCodec
from persistence.tape.outbox import TapeFile, TapeFileReader, TapeGap, TapeSource, read_files, tape_files
from replay.lost_batches import LostBatches
from replay.recording import NumberedEvent, RecordedSelector, RecordingDamaged
from trading.decision import DecidedBatch, Setup
from trading.decision_hash import NONE_YET
from trading.events import LedgerEvent, MarketSeen, SessionEnded, SessionStarted
from trading.tape_rows import TapePiece

_OUTBOXES: Final[dict[Writer, str]] = {
    "OrderManager": ORDER_MANAGER,
    "FillProcessor": FILL_PROCESSOR,
    "Recorder": SESSIONS,
}


class FileSelector:
    """The journal of one Selector, all its parts."""

    def __init__(self, files: list[JournalFile]) -> None:
        """Raises a PersistenceError for a first part that cannot be read."""
        self._files = files
        with JournalReader(files[0].path) as reader:
            self.setup: Setup = reader.head.setup
            self._begins_with = reader.head.hash_before

    @property
    def has_first_part(self) -> bool:
        """Whether the first decisions are here."""
        return self._begins_with == NONE_YET

    def batches(self, after_batch_no: int = 0) -> Iterator[DecidedBatch]:
        if not (after_batch_no or self.has_first_part):
            raise RecordingDamaged(f"what was decided before {self._files[0].path.name} is not here")
        for file in self._files:
            try:
                with JournalReader(file.path) as reader:
                    yield from reader.batches(after_batch_no)
            except PersistenceError as error:
                raise RecordingDamaged(str(error)) from error

    def final_hash(self) -> str | None:
        try:
            with JournalReader(self._files[-1].path) as reader:
                return reader.final_hash()
        except PersistenceError:
            return None


class FileRecording:
    """The session's journals and tapes, and the outboxes of its account."""

    def __init__(self, folder: Path, session: str) -> None:
        """``folder`` is the account's. Raises a PersistenceError."""
        self.account = folder.name
        self.session = session
        self._folder = folder
        self._journals = [file for file in journal_files(folder / DECISIONS) if file.session == session]

    @property
    def is_running(self) -> bool:
        return any(is_being_written(file.path) for file in self._journals)

    def selectors(self) -> list[RecordedSelector]:
        return [*self.file_selectors()]

    def file_selectors(self) -> list[FileSelector]:
        """Raises a PersistenceError for a journal that cannot be read at all."""
        parts: dict[int, list[JournalFile]] = {}
        for file in self._journals:
            parts.setdefault(file.incarnation, []).append(file)
        return [FileSelector(files) for _, files in sorted(parts.items())]

    def lost_batches(self) -> list[LostBatches]:
        return []  # nothing counts the batches beside the journals

    # --- tapes -----------------------------------------------------------------------------------

    def tape(self, shard: int, incarnation: int, *, after_no: int = 0) -> Iterator[TapePiece | TapeGap]:
        codec = TapeCodec()
        try:
            for packed in read_files(self._files_of(shard, incarnation)):
                if packed.last_no <= after_no:
                    continue
                try:
                    yield codec.unpack(packed.body)
                except PieceDamaged as damage:
                    yield TapeGap(packed.first_no, packed.last_no, packed.t1_us, f"damaged: {damage}")
        except PersistenceError as error:
            raise RecordingDamaged(str(error)) from error

    def is_tape_open(self, shard: int, incarnation: int) -> bool:
        return any(is_being_written(file.path) for file in self._files_of(shard, incarnation))

    def gaps(self, shard: int, incarnation: int) -> list[TapeGap]:
        found: dict[int, TapeGap] = {}
        for file in self._files_of(shard, incarnation):
            with suppress(PersistenceError), closing(TapeFileReader(file)) as reader:
                found |= {gap.first_no: gap for gap in reader.gaps(0)}  # what is told later reaches further
        return [gap for _, gap in sorted(found.items())]

    def _files_of(self, shard: int, incarnation: int) -> list[TapeFile]:
        source = TapeSource(self.session, shard, incarnation)
        return [file for file in tape_files(self._folder / TAPE) if file.source == source]

    # --- ledgers ---------------------------------------------------------------------------------

    def has_outbox(self, writer: Writer, outbox_id: str) -> bool:
        """Whether this outbox is here."""
        try:
            with closing(OutboxReader(self._folder / _OUTBOXES[writer])) as reader:
                return reader.outbox_id == outbox_id
        except PersistenceError:
            return False

    def events(self, writer: Writer, outbox_id: str) -> Iterator[NumberedEvent]:
        path = self._folder / _OUTBOXES[writer]
        try:
            with closing(OutboxReader(path)) as reader:
                if reader.outbox_id != outbox_id:
                    raise RecordingDamaged(f"{path} is not the file {outbox_id} that the session knew")
                for seq, event in reader.events():
                    yield NumberedEvent(seq, event)
        except PersistenceError as error:
            raise RecordingDamaged(str(error)) from error

    def about(self) -> list[LedgerEvent]:
        return events_about(self._recorder_events(), self.session)

    def ended_us(self) -> int | None:
        """The start of the next session of the account; sessions are named in the order of their starts."""
        for event in self._recorder_events():
            if isinstance(event, SessionStarted) and event.session > self.session:
                return event.at_us
        for file in journal_files(self._folder / DECISIONS):
            if file.session > self.session:
                with suppress(PersistenceError), JournalReader(file.path) as reader:
                    for batch in reader.batches():
                        return batch.decided_us
        return None

    def _recorder_events(self) -> Iterator[LedgerEvent]:
        try:
            with closing(OutboxReader(self._folder / SESSIONS)) as reader:
                for _, event in reader.events():
                    yield event
        except NotMadeYet:
            return  # by a version that wrote none


def events_about(events: Iterable[LedgerEvent], session: str) -> list[LedgerEvent]:
    """The Recorder's events of the session, and of markets until the next one."""
    found: list[LedgerEvent] = []
    for event in events:
        match event:
            case SessionStarted() if event.session > session:
                break
            case SessionStarted() | SessionEnded() if event.session != session:
                continue
            case SessionStarted() | SessionEnded() | MarketSeen():
                found.append(event)
            case _:
                continue
    return found
