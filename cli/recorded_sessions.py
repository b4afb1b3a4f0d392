"""The sessions that are recorded in a state folder and in its database, for who reads a whole one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cli.database_use import server_of, used
from cli.errors import PreflightRefused
from cli.output import complain
from persistence.account_files import DECISIONS
from persistence.database.connections import Database
from persistence.database.migrate import migrations_in, pending
from persistence.decisions.files import journal_files
from persistence.faults import PersistenceError
from persistence.ledger.recorded_events import accounts_of, latest_sessions
from persistence.server.embedded_server import EmbeddedServer
from settings.config import Config

LISTED: Final = 20  # sessions, where the one that was asked for is not there


@dataclass(frozen=True, slots=True)
class RecordedSessions:
    """Where sessions are; ``dsn``: "" where the files are all there is."""

    state_dir: Path
    in_files: Mapping[str, Path]  # the account's folder by session
    dsn: str = field(repr=False)

    def folder(self, session: str) -> Path:
        """The folder of the session's account. Raises PreflightRefused, with the sessions that there are."""
        if session in self.in_files:
            return self.in_files[session]
        there = set(self.in_files)
        if self.dsn:
            with closing(Database(self.dsn).connect(name="sessions")) as connection:
                for account in accounts_of(connection, session):
                    return self.state_dir / account
                there |= set(latest_sessions(connection))
        told = ", ".join(sorted(there)[-LISTED:]) or "none"
        raise PreflightRefused(f"no session {session} is recorded in {self.state_dir}/; there are: {told}")


@contextmanager
def recorded_sessions(config: Config) -> Iterator[RecordedSessions]:
    """The recorded sessions; the server runs inside the block.

    Without it the files have to do, and that is said. Raises PreflightRefused for a PersistenceError of the
    block.
    """
    state_dir = Path(config.state_dir)
    with ExitStack() as stack:
        try:
            dsn = stack.enter_context(_database(config))
        except PersistenceError as error:
            complain(f"without the database, from the files alone: {error}")
            dsn = ""
        try:
            yield RecordedSessions(state_dir, _in_files(state_dir), dsn)
        except PersistenceError as error:
            raise PreflightRefused(str(error)) from error


@contextmanager
def _database(config: Config) -> Iterator[str]:
    """Its DSN, "" while none was made. Raises PersistenceError."""
    server = server_of(config)
    if isinstance(server, EmbeddedServer) and not server.status().is_made:
        yield ""
        return
    with used(server):
        with closing(Database(server.dsn).connect(name="replay")) as connection:
            if pending(connection, migrations_in()):
                raise PersistenceError("its tables are of an earlier version: python run.py db migrate")
        yield server.dsn


def _in_files(state_dir: Path) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for folder in sorted(path.parent for path in state_dir.glob(f"*/{DECISIONS}")):
        for file in journal_files(folder / DECISIONS):
            found.setdefault(file.session, folder)
    return found
