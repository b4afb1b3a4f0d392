"""The database that one process records into: its server brought up, its tables brought up to date."""

from __future__ import annotations

from pathlib import Path
from threading import Lock

from persistence.database.connections import Connection, connect
from persistence.database.migrate import migrate, migrations_in
from persistence.server.database_server import DatabaseServer, database_server
from persistence.server.embedded_server import Started


class RecordingDatabase:
    """Used by several threads, each with a connection of its own.

    It stays a user of the server, which nobody stops meanwhile, until its process ends.
    """

    def __init__(self, dsn: str, *, state_dir: Path, bin_dir: str) -> None:
        """``dsn`` empty: a server of our own. Nothing is started or looked for yet."""
        self.kind = "server" if dsn else "embedded"
        self.started: Started | None = None  # how the server came to run
        self._dsn = dsn
        self._state_dir = state_dir
        self._bin_dir = bin_dir
        self._server: DatabaseServer | None = None
        self._lock = Lock()

    def connect(self, *, name: str, synchronous: bool) -> Connection:
        """A connection to a server that runs, with all tables. Raises PersistenceError."""
        with self._lock:
            if self._server is None:
                self._server = database_server(self._dsn, state_dir=self._state_dir, bin_dir=self._bin_dir)
            started = self._server.use()
            if self.started is None or started.kind != "adopted":  # by a thread, of what another one started
                self.started = started
            made = connect(self._server.dsn, name=name, synchronous=synchronous)
            try:
                migrate(made, migrations_in())
            except BaseException:
                made.close()
                raise
            return made
