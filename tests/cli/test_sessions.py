"""``sessions`` says of every session that was recorded what the tables say."""

import json
from collections import Counter
from dataclasses import replace
from decimal import Decimal

from benchmarks.ledger_history import ACCOUNT, SESSION
from cli.errors import CLEAN, PREFLIGHT_REFUSED
from persistence.account_files import DECISIONS
from persistence.decisions.files import journal_path
from persistence.decisions.journal import DecisionJournal
from persistence.files_beside import remove_file
from tests.cli.recorded_server import OTHER
from tests.persistence.decided_batches import SETUP, decided_batch
from tests.persistence.ledger_database import rows
from trading.actions import Action


def test_each_session_is_a_line_of_what_it_came_to(run, recorded):
    ((orders, fills, realised_e6),) = rows(
        recorded.connection,
        "SELECT orders, fills, (realised_after_fees * 1000000)::bigint FROM sessions WHERE session = %s",
        SESSION,
    )

    code, told, _ = run("sessions", "--json")

    (session,) = json.loads(told)
    assert code == CLEAN
    assert (session["session"], session["account"], session["end"]) == (SESSION, ACCOUNT, "stopped by SIGINT")
    assert (session["orders"], session["fills"]) == (orders, fills) == (80, fills)
    assert Decimal(session["realised"]) - Decimal(session["fees"]) == Decimal(realised_e6) / 1_000_000
    told = "SELECT gain_e6 FROM session_value WHERE session = %s"
    assert Decimal(session["pnl"]) == Decimal(rows(recorded.connection, told, SESSION)[0][0]) / 1_000_000
    assert sum(session["decisions"].values()) == 30 * 8


def test_the_totals_are_those_of_the_rows(recorded):
    counted = rows(
        recorded.connection,
        "SELECT account, session, orders, fills, realised_e6, fees_e6"
        " FROM (SELECT account, session, count(recorded_us) AS orders FROM order_life GROUP BY 1, 2) AS o"
        " NATURAL JOIN (SELECT account, session, count(*) AS fills FROM fill GROUP BY 1, 2) AS f"
        " NATURAL JOIN (SELECT account, session, sum(realised_change_e6) AS realised_e6,"
        " sum(fees_change_e6) AS fees_e6 FROM position_change GROUP BY 1, 2) AS p ORDER BY account, session",
    )

    told = "SELECT account, session, orders, fills, realised_e6, fees_e6 FROM session_total ORDER BY 1, 2"
    assert rows(recorded.connection, told) == counted
    assert len(counted) == 2


def test_the_table_is_for_people(run):
    code, told, _ = run("sessions")

    heading, line = told.splitlines()
    assert code == CLEAN
    assert heading.startswith("session ")
    assert line.startswith(SESSION)
    assert "→" not in line  # books and orders are at one venue
    assert line.endswith("stopped by SIGINT")


def test_decisions_that_wait_in_the_open_journal_are_counted(run, recorded):
    folder = recorded.state_dir / ACCOUNT / DECISIONS
    journal = DecisionJournal(folder, replace(SETUP, session=SESSION, incarnation=9))
    try:
        journal.append(decided_batch(1, ("KX-1", Action.HOLD, "x"), ("KX-2", Action.BUY_NO, "y")))
        (session,) = json.loads(run("sessions", "--json")[1])
    finally:
        journal.close()
        remove_file(journal_path(folder, SESSION, 9, 1))

    (after,) = json.loads(run("sessions", "--json")[1])
    more = Counter(session["decisions"]) - Counter(after["decisions"])
    assert more == {"HOLD": 1, "BUY_NO": 1}


def test_accounts_of_other_machines_are_shown_on_demand(run):
    assert OTHER not in run("sessions")[1]

    assert OTHER in run("sessions", "--all")[1]


def test_a_server_without_a_session_of_ours_says_so(run, tmp_path):
    code, told, complaint = run("sessions", f"--set=state_dir={tmp_path}")

    assert (code, told) == (PREFLIGHT_REFUSED, "")
    assert (
        complaint
        == f"no session of the accounts in {tmp_path}/ is recorded; --all shows those of other accounts\n"
    )
