"""The running session is found by its lock, its secret is kept, and one that is gone is not believed in."""

import json
import os
import re
import socket
from pathlib import Path

import pytest

from cli.accounts import remember
from cli.errors import CONFIGURATION, PREFLIGHT_REFUSED, ConfigurationError, PreflightRefused
from cli.main import main
from cli.running_session import RunningSession, find_running, only_session, run_file, the_running
from execution.halt_latch import HaltLatch
from settings.config import Config
from settings.config_file import load
from settings.venue_access import account_name
from tests.web.conftest import TOKEN, serve

ACCOUNT, OTHER, STAND_IN = "loopback-0badcafe", "loopback-00000001", "demo-standin-00000002"


@pytest.fixture
def config(tmp_path):
    return Config.model_validate({"state_dir": str(tmp_path)})


@pytest.fixture
def page():
    page = serve()
    yield page
    page.server.stop()


@pytest.fixture
def running(config, session_elsewhere):
    """The pid of a session that has the place and has not said anything."""
    return session_elsewhere(config).pid


def write(config, pid, *, port=0, token=TOKEN):
    RunningSession(pid, "s1", "127.0.0.1", port, token, ACCOUNT, "/ledgers", {}, {}).write(run_file(config))


def test_what_is_written_is_found_and_for_its_owner_alone(config, running):
    write(config, running, port=8003)

    assert find_running(config).port == 8003
    assert run_file(config).stat().st_mode & 0o777 == 0o600
    assert TOKEN not in repr(find_running(config))


def test_a_session_whose_process_was_killed_does_not_run(config, session_elsewhere):
    process = session_elsewhere(config)
    write(config, process.pid)
    process.kill()
    process.join()

    assert find_running(config) is None


def test_a_file_left_behind_names_no_session_although_a_process_has_its_pid(config):
    write(config, os.getppid())

    assert find_running(config) is None
    with only_session(config):
        assert not run_file(config).exists()


def test_a_file_left_behind_does_not_stand_for_the_session_that_starts(config, running):
    write(config, os.getppid())

    assert find_running(config) is None
    with pytest.raises(PreflightRefused, match=r"a session that is starting or ending uses .*; try again"):
        the_running(config)


def test_a_file_left_behind_blocks_no_start(config, capsys):
    write(config, os.getppid())
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        exit_code = main(["--port", str(port), "--set", f"state_dir={config.state_dir}"])

    assert exit_code == CONFIGURATION
    assert f"cannot listen on 127.0.0.1:{port}" in capsys.readouterr().err  # the next thing it looks at


@pytest.mark.parametrize("command", ["status", "pause", "resume"])
def test_a_command_says_that_no_session_runs_whoever_has_its_pid(command, config, capsys):
    write(config, os.getppid(), port=1)

    assert main([command, "--set", f"state_dir={config.state_dir}"]) == PREFLIGHT_REFUSED
    assert capsys.readouterr().err == f"no session is running (looked in {config.state_dir}/)\n"


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": 1}', "null"])
@pytest.mark.usefixtures("running")
def test_a_damaged_file_is_no_session(config, text):
    run_file(config).write_text(text)

    assert find_running(config) is None


def test_a_session_without_a_page_says_so(config, running):
    write(config, running)

    with pytest.raises(PreflightRefused, match="without a page"):
        find_running(config).ask("/rl/status")


def test_a_session_that_does_not_answer_is_told(config, running, page):
    write(config, running, port=page.server.port)
    page.server.stop()

    with pytest.raises(PreflightRefused, match="s1 does not answer"):
        find_running(config).ask("/rl/status")


def test_pause_presses_the_button_and_prints_the_answer(config, running, page, capsys):
    write(config, running, port=page.server.port)

    assert main(["pause", "--set", f"state_dir={config.state_dir}"]) == 0
    assert page.trader.actions == ["pause"]
    assert capsys.readouterr().out == "s1: paused\n"


@pytest.fixture
def halted(config):
    """Three accounts of the state directory, each with its latch."""
    latches = {name: Path(config.state_dir) / name / "halt.json" for name in (ACCOUNT, OTHER, STAND_IN)}
    for latch in latches.values():
        HaltLatch(latch).set("equity fell", 1)
    return latches


def still_halted(latches):
    return {name for name, latch in latches.items() if HaltLatch(latch).reason}


def lift(config, *flags):
    return main(["resume", "--lift-halt", "--set", f"state_dir={config.state_dir}", *flags])


def test_lifting_a_halt_with_nothing_running_lifts_the_account_of_the_last_session_alone(
    config, halted, capsys
):
    remember(config, OTHER)
    remember(config, ACCOUNT)

    assert lift(config) == 0
    assert capsys.readouterr().out == (
        f"lifted the halt of {ACCOUNT}, the account of the last session of loopback\n"
    )
    assert still_halted(halted) == {OTHER, STAND_IN}


