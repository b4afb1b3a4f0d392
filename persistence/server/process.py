"""Makes, starts and stops a PostgreSQL server as its user, and says why one did not start.

The server is a process of its own session: Ctrl-C in a terminal does not reach it. It is given nothing of
this program's environment. What it says goes to one file, another one at a start once that is large.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from persistence.database.binaries import Binaries
from persistence.faults import DiskFull, PersistenceError, naming
from persistence.server.place import ServerPlace

SUPERUSER: Final = "rl_trader"
PORT: Final = 5432  # a part of the socket's name; no port of the network is opened
OPTIONS: Final[Mapping[str, str]] = {
    "listen_addresses": "",
    "port": str(PORT),
    "unix_socket_permissions": "0700",
    "max_connections": "40",
    # Nobody copies this server, and what a crash needs is a third of what a copy needs.
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_logical_replication_workers": "0",
    "wal_compression": "on",
    "max_wal_size": "1GB",
    "checkpoint_timeout": "15min",
    "jit": "off",
    "log_timezone": "UTC",
    "log_min_error_statement": "panic",  # a statement has all its rows in it, and may fail again and again
    "log_checkpoints": "off",
    "log_autovacuum_min_duration": "-1",
}
NEEDED_BYTES: Final = 150_000_000  # to make a database: 40 MB, its first logs, and some rows
_LONGEST_LOG: Final = 1_000_000  # bytes
_INITDB_WITHIN_S: Final = 120.0
_STOP_WITHIN_S: Final = 20  # of an orderly stop, which writes everything down
_FAULT: Final = re.compile(r"(?:FATAL|PANIC|ERROR|error):\s*(.*)")
_PROC: Final = Path("/proc")
_NOBODYS_PID: Final = 2**31 - 1


class StartFailed(PersistenceError):
    """The server did not come up; the text has its own words and names its log."""


class DataInUse(StartFailed):
    """A process that is still there, or a file that says so, keeps the data folder."""


def make_data(binaries: Binaries, place: ServerPlace, *, lock: int) -> None:
    """A new database, whole or not at all. Raises StartFailed, DiskFull.

    initdb keeps ``lock``, so that nobody begins anew while that of a program that was killed still writes.
    """
    require_room(place.home)
    making = place.home / "data.new"
    shutil.rmtree(making, ignore_errors=True)  # of a start that was killed
    with naming(making):
        making.mkdir(mode=0o700)
        if place.user.is_other:
            os.chown(making, place.user.uid, place.user.gid, follow_symlinks=False)
    flags = ("-U", SUPERUSER, "-E", "UTF8", "--auth-local=trust", "--auth-host=reject", "--no-locale")
    begins_at = log_size(place)
    if _run(binaries.program("initdb"), "-D", str(making), *flags, place=place, keeps=(lock,)):
        fault = fault_of_start(place, begins_at)
        shutil.rmtree(making, ignore_errors=True)
        raise fault
    with naming(place.data):
        making.rename(place.data)


def require_room(home: Path) -> None:
    """Raises DiskFull where a new database would not fit."""
    with naming(home):
        found = os.statvfs(home)
    free = found.f_bavail * found.f_frsize
    if free < NEEDED_BYTES:
        amounts = f"{free / 1e6:.0f} MB are free, and a new database needs {NEEDED_BYTES / 1e6:.0f} MB"
        raise DiskFull(f"there is no room left on the disk of {home}: {amounts}: make room")


def launch(binaries: Binaries, place: ServerPlace) -> subprocess.Popen[bytes]:
    """Start the server; it is not ready yet."""
    _unname_ended_process(place)
    options = {**OPTIONS, "unix_socket_directories": f'"{place.socket_folder}"'}
    flags = [text for key, value in options.items() for text in ("-c", f"{key}={value}")]
    with naming(place.log), _LogFile(place.log) as log:
        return subprocess.Popen(
            [binaries.program("postgres"), "-D", place.data, *flags],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/", env=_environment(),
            start_new_session=True, **place.user.for_subprocess(),
        )  # fmt: skip


def stop(binaries: Binaries, place: ServerPlace) -> None:
    """End the server and return when it has; its clients are disconnected. Raises PersistenceError."""
    if _was_killed(place):
        return  # pg_ctl would signal whatever process has its pid now
    ctl = (binaries.program("pg_ctl"), "-D", str(place.data), "-w", "-t", str(_STOP_WITHIN_S))
    for mode in ("fast", "immediate"):  # the second loses nothing: the next start recovers
        if not _run(*ctl, "-m", mode, "stop", place=place) or not has_lock_file(place):
            return
    raise PersistenceError(f"{place.data}: the database could not be stopped; {place.log} says why")


def _was_killed(place: ServerPlace) -> bool:
    """Whether its lock file names no server that runs."""
    with naming(place.data):
        try:
            pid = (place.data / "postmaster.pid").read_text(encoding="utf-8").partition("\n")[0]
        except FileNotFoundError:
            return False
    return pid.isdecimal() and (not _exists(int(pid)) or _has_ended(int(pid)))


def has_lock_file(place: ServerPlace) -> bool:
    """Whether a server says that it has the data folder; one that was killed says so too."""
    return (place.data / "postmaster.pid").exists()


def fault_of_start(place: ServerPlace, begins_at: int) -> PersistenceError:
    """The log's words since an offset, as a fault."""
    with naming(place.log), place.log.open("rb") as file:
        file.seek(begins_at)
        text = file.read(100_000).decode("utf-8", "replace")
    return fault_told(text, place)


