"""Compares an account's outboxes with the database where they are joined, and remembers what is wrong.

What is missing is never passed over in silence: a row of ``ledger_gap`` and the status tell it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final

from persistence.database.connections import Cursor
from persistence.database.named_queries import queries
from persistence.ledger.codec import as_read_back
from persistence.ledger.events import find_events
from persistence.ledger.sources import LedgerSources
from persistence.outbox import Writer

_MOST_ALARMS: Final = 20


class LedgerCheck:
    """The faults of the ledger of one account, for people."""

    def __init__(self, account: str) -> None:
        self._account = account
        self._alarms: dict[str, None] = {}
        self._refusals: list[str] = []

    @property
    def is_refused(self) -> bool:
        """Whether an outbox contradicts the database, so that nothing of it can be written."""
        return bool(self._refusals)

    @property
    def note(self) -> str:
        return "; ".join([*self._refusals, *self._alarms])

    def alarm(self, sentences: Iterable[str]) -> None:
        """The finding that a person has to hear of."""
        for sentence in sentences:
            if len(self._alarms) < _MOST_ALARMS:
                self._alarms[sentence] = None

    def compare(
        self,
        cursor: Cursor,
        sources: LedgerSources,
        *,
        outboxes: Mapping[Writer, int],
        positions: Mapping[Writer, int],
        new: Collection[Writer],
        others: Sequence[str],
        now_us: int,
        since_us: int,
    ) -> dict[Writer, int]:
        """Look at each outbox where the database has read it up to; where to read on if events are missing.

        ``new`` are outboxes that the database has not met, ``others`` the sources of this account that are
        not in this folder. What was found since ``since_us`` is an alarm again.
        """
        self._refusals, skipped = [], {}
        for writer, outbox in outboxes.items():
            position, reader = positions[writer], sources.look()[writer]
            gap = {"account": self._account, "outbox_id": outbox, "at_us": now_us}
            if position:
                self._compare_last(cursor, sources, writer, outbox, position)
            for source in others if writer in new else ():
                self._tell_replaced(cursor, source, writer, gap)
            if reader.first_seq > position + 1:
                skipped[writer] = reader.first_seq - 1
                why = f"{writer}'s file begins with event {reader.first_seq}: what was before is lost here"
                seqs = {"from_seq": position + 1, "upto_seq": skipped[writer]}
                cursor.execute(queries("ledger")["insert_gap"], {**gap, **seqs, "why": why})
        cursor.execute(
            queries("ledger")["find_alarms"], {"account": self._account, "since_us": min(since_us, now_us)}
        )
        self.alarm(str(why) for (why,) in cursor.fetchall())
        return skipped

    def _compare_last(
        self, cursor: Cursor, sources: LedgerSources, writer: Writer, outbox: int, position: int
    ) -> None:
        reader = sources.look()[writer]
        to_do = "put the newest copy of the file back, or see what python run.py rebuild-db says"
        if reader.last_seq < position:
            told = (
                f"{writer}'s file ends with event {reader.last_seq}, and the database has {position}: {to_do}"
            )
            self._refusals.append(told)
            return
        if reader.first_seq > position:
            return
        found = find_events(cursor, self._account, outbox, [position])
        if found.get(position) != as_read_back(sources.event(writer, position)):
            told = f"event {position} of {writer}'s file is another one in the database: {to_do}"
            self._refusals.append(told)

    def _tell_replaced(self, cursor: Cursor, source: str, writer: Writer, gap: Mapping[str, object]) -> None:
        other_writer, _, outbox_id = source.partition("/")
        if other_writer != writer or writer == "Recorder":
            return
        why = f"{writer}'s file is another one than {outbox_id}, from which this account was recorded before"
        number = int.from_bytes(bytes.fromhex(outbox_id), "big", signed=True)
        cursor.execute(queries("ledger")["replaced_at"], {"account": self._account, "source": source})
        (last_seq,) = cursor.fetchone() or (0,)
        place = {**gap, "outbox_id": number, "from_seq": last_seq + 1, "upto_seq": None}
        cursor.execute(queries("ledger")["insert_gap"], {**place, "why": why})
