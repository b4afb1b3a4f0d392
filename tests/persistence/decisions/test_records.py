"""A market's latest decisions and their outcomes are read from the files."""

import sqlite3
from dataclasses import replace

import pytest

from persistence.account_files import DECISIONS, FILL_PROCESSOR, ORDER_MANAGER
from persistence.decisions import records as decision_records
from persistence.decisions.journal import DecisionJournal
from persistence.decisions.records import records_of
from persistence.outbox import Outbox
from persistence.removed_files import RemovedFiles
from tests.persistence.decided_batches import SETUP, decided_batch
from tests.trading.example_facts import answered, recorded, send_started
from trading.actions import Action
from trading.events import FillSeen, Refused

DAWN_US = 1_795_345_200_000_000


def journal(folder, *batches, session="s1", incarnation=1, part_bytes=10**9):
    setup = replace(SETUP, session=session, incarnation=incarnation)
    written = DecisionJournal(folder / DECISIONS, setup, part_bytes=part_bytes)
    for number, rows in enumerate(batches, 1):
        written.append(decided_batch(number, *rows))
    written.close()


def row(ticker="KX-1", action=Action.HOLD, reason="no edge"):
    return (ticker, action, reason)


def told(folder, ticker="KX-1", **more):
    return [(each.name, each.action) for each in records_of(folder, ticker, **more).made]


def test_the_newest_decision_on_the_market_comes_first(tmp_path):
    journal(tmp_path, [row("KX-0"), row()], [row("KX-0")], [row(action=Action.BUY_NO)])

    assert told(tmp_path) == [("s1-1-3/0", "BUY_NO"), ("s1-1-1/1", "HOLD")]


def test_all_journals_are_read_or_those_of_one_session(tmp_path):
    journal(tmp_path, [row()])
    journal(tmp_path, [row()], [row()], incarnation=2, part_bytes=1)
    journal(tmp_path, [row()], session="s2")

    names = ["s2-1-1/0", "s1-2-2/0", "s1-2-1/0", "s1-1-1/0"]
    assert [name for name, _ in told(tmp_path)] == names
    assert [name for name, _ in told(tmp_path, session="s1")] == names[1:]


def test_what_is_in_no_file_any_more_comes_last(tmp_path):
    journal(tmp_path, [row()], session="s2")
    older = [None, replace(decided_batch(1, row()), session="s1", incarnation=9)]

    assert [name for name, _ in told(tmp_path, older=lambda: iter(older))] == ["s2-1-1/0", "s1-9-1/0"]


def test_a_market_that_was_never_decided_on_has_no_decision(tmp_path):
    journal(tmp_path, [row()])

    records = records_of(tmp_path, "KX-2")

    assert (records.made, records.fates, records.is_whole) == ([], {}, True)


@pytest.mark.parametrize(
    ("gone", "session"),
    [
        pytest.param("s1-1.db", "s1", id="the journal of a Selector before the last"),
        pytest.param("s1-2.db", "s1", id="the first part of a Selector's journal"),
        pytest.param("s1-1.db", "", id="of any session"),
    ],
)
def test_decisions_are_not_all_where_an_earlier_journal_has_gone(tmp_path, gone, session):
    journal(tmp_path, [row()])
    journal(tmp_path, [row()], [row()], incarnation=2, part_bytes=1)
    assert records_of(tmp_path, "KX-2", session=session).is_whole
    (tmp_path / DECISIONS / gone).unlink()

    here, with_older = (
        records_of(tmp_path, "KX-2", session=session, older=older) for older in (None, lambda: iter(()))
    )

    assert (here.is_whole, here.is_cut) == (False, False)
    assert "it was not asked" in here.notes[0]
    assert with_older.is_whole


def test_decisions_are_not_all_where_a_session_before_has_left_for_the_database(tmp_path):
    RemovedFiles(tmp_path / "decisions_removed.json").note({"s0-1.db": 9})
    journal(tmp_path, [row()])

    assert not records_of(tmp_path, "KX-2").is_whole
    assert records_of(tmp_path, "KX-2", session="s1").is_whole


def test_decisions_are_not_all_where_a_journal_cannot_be_read(tmp_path):
    journal(tmp_path, [row()])
    with sqlite3.connect(tmp_path / DECISIONS / "s1-1.db") as damaged:
        damaged.execute("UPDATE batch SET payload = x'00'")

    assert not records_of(tmp_path, "KX-1").is_whole


def test_an_account_without_any_file_has_no_decision(tmp_path):
    assert records_of(tmp_path / "nowhere", "KX-1").made == []


def test_no_more_is_looked_into_than_can_be_read_at_once(tmp_path, monkeypatch):
    monkeypatch.setattr(decision_records, "MOST_BATCHES", 3)
    journal(tmp_path, *[[row()]] * 9)

    records = records_of(tmp_path, "KX-1")

    assert (len(records.made), records.batches, records.is_whole) == (3, 3, False)


def test_a_damaged_journal_is_named_and_the_others_are_read(tmp_path):
    journal(tmp_path, [row()])
    journal(tmp_path, [row()], session="s2")
    with sqlite3.connect(tmp_path / DECISIONS / "s2-1.db") as damaged:
        damaged.execute("UPDATE batch SET payload = x'00'")

    records = records_of(tmp_path, "KX-1")

    assert [each.session for each in records.made] == ["s1"]
    assert "s2-1.db" in records.notes[0]


@pytest.fixture
def traded(tmp_path):
    """Three decisions to buy: one became an order that filled, one was refused, one was taken by nobody."""
    journal(tmp_path, *[[row(action=Action.BUY_YES)]] * 3)
    manager = Outbox(tmp_path / ORDER_MANAGER, "OrderManager")
    order = replace(recorded(), decision="s1-1-1/0", at_us=DAWN_US)
    name = order.client_order_id
    events = [
        order,
        replace(send_started(), at_us=DAWN_US),
        replace(answered("accepted"), at_us=DAWN_US),
        Refused(DAWN_US, order.ticker, "BUY_YES", "max_exposure", "s1-1-2/0"),
        replace(order, client_order_id="another", decision="s1-1-9/9"),
    ]
    manager.append([(event, None) for event in events])
    manager.close()
    processor = Outbox(tmp_path / FILL_PROCESSOR, "FillProcessor")
    order_id = events[2].order_id
    fill = FillSeen(
        DAWN_US,
        "t1",
        order_id,
        name,
        order.ticker,
        0,
        order.side,
        order.price_e4,
        order.count_e2,
        0,
        False,
        1,
    )
    processor.append([(fill, None)])
    processor.close()
    return tmp_path


def test_what_came_of_a_decision_is_told_by_the_ledgers(traded):
    fates = records_of(traded, "KX-1").fates

    assert set(fates) == {"s1-1-1/0", "s1-1-2/0"}
    assert fates["s1-1-2/0"].refused == "max_exposure"
    filled = fates["s1-1-1/0"].order
    assert (filled.state(), filled.filled_e2) == ("filled", filled.count_e2)


def test_events_of_long_before_are_not_read(traded):
    manager = Outbox(traded / ORDER_MANAGER, "OrderManager")
    manager.append([(Refused(1, "KX-1", "BUY_YES", "max_position", "s1-1-3/0"), None)])
    manager.close()

    assert records_of(traded, "KX-1").fates == {}


def test_decisions_are_told_where_a_ledger_is_gone(traded):
    (traded / FILL_PROCESSOR).unlink()
    (traded / ORDER_MANAGER).write_bytes(bytes(4096))

    records = records_of(traded, "KX-1")

    assert len(records.made) == 3
    assert "order_manager.db" in records.notes[0]
