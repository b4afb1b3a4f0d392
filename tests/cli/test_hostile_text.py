"""Text that a venue makes up reaches log, terminal and commands as one harmless line."""

import json
import logging
import unicodedata

import pytest
import requests

from actors.thespian.session_log import open_session_log
from cli.closing_report import closing_report
from cli.console import LogTail, PanelScreen, PlainScreen
from cli.errors import PREFLIGHT_REFUSED
from cli.main import main
from cli.output import complain_of_records
from cli.running_session import RunningSession, run_file
from kalshi_client.wire.bodies import read, read_error
from kalshi_client.wire.markets import MarketsBody
from settings.config import Config
from tests.kalshi_client.conftest import golden
from tests.web.conftest import TOKEN, serve

HOSTILE = "\x1b]0;owned\x07\x9b31m\u202eB\r\nINFO: [OrderManager] forged\x85\u2028\x7f"
SHOWN = r"\x1b]0;owned\x07\x9b31m\u202eB\r\nINFO: [OrderManager] forged\x85\u2028\x7f"


@pytest.fixture
def market():
    """A market as the client decodes it, its ticker and its title made up to do harm."""
    body = golden("rest_markets")["body"]
    body["markets"] = [body["markets"][0] | {"ticker": HOSTILE, "title": HOSTILE}]
    return read(json.dumps(body).encode(), MarketsBody).rows[0]


@pytest.fixture
def detail():
    """The venue's words on a request that it refuses, as the client decodes them."""
    return read_error(json.dumps({"error": {"code": "no", "message": HOSTILE}}).encode()).detail


@pytest.fixture
def tail(tmp_path, market, detail):
    """The session's log after a decision, a title and a refusal."""
    log = open_session_log(tmp_path / "session.log", "ActionSelector")
    log.info("Selected action: %s for %s", "BUY_YES", market.ticker)
    log.info("%s", market.texts.title)
    log.warning("Order rejected: %s (%s)", "order_1", detail)
    return LogTail(tmp_path / "session.log")


@pytest.fixture
def page(tmp_path, market, session_elsewhere):
    running = session_elsewhere(config(tmp_path)).pid
    page = serve()
    page.report("Supervisor", state_reason=market.ticker)
    RunningSession(running, "s1", "127.0.0.1", page.server.port, TOKEN, "a", "/a", {}, {}).write(
        run_file(config(tmp_path))
    )
    yield page
    page.server.stop()


def config(tmp_path):
    return Config.model_validate({"state_dir": str(tmp_path)})


def is_harmless(text):
    return {unicodedata.category(character)[0] for character in text.replace("\n", "")} <= set("LMNPSZ")


def test_each_record_of_the_log_is_one_line(tail):
    lines = tail.lines()

    assert [line.partition("] ")[0] for line in lines] == ["INFO: [ActionSelector"] * 2 + [
        "WARNING: [ActionSelector"
    ]
    assert all(is_harmless(line) and SHOWN in line for line in lines)


@pytest.mark.parametrize("kind", [PlainScreen, lambda: PanelScreen(HOSTILE)], ids=["plain", "panel"])
def test_the_terminal_is_not_commanded(kind, market, page, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    with kind() as screen:
        screen.say(market.ticker)
        screen.show([market.ticker, market.texts.title], page.view.status())

    shown = capsys.readouterr().out
    assert is_harmless(shown)
    assert shown.count(SHOWN[:20]) >= 3


def test_the_closing_report_is_harmless(market, page, capsys):
    with PlainScreen() as screen:
        for line in closing_report(page.view.status(), why=market.ticker, log=market.ticker, killed=[]):
            screen.say(line)

    shown = capsys.readouterr().out
    assert is_harmless(shown)
    assert SHOWN in shown


@pytest.mark.parametrize("flags", [[], ["--json"]])
def test_status_is_harmless(flags, page, tmp_path, capsys):
    assert main(["status", *flags, "--set", f"state_dir={tmp_path}"]) == 0

    shown = capsys.readouterr().out
    assert is_harmless(shown)
    assert "owned" in shown


def test_the_pages_json_says_it_in_characters_that_are_harmless_to_print(page):
    status = requests.get(f"{page.url}/rl/status", timeout=10)
    unwatched = requests.get(f"{page.url}/rl/orderbook/snapshot", {"ticker": HOSTILE}, timeout=10)

    assert (status.json()["state_reason"], unwatched.json()["error"]) == (
        HOSTILE,
        f"{HOSTILE} is not watched",
    )
    assert status.text.strip().isascii()
    assert unwatched.text.strip().isascii()
    assert "\x1b" not in status.text + unwatched.text


def test_a_refusal_is_one_line(page, tmp_path, detail, capsys):
    page.trader.refuses = detail

    assert main(["resume", "--set", f"state_dir={tmp_path}"]) == PREFLIGHT_REFUSED
    assert capsys.readouterr().err == f"{SHOWN}\n"


@pytest.mark.parametrize("argv", [[HOSTILE], ["check", HOSTILE], ["--set", f"{HOSTILE}=1"], ["-v", HOSTILE]])
def test_what_was_typed_is_shown_harmless(argv, capsys):
    main(argv)

    told = capsys.readouterr().err
    assert is_harmless(told)
    assert SHOWN in told


def test_what_a_library_logs_in_the_program_is_one_line(capsys):
    complain_of_records()
    logging.Logger("uvicorn").error("bad request: %s", HOSTILE)

    assert capsys.readouterr().err == f"ERROR: [uvicorn] bad request: {SHOWN}\n"
