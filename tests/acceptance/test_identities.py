"""The production key is in processes that read market data alone, demo's in those that trade alone."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import psutil
import pytest

from benchmarks.main_job import exchange
from benchmarks.program import command_line
from tests.acceptance.process_memory import Traces, environment_of, open_files, written_memory
from tests.acceptance.sessions import running

pytestmark = [
    pytest.mark.acceptance,
    pytest.mark.timeout(120),
    pytest.mark.skipif(not os.path.exists("/proc/self/mem"), reason="needs Linux's view of memory"),
]

SMALL = ("--markets", "12", "--no-combos", "--seed", "7", "--tier", "prestige", "--rate", "20")
PLANTED = """
import sys
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import load_pem_private_key
file = open(sys.argv[1], "rb")
pem = file.read()
key = load_pem_private_key(pem, None)
key.sign(b"text", padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())
print("ready", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def two_venues(tmp_path, monkeypatch):
    """An exchange in place of production and one in place of demo, their keys in the variables of each."""
    with exchange(tmp_path, *SMALL) as production, exchange(tmp_path, *SMALL) as demo:
        for short, venue in (("PROD", production), ("DEMO", demo)):
            monkeypatch.setenv(f"KALSHI_{short}_KEY_ID", venue["key_id"])
            monkeypatch.setenv(f"KALSHI_{short}_PRIVATE_KEY_PATH", venue["private_key_path"])
        yield {"production": production, "demo": demo}


def test_each_key_is_held_by_the_processes_that_sign_with_it_alone(tmp_path, two_venues):
    flags = ["--hybrid", "--set", "risk.balance_floor=1"]
    for name, venue in two_venues.items():
        flags += ["--set", f"venues.{name}.rest_url={venue['rest_url']}"]
        flags += ["--set", f"venues.{name}.ws_url={venue['ws_url']}"]
    traces = {name: Traces(Path(venue["private_key_path"])) for name, venue in two_venues.items()}
    with running(tmp_path, *flags, venue=two_venues["demo"]) as session:
        session.wait_until_trading()
        assert session.process is not None
        program = psutil.Process(session.process.pid)
        tree = {
            each.pid: " ".join(command_line(each)) for each in [program, *program.children(recursive=True)]
        }
        try:
            found = {told: held_by(pid, traces) for pid, told in tree.items()}
        except PermissionError:
            pytest.skip("this machine lets nobody look into the memory of a process")
        inherited = {
            told
            for pid, told in tree.items()
            if any(bytes(each.path) in environment_of(pid) for each in traces.values())
        }
        planted = planted_traces(traces["demo"])

    holders = {name: {told for told, held in found.items() if held[name]} for name in traces}
    assert holders == {
        "production": {told for told in tree.values() if "MarketWatcher" in told},
        "demo": {told for told in tree.values() if "OrderManager" in told or "FillProcessor" in told},
    }
    assert all(holders.values())
    assert not any("file" in each for held in found.values() for each in held.values())
    assert inherited == set()
    assert planted >= {"file", "PEM", "d little", "p little", "q little"}


def held_by(pid: int, traces: Mapping[str, Traces]) -> dict[str, set[str]]:
    """A process's traces of each key, in memory and in open files."""
    memory, files = written_memory(pid), open_files(pid)
    return {
        name: each.found_in(memory) | ({"file"} if each.path in files else set())
        for name, each in traces.items()
    }


def planted_traces(traces: Traces) -> set[str]:
    """The traces in a process that holds the key."""
    command = [sys.executable, "-c", PLANTED, str(traces.path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        found = held_by(holder.pid, {"planted": traces})["planted"]
        holder.kill()
    return found
