"""The PostgreSQL server that is just there: in the state folder, started by the first who needs it.

Who leaves last stops it. One that was killed is started again and recovers; one that a killed program left
behind is adopted.
"""

from __future__ import annotations

import re
import subprocess
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import psycopg2
from psycopg2.extensions import make_dsn

from persistence.database.binaries import Binaries
from persistence.database.faults import DatabaseDown, database_faults
from persistence.server.place import ForeignMajor, find_place, make_place
from persistence.server.process import (
    PORT,
    SUPERUSER,
    DataInUse,
    fault_of_start,
    has_lock_file,
    launch,
    log_size,
    make_data,
    rotate_log,
    stop,
)
from persistence.server.programs import programs_for, require_programs
from persistence.server.users import ServerUsers

DATABASE: Final = "rl_trader"
START_WITHIN_S: Final = 120.0  # a long recovery after a crash
KILLED_WITHIN_S: Final = 20.0  # until the last process of a server that was killed has ended
STOPPING_WITHIN_S: Final = 10.0  # until another process has done with starting or stopping it
_ANSWER_WITHIN_S: Final = 5
_LOOK_S: Final = 0.01
_LOOK_AGAIN_S: Final = 0.2
_BUSY: Final = re.compile("starting up|shutting down|recovery|not yet accepting")
_SILENT: Final = "timeout expired"

Kind = Literal["cold", "warm", "recovered", "adopted", "given"]
"""The way it came to run: made anew; started; started after a kill; found running; somebody else's."""
Answer = Literal["ready", "no database", "busy", "silent", "down"]
"""silent: it is there and says nothing, as one that was stopped by a signal."""


@dataclass(frozen=True, slots=True)
class Started:
    kind: Kind
    seconds: float


@dataclass(frozen=True, slots=True)
class ServerStatus:
    """The facts about a server that are known without starting it."""

    programs: Binaries
    data: Path
    is_made: bool
    is_running: bool
    is_silent: bool  # it runs and does not answer
    is_changing: bool  # being made, started or stopped
    is_used: bool  # by another process of this program


