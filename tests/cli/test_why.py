"""``why`` works with and without a running session, and says so when it cannot know."""

import json
from contextlib import closing
from dataclasses import replace

import pytest

from cli.errors import PREFLIGHT_REFUSED
from cli.main import main
from cli.page_trader import PageTrader
from persistence.account_files import DECISIONS, SESSIONS
from persistence.database.connections import connect, transaction
from persistence.decisions.lane import DecisionLane
from persistence.sessions.record import SessionRecord
from settings.config import Config
from settings.venue_access import account_name
from tests.cli.test_running_session import write
from tests.persistence.decisions.test_records import journal, row
from tests.persistence.sessions.test_record import STARTED
from tests.trading.example_facts import market
from tests.web.conftest import serve
from trading.actions import Action

ACCOUNT = account_name("loopback", "a-key")


@pytest.fixture
def config(tmp_path):
    return Config.model_validate({"state_dir": str(tmp_path)})


@pytest.fixture
def folder(tmp_path):
    """The folder of the account that the last session traded, with two journals."""
    (tmp_path / "accounts.json").write_text(json.dumps({"loopback": ACCOUNT}))
    journal(tmp_path / ACCOUNT, [row()], [row("KX-2", Action.BUY_YES)], session="s1")
    journal(tmp_path / ACCOUNT, [row("KX-3")], session="s2")
    return tmp_path / ACCOUNT


def why(tmp_path, *arguments):
    return main(["why", *arguments, "--set", f"state_dir={tmp_path}"])


def test_the_decisions_of_sessions_that_are_over_are_told_from_their_files(folder, tmp_path, capsys):
    assert why(tmp_path, "KX-1") == 0

    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "KX-1: never traded: the strategy held each of 1 times: no edge 1×"
    assert lines[1] == "session s1 does not run: what keeps orders back now is not known"


def test_a_session_is_found_in_whatever_account_it_traded(folder, tmp_path, capsys):
    (tmp_path / "accounts.json").unlink()

    assert why(tmp_path, "KX-3", "--session", "s2", "--json") == 0

    told = json.loads(capsys.readouterr().out)
    assert (told["session"], told["counts"]["decisions"], told["running"]) == ("s2", 1, False)


def test_a_market_of_another_session_was_never_decided_on_in_this_one(folder, tmp_path, capsys):
    why(tmp_path, "KX-3", "--session", "s1")

    assert capsys.readouterr().out.startswith("KX-3: never traded: never decided on")


def test_a_typo_is_told_from_a_market_that_was_there(folder, tmp_path, database, capsys):
    record = SessionRecord(folder / SESSIONS)
    record.started(replace(STARTED, session="s1"))
    record.learn([market("KX-8"), market("KX-9", status="closed")], at_us=7)
    record.close()
    with closing(connect(database, name="test")) as connection, transaction(connection) as cursor:
        cursor.execute("INSERT INTO tape_text VALUES (3, 0, 1, %s, 's1', 'KX-8')", (ACCOUNT,))

    told = {}
    for ticker in ("KX-8", "KX-9", "KX-7"):
        why(tmp_path, ticker, "--session", "s1", "--set", f"database.dsn={database}")
        told[ticker] = capsys.readouterr().out.splitlines()[0].removeprefix(f"{ticker}: never traded: ")

    assert told == {
        "KX-8": "listed and watched, and its book never changed while the session decided",
        "KX-9": "listed, not traded by the execution venue: its status was closed",
        "KX-7": "no such market was ever listed to this session; perhaps KX-9 or KX-8 is meant",
    }


def test_a_session_that_is_nowhere_is_said_to_be(folder, tmp_path, capsys):
    assert why(tmp_path, "KX-1", "--session", "s9") == PREFLIGHT_REFUSED

    assert "no decisions of session s9 are in" in capsys.readouterr().err


def test_decisions_that_are_in_no_file_any_more_are_told_by_the_database(folder, tmp_path, database, capsys):
    lane = DecisionLane(folder, account=ACCOUNT)
    with closing(connect(database, name="test")) as connection:
        while not lane.step(connection).is_idle:
            pass
    (folder / DECISIONS / "s1-1.db").unlink()

    assert why(tmp_path, "KX-1", "--session", "s1", "--set", f"database.dsn={database}", "--json") == 0

    told = json.loads(capsys.readouterr().out)
    assert (told["session"], told["counts"]["held"], told["notes"]) == ("s1", {"no edge": 1}, [])


def test_a_market_may_be_named_by_its_execution_ticker(folder, tmp_path, capsys):
    pairs = tmp_path / "map.txt"
    pairs.write_text("KX-1 EXECUTION-1\n")

    why(tmp_path, "EXECUTION-1", "--json", "--set", f"markets.map={pairs}", "--hybrid", "--session", "s1")

    captured = capsys.readouterr()
    assert json.loads(captured.out)["ticker"] == "KX-1"


@pytest.mark.parametrize("last", ["0", "201", "x", "-1"])
def test_the_number_of_decisions_is_checked(last, tmp_path, capsys):
    assert why(tmp_path, "KX-1", f"--last={last}") == 2

    assert "is not a number from 1 to 200" in capsys.readouterr().err


def test_a_market_without_a_name_is_refused(tmp_path, capsys):
    assert why(tmp_path, " ") == 2

    assert "name a market by its ticker" in capsys.readouterr().err


def test_the_running_session_is_asked(config, session_elsewhere, tmp_path, capsys):
    page = serve()
    try:
        write(config, session_elsewhere(config).pid, port=page.server.port)

        assert why(tmp_path, "KX-1", "--last", "7", "--json") == 0
    finally:
        page.server.stop()

    assert json.loads(capsys.readouterr().out) == {"ticker": "KX-1", "verdict": "never traded: 7"}


class Requests:
    """Stands for the actors."""

    def __init__(self, *, has_book=True):
        self.has_book = has_book
        self.asked = []
        self.act = self.books_hash = None

    def why(self, ticker):
        self.asked.append(ticker)
        return {"Supervisor": {"state": "trading", "watched": True}, "Selector": {}, "OrderManager": {}}

    def book(self, _ticker):
        if not self.has_book:
            raise TimeoutError
        return {"tradable": False, "reason": "gap", "yes": [], "no": []}


class Session:
    """As much of a session as the page needs."""

    name = "s2"
    renamed = {"KX-3": "EXECUTION-3"}  # noqa: RUF012  constant
    config = Config()

    def __init__(self, folder):
        self.account_dir = folder


def test_the_page_tells_what_is_recorded_and_what_the_actors_know(folder):
    requests = Requests()

    told = PageTrader(Session(folder), requests).why("EXECUTION-3", 5)

    assert requests.asked == ["KX-3"]
    assert told["verdict"].endswith("no edge 1×; now it is blocked: gap")
    assert (told["ticker"], told["running"], told["market"]["tradable"]) == ("KX-3", True, False)
    assert (folder / DECISIONS).is_dir()


def test_a_silent_watcher_keeps_nobody_from_the_answer(folder):
    told = PageTrader(Session(folder), Requests(has_book=False)).why("KX-3", 5)

    assert told["market"]["tradable"] is None
