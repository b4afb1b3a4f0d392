"""The facts in a session's files come into the database, and nobody waits for that."""

from __future__ import annotations

from contextlib import closing
from decimal import Decimal
from pathlib import Path

import pytest

from actors import messages
from actors import recorder as recorder_module
from actors.recorder import Recorder
from benchmarks.ledger_history import START_US, History
from persistence.account_files import SESSIONS
from persistence.database.connections import connect, transaction
from persistence.outbox import OutboxReader
from tests.persistence.ledger_database import rows
from tests.trading.example_facts import market
from trading.events import MarketSeen, SessionEnded, SessionStarted, SessionValued

NOWHERE = "host=/nonexistent dbname=nowhere"


@pytest.fixture
def record(rehearse_here, tmp_path):
    """A Recorder of the account in ``tmp_path / "account"``, stopped with the test."""
    started = []

    def start(dsn, **more):
        recorder = rehearse_here(
            Recorder,
            database={"dsn": dsn, "bin_dir": "", "retention_days": 30},
            run_pid=4711,
            session="s0",
            **more,
        )
        recorder.wire(page=1)
        started.append(recorder)
        return recorder

    yield start
    for recorder in started:
        if not recorder.heard(messages.Stopped):
            stop(recorder)


def stop(recorder, reason="stopped by SIGINT"):
    recorder.say(messages.Stop(5.0, reason), by="Supervisor")
    recorder.hear(messages.Stopped)


def is_caught_up(values):
    told = values.get("database")
    return told and told["state"] == "ready" and told["lanes"]["ledger"]["written"] and not told["behind"]


def recorded(folder: Path):
    with closing(OutboxReader(folder / SESSIONS)) as reader:
        return [event for _, event in reader.events()]


def log(folder: Path):
    return (folder / "logs" / "session.log").read_text().splitlines()


def test_everything_that_lies_there_is_written_and_said_to_be(record, database, tmp_path):
    History(account="account").trade(20).write(tmp_path / "account")

    told = record(database, started_us=START_US + 10**9).telemetry(is_caught_up)["database"]

    assert (told["kind"], told["why"], told["dropped"], told["alarms"]) == ("server", "", 0, [])
    with closing(connect(database, name="test")) as connection:
        assert rows(connection, "SELECT count(*) FROM order_life WHERE account = 'account'") == [(20,)]
        ((session, state),) = rows(connection, "SELECT session, state FROM sessions WHERE session = 's0'")
    assert (session, state) == ("s0", "running")
    assert "INFO: [Recorder] Database ready: PostgreSQL of database.dsn" in log(tmp_path)


def test_the_end_of_the_session_is_recorded_with_its_reason(record, database, tmp_path):
    recorder = record(database)

    stop(recorder, "the duration is over")

    with closing(connect(database, name="test")) as connection:
        assert rows(connection, "SELECT state FROM sessions") == [("the duration is over",)]
        assert rows(connection, "SELECT pid, data, execution, strategy FROM session") == [
            (4711, "loopback", "loopback", "hardcoded")
        ]


VALUED = {"since_us": 5, "cash_e6": 9_001, "available_e6": 9_000, "held_e6": 7, "gain_e6": -3}


def test_what_the_account_was_worth_at_the_end_is_recorded_with_the_end(record, database):
    recorder = record(database)
    valued = SessionValued(6, "s0", **VALUED, marks="execution", worth_e6={"T-1": 7})
    recorder.say(messages.AccountValued(valued), by="OrderManager")

    stop(recorder)

    with closing(connect(database, name="test")) as connection:
        told = rows(connection, f"SELECT {', '.join(VALUED)}, marks, worth_e6 FROM session_value")
        assert told == [(*VALUED.values(), "execution", {"T-1": 7})]
        ((pnl, equity),) = rows(connection, "SELECT pnl, equity FROM sessions")
    assert (pnl, equity) == (Decimal("-0.000003"), Decimal("0.009008"))


