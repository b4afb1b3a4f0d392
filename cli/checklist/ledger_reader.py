"""Reads the two ledgers of a session while it writes them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from cli.checklist.recorded import RecordedOrders
from persistence import account_files
from persistence.faults import NotMadeYet
from persistence.outbox import OutboxReader
from trading.events import LedgerEvent


class LedgerReader:
    """Reads what was added to an account's two ledgers since the last time."""

    def __init__(self, account_dir: Path, since_us: int) -> None:
        self.recorded = RecordedOrders(since_us)
        self._dir = account_dir
        self._read_up_to = {account_files.ORDER_MANAGER: 0, account_files.FILL_PROCESSOR: 0}

    def refresh(self) -> RecordedOrders:
        """Everything recorded until now. Raises PersistenceError."""
        for name in self._read_up_to:
            for seq, event in self._news(name):
                self._read_up_to[name] = seq
                self.recorded.apply(event)
        return self.recorded

    def _news(self, name: str) -> Iterator[tuple[int, LedgerEvent]]:
        try:
            reader = OutboxReader(self._dir / name)
        except NotMadeYet:
            return
        try:
            yield from reader.events(self._read_up_to[name])
        finally:
            reader.close()
