"""Sessions replayed on a Ray cluster, one of whose workers is killed in the middle."""

import json
import os
import socket
from collections import Counter
from pathlib import Path

import psutil
import pytest

from benchmarks.recorded_session import SESSION
from cli.main import main
from tests.cluster.dies_once import DEATHS
from tests.replay.session import LIVELY, lived

OTHER = "s1k3f91"
MORTAL = "tests.cluster.dies_once:DiesOnce"
STRATEGIES = ("quantitative", MORTAL)

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(300)]


@pytest.fixture
def replay(tmp_path, monkeypatch, capfd):
    """Replays two sessions with each strategy; (exit code, the results by session, what was complained)."""
    monkeypatch.setenv(DEATHS, str(tmp_path))
    for session in (SESSION, OTHER):
        lived(tmp_path / "state", LIVELY, session=session).over()

    def run(jobs):
        flags = [flag for name in STRATEGIES for flag in ("--strategy", name)]
        place = ["--set", f"state_dir={tmp_path / 'state'}"]
        code = main(["replay", SESSION, OTHER, *flags, "--jobs", jobs, "--json", *place])
        out, err = capfd.readouterr()
        return code, [json.loads(line) for line in out.splitlines()], err

    return run


def test_each_task_is_in_the_table_once_also_where_a_worker_was_killed(replay, tmp_path):
    code, found, complained = replay("ray")

    assert (tmp_path / "died").exists()
    assert (code, complained) == (0, "")
    rows = Counter((row["session"], result["strategy"]) for row in found for result in row["results"])
    assert rows == {(session, name): 1 for session in (SESSION, OTHER) for name in STRATEGIES}
    assert [row["equal"] for row in found] == [True, True]

    _, alone, _ = replay("1")
    assert by_session(found) == by_session(alone)


def test_nothing_is_left_running_and_nothing_lies_about(replay):
    folders = set(Path("/tmp").glob("rl-ray-*"))
    replay("ray")

    assert [
        each.cmdline() for each in psutil.Process().children(recursive=True) if "ray" in each.name()
    ] == []
    assert set(Path("/tmp").glob("rl-ray-*")) <= folders
    assert "RAY_AUTH_TOKEN" not in os.environ


def test_a_cluster_that_is_not_there_is_named(replay, monkeypatch, capfd):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{closed.getsockname()[1]}"
    monkeypatch.setenv("RAY_ADDRESS", address)

    code, found, complained = replay("ray")

    assert (code, found) == (3, [])
    assert f"--jobs ray: the cluster of RAY_ADDRESS={address} cannot be used" in complained
    assert len(complained.splitlines()) == 1


def by_session(found):
    return sorted(found, key=lambda row: row["session"])
