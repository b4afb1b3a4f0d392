"""Where the data of the embedded server lie, and as which user of the machine it runs.

PostgreSQL refuses to run as root, so root lets it run as ``postgres`` or ``nobody``, whichever exists. No
user is made, and no folder but those made here is opened to anybody: below a folder that is closed to that
user the data lie in a private folder elsewhere, which a note in the state folder names.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import re
import stat
import subprocess
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from persistence.faults import FileUnusable, PersistenceError, naming

SERVER_USERS: Final = ("postgres", "nobody")  # that root lets it run as, the first that there is
NOTE: Final = "home"  # in the state folder: the file that names the folder elsewhere
LONGEST_SOCKET_FOLDER: Final = 80  # characters; the whole path of a socket may have 103 on macOS
_SPELT_PLAINLY: Final = re.compile(r"[\w/.+~@-]+", re.ASCII)  # what no connection string has to quote
_ELSEWHERE: Final = ("/var/lib", "/var/tmp")
_OTHERS_WRITE: Final = stat.S_IWGRP | stat.S_IWOTH


class NoPlace(PersistenceError):
    """The server cannot run where its data would have to lie."""


class ForeignMajor(PersistenceError):
    """The data folder was made by another major version of PostgreSQL."""

    def __init__(self, folder: Path, kept: str, found: str) -> None:
        super().__init__(
            f"{folder} has a database of PostgreSQL {kept}, and the programs found are of {found}:"
            f" set database.bin_dir to the programs of PostgreSQL {kept}, or move {folder} away to begin"
            " a new database (the ledgers stay where they are)"
        )


@dataclass(frozen=True, slots=True)
class SystemUser:
    """The user of the machine that the server runs as."""

    name: str
    uid: int
    gid: int

    @property
    def is_other(self) -> bool:
        """Whether it is another user than that of this process."""
        return self.uid != os.geteuid()

    def for_subprocess(self) -> dict[str, Any]:
        """The arguments for ``subprocess``."""
        if not self.is_other:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def can_enter(self, folder: Path) -> bool:
        """Whether it may go to a folder; asked of the system, which knows more than modes."""
        enter = ["/bin/sh", "-c", 'cd -- "$1"', "sh", str(folder)]
        with suppress(OSError):  # in a container that may not become another user
            done = subprocess.run(
                enter, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False, cwd="/",
                **self.for_subprocess(),
            )  # fmt: skip
            return done.returncode == 0
        return False


@dataclass(frozen=True, slots=True)
class ServerPlace:
    """The folders of one server."""

    home: Path
    user: SystemUser

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def log(self) -> Path:
        return self.home / "server.log"

    @property
    def has_data(self) -> bool:
        return (self.data / "PG_VERSION").exists()

    @property
    def socket_folder(self) -> Path:
        """Where its socket is: a path of a socket is short, and a connection string has it in one word."""
        usual = self.home / "run"
        if len(str(usual)) <= LONGEST_SOCKET_FOLDER and _SPELT_PLAINLY.fullmatch(str(usual)):
            return usual
        temporary = Path(tempfile.gettempdir())
        is_short = len(str(temporary)) < LONGEST_SOCKET_FOLDER - len(_own_name(self.home))
        return (temporary if is_short else Path("/tmp")) / _own_name(self.home)


def find_place(folder: Path) -> ServerPlace:
    """Where the server of a state folder is or would be; changes nothing. Raises NoPlace, FileUnusable."""
    folder = folder.resolve()
    home = _noted(folder / NOTE) or folder
    with naming(home):
        _refuse_that_of_another(home)
    return ServerPlace(home, _server_user(home / "data", folder))


def make_place(folder: Path) -> ServerPlace:
    """The folders of a server that may run in them now. Raises NoPlace, FileUnusable, DiskFull."""
    place = find_place(folder)
    with naming(place.home):
        make_own_folder(place.home, is_passed_through=place.user.is_other)
    _require_owner(place.home, os.geteuid(), place.user.uid)
    if place.user.is_other and not place.user.can_enter(place.home):
        if place.has_data:
            raise NoPlace(
                f"{place.home} holds the database, and the user {place.user.name}, as whom the server runs,"
                f" can no longer go there: let it through the folders above, {_OTHER_KEYS}"
            )
        place = _place_elsewhere(folder.resolve(), place.user)
    with naming(place.socket_folder):
        make_folder_of(place.user, place.socket_folder)
    return place


_OTHER_KEYS: Final = "or set database.dsn to a server that runs, or state_dir to an open folder"


def make_own_folder(folder: Path, *, is_passed_through: bool = False) -> None:
    """A folder of this user with all that is missing above; others at most go through it."""
    if folder.is_dir():
        return
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if is_passed_through:
        folder.chmod(0o711)


def make_folder_of(user: SystemUser, folder: Path) -> None:
    """A folder that is the user's alone. Raises NoPlace when somebody else has made one of the name."""
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        found = folder.lstat()
        if stat.S_ISDIR(found.st_mode) and found.st_uid == user.uid and not found.st_mode & 0o077:
            return
        raise NoPlace(f"{folder} is not a folder of {user.name} alone: move it away") from None
    if user.is_other:
        os.chown(folder, user.uid, user.gid, follow_symlinks=False)


