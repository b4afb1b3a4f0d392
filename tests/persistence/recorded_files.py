"""Files of an account that has traded, and whether a database has each row of them once."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.ledger_history import ACCOUNT, History
from persistence.account_files import DECISIONS, FILL_PROCESSOR, ORDER_MANAGER, SESSIONS
from persistence.database.connections import Connection, connect
from persistence.decisions.chunks import read_decisions, setups
from persistence.decisions.journal import DecisionJournal
from persistence.outbox import Outbox, Writer
from persistence.recording.database import RecordingDatabase
from persistence.recording.drain import Drain
from persistence.recording.session_drains import session_drains
from persistence.tape.outbox import TapeSource
from tests.persistence.decided_batches import SETUP, decided_batch
from tests.persistence.ledger_database import checksums, fill_tables, rows
from tests.persistence.tape_database import read_back, write_tape
from trading.actions import Action
from trading.decision import DecidedBatch
from trading.events import LedgerEvent
from trading.tape_rows import TapePiece, joined

ORDERS = 300
PIECES = 5  # of a tape in each part, a file each
BATCHES = 12  # of decisions in each part
_EVENTS = "SELECT count(*), count(DISTINCT (outbox_id, seq)) FROM ledger_event WHERE account = %s"
_TROUBLE = (
    "SELECT 'conflict' FROM conflict UNION ALL SELECT 'ledger' FROM ledger_gap"
    " UNION ALL SELECT 'tape' FROM tape_gap UNION ALL SELECT 'decisions' FROM decision_gap"
)


def drains_of(folder: Path, database: RecordingDatabase) -> list[Drain]:
    """The drains of a Recorder; the tape of long ago is not so old that it goes."""
    return session_drains(
        folder, database, data_venue="loopback", execution_venue="loopback", retention_days=10_000
    )


class RecordedFiles:
    """The outboxes, tapes and journals of one account, which the product's own writers write in parts."""

    def __init__(self, state_dir: Path, *, parts: int) -> None:
        self.folder = state_dir / ACCOUNT
        history = History().trade(ORDERS)
        self._ledgers: list[tuple[str, Writer, Sequence[LedgerEvent]]] = [
            (SESSIONS, "Recorder", history.sessions()),
            (ORDER_MANAGER, "OrderManager", history.ours),
            (FILL_PROCESSOR, "FillProcessor", history.theirs),
        ]
        self._parts = parts
        self._written = 0
        self._tapes: dict[TapeSource, list[TapePiece]] = {}
        self._decisions: list[DecidedBatch] = []

    def write_part(self) -> None:
        """Write the next part of each."""
        self._written = part = self._written + 1
        for file, writer, events in self._ledgers:
            with closing(Outbox(self.folder / file, writer)) as outbox:
                upto = len(events) * part // self._parts
                outbox.append([(event, None) for event in events[outbox.last_seq : upto]])
        source = TapeSource("s1abc", 0, part)
        self._tapes[source] = write_tape(self.folder, pieces=PIECES, source=source, rotated_bytes=1)
        self._write_decisions(part)

    def _write_decisions(self, life: int) -> None:
        setup = replace(SETUP, incarnation=life)
        rows_of_one = [(f"KX-{n}", Action.HOLD, "no edge") for n in range(3)]
        with closing(DecisionJournal(self.folder / DECISIONS, setup)) as journal:
            for number in range(1, BATCHES + 1):
                batch = replace(decided_batch(number, *rows_of_one), incarnation=life)
                journal.append(batch)
                self._decisions.append(batch)

    # --- what a database has of it ---------------------------------------------------------------

    def assert_each_row_once(self, dsn: str, undisturbed_dsn: str) -> None:
        """``undisturbed_dsn`` is an empty database, which the ledgers are written into in one go."""
        assert self._written == self._parts
        with closing(connect(dsn, name="tests")) as made:
            count = sum(len(events) for _, _, events in self._ledgers)
            assert rows(made, _EVENTS, ACCOUNT) == [(count, count)]
            assert rows(made, _TROUBLE) == []
            for source, pieces in self._tapes.items():
                assert self._same_tape(made, source, pieces), source
            found = [one for setup in setups(made, ACCOUNT) for one in read_decisions(made, ACCOUNT, setup)]
            assert found == self._decisions
            with closing(connect(undisturbed_dsn, name="tests")) as undisturbed:
                fill_tables(undisturbed, self.folder)
                assert checksums(made, ACCOUNT) == checksums(undisturbed, ACCOUNT)

    def _same_tape(self, connection: Connection, source: TapeSource, written: list[TapePiece]) -> bool:
        found, reader = read_back(connection, ACCOUNT, source)
        same = all(map(np.array_equal, joined(found), joined(written)))
        return same and not reader.damaged
