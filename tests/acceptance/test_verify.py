"""The checklist holds for a session as it must be, and says what does not at a venue that takes no order."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.program import ROOT
from tests.acceptance.sessions import LIVELY, nothing_runs_but, running_processes, trading

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(120)]

MARKETS = ("--markets", "60")


def verify(folder: Path, *flags: str) -> tuple[int, dict[str, str]]:
    """The exit code, and the verdict of each line."""
    command = [sys.executable, str(ROOT / "run.py"), "verify", "--json", "--set", f"state_dir={folder}/state"]
    done = subprocess.run([*command, *flags], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout, done.stderr
    return done.returncode, {row["name"]: row["verdict"] for row in json.loads(done.stdout)["lines"]}


def test_all_lines_of_a_session_of_its_own_hold_and_nothing_is_left_of_it(tmp_path):
    before = {process.pid for process in running_processes()}
    document = tmp_path / "results.md"

    # As fast as can be: a figure of latency is another's affair on a machine that does other things.
    code, lines = verify(tmp_path, *MARKETS, *LIVELY, "--duration", "4s", "--report", str(document))

    quick = {
        "page answers",
        "socket delivers",
        "decision to acknowledgement",
        "fill to position",
        "state to page",
    }
    assert {name for name, verdict in lines.items() if verdict != "holds"} <= quick
    assert code == (0 if set(lines.values()) == {"holds"} else 1)
    assert "order life cycle" in document.read_text()
    assert nothing_runs_but(before) == []


def test_a_venue_that_rejects_all_orders_fails_the_acknowledgement_of_the_running_session(tmp_path):
    with trading(tmp_path, *MARKETS, *LIVELY) as trader:
        trader.arm({"kind": "reject_orders", "for_s": 600})
        code, lines = verify(tmp_path, "--running", "--duration", "2s")
        assert trader.status()["state"] == "trading"  # and it goes on undisturbed

    assert code == 1
    assert lines["acknowledged"] == "fails"
    assert lines["service"] == lines["orders at the venue"].replace("not shown", "holds") == "holds"