def fault_told(text: str, place: ServerPlace) -> PersistenceError:
    """The meaning of the words of a server that did not start."""
    told = [match[1].strip() for match in map(_FAULT.search, text.splitlines()) if match]
    sentence = told[0] if told else (text.strip().splitlines() or ["it said nothing"])[-1]
    if os.strerror(errno.ENOSPC) in text:
        return DiskFull(f"there is no room left on the disk of {place.home}: make room ({sentence})")
    if "lock file" in sentence or "shared memory block" in sentence:
        return DataInUse(f"{place.data}: {sentence}")
    return StartFailed(f"{place.data}: the database does not start: {sentence}; {place.log} has more")


def rotate_log(place: ServerPlace) -> None:
    """Begin another log once this one is large; the one before is kept."""
    with naming(place.log):
        if log_size(place) > _LONGEST_LOG:
            place.log.replace(place.log.with_name(f"{place.log.name}.1"))


def log_size(place: ServerPlace) -> int:
    """Where in the log the next words will be."""
    try:
        return place.log.stat().st_size
    except FileNotFoundError:
        return 0


class _LogFile:
    """The log, open to be added to; never one that a link leads to."""

    def __init__(self, path: Path) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW
        self._descriptor = os.open(path, flags, 0o600)
        if os.geteuid() == 0:
            # Root may start the server of an ordinary user, who has to be able to go on with its log.
            os.fchown(self._descriptor, path.parent.stat().st_uid, path.parent.stat().st_gid)

    def __enter__(self) -> int:
        return self._descriptor

    def __exit__(self, *_: object) -> None:
        os.close(self._descriptor)


def _run(program: Path, *flags: str, place: ServerPlace, keeps: tuple[int, ...] = ()) -> int:
    with naming(place.log), _LogFile(place.log) as log:
        done = subprocess.run(
            [program, *flags], stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/", env=_environment(),
            check=False, timeout=_INITDB_WITHIN_S, pass_fds=keeps, **place.user.for_subprocess(),
        )  # fmt: skip
    return done.returncode


def _environment() -> dict[str, str]:
    """No key and no PGDATA; a language that can be read for certain."""
    return {"PATH": os.defpath, "LC_ALL": "C"}


def _unname_ended_process(place: ServerPlace) -> None:
    """Where the process that its lock files name has ended, write a pid that nobody has.

    PostgreSQL believes them while any process of its user has the pid: one that nobody has reaped, or in a
    container that was started again one of this program's. All else in them stays, so that PostgreSQL itself
    waits for whatever of the old server is still there.
    """
    for path in (place.data / "postmaster.pid", place.socket_folder / f".s.PGSQL.{PORT}.lock"):
        with naming(path):
            _unname_if_ended(path)


def _unname_if_ended(path: Path) -> None:
    try:
        pid, separator, rest = path.read_text(encoding="utf-8").partition("\n")
    except FileNotFoundError:
        return
    if pid.isdecimal() and _has_ended(int(pid)):
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_TRUNC | os.O_NOFOLLOW), "w") as file:
            file.write(f"{_NOBODYS_PID}{separator}{rest}")


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        pass  # another user's
    return True


def _has_ended(pid: int) -> bool:
    """Whether a pid is that of no server for certain; False where the system does not tell."""
    try:
        text = (_PROC / str(pid) / "status").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False  # there is no such process, and PostgreSQL sees that too
    told = dict(line.split(":\t", 1) for line in text.splitlines() if ":\t" in line)
    return told.get("Name") != "postgres" or told.get("State", "").startswith("Z")
