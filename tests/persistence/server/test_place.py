"""The data of the server lie where its user can go, and nothing that was there before is changed for it."""

import os
import shutil
import tempfile
from pathlib import Path

import pytest

from persistence.faults import FileUnusable
from persistence.server import place as server_place
from persistence.server.place import (
    LONGEST_SOCKET_FOLDER,
    NoPlace,
    ServerPlace,
    SystemUser,
    find_place,
    make_folder_of,
    make_place,
)

AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root lets the server run as another user")
US = SystemUser("us", os.geteuid(), os.getegid())


@pytest.fixture
def open_folder(monkeypatch):
    """A folder that everybody may go through, to which data go that have no place in the state folder."""
    folder = Path(tempfile.mkdtemp(prefix="rl-trader-tests-"))
    folder.chmod(0o711)
    monkeypatch.setattr(server_place, "_ELSEWHERE", (str(folder / "elsewhere"),))
    (folder / "elsewhere").mkdir(mode=0o711)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def closed_folder(open_folder):
    """A folder that is root's alone, as a home folder is."""
    (open_folder / "closed").mkdir(mode=0o700)
    return open_folder / "closed"


def test_a_place_is_found_without_making_anything(tmp_path):
    place = find_place(tmp_path / "state" / "pg18")

    assert not place.has_data
    assert list(tmp_path.iterdir()) == []


def test_only_the_user_of_the_server_reaches_its_socket(open_folder):
    place = make_place(open_folder / "pg18")

    assert place.home == open_folder / "pg18"
    assert place.socket_folder.stat().st_mode & 0o777 == 0o700
    assert place.socket_folder.stat().st_uid == place.user.uid
    assert place.home.stat().st_mode & 0o777 == (0o711 if place.user.is_other else 0o700)


def test_an_ordinary_user_is_the_servers_too(monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 65_533)

    assert find_place(Path("/nowhere")).user.uid == 65_533


def test_the_server_of_another_user_is_refused(tmp_path, monkeypatch):
    (tmp_path / "pg18").mkdir(mode=0o700)
    monkeypatch.setattr(os, "geteuid", lambda: 65_533)

    with pytest.raises(NoPlace, match=r"pg18 belongs to the user .*: run this program as that user, or set"):
        find_place(tmp_path / "pg18")


@AS_ROOT
def test_root_lets_the_server_run_as_a_user_that_exists(open_folder):
    before = Path("/etc/passwd").read_bytes()

    user = make_place(open_folder / "pg18").user

    assert user.name in server_place.SERVER_USERS
    assert Path("/etc/passwd").read_bytes() == before


@AS_ROOT
def test_data_that_an_ordinary_user_began_stay_the_users(open_folder):
    data = open_folder / "pg18" / "data"
    data.mkdir(parents=True)
    os.chown(data, 12_345, 12_345)

    assert find_place(open_folder / "pg18").user.uid == 12_345


@AS_ROOT
def test_below_a_closed_folder_the_data_go_elsewhere_and_the_folder_stays_closed(closed_folder):
    before = closed_folder.stat()

    place = make_place(closed_folder / "pg18")

    assert place.home.parent == closed_folder.parent / "elsewhere"
    assert place.user.can_enter(place.home)
    assert (place.home.stat().st_uid, place.home.stat().st_mode & 0o777) == (0, 0o711)
    assert (closed_folder.stat().st_mode, closed_folder.stat().st_uid) == (before.st_mode, before.st_uid)
    assert find_place(closed_folder / "pg18") == make_place(closed_folder / "pg18") == place


@AS_ROOT
def test_a_folder_elsewhere_that_another_user_made_is_not_used(closed_folder):
    place = make_place(closed_folder / "pg18")
    os.chown(place.home, 12_345, 12_345)

    with pytest.raises(NoPlace, match=r"is not a folder that only this user can write to: move it away$"):
        make_place(closed_folder / "pg18")


@AS_ROOT
def test_where_no_folder_is_open_to_the_servers_user_the_keys_to_set_are_named(closed_folder, monkeypatch):
    monkeypatch.setattr(server_place, "_ELSEWHERE", (str(closed_folder),))
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(closed_folder))

    with pytest.raises(NoPlace, match=r"can go neither there nor to .*: set database\.dsn to a server"):
        make_place(closed_folder / "pg18")


@AS_ROOT
def test_data_below_a_folder_that_was_closed_since_are_not_begun_anew(open_folder):
    (open_folder / "state").mkdir(mode=0o711)
    place = make_place(open_folder / "state" / "pg18")
    place.data.mkdir()
    (place.data / "PG_VERSION").write_text("18\n")
    (open_folder / "state").chmod(0o700)

    with pytest.raises(NoPlace, match=r"can no longer go there: let it through the folders above, or set"):
        make_place(open_folder / "state" / "pg18")


def test_a_user_that_this_process_may_not_become_can_go_nowhere(tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr("subprocess.run", refuse)

    assert not US.can_enter(tmp_path)


@AS_ROOT
def test_without_a_user_for_the_server_root_is_told_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setattr(server_place, "SERVER_USERS", ("no-such-user",))

    with pytest.raises(NoPlace, match=r"neither a user no-such-user: run this program as an ordinary user"):
        find_place(tmp_path)


@pytest.mark.parametrize("name", ["x" * 100, "with a blank", "a,comma", "a'quote"])
def test_a_path_that_no_socket_can_have_gets_a_short_folder_of_its_own(name):
    place = ServerPlace(Path("/state") / name, US)

    assert place.socket_folder.parent == Path(tempfile.gettempdir())
    assert len(str(place.socket_folder)) <= LONGEST_SOCKET_FOLDER
    assert place.socket_folder == ServerPlace(Path("/state") / name, US).socket_folder
    assert place.socket_folder != ServerPlace(Path("/other") / name, US).socket_folder


def test_a_folder_for_the_socket_that_is_open_to_others_is_refused(tmp_path):
    (tmp_path / "run").mkdir(mode=0o755)

    with pytest.raises(NoPlace, match=r"is not a folder of us alone: move it away$"):
        make_folder_of(US, tmp_path / "run")


def test_a_link_in_the_place_of_a_folder_is_refused(tmp_path):
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    (tmp_path / "run").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(NoPlace, match="is not a folder of us alone"):
        make_folder_of(US, tmp_path / "run")


def test_a_note_that_names_no_folder_is_named(tmp_path):
    (tmp_path / "home").write_text("nowhere\n")

    with pytest.raises(FileUnusable, match=r"home names no folder: write the folder of the database into it"):
        find_place(tmp_path)


def test_a_state_folder_that_is_a_file_is_one_clear_line(tmp_path):
    (tmp_path / "state").write_text("")

    with pytest.raises(FileUnusable, match="state/pg18 cannot be opened"):
        make_place(tmp_path / "state" / "pg18")


def test_a_folder_that_is_read_only_is_one_clear_line(tmp_path, monkeypatch):
    def refuse(self, **_flags):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(Path, "mkdir", refuse)

    with pytest.raises(FileUnusable, match=r"pg18 cannot be opened \(Read-only file system\): let this user"):
        make_place(tmp_path / "pg18")