class EmbeddedServer:
    """The server of one folder, as one process uses it."""

    def __init__(self, folder: Path, binaries: Binaries) -> None:
        """``folder`` need not exist. Raises NoPlace."""
        self._folder = folder
        self._binaries = binaries
        self._place = find_place(folder)
        self._users = ServerUsers(self._place.home)
        self._child: subprocess.Popen[bytes] | None = None  # the server, when this process started it

    @property
    def dsn(self) -> str:
        """The connection string for ``psql``."""
        return self._dsn(DATABASE)

    def _dsn(self, database: str) -> str:
        return make_dsn(host=str(self._place.socket_folder), port=PORT, dbname=database, user=SUPERUSER)

    def use(self) -> Started:
        """Make sure that it runs, and be one of its users. Harmless when repeated.

        Raises DatabaseDown when it takes too long, or when another process that uses it has to let go first;
        NoPlace, ForeignMajor, BinariesMissing, FileUnusable, DiskFull and StartFailed say what to do.
        """
        began_at = time.monotonic()
        self._make_place()
        with self._users.changing() as lock:
            kind = self._make_ready(lock)
            self._users.join()
        return Started(kind, time.monotonic() - began_at)

    def prepare(self) -> None:
        """Make its folders; it is not started, and nobody is waited for.

        Raises what ``use`` would raise after any number of tries: NoPlace, ForeignMajor, BinariesMissing,
        FileUnusable; and DiskFull.
        """
        self._make_place()
        self._require_own_major()
        require_programs(self._binaries, self._place)

    def leave(self) -> None:
        """Be no user any more; it runs on."""
        self._users.leave()

    def release(self, *, patience_s: float = 0.0) -> None:
        """Be no user any more, and stop it unless another process uses it. Harmless when repeated.

        ``patience_s`` is what the others get to end in. Raises DatabaseDown while another process starts or
        stops it, PersistenceError when it does not stop.
        """
        if not self._place.has_data:
            return
        with self._users.changing(STOPPING_WITHIN_S):
            self._users.leave()
            if has_lock_file(self._place) and self._is_alone(time.monotonic() + patience_s):
                stop(programs_for(self._binaries, self._place), self._place)
                self._reap()

    def _is_alone(self, ends_at: float) -> bool:
        while self._users.others():
            if time.monotonic() >= ends_at:
                return False
            time.sleep(_LOOK_S)
        return True

    def status(self) -> ServerStatus:
        """Starts nothing, makes nothing and waits for nobody."""
        is_used = is_changing = False
        if self._users.are_known():
            try:
                with self._users.changing(0.0):
                    is_used = self._users.others()
            except DatabaseDown:
                is_changing = True
        answer = self._ask()
        return ServerStatus(
            programs=self._binaries,
            data=self._place.data,
            is_made=self._place.has_data,
            is_running=answer != "down",
            is_silent=answer == "silent",
            is_changing=is_changing,
            is_used=is_used,
        )

    def _make_place(self) -> None:
        place = make_place(self._folder)
        if place.home != self._place.home:
            self._users = ServerUsers(place.home)
        self._place = place

    def _make_ready(self, lock: int) -> Kind:
        self._require_own_major()
        self._reap()
        kind: Kind = "adopted"
        answer = self._wait_while_busy(time.monotonic() + START_WITHIN_S)
        if answer == "silent":
            raise DatabaseDown(f"{self._place.data}: the server runs and does not answer")
        if answer == "down":
            if self._users.others():
                raise DatabaseDown(f"{self._place.data}: another process uses the database, and it is down")
            kind, answer = self._start(lock)
        if answer == "no database":
            self._make_database()
        return kind

    def _start(self, lock: int) -> tuple[Kind, Answer]:
        programs = programs_for(self._binaries, self._place)
        kind: Kind = "recovered" if has_lock_file(self._place) else "warm"
        rotate_log(self._place)
        if not self._place.has_data:
            make_data(programs, self._place, lock=lock)
            kind = "cold"
        ends_at = time.monotonic() + KILLED_WITHIN_S
        while True:
            try:
                return kind, self._launch(programs)
            except DataInUse:
                if time.monotonic() >= ends_at:
                    raise
                time.sleep(_LOOK_AGAIN_S)

    def _launch(self, programs: Binaries) -> Answer:
        """Start it and wait until it answers. Raises what its log says when it ends instead."""
        begins_at = log_size(self._place)
        self._child = launch(programs, self._place)
        ends_at = time.monotonic() + START_WITHIN_S
        while (answer := self._wait_while_busy(ends_at)) in ("down", "silent"):
            if self._child.poll() is not None:
                raise fault_of_start(self._place, begins_at)
            if time.monotonic() >= ends_at:
                raise self._too_long()
            time.sleep(_LOOK_S)
        return answer

    def _wait_while_busy(self, ends_at: float) -> Answer:
        while (answer := self._ask()) == "busy":
            if time.monotonic() >= ends_at:
                raise self._too_long()
            time.sleep(_LOOK_S)
        return answer

    def _too_long(self) -> DatabaseDown:
        return DatabaseDown(f"{self._place.data}: the database is still starting; {self._place.log} says why")

    def _ask(self) -> Answer:
        """Whether it takes connections now."""
        try:
            psycopg2.connect(self.dsn, connect_timeout=_ANSWER_WITHIN_S).close()
        except psycopg2.OperationalError as error:
            if f'database "{DATABASE}" does not exist' in str(error):
                return "no database"
            if _SILENT in str(error):
                return "silent"
            return "busy" if _BUSY.search(str(error)) else "down"
        return "ready"

    def _make_database(self) -> None:
        with (
            database_faults(str(self._place.data)),
            closing(psycopg2.connect(self._dsn("postgres"), connect_timeout=_ANSWER_WITHIN_S)) as connection,
        ):
            connection.autocommit = True
            # As files: the usual way writes all of it down twice (0.2 s of processor time against 0.04 s).
            how = "STRATEGY file_copy" if self._binaries.major >= 15 else ""
            connection.cursor().execute(f"CREATE DATABASE {DATABASE} {how}")

    def _require_own_major(self) -> None:
        if self._place.has_data:
            kept = (self._place.data / "PG_VERSION").read_text(encoding="ascii", errors="replace").strip()
            if kept != str(self._binaries.major):
                raise ForeignMajor(self._folder, kept, self._binaries.version)

    def _reap(self) -> None:
        """A server that has ended stays as a shadow of itself until the process that started it looks."""
        if self._child is not None and self._child.poll() is not None:
            self._child = None
