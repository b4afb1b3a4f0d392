"""``verify`` refuses what it cannot judge before anything starts, and hands a session its own flags."""

import pytest

from cli.errors import CONFIGURATION, PREFLIGHT_REFUSED
from cli.main import main
from cli.verify_arguments import read_arguments, run_flags
from settings.config import Config


@pytest.mark.parametrize(
    ("argv", "code", "words"),
    [
        pytest.param(["--running", "--faults"], CONFIGURATION, "not with --running", id="faults for another"),
        pytest.param(
            ["--faults", "--config", "demo.yaml"],
            PREFLIGHT_REFUSED,
            "--faults: demo is no exchange that this program starts",
            id="faults at a venue",
        ),
        pytest.param(["--report", "/nowhere/x.md"], CONFIGURATION, "there is no folder", id="no folder"),
        pytest.param(["--duration", "soon"], CONFIGURATION, "not a duration", id="no duration"),
        pytest.param(["--running"], PREFLIGHT_REFUSED, "no session is running", id="nothing runs"),
    ],
)
def test_what_cannot_be_judged_is_refused_in_one_line(argv, code, words, capsys, tmp_path):
    assert main(["verify", *argv, "--set", f"state_dir={tmp_path}/state"]) == code

    said = capsys.readouterr()
    assert words in said.err
    assert len(said.err.splitlines()) == 1
    assert not (tmp_path / "state").exists()


def flags(*argv, **config):
    given = list(argv)
    return run_flags(given, read_arguments(given), Config.model_validate(config))


def test_a_session_is_told_everything_that_is_not_verifys_own():
    told = flags(
        "--duration", "5s", "--markets", "60", "--json", "--set", "risk.balance_floor=1", "--report", "x"
    )

    assert told == ["--markets", "60", "--set", "risk.balance_floor=1", "--port", "0"]
    assert flags("--hybrid", "--port", "8003") == ["--hybrid", "--port", "8003"]


def test_for_faults_every_exchange_of_the_session_gets_its_control_api():
    stand_ins = {"production": {}, "demo": {}}
    venues = {"data": {"venue": "production"}, "execution": {"venue": "demo"}, "stand_ins": stand_ins}

    assert flags("--port", "1", "--faults")[2:] == ["--set", "loopback.control=true"]
    assert flags("--port", "1", "--faults", **venues)[2:] == [
        "--set",
        "stand_ins.production.control=true",
        "--set",
        "stand_ins.demo.control=true",
    ]
