"""A session as the database has it, with what its files still have beyond that."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from persistence.database.connections import Connection
from persistence.decisions.chunks import lost_decisions, read_decisions, setups, written_to
from persistence.faults import PersistenceError
from persistence.ledger.recorded_events import RecordedEvents
from persistence.outbox import Writer
from persistence.tape.outbox import TapeGap, TapeSource
from persistence.tape.reader import TapeReader
from replay.file_recording import FileRecording, FileSelector, events_about
from replay.lost_batches import LostBatches
from replay.recording import NumberedEvent, RecordedSelector, RecordingDamaged
from trading.decision import DecidedBatch, Setup
from trading.events import LedgerEvent
from trading.tape_rows import TapePiece

_GONE: Final = "they were written to the database and are not there any more"


class StoredSelector:
    """Decisions whose first files have left for the database; those that are still here follow."""

    def __init__(
        self, connection: Connection, account: str, setup: Setup, files: FileSelector | None
    ) -> None:
        self.setup = setup
        self._connection = connection
        self._account = account
        self._files = files

    def batches(self) -> Iterator[DecidedBatch]:
        last = 0
        try:
            for batch in read_decisions(self._connection, self._account, self.setup):
                last = batch.batch_no
                yield batch
        except PersistenceError as error:
            raise RecordingDamaged(str(error)) from error
        if self._files is not None:
            yield from self._files.batches(after_batch_no=last)

    def final_hash(self) -> str | None:
        return None if self._files is None else self._files.final_hash()


class StoredRecording:
    """The tapes leave their files for the database; an outbox that is not here any more is there."""

    def __init__(self, files: FileRecording, connection: Connection) -> None:
        self.account = files.account
        self.session = files.session
        self._files = files
        self._connection = connection
        self._tapes = TapeReader(connection, self.account)
        self._events = RecordedEvents(connection, self.account)

    @property
    def is_running(self) -> bool:
        return self._files.is_running

    def selectors(self) -> list[RecordedSelector]:
        in_files = {selector.setup.incarnation: selector for selector in self._files.file_selectors()}
        found: dict[int, RecordedSelector] = {**in_files}
        for setup in setups(self._connection, self.account, self.session):
            selector = in_files.get(setup.incarnation)
            if selector is None or not selector.has_first_part:
                found[setup.incarnation] = StoredSelector(self._connection, self.account, setup, selector)
        return [selector for _, selector in sorted(found.items())]

    def lost_batches(self) -> list[LostBatches]:
        found = [LostBatches(*gap) for gap in lost_decisions(self._connection, self.account, self.session)]
        if not self.is_running:  # else more is written while this is read
            ends = written_to(self._connection, self.account, self.session)
            found += [LostBatches(incarnation, 1, last_no, _GONE) for incarnation, last_no in ends.items()]
        return found

    # --- tapes -----------------------------------------------------------------------------------

    def tape(self, shard: int, incarnation: int) -> Iterator[TapePiece | TapeGap]:
        last_no, rounds = 0, 0
        while True:
            before, rounds = last_no, rounds + 1
            for part in self._stored(shard, incarnation, last_no):
                last_no = max(last_no, part.last_no)
                yield part
            may_lag = rounds == 1 or last_no > before
            for part in self._files.tape(shard, incarnation, after_no=last_no):
                if part.first_no > last_no + 1 and may_lag:
                    break  # what was in a file a moment ago may be in the database by now
                last_no = part.last_no
                yield part
            else:
                if last_no == before and rounds > 1:
                    return  # else the last file may have gone to the database meanwhile

    def _stored(self, shard: int, incarnation: int, after_no: int) -> Iterator[TapePiece | TapeGap]:
        known = len(self._tapes.damaged)
        try:
            for piece in self._tapes.pieces(TapeSource(self.session, shard, incarnation), after_no=after_no):
                yield from self._tapes.damaged[known:]
                known = len(self._tapes.damaged)
                yield piece
        except PersistenceError as error:
            raise RecordingDamaged(str(error)) from error
        yield from self._tapes.damaged[known:]

    def is_tape_open(self, shard: int, incarnation: int) -> bool:
        return self._files.is_tape_open(shard, incarnation)

    def gaps(self, shard: int, incarnation: int) -> list[TapeGap]:
        source = TapeSource(self.session, shard, incarnation)
        found = {gap.first_no: gap for gap in self._tapes.gaps(source)}
        found |= {gap.first_no: gap for gap in self._files.gaps(shard, incarnation)}
        return [gap for _, gap in sorted(found.items())]

    # --- ledgers ---------------------------------------------------------------------------------

    def events(self, writer: Writer, outbox_id: str) -> Iterator[NumberedEvent]:
        if self._files.has_outbox(writer, outbox_id):
            return self._files.events(writer, outbox_id)
        return _named(lambda: self._events.of(outbox_id))

    def about(self) -> list[LedgerEvent]:
        found = self._files.about()
        return found or events_about(self._events.of_recorders(), self.session)

    def ended_us(self) -> int | None:
        return self._files.ended_us() or self._events.next_start_us(self.session)


def _named(read: Callable[[], Iterator[tuple[int, LedgerEvent]]]) -> Iterator[NumberedEvent]:
    try:
        for seq, event in read():
            yield NumberedEvent(seq, event)
    except PersistenceError as error:
        raise RecordingDamaged(str(error)) from error
