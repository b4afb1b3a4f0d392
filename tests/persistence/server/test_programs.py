"""Programs that the server's user cannot reach are copied to where it can, and their folder stays closed."""

import os
import pwd
import shutil
import tempfile
from pathlib import Path

import pytest

from persistence.database.binaries import Binaries, BinariesMissing
from persistence.faults import DiskFull
from persistence.server.place import ServerPlace, SystemUser
from persistence.server.programs import programs_for, require_programs

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root lets the server run as another user")


@pytest.fixture
def place():
    folder = Path(tempfile.mkdtemp(prefix="rl-trader-tests-"))
    folder.chmod(0o711)
    nobody = pwd.getpwnam("nobody")
    yield ServerPlace(folder, SystemUser("nobody", nobody.pw_uid, nobody.pw_gid))
    shutil.rmtree(folder)


@pytest.fixture
def closed(tmp_path):
    """A package in an environment that is root's alone, down to the modes of its files."""
    folder = tmp_path / "site" / "pgserver" / "pginstall" / "bin"
    folder.mkdir(parents=True)
    (folder / "postgres").write_text("#!/bin/sh\n")
    (folder / "postgres").chmod(0o700)
    (folder.parent / "share").mkdir(mode=0o700)
    (tmp_path / "site" / "pgserver.libs").mkdir(mode=0o700)
    (tmp_path / "site" / "pgserver.libs" / "libpq.so").write_text("")
    tmp_path.chmod(0o700)
    return Binaries(folder, "18.4", 18, tmp_path / "site" / "pgserver")


def test_programs_that_it_can_run_are_left_where_they_are(place, closed):
    open_to_all = Binaries(place.home / "bin", "18.4", 18)
    shutil.copytree(closed.folder, place.home / "bin")
    (place.home / "bin" / "postgres").chmod(0o755)

    assert programs_for(open_to_all, place) == open_to_all


def test_closed_programs_are_copied_with_the_libraries_of_their_package(place, closed):
    before = closed.package.parent.stat().st_mode

    copied = programs_for(closed, place)

    assert copied.folder == place.home / "programs-18.4" / "pgserver" / "pginstall" / "bin"
    assert place.user.can_enter(copied.folder.parent / "share")
    assert (place.home / "programs-18.4" / "pgserver.libs" / "libpq.so").stat().st_mode & 0o777 == 0o644
    assert (copied.folder / "postgres").stat().st_uid == 0
    assert closed.package.parent.stat().st_mode == before


def test_a_copy_is_made_once_and_again_for_another_version(place, closed):
    first = programs_for(closed, place)
    inode = first.folder.stat().st_ino

    assert programs_for(closed, place).folder.stat().st_ino == inode
    newer = programs_for(Binaries(closed.folder, "18.5", 18, closed.package), place)
    assert newer.folder.exists()
    assert not first.folder.exists()


def test_programs_of_no_package_are_not_copied_but_named(place, closed):
    with pytest.raises(
        BinariesMissing, match=r"^database\.bin_dir: the user nobody, .* cannot run .*postgres"
    ):
        programs_for(Binaries(closed.folder, "18.4", 18), place)
    with pytest.raises(BinariesMissing):
        require_programs(Binaries(closed.folder, "18.4", 18), place)


def test_programs_of_a_package_are_required_without_being_copied_yet(place, closed):
    require_programs(closed, place)

    assert list(place.home.iterdir()) == []


def test_no_copy_is_begun_on_a_full_disk(place, closed, monkeypatch):
    def full(_home):
        raise DiskFull("no room")

    monkeypatch.setattr("persistence.server.programs.require_room", full)

    with pytest.raises(DiskFull):
        programs_for(closed, place)
