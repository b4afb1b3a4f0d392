"""Every event of an account is in the database exactly once, whatever died in between."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing, suppress
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.ledger_history import ACCOUNT, SECOND_US, SESSION, History
from benchmarks.ledger_lane import MOST_BYTES, room, take_in
from persistence.account_files import FILL_PROCESSOR, ORDER_MANAGER
from persistence.database.connections import Cursor, connect, transaction
from persistence.ledger.lane import LostByRebuild
from persistence.outbox import Outbox
from tests.persistence.ledger_database import (
    checksums,
    drain,
    empty_tables,
    fill_tables,
    lane_of,
    rows,
)
from trading.events import Difference, FillSeen, Reconciled
from trading.ledger import Ledger


@pytest.fixture
def connection(database):
    with closing(connect(database, name="test")) as made:
        yield made


@pytest.fixture
def folder(tmp_path):
    return tmp_path / ACCOUNT


# --- what is written ---------------------------------------------------------------------------


def test_the_tables_say_what_the_ledger_says(connection, folder):
    history = History().trade(60).settle("KXHIGHNY-26DEC03-T1.99")
    ledger = Ledger({})
    for event in history.in_time():
        ledger.apply(event)

    fill_tables(connection, history.write(folder), most=50)

    orders = rows(connection, "SELECT order_key, state, filled_e2 FROM order_life")
    assert sorted(orders) == sorted((o.key, o.state(), o.filled_e2) for o in ledger.orders.values())
    held = rows(
        connection,
        "SELECT DISTINCT ON (ticker) ticker, position_e2, cost_e6, realised_e6, fees_e6 FROM position_change"
        " ORDER BY ticker, seq DESC",
    )
    assert held == sorted(
        (ticker, p.position_e2, p.cost_e6, p.realised_e6, p.fees_e6) for ticker, p in ledger.positions.items()
    )
    ((state,),) = rows(connection, "SELECT state FROM lane_cursor WHERE source LIKE 'FillProcessor/%%'")
    assert sum(state["cash_e6"].values()) == ledger.cash_e6()
    fills = [event for event in history.theirs if isinstance(event, FillSeen)]
    assert rows(connection, "SELECT count(*), sum(fee_e6) FROM fill") == [
        (len(fills), sum(fill.fee_e6 for fill in fills))
    ]


def test_a_flush_is_done_when_what_was_there_is_written(connection, folder):
    history = History()
    lane = lane_of(history.trade(5).write(folder), most=30)
    lane.flush()
    history.trade(40).write(folder)

    steps = 0
    while not lane.is_flushed:
        lane.step(connection)
        steps += 1

    assert steps > 1
    assert lane.waiting() > 0  # what came later
    lane.close()


def test_every_event_is_there_once_with_its_values(connection, folder):
    history = History().trade(40)
    fill_tables(connection, history.write(folder), most=70)

    stored = rows(connection, "SELECT outbox_id, seq FROM ledger_event")
    assert len(stored) == len(set(stored)) == len([*history.ours, *history.theirs, *history.sessions()])
    ((payload,),) = rows(
        connection, "SELECT payload FROM ledger_events WHERE kind = 'SendStarted' AND seq = 2"
    )
    assert payload == {
        "client_order_id": history.ours[1].client_order_id,
        "deadline_us": history.ours[1].deadline_us,
    }
    assert rows(connection, "SELECT count(*) FROM event_block")[0][0] >= 2
    assert rows(connection, "SELECT count(*) FROM fresh_event")[0][0] < 300


def test_an_order_has_its_events_and_its_session(connection, folder):
    fill_tables(connection, History().trade(30).write(folder))

    (life,) = rows(
        connection,
        'SELECT "order", session, state, is_ours, batch_no, batch_row FROM orders WHERE state = %s LIMIT 1',
        "filled",
    )
    number = int(life[0].removeprefix("order_"))
    assert life[1:] == (SESSION, "filled", True, number, number % 40)
    kinds = rows(
        connection,
        "SELECT kind FROM order_events WHERE order_key LIKE %s ORDER BY at, kind DESC",
        f"%-{number}",
    )
    assert kinds[0] == ("SendStarted",)
    assert ("FillSeen",) in kinds
    assert kinds[-1] == ("OrderSeen",)


def test_a_character_that_the_database_cannot_hold_does_not_stop_it(connection, folder):
    history = History().trade(1)
    history.ours[2] = replace(history.ours[2], detail="bad \0 text")

    fill_tables(connection, history.write(folder))

    assert rows(
        connection, "SELECT count(*) FROM ledger_event WHERE payload::text LIKE %s", "%bad \ufffd text%"
    ) == [(1,)]


# --- exactly once ------------------------------------------------------------------------------


class Killed(Exception):
    """Where a test cuts a step off."""


class MortalCursor(Cursor):
    """Dies before so many statements more."""

    left: int

    def execute(self, *args):
        type(self).left -= 1
        if type(self).left < 0:
            raise Killed
        return super().execute(*args)


@pytest.fixture
def whole(connection, folder):
    """The tables that an unbroken run makes of a folder; they are empty again afterwards."""
    folder = History(markets=4).trade(24).settle("KXHIGHNY-26DEC01-T1.99").write(folder)
    fill_tables(connection, folder)
    found = checksums(connection)
    empty_tables(connection)
    return found


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deaths=st.lists(st.integers(0, 40), max_size=5), most=st.sampled_from([3, 17, 90]))
def test_whatever_statement_a_kill_meets_every_row_is_there_once(
    database, connection, folder, whole, deaths, most
):
    for statements in deaths:
        MortalCursor.left = statements
        with closing(connect(database, name="mortal")) as mortal:
            mortal.cursor_factory = MortalCursor
            lane = lane_of(folder, most=most)
            with suppress(Killed):
                drain(mortal, lane)
            lane.close()

    fill_tables(connection, folder, most=most)

    assert checksums(connection) == whole
    empty_tables(connection)


def test_a_lane_that_failed_goes_on_from_the_database(database, connection, folder, whole):
    lane = lane_of(folder, most=20)
    connection.cursor_factory, MortalCursor.left = MortalCursor, 25
    with pytest.raises(Killed):
        drain(connection, lane)
    connection.cursor_factory = None

    drain(connection, lane)

    assert checksums(connection) == whole


def test_a_new_connection_makes_the_lane_read_its_cursor_again(database, connection, folder, whole):
    lane = lane_of(folder, most=20)
    drain(connection, lane)
    empty_tables(connection)  # as a server that lost what was not on its disk yet

    with closing(connect(database, name="again")) as again:
        drain(again, lane)

    assert checksums(connection) == whole


def test_two_lanes_at_once_write_each_row_once(database, connection, folder, whole):
    first, second = lane_of(folder, most=20), lane_of(folder, most=30)
    with closing(connect(database, name="other")) as other:
        while not all([first.step(connection).is_idle, second.step(other).is_idle]):
            pass

    assert checksums(connection) == whole


def test_what_comes_later_is_added(connection, folder):
    history, lane = History().trade(20), lane_of(folder)
    at_once = History().trade(20)
    history.write(folder)
    drain(connection, lane)
    Outbox(folder / FILL_PROCESSOR, "FillProcessor").close()
    outbox = Outbox(folder / FILL_PROCESSOR, "FillProcessor")
    late = replace(_last_fill(history), trade_id="late", at_us=history.theirs[-1].at_us + SECOND_US)
    outbox.append([(late, None)])
    outbox.close()

    assert drain(connection, lane).behind == 0

    assert rows(connection, "SELECT count(*) FROM fill WHERE trade_id = 'late'") == [(1,)]
    assert (
        len(at_once.theirs) + 1
        == rows(connection, "SELECT position FROM lane_cursor WHERE source LIKE 'Fill%%'")[0][0]
    )


def _last_fill(history):
    return next(event for event in reversed(history.theirs) if isinstance(event, FillSeen))


# --- what does not fit together ----------------------------------------------------------------


def test_a_database_that_was_reset_is_filled_again_from_the_first_event(connection, folder, whole):
    fill_tables(connection, folder)
    empty_tables(connection)

    progress = fill_tables(connection, folder)

    assert (checksums(connection), progress.note) == (whole, "")


def test_a_file_that_begins_later_leaves_a_gap_that_is_told(connection, folder):
    History().trade(10).write(folder)
    with closing(sqlite3.connect(folder / ORDER_MANAGER)) as file:
        file.execute("DELETE FROM event WHERE seq <= 6")
        file.commit()

    progress = fill_tables(connection, folder)

    assert rows(connection, "SELECT from_seq, upto_seq FROM ledger_gap") == [(1, 6)]
    assert "begins with event 7" in progress.note


def test_a_file_that_was_replaced_leaves_a_gap_that_is_told(connection, folder):
    History().trade(10).write(folder)
    fill_tables(connection, folder)
    shutil.rmtree(folder)
    History(seed=2).trade(10).write(folder)

    progress = fill_tables(connection, folder)

    assert len(rows(connection, "SELECT 1 FROM ledger_gap WHERE upto_seq IS NULL")) == 2
    assert "OrderManager's file is another one" in progress.note
    assert "FillProcessor's file is another one" in progress.note


def test_a_file_that_was_put_back_from_a_copy_is_refused_until_somebody_acts(connection, folder):
    History().trade(10).write(folder)
    copy = shutil.copytree(folder, folder.with_name("copy"))
    History().trade(20).write(folder)
    fill_tables(connection, folder)
    before = checksums(connection)

    progress = fill_tables(connection, copy)

    assert "rebuild-db" in progress.note
    assert checksums(connection) == before


def test_a_file_with_other_events_under_the_same_numbers_is_refused(connection, folder):
    History().trade(10).write(folder)
    copy = shutil.copytree(folder, folder.with_name("copy"))
    fill_tables(connection, folder)
    outbox = Outbox(copy / ORDER_MANAGER, "OrderManager")
    outbox.append([(History(seed=3).trade(1).ours[0], None)])
    outbox.close()
    outbox = Outbox(folder / ORDER_MANAGER, "OrderManager")
    outbox.append([(History(seed=4).trade(1).ours[0], None)])
    outbox.close()
    fill_tables(connection, folder)

    assert "another one in the database" in fill_tables(connection, copy).note


def test_a_fill_told_in_two_ways_is_a_conflict_and_the_first_one_stands(connection, folder):
    history = History().trade(10)
    fill_tables(connection, history.write(folder))
    fill = _last_fill(history)
    other = History(seed=9)
    other.open()
    other.theirs += [fill, replace(fill, trade_id="new")]
    told = replace(fill, count_e2=fill.count_e2 + 1, at_us=fill.at_us + 1)
    other.theirs[-2] = told

    progress = fill_tables(connection, other.write(folder.with_name("elsewhere")))

    assert rows(connection, "SELECT count_e2 FROM fill WHERE trade_id = %s", fill.trade_id) == [
        (fill.count_e2,)
    ]
    ((key, sentence),) = rows(connection, "SELECT key, sentence FROM conflict")
    assert key == f"fill/{fill.trade_id}"
    assert str(told.count_e2) in sentence
    assert sentence in progress.note


def test_the_same_fill_heard_in_two_places_is_no_conflict(connection, folder):
    history = History().trade(10)
    fill_tables(connection, history.write(folder))
    other = History(seed=9)
    other.open()
    other.theirs.append(replace(_last_fill(history), at_us=1, is_taker=None))

    fill_tables(connection, other.write(folder.with_name("elsewhere")))

    assert rows(connection, "SELECT 1 FROM conflict") == []


def test_a_conflict_that_the_account_was_told_of_is_a_row_too(connection, folder):
    history = History().trade(2)
    difference = Difference("conflict", "fill/t-1", "T", "t-1 was told in two ways")
    at_us = history.theirs[-1].at_us
    history.theirs += [Reconciled(at_us + 1, 1, (difference,)), Reconciled(at_us + 2, 1, (difference,))]

    progress = fill_tables(connection, history.write(folder))

    assert rows(connection, "SELECT key, sentence FROM conflict") == [
        ("fill/t-1", "t-1 was told in two ways")
    ]
    assert progress.note == "t-1 was told in two ways"


# --- room --------------------------------------------------------------------------------------

ORDERS = 2_000


def test_an_order_with_all_its_events_fills_and_indexes_takes_two_kilobytes_at_most(connection, folder):
    def measured():
        return room(connection), rows(connection, "SELECT count(*) FROM order_life")[0][0]

    with closing(lane_of(History().trade(ORDERS).write(folder))) as lane:
        lane.step(connection)
        size_before, orders_before = measured()  # with what a table takes that has rows at all
        take_in(connection, lane)
        size, orders = measured()

    each = (size - size_before) / (orders - orders_before)

    assert each <= MOST_BYTES, f"{each:.0f} bytes an order"


# --- building anew -----------------------------------------------------------------------------


@pytest.fixture
def two_accounts(connection, folder):
    """Two accounts in one database, and each one's sums."""
    other = folder.with_name("loopback-other")
    fill_tables(connection, History().trade(30).write(folder))
    fill_tables(
        connection, History(seed=5, account="loopback-other").trade(20).write(other), "loopback-other"
    )
    return checksums(connection), checksums(connection, "loopback-other")


