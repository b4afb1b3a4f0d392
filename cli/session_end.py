"""The end of a session, written down by the program where its Recorder could not do it any more."""

from __future__ import annotations

from contextlib import closing, suppress
from pathlib import Path

from persistence.account_files import SESSIONS
from persistence.faults import PersistenceError
from persistence.sessions.record import SessionRecord
from trading.events import SessionEnded


def record_end(account_dir: Path, session: str, reason: str, *, at_us: int) -> None:
    """Once the actors have ended. What the Recorder has written stands; what cannot be written is left."""
    with suppress(PersistenceError), closing(SessionRecord(account_dir / SESSIONS)) as record:
        record.ended(SessionEnded(at_us, session, reason))
