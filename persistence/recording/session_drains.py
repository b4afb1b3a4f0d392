"""The drains of a session: the lanes of its account's folder, and those of what earlier sessions left."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from persistence.decisions.lane import DecisionLane
from persistence.lane import Lane
from persistence.ledger.lane import LedgerLane
from persistence.recording.database import RecordingDatabase
from persistence.recording.drain import Drain
from persistence.recording.earlier_accounts import EarlierAccounts
from persistence.recording.retention_lane import RetentionLane
from persistence.tape.lane import TapeLane


def session_drains(
    folder: Path, database: RecordingDatabase, *, data_venue: str, execution_venue: str, retention_days: int
) -> list[Drain]:
    """One for each way of committing: no crash of a server takes back what the ledger's has written.

    ``folder`` is the account's and bears its name.
    """
    account, is_shared = folder.name, database.kind == "server"
    ledger: list[Lane] = [
        LedgerLane(folder, account=account, venue=execution_venue),
        DecisionLane(folder, account=account),
        EarlierAccounts(folder.parent, but=account),
    ]
    tape: list[Lane] = [
        TapeLane(folder, account=account, data_venue=data_venue),
        RetentionLane(folder, days=retention_days, is_shared=is_shared),
    ]
    return [
        Drain("ledger", partial(database.connect, name="ledger", synchronous=True), ledger),
        Drain("tape", partial(database.connect, name="tape", synchronous=False), tape),
    ]
