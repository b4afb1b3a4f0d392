"""A copy of the database is whole or not there, and its password is seen by nobody."""

import pytest

from persistence.database.binaries import Binaries, BinariesMissing
from persistence.database.dump import dump
from persistence.faults import PersistenceError


@pytest.fixture
def programs(tmp_path):
    """A pg_dump that writes what it was told into the file that it makes."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "pg_dump").write_text(
        "#!/bin/sh\nfor flag; do case $flag in --file=*) file=${flag#--file=};; esac; done\n"
        'echo "$@" >"$file"; echo "password $PGPASSWORD" >>"$file"\n'
    )
    (folder / "pg_dump").chmod(0o755)
    return Binaries(folder, "18.4", 18)


def test_a_password_is_no_argument_that_others_could_see(programs, tmp_path):
    dump("postgresql://u:hunter2@h/d?sslpassword=hunter2", tmp_path / "copy.sql", programs)

    arguments, password = (tmp_path / "copy.sql").read_text().splitlines()
    assert "hunter2" not in arguments
    assert "--format=plain" in arguments
    assert password == "password hunter2"


def test_what_pg_dump_says_is_one_line_with_what_to_do(programs, tmp_path):
    (programs.folder / "pg_dump").write_text(
        "#!/bin/sh\necho 'pg_dump: error: aborting because of server version mismatch' >&2\n"
        "echo 'pg_dump: detail: server version: 19; pg_dump version: 18' >&2\nexit 1\n"
    )

    with pytest.raises(
        PersistenceError, match=r"^pg_dump: aborting .*: set database\.bin_dir to the programs"
    ):
        dump("host=h", tmp_path / "copy", programs)
    assert [each.name for each in tmp_path.iterdir()] == ["bin"]


def test_programs_without_pg_dump_are_named(tmp_path):
    with pytest.raises(BinariesMissing, match=r"has no pg_dump: set database\.bin_dir to a folder that has"):
        dump("host=h", tmp_path / "copy", Binaries(tmp_path, "18.4", 18))


def test_a_folder_that_is_not_there_is_named(programs, tmp_path):
    with pytest.raises(PersistenceError, match=r"nowhere/copy cannot be written: No such file"):
        dump("host=h", tmp_path / "nowhere" / "copy", programs)
