"""Is the running session found, its secret kept, and one that is gone not believed in?"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from actors.config import Config
from actors.orders.halt_latch import HaltLatch
from cli.errors import ConfigurationError, PreflightRefused
from cli.main import main
from cli.running_session import RunningSession, find_running, only_session, run_file
from tests.web.conftest import TOKEN, serve


@pytest.fixture
def config(tmp_path):
    return Config.model_validate({"state_dir": str(tmp_path)})


@pytest.fixture
def page():
    page = serve()
    yield page
    page.server.stop()


def write(config, *, pid=None, port=0, token=TOKEN):
    RunningSession(pid or os.getpid(), "s1", "127.0.0.1", port, token).write(run_file(config))


def test_what_is_written_is_found_and_for_its_owner_alone(config):
    write(config, port=8003)

    assert find_running(config).port == 8003
    assert run_file(config).stat().st_mode & 0o777 == 0o600
    assert TOKEN not in repr(find_running(config))


def test_a_session_whose_process_is_gone_does_not_run(config):
    done = subprocess.Popen([sys.executable, "-c", ""])
    done.wait()
    write(config, pid=done.pid)

    assert find_running(config) is None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": 1}', "null"])
def test_a_damaged_file_is_no_session(config, text):
    run_file(config).write_text(text)

    assert find_running(config) is None


def test_a_session_without_a_page_says_so(config):
    write(config)

    with pytest.raises(PreflightRefused, match="without a page"):
        find_running(config).ask("/rl/status")


def test_a_session_that_does_not_answer_is_told(config, page):
    write(config, port=page.server.port)
    page.server.stop()

    with pytest.raises(PreflightRefused, match="s1 does not answer"):
        find_running(config).ask("/rl/status")


def test_pause_presses_the_button_and_prints_the_answer(config, page, capsys):
    write(config, port=page.server.port)

    assert main(["pause", "--set", f"state_dir={config.state_dir}"]) == 0
    assert page.trader.actions == ["pause"]
    assert capsys.readouterr().out == "s1: paused\n"


def test_lifting_a_halt_works_with_nothing_running(config, capsys):
    latch = Path(config.state_dir) / "loopback-0badcafe" / "halt.json"
    HaltLatch(latch).set("equity fell", 1)

    assert main(["resume", "--lift-halt", "--set", f"state_dir={config.state_dir}"]) == 0
    assert capsys.readouterr().out == "lifted the halt of loopback-0badcafe\n"
    assert HaltLatch(latch).reason == ""


def test_a_refused_resume_says_why(config, page, capsys):
    write(config, port=page.server.port)
    page.trader.refuses = "halted"

    assert main(["resume", "--set", f"state_dir={config.state_dir}"]) == 3
    assert capsys.readouterr().err == "halted\n"


def test_status_prints_the_figures(config, page, capsys):
    write(config, port=page.server.port)
    page.report("OrderManager")

    assert main(["status", "--set", f"state_dir={config.state_dir}"]) == 0
    assert "$9,851.58 available, $12.00 reserved" in capsys.readouterr().out


def test_a_second_session_in_the_same_place_is_refused(config, capsys):
    write(config)

    assert main(["--port", "0", "--set", f"state_dir={config.state_dir}"]) == 3
    assert "session s1" in capsys.readouterr().err


HOLD_THE_PLACE = """
import sys
from actors.config import Config
from cli.running_session import only_session

with only_session(Config.model_validate({"state_dir": sys.argv[1]})):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_session_that_only_starts_already_has_the_place_and_loses_it_with_its_process(config):
    with subprocess.Popen(
        [sys.executable, "-c", HOLD_THE_PLACE, config.state_dir],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as other:
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(PreflightRefused, match="starting or ending already uses"), only_session(config):
            pass
        other.kill()

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


def test_a_proxy_of_the_environment_is_not_asked(config, page, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    write(config, port=page.server.port)

    assert find_running(config).ask("/rl/trader/status")["positions"] is None
