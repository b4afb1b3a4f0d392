"""Private keys of an exchange that is gone do not stay behind."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from simulator.access.temporary_keys import PREFIX, sweep, temporary_key_folder

ROOT = Path(__file__).parents[2]
HOLDER = """
import sys
from simulator.access.temporary_keys import temporary_key_folder
with temporary_key_folder() as folder:
    (folder / "default.pem").write_text("a key")
    print(folder, flush=True)
    sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def base(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)  # asked for anew, here and again after the test
    return tmp_path


def left_over(base: Path, name: str = f"{PREFIX}left") -> Path:
    folder = base / name
    folder.mkdir(mode=0o700)
    (folder / "default.pem").write_text("a key")
    return folder


def test_the_folder_is_private_and_gone_after_its_block(base):
    with temporary_key_folder() as folder:
        (folder / "default.pem").write_text("a key")
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700

    assert list(base.iterdir()) == []


def test_a_killed_exchanges_keys_are_removed_by_the_next_one_and_a_living_ones_are_not(base):
    command = [sys.executable, "-c", HOLDER]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with (
        subprocess.Popen(command, cwd=ROOT, **pipes) as killed,
        subprocess.Popen(command, cwd=ROOT, **pipes) as living,
    ):
        first, second = Path(killed.stdout.readline().strip()), Path(living.stdout.readline().strip())
        killed.send_signal(signal.SIGKILL)
        killed.wait()
        assert (first / "default.pem").exists()

        with temporary_key_folder():
            assert not first.exists()
            assert (second / "default.pem").exists()
        living.communicate("")


def test_what_is_not_ours_or_not_a_folder_stays(base, monkeypatch):
    elsewhere = left_over(base, "elsewhere")
    (base / f"{PREFIX}link").symlink_to(elsewhere)
    (base / f"{PREFIX}file").write_text("not a folder")
    of_another_user = left_over(base)
    monkeypatch.setattr(os, "getuid", lambda: 12345)

    assert sweep(base, now_s=time.time() + 1e6) == []
    assert (elsewhere / "default.pem").exists()
    assert (of_another_user / "default.pem").exists()


def test_a_folder_that_is_just_being_made_is_left_alone(base):
    making = left_over(base, f".{PREFIX}making")

    assert sweep(base, now_s=time.time()) == []
    assert sweep(base, now_s=time.time() + 3600) == [making]
