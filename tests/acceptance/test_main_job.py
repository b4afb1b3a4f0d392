"""One command trades many markets, and ends with the exchange's own books and money."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from benchmarks.main_job import unlikely_shares
from persistence.database.connections import connect, transaction
from settings.database_settings import DSN_VARIABLE
from tests.acceptance.sessions import LIVELY, trading
from tests.tracked_files import ROOT

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(180)]

MARKETS = 100
DECISIONS = 400  # enough that a share which is off by half would show
ACTION = "(BUY_YES|SELL_YES|BUY_NO|SELL_NO)"
COUNT = r"\d+(\.\d\d)?"
PROMISED_LINES = {
    "selected": rf"INFO: \[ActionSelector\] Selected action: {ACTION} for [A-Z0-9][A-Z0-9.-]*",
    "submitted": rf"INFO: \[OrderManager\] Submitted order: order_\d+ \({ACTION}, {COUNT} contracts\)",
    "confirmed": r"INFO: \[OrderManager\] Order confirmed: order_\d+ → PENDING",
    "filled": rf"INFO: \[FillProcessor\] Order filled: order_\d+ → [+-]{COUNT} (YES|NO) position",
}


@dataclass
class Finished:
    """The end of a session: its last words and the exchange's."""

    status: dict[str, Any]
    ledger: dict[str, Any]
    differences: list[str]
    log: list[str]
    printed: list[str]
    exit_code: int
    database: dict[str, Any]  # what the last look of the page said of it
    recorded: tuple[Any, ...]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All sessions of this file share it, one after the other."""
    return tmp_path_factory.mktemp("main-job")


@pytest.fixture(scope="module", params=["join", "cross"])
def session(request: pytest.FixtureRequest, folder: Path) -> Iterator[Finished]:
    """A session of a few seconds in a style of its own, judged when all is quiet, then interrupted."""
    flags = ("--markets", str(MARKETS), "--set", f"strategy.options.style={request.param}", *LIVELY)
    with trading(folder, *flags) as trader:
        trader.wait_for(lambda s: s["markets"]["live"] == MARKETS, 60, what="all books live")
        trader.wait_for_fills(10)
        trader.wait_for(lambda s: s["decisions"]["total"] >= DECISIONS, 60, what=f"{DECISIONS} decisions")
        found = trader.differences_at_rest()
        status, ledger = trader.status(), trader.ledger()
        trader.interrupt()
        exit_code = trader.ends()
        said = (trader.log(), trader.printed(), exit_code)
        recorded = in_database(os.environ[DSN_VARIABLE], status["environment"]["account"])
        yield Finished(status, ledger, found, *said, status["database"], recorded)


def in_database(dsn: str, account: str) -> tuple[Any, ...]:
    """Orders, fills, fees, cash and the end of the account's one session, as everybody can ask for them."""
    question = """
        SELECT (SELECT count(*) FROM orders WHERE account = %(account)s AND is_ours),
               (SELECT count(*) FROM fills WHERE account = %(account)s),
               (SELECT sum(fee) FROM fills WHERE account = %(account)s),
               (SELECT sum(cash) FROM cash WHERE account = %(account)s),
               (SELECT state FROM sessions WHERE account = %(account)s)
    """
    with closing(connect(dsn, name="test")) as connection, transaction(connection) as cursor:
        cursor.execute(question, {"account": account})
        return cursor.fetchone()


def test_every_book_is_the_exchanges(session):
    assert session.status["markets"]["live"] == MARKETS
    assert session.status["books_hash"] == session.ledger["books_hash"]


def test_positions_fills_cash_reserve_and_realised_are_the_exchanges(session):
    assert session.differences == []


def test_the_database_has_what_the_exchange_has(session):
    ledger = session.ledger

    orders, fills, fees, cash, end = session.recorded

    assert (session.database["state"], session.database["alarms"]) == ("ready", [])
    assert orders == len(ledger["client_order_ids"])
    assert (fills, fees) == (len(ledger["fills"]), Decimal(ledger["fees"]))
    assert cash == Decimal(ledger["cash"])
    assert end == "stopped by SIGINT"


def test_each_action_is_taken_about_as_often_as_promised(session):
    assert unlikely_shares(session.status["decisions"]) == []


@pytest.mark.parametrize("session", ["join"], indirect=True)
@pytest.mark.parametrize("promised", PROMISED_LINES)
def test_the_log_says_it_word_for_word_and_the_console_shows_it(session, promised):
    said = [line for line in session.log if re.fullmatch(PROMISED_LINES[promised], line)]

    assert said
    assert set(said) <= set(session.printed)


def test_holding_is_counted_and_not_logged(session):
    assert session.status["decisions"]["HOLD"] > 0
    assert not any("HOLD for" in line for line in session.log)


def test_ctrl_c_ends_it_cleanly_with_a_report(session):
    report = {line.split()[0] for line in session.printed[-12:] if line.strip()}

    assert session.exit_code == 0
    assert {"session", "decisions", "orders", "fills", "P&L", "balance", "log"} <= report


@pytest.mark.parametrize("session", ["cross"], indirect=True)
def test_crossing_orders_take(session):
    assert any(fill["is_taker"] for fill in session.ledger["fills"])


@pytest.mark.parametrize("session", ["join"], indirect=True)
def test_joining_orders_never_take(session):
    assert not any(fill["is_taker"] for fill in session.ledger["fills"])


@pytest.mark.parametrize("session", ["join"], indirect=True)
def test_the_session_is_decided_again_to_the_same_decisions_positions_and_gain(session, folder):
    name = session.status["session"]
    flags = ("--json", "--set", f"state_dir={folder}/state")
    command = [sys.executable, "run.py", "replay", name, *flags]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)

    assert (found.returncode, found.stderr) == (0, "")
    told = json.loads(found.stdout)
    assert told["decision_hash"] == told["live_hash"] == session.status["decisions"]["hash"]
    assert told["decisions"] == session.status["decisions"]["total"]
    assert (told["equal"], told["positions_equal"], told["pnl_equal"]) == (True, True, True)