def test_the_halt_of_a_stand_in_is_not_that_of_its_venue(config, halted, capsys, monkeypatch):
    rehearsal = load("hybrid-rehearsal.yaml", overrides=[]).config
    remember(rehearsal.model_copy(update={"state_dir": config.state_dir}), STAND_IN)
    remember(config, ACCOUNT)
    monkeypatch.setenv("KALSHI_DEMO_KEY_ID", "key-1")

    assert lift(config, "--config", "demo.yaml") == 0
    assert capsys.readouterr().out == (
        f"not halted: {account_name('demo', 'key-1')}, the account of KALSHI_DEMO_KEY_ID\n"
    )
    assert lift(config, "--config", "hybrid-rehearsal.yaml") == 0
    assert still_halted(halted) == {ACCOUNT, OTHER}


def test_the_account_of_an_exchange_that_is_kept_is_told_by_its_folder(config, halted):
    for folder, account in (("a", ACCOUNT), ("b", OTHER)):
        loopback = config.loopback.model_copy(update={"state": folder})
        remember(config.model_copy(update={"loopback": loopback}), account)

    assert lift(config, "--set", "loopback.state=a") == 0
    assert still_halted(halted) == {OTHER, STAND_IN}


def test_the_account_of_an_exchange_that_runs_is_told_by_its_key(config, halted):
    path = Path(config.state_dir) / account_name("loopback", "k") / "halt.json"
    HaltLatch(path).set("equity fell", 1)
    exchange = {
        "rest_url": "http://127.0.0.1:9/trade-api/v2",
        "ws_url": "ws://127.0.0.1:9/trade-api/ws/v2",
        "key_id": "k",
        "private_key_path": "/no.pem",
    }

    assert lift(config, "--set", f"venues.loopback={json.dumps(exchange)}") == 0
    assert HaltLatch(path).reason == ""
    assert still_halted(halted) == set(halted)


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        ((), r"^no session of loopback has traded in "),
        (("--config", "demo.yaml"), r"^demo: set KALSHI_DEMO_KEY_ID, which names the account$"),
    ],
)
def test_no_halt_is_lifted_where_nothing_tells_the_account(config, halted, capsys, monkeypatch, flags, says):
    monkeypatch.delenv("KALSHI_DEMO_KEY_ID", raising=False)

    assert lift(config, *flags) == PREFLIGHT_REFUSED
    assert re.search(says, capsys.readouterr().err.strip())
    assert still_halted(halted) == set(halted)


def test_lifting_a_halt_lifts_that_of_the_session_that_runs(config, running, page, halted):
    write(config, running, port=page.server.port)
    remember(config, OTHER)

    assert lift(config) == 0
    assert still_halted(halted) == {OTHER, STAND_IN}
    assert page.trader.actions == ["resume"]


@pytest.mark.parametrize("text", ["[", "[]", '{"loopback": "../elsewhere"}', '{"loopback": 1}'])
def test_a_note_that_says_no_account_is_none(config, halted, text):
    (Path(config.state_dir) / "accounts.json").write_text(text)

    assert lift(config) == PREFLIGHT_REFUSED


def test_a_refused_resume_says_why(config, running, page, capsys):
    write(config, running, port=page.server.port)
    page.trader.refuses = "halted"

    assert main(["resume", "--set", f"state_dir={config.state_dir}"]) == 3
    assert capsys.readouterr().err == "halted\n"


def test_status_prints_the_figures(config, running, page, capsys):
    write(config, running, port=page.server.port)
    page.report("OrderManager")

    assert main(["status", "--set", f"state_dir={config.state_dir}"]) == 0
    assert "$9,851.58 available, $12.00 reserved" in capsys.readouterr().out


def test_a_second_session_in_the_same_place_is_refused(config, running, capsys):
    write(config, running)

    assert main(["--port", "0", "--set", f"state_dir={config.state_dir}"]) == 3
    assert "session s1" in capsys.readouterr().err


def test_a_session_that_only_starts_already_has_the_place_and_loses_it_with_its_process(
    config, session_elsewhere
):
    other = session_elsewhere(config)
    with pytest.raises(PreflightRefused, match="starting or ending already uses"), only_session(config):
        pass
    other.kill()
    other.join()

    with only_session(config):
        pass


def test_a_place_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").touch()
    config = Config.model_validate({"state_dir": str(tmp_path / "file")})

    with (
        pytest.raises(ConfigurationError, match=r"state_dir: cannot write to .*file/: "),
        only_session(config),
    ):
        pass


def test_a_proxy_of_the_environment_is_not_asked(config, running, page, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    write(config, running, port=page.server.port)

    assert find_running(config).ask("/rl/trader/status")["positions"] is None
