"""The command as a user or another program starts it."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import subprocess
import sys
from pathlib import Path
from zoneinfo import ZoneInfoNotFoundError

import pytest

from cli import exchange
from cli.errors import PreflightRefused
from cli.main import main

ROOT = Path(__file__).parents[2]


def start(*flags: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "cli.exchange", "--markets", "5", *flags]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def ready(process: subprocess.Popen[str]) -> dict:
    line = process.stdout.readline()
    return json.loads(line)


def test_it_says_where_it_is_and_stops_cleanly_on_either_signal_and_one_seed_shares_no_key():
    running = {name: start("--seed", "1") for name in (signal.SIGTERM, signal.SIGINT)}
    told = {name: ready(process) for name, process in running.items()}

    for name, process in running.items():
        assert_stops_cleanly(process, told[name], name)

    assert told[signal.SIGTERM]["key_id"] != told[signal.SIGINT]["key_id"]


def assert_stops_cleanly(process, told, name):
    key = Path(told["private_key_path"])
    mode = stat.S_IMODE(key.stat().st_mode)
    process.send_signal(name)
    out, err = process.communicate(timeout=10)

    assert set(told) == {
        "rest_url", "ws_url", "key_id", "private_key_path", "control_url", "reads_per_s"
    }  # fmt: skip
    assert told["control_url"] is None
    assert mode == 0o600
    assert (process.returncode, out, err) == (0, "", "")
    assert not key.exists()


def test_it_ends_with_the_program_that_wanted_it(tmp_path):
    parent = subprocess.Popen(["sleep", "60"])
    kept, temporary = tmp_path / "kept", tmp_path / "s1" / "demo"
    processes = [
        start("--parent", str(parent.pid), "--state", str(kept)),
        start("--parent", str(parent.pid), "--state", str(temporary), "--temporary"),
    ]
    for process in processes:
        ready(process)
    assert temporary.exists()
    parent.kill()
    parent.wait()
    for process in processes:
        process.communicate(timeout=10)

    assert [process.returncode for process in processes] == [0, 0]
    assert list(tmp_path.iterdir()) == [kept]


@pytest.mark.parametrize(
    "flags",
    [
        ("--port", "70000"),
        ("--markets", "0"),
        ("--tier", "gold"),
        ("--rate", "fast"),
        ("--balance", "much"),
        ("--balance", "-1"),
        ("--clock-offset-s", "nan"),
        ("--account", "bob:1", "--account", "bob:2"),
        ("--what",),
        ("--key-dir", os.devnull),
    ],
)
def test_a_bad_flag_is_one_line_and_code_2(flags, capsys):
    exit_code = main(["exchange", *flags])

    said = capsys.readouterr()
    assert (exit_code, said.out) == (2, "")
    assert len(said.err.splitlines()) == 1


def test_a_taken_port_is_one_line_and_code_2():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        process = start("--port", str(taken.getsockname()[1]))
        out, err = process.communicate(timeout=30)

    assert (process.returncode, out) == (2, "")
    assert len(err.splitlines()) == 1
    assert "in use" in err


def test_a_machine_without_time_zones_is_told_what_it_lacks(monkeypatch):
    def unknown() -> None:
        raise ZoneInfoNotFoundError

    monkeypatch.setattr("cli.exchange.exchange_zone", unknown)

    with pytest.raises(PreflightRefused, match="install tzdata"):
        exchange.main(["--markets", "1"])
