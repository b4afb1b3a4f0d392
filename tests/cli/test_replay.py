"""The command that decides recorded sessions again."""

import json
import runpy
import shutil
import sys

import pytest

from benchmarks.recorded_session import SESSION
from cli.main import main
from tests.replay.session import LIVELY, lived
from tests.tracked_files import ROOT

OTHER = "s1k3f91"


@pytest.fixture(scope="module")
def state_dir(tmp_path_factory):
    folder = tmp_path_factory.mktemp("state")
    for session in (SESSION, OTHER):
        lived(folder, LIVELY, session=session).over()
    return folder


@pytest.fixture
def replay(state_dir, capfd):
    """(exit code, what was printed, what was complained)."""

    def run(*arguments):
        code = main(["replay", *arguments, "--set", f"state_dir={state_dir}"])
        out, err = capfd.readouterr()
        return code, out, err

    return run


def test_the_json_has_what_is_promised_and_nothing_else(replay):
    code, out, err = replay(SESSION, "--json", "--strategy", "quantitative")

    found = json.loads(out)
    assert (code, err) == (0, "")
    assert list(found) == [
        *("session", "decisions", "decision_hash", "live_hash", "equal", "positions_equal", "pnl_equal"),
        "results",
    ]
    assert (found["session"], found["equal"], found["decision_hash"]) == (SESSION, True, found["live_hash"])
    [result] = found["results"]
    assert list(result) == ["strategy", "worst", "proportional", "touch"]
    assert result["strategy"] == "quantitative"
    assert {"pnl", "fees", "positions"} <= set(result["worst"])


def test_several_sessions_are_a_line_each_and_processes_find_the_same(replay):
    _, alone, _ = replay(SESSION, OTHER, "--json", "--strategy", "quantitative")
    code, together, _ = replay(SESSION, OTHER, "--json", "--strategy", "quantitative", "--jobs", "2")

    assert code == 0
    assert sorted(together.splitlines()) == sorted(alone.splitlines())
    assert len(alone.splitlines()) == 2


def test_people_get_a_table(replay):
    code, out, _ = replay(SESSION, "--strategy", "hardcoded")

    assert code == 0
    assert f"{SESSION} (hardcoded), which is over" in out
    assert "…, equal" in out
    assert "worst" in out.split("what another strategy would have done")[1]


def test_a_session_that_is_not_there_is_refused_with_those_that_are(replay):
    code, out, err = replay("s9")

    assert (code, out) == (3, "")
    assert f"there are: {SESSION}, {OTHER}" in err


def test_a_replay_that_differs_ends_with_another_code_and_names_where(replay, monkeypatch):
    monkeypatch.setattr("strategies.hardcoded.draw", lambda *_: 1)

    code, out, err = replay(SESSION)

    assert code == 1
    assert "DIFFERENT" in out
    assert f"batch {SESSION}-1-1, RAIN-" in err


def test_a_session_whose_tape_is_gone_is_not_whole_which_is_no_difference(tmp_path, capfd):
    session = lived(tmp_path, LIVELY)
    session.over()
    shutil.rmtree(session.folder / "tape")

    code = main(["replay", SESSION, "--set", f"state_dir={tmp_path}"])

    out, err = capfd.readouterr()
    assert code == 1
    assert "not whole: " in out
    assert "hash" in out
    assert "DIFFERENT from" not in out
    assert "cannot be decided again" in err


@pytest.mark.parametrize("jobs", ["0", "rays", "-1", "257"])
def test_a_number_of_jobs_that_cannot_be_is_refused(replay, jobs):
    code, _, err = replay(SESSION, "--jobs", jobs)

    assert code == 2
    assert "is not a number from 1 to 256, nor ray" in err or "expected one argument" in err


def test_a_strategy_that_there_is_none_of_is_told_beside_what_could_be_replayed(replay):
    code, out, err = replay(SESSION, "--json", "--strategy", "unheard-of")

    assert code == 1
    assert json.loads(out)["equal"] is True
    assert f"{SESSION} with unheard-of: not replayed: strategy 'unheard-of' is unknown" in err


def test_a_process_that_the_program_spawns_does_not_run_it_again():
    runpy.run_path(str(ROOT / "run.py"), run_name="__mp_main__")


def test_a_cluster_without_ray_is_refused_with_what_to_install(replay, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)

    code, out, err = replay(SESSION, "--jobs", "ray")

    assert (code, out) == (3, "")
    assert "--jobs ray: Ray is not installed: pip install '.[cluster]'" in err
