"""Whatever the user gets wrong is told in one line, with the right exit code, before anything starts."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from benchmarks.program import ROOT, adopt_orphans, free_port
from simulator.access.credentials import make_private_key
from tests.acceptance.sessions import PATIENCE_S, nothing_runs_but, own_exchange, running_processes

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(120)]

CONFIGURATION, PREFLIGHT_REFUSED = 2, 3
DEMO = ("--config", "demo.yaml")


def run(*flags: str, place: Path, variables: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "run.py"), "--plain", "--set", f"state_dir={place}/state", *flags]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("KALSHI")}
    return subprocess.run(
        command,
        cwd=ROOT,
        env=environment | variables,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )


@contextmanager
def nothing_is_started(place: Path) -> Iterator[None]:
    adopt_orphans()
    before = {process.pid for process in running_processes()}
    yield
    assert nothing_runs_but(before, within_s=0) == []
    assert list((place / "state").glob("*-*")) == []  # no account's folder either


def assert_refused(done: subprocess.CompletedProcess[str], exit_code: int, *words: str) -> None:
    assert (done.returncode, done.stdout) == (exit_code, "")
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert all(word in done.stderr for word in words), done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("flags", "exit_code", "words"),
    [
        pytest.param(("--set", "risk.floor=5"), CONFIGURATION, ["risk.floor"], id="unknown key"),
        pytest.param(DEMO, PREFLIGHT_REFUSED, ["KALSHI_DEMO_KEY_ID"], id="no key in the environment"),
    ],
)
def test_what_cannot_be_is_refused(tmp_path, flags, exit_code, words):
    """One of each kind; the others are in tests/cli/test_main.py, without a process."""
    with nothing_is_started(tmp_path):
        assert_refused(run(*flags, place=tmp_path, variables={}), exit_code, *words)


def test_a_venue_that_does_not_answer_is_refused(tmp_path):
    path = tmp_path / "private.pem"
    make_private_key(path)
    closed = f"127.0.0.1:{free_port()}"
    venue = {
        "rest_url": f"http://{closed}/trade-api/v2",
        "ws_url": f"ws://{closed}/trade-api/ws/v2",
        "key_id": "key-1",
        "private_key_path": str(path),
    }
    flags = [text for field, value in venue.items() for text in ("--set", f"venues.loopback.{field}={value}")]
    with nothing_is_started(tmp_path):
        done = run(*flags, "--port", "0", place=tmp_path, variables={})

    assert_refused(done, PREFLIGHT_REFUSED, closed, "check")


def test_a_key_that_the_venue_does_not_know_by_this_id_is_refused(tmp_path):
    path = tmp_path / "another.pem"
    make_private_key(path)
    with own_exchange(tmp_path) as venue, nothing_is_started(tmp_path):
        flags = [*venue["flags"], "--set", f"venues.loopback.private_key_path={path}", "--port", "0"]
        done = run(*flags, place=tmp_path, variables={})

    assert_refused(done, PREFLIGHT_REFUSED, venue["key_id"], "another key answers there", str(path))


def test_a_damaged_ledger_is_refused_by_its_name_and_nothing_is_sent(tmp_path):
    with own_exchange(tmp_path) as venue:
        account = hashlib.sha256(f"loopback|{venue['key_id']}".encode()).hexdigest()[:8]
        ledger = tmp_path / "state" / f"loopback-{account}" / "order_manager.db"
        ledger.parent.mkdir(parents=True)
        ledger.write_bytes(bytes(8192))
        done = run(*venue["flags"], "--port", "0", place=tmp_path, variables={})

        assert_refused(done, PREFLIGHT_REFUSED, str(ledger), "is damaged", "then start again")
        assert venue["ledger"]()["order_requests"] == 0