def _server_user(data: Path, folder: Path) -> SystemUser:
    if os.geteuid() != 0:
        return _user_of(os.geteuid())
    try:
        owner = data.lstat().st_uid
    except OSError:
        owner = 0
    if owner != 0:
        return _user_of(owner)  # an ordinary user began it: PostgreSQL lets nobody else go on
    for name in SERVER_USERS:
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        return SystemUser(name, found.pw_uid, found.pw_gid)
    raise NoPlace(
        f"{folder}: PostgreSQL does not run as root, and there is neither a user"
        f" {' nor '.join(SERVER_USERS)}: run this program as an ordinary user, or set database.dsn to a"
        " server that runs"
    )


def _user_of(uid: int) -> SystemUser:
    try:
        found = pwd.getpwuid(uid)
    except KeyError:  # as in a container that is started with any number
        return SystemUser(str(uid), uid, os.getegid())
    return SystemUser(found.pw_name, uid, found.pw_gid)


def _place_elsewhere(folder: Path, user: SystemUser) -> ServerPlace:
    for parent in (*_ELSEWHERE, tempfile.gettempdir()):
        home = Path(parent) / _own_name(folder)
        try:
            make_own_folder(home, is_passed_through=True)
            _require_owner(home, os.geteuid(), user.uid)
        except OSError:
            continue
        if user.can_enter(home):
            with naming(folder / NOTE):
                (folder / NOTE).write_text(f"{home}\n", encoding="utf-8")
            return ServerPlace(home, user)
    raise NoPlace(
        f"{folder}: the user {user.name}, as whom the server runs, can go neither there nor to"
        f" {', '.join((*_ELSEWHERE, tempfile.gettempdir()))}: set database.dsn to a server that runs,"
        " or state_dir to an open folder"
    )


def _own_name(folder: Path) -> str:
    return f"rl-trader-{hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]}"


def _noted(note: Path) -> Path | None:
    """The folder elsewhere that a note names."""
    with naming(note):
        try:
            text = note.read_text(encoding="utf-8").strip()
        except (FileNotFoundError, NotADirectoryError):
            return None
    if not Path(text).is_absolute():
        raise FileUnusable(note, "names no folder", to_do="write the folder of the database into it")
    return Path(text)


def _refuse_that_of_another(home: Path) -> None:
    """Root may use anybody's, as its user."""
    try:
        owner = home.stat().st_uid
    except (FileNotFoundError, NotADirectoryError):
        return
    if os.geteuid() not in (0, owner):
        raise NoPlace(
            f"{home} belongs to the user {_user_of(owner).name}: run this program as that user, or set"
            " state_dir to a folder of your own"
        )


def _require_owner(home: Path, *owners: int) -> None:
    """Whoever may write there could put another database in the place of ours."""
    found = home.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in owners or found.st_mode & _OTHERS_WRITE:
        raise NoPlace(f"{home} is not a folder that only this user can write to: move it away")
