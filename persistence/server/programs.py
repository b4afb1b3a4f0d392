"""The programs of PostgreSQL where the server's user can run them.

A virtual environment below a folder that is closed to that user is copied from, never opened: the part with
the programs goes into the server's own folder.
"""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Final

from persistence.database.binaries import Binaries, BinariesMissing
from persistence.faults import naming
from persistence.server.place import ServerPlace
from persistence.server.process import require_room

_COPIES: Final = "programs-"  # and the version, in the folder of the server
_LEFT_OUT: Final = shutil.ignore_patterns("include", "__pycache__", "*.py")


def programs_for(binaries: Binaries, place: ServerPlace) -> Binaries:
    """The programs themselves, or a copy of them. Raises BinariesMissing, DiskFull, FileUnusable."""
    if _run_there(binaries, place):
        return binaries
    if binaries.package is None:
        raise _closed(binaries, place)
    kept = place.home / f"{_COPIES}{binaries.version}"
    package = kept / binaries.package.name
    copied = replace(
        binaries, folder=package / binaries.folder.relative_to(binaries.package), package=package
    )
    if not _run_there(copied, place):
        require_room(place.home)
        with naming(kept):
            _copy(binaries.package, binaries.folder.parent, kept)
    return copied


def require_programs(binaries: Binaries, place: ServerPlace) -> None:
    """Raises BinariesMissing where the user can neither run them nor be given a copy."""
    if binaries.package is None and not _run_there(binaries, place):
        raise _closed(binaries, place)


def _closed(binaries: Binaries, place: ServerPlace) -> BinariesMissing:
    return BinariesMissing(
        f"database.bin_dir: the user {place.user.name}, as whom the server runs, cannot run"
        f" {binaries.program('postgres')}: let it through the folders above, or leave the key out"
    )


def _run_there(binaries: Binaries, place: ServerPlace) -> bool:
    if not place.user.is_other:
        return True
    try:
        done = subprocess.run(
            [binaries.program("postgres"), "-V"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/",
            check=False, **place.user.for_subprocess(),
        )  # fmt: skip
    except OSError:
        return False
    return done.returncode == 0


def _copy(package: Path, installed: Path, kept: Path) -> None:
    """The installed folder, and beside the package the libraries that it came with."""
    for old in kept.parent.glob(f"{_COPIES}*"):
        shutil.rmtree(old)
    making = kept.with_name(f"{kept.name}.new")
    shutil.copytree(
        installed, making / package.name / installed.relative_to(package), symlinks=True, ignore=_LEFT_OUT
    )
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, making / libraries.name, symlinks=True)
    for path in (making, *making.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
    making.rename(kept)
