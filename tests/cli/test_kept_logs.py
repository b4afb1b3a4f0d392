"""Logs of earlier sessions do not fill the disk."""

import pytest

from cli import kept_logs
from cli.kept_logs import tidy_logs


@pytest.fixture
def folder(tmp_path):
    return tmp_path


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_the_newest_sessions_are_kept_with_all_their_files(folder, monkeypatch):
    monkeypatch.setattr(kept_logs, "MOST_SESSIONS", 2)
    for name in ("s1.log", "s1.log.1", "s1.loopback.exchange", "s2.log", "s2.log.1", "s3.log"):
        (folder / name).write_text("said")
    (folder / "keeper.lock").touch()

    tidy_logs(folder)

    assert names(folder) == ["keeper.lock", "s2.log", "s2.log.1", "s3.log"]


def test_the_oldest_go_first_when_all_together_are_too_long(folder, monkeypatch):
    monkeypatch.setattr(kept_logs, "MOST_BYTES", 250)
    for name in ("s1.log", "s2.log", "s2.log.1", "s3.log"):
        (folder / name).write_bytes(bytes(100))

    tidy_logs(folder)

    assert names(folder) == ["s3.log"]


def test_what_an_exchange_said_is_kept_and_an_empty_file_is_not(folder):
    (folder / "s1.loopback.exchange").touch()
    (folder / "s2.demo.exchange").write_text("a traceback")

    tidy_logs(folder)

    assert names(folder) == ["s2.demo.exchange"]


def test_what_actors_said_outside_the_log_is_set_aside_once_it_is_long(folder, monkeypatch):
    monkeypatch.setattr(kept_logs, "MOST_ACTORS_BYTES", 3)
    (folder / "actors.log").write_text("old")
    tidy_logs(folder)
    assert names(folder) == ["actors.log"]

    (folder / "actors.log").write_text("older")
    tidy_logs(folder)

    assert names(folder) == ["actors.log.1"]


def test_no_folder_is_nothing_to_tidy(folder):
    tidy_logs(folder / "logs")