def test_a_market_has_its_title_whoever_tells_of_it(record, database):
    recorder = record(database)
    recorder.say(messages.MarketsRead([market(title="Above 2?")], "0f1e2d3c4b5a6978"), by="OrderManager")
    stop(recorder)

    with closing(connect(database, name="test")) as connection:
        with transaction(connection) as cursor:
            cursor.execute(  # as the tape tells of it
                "INSERT INTO market (account, source, ticker, venue, event_ticker, series_ticker, status,"
                " exchange_index, close_us, fee_type, fee_multiplier_e4, updated_us)"
                " SELECT account, 'data', ticker, venue, event_ticker, series_ticker, '', 0, close_us, '', 0,"
                " updated_us FROM market"
            )
        assert rows(connection, "SELECT source, title FROM markets ORDER BY source") == [
            ("data", "Above 2?"),
            ("execution", "Above 2?"),
        ]


def test_the_markets_are_recorded_when_anything_of_them_is_new(record, tmp_path):
    recorder = record(NOWHERE)
    for told in ([market()], [market(), market("OTHER")], [market(status="closed")]):
        recorder.say(messages.MarketsRead(told, "0f1e2d3c4b5a6978"), by="OrderManager")
    recorder.settle()

    seen = [event for event in recorded(tmp_path / "account") if isinstance(event, MarketSeen)]

    assert [(each.ticker, each.status) for each in seen] == [
        (market().ticker, "active"),
        ("OTHER", "active"),
        (market().ticker, "closed"),
    ]


def test_without_a_database_the_session_goes_on_and_is_kept_in_the_files(record, tmp_path):
    recorder = record(NOWHERE)

    told = recorder.telemetry(lambda values: values["database"]["state"] == "down")["database"]

    assert "/nonexistent" in told["why"]
    assert recorder.settle().reasons == {}
    assert any("Database down: " in line and "trading goes on" in line for line in log(tmp_path))
    stop(recorder)
    kinds = [type(event) for event in recorded(tmp_path / "account")]
    assert kinds == [SessionStarted, SessionEnded]


def test_a_database_that_refuses_is_said_once(record, database, tmp_path):
    recorder = record(f"{database} user=nobody_known")

    told = recorder.telemetry(lambda values: values["database"]["state"] == "refused")["database"]
    recorder.telemetry(lambda values: values["database"]["state"] == "refused")

    assert "nobody_known" in told["why"]
    assert len([line for line in log(tmp_path) if "Database refused" in line]) == 1


def test_a_recorder_that_comes_again_records_the_session_once(record, tmp_path):
    first = record(NOWHERE)
    stop(first)

    record(NOWHERE)

    assert [type(event) for event in recorded(tmp_path / "account")] == [SessionStarted, SessionEnded]


def test_a_flush_is_answered_when_everything_is_written(record, database, tmp_path):
    recorder = record(database)
    recorder.telemetry(is_caught_up)
    recorder.say(messages.MarketsRead([market()], "0f1e2d3c4b5a6978"), by="OrderManager")

    recorder.say(messages.ActionRequested(7, "flush"), by="Supervisor")

    answer = messages.ActionAnswered(7, ok=True, text="everything is written")
    assert recorder.hear(messages.ActionAnswered) == answer
    with closing(connect(database, name="test")) as connection:
        assert rows(connection, "SELECT ticker FROM market") == [(market().ticker,)]


def test_a_flush_without_a_database_says_what_waits(record, monkeypatch):
    monkeypatch.setattr(recorder_module, "FLUSH_WITHIN_S", 0.1)
    recorder = record(NOWHERE)

    recorder.say(messages.ActionRequested(7, "flush"), by="Supervisor")

    answer = recorder.hear(messages.ActionAnswered)
    assert not answer.ok
    assert "the database is down" in answer.text


def test_each_flush_is_answered_within_its_own_time(record, monkeypatch):
    monkeypatch.setattr(recorder_module, "FLUSH_WITHIN_S", 0.1)
    recorder = record(NOWHERE)
    recorder.say(messages.ActionRequested(7, "flush"), by="Supervisor")
    monkeypatch.setattr(recorder_module, "FLUSH_WITHIN_S", 3_600.0)
    recorder.say(messages.ActionRequested(8, "flush"), by="Supervisor")

    assert recorder.hear(messages.ActionAnswered).request_id == 7