def rebuild(connection, folder, **more):
    lane = lane_of(folder, most=40)
    try:
        return lane.rebuild(connection, **more)
    finally:
        lane.close()


def test_tables_that_are_built_anew_are_the_same_and_those_of_others_untouched(
    connection, folder, two_accounts
):
    with transaction(connection) as cursor:
        cursor.execute("UPDATE order_life SET state = 'wrong' WHERE account = %s", (ACCOUNT,))
        cursor.execute("DELETE FROM fill WHERE account = %s AND price_e4 > 5000", (ACCOUNT,))
        cursor.execute("UPDATE position_change SET cost_e6 = 0 WHERE account = %s", (ACCOUNT,))

    count = rebuild(connection, folder)

    assert (checksums(connection), checksums(connection, "loopback-other")) == two_accounts
    assert count == two_accounts[0]["ledger_event"][1]


def test_a_lane_that_runs_meanwhile_goes_on_after_it(database, connection, folder, two_accounts):
    lane = lane_of(folder)
    with closing(connect(database, name="running")) as running:
        drain(running, lane)
        rebuild(connection, folder)
        history = History().trade(30)
        late = replace(_last_fill(history), trade_id="late", at_us=history.theirs[-1].at_us + SECOND_US)
        outbox = Outbox(folder / FILL_PROCESSOR, "FillProcessor")
        outbox.append([(late, None)])
        outbox.close()

        assert drain(running, lane).note == ""

    assert rows(connection, "SELECT count(*) FROM fill WHERE trade_id = 'late'") == [(1,)]


def test_what_another_place_recorded_of_the_account_stays(connection, folder):
    fill_tables(connection, History().trade(10).write(folder))
    elsewhere = History(seed=7).trade(10).write(folder.with_name("elsewhere"))
    fill_tables(connection, elsewhere)
    before = checksums(connection)
    gaps = rows(connection, "SELECT count(*) FROM ledger_gap")

    rebuild(connection, folder)

    assert checksums(connection) == before
    assert rows(connection, "SELECT count(*) FROM ledger_gap") == gaps


def test_events_that_the_database_alone_has_are_not_thrown_away(connection, folder):
    History().trade(10).write(folder)
    copy = shutil.copytree(folder, folder.with_name("copy"))
    History().trade(20).write(folder)
    fill_tables(connection, folder)
    before = checksums(connection)

    with pytest.raises(LostByRebuild, match="the database alone has those up to"):
        rebuild(connection, copy)

    assert checksums(connection) == before
    assert rebuild(connection, copy, may_lose=True) < before["ledger_event"][1]
    assert fill_tables(connection, copy).note == ""
