"""Events go in once, whole and in order, and come out as they went in."""

import sqlite3
from dataclasses import fields, replace
from typing import get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from persistence.faults import DiskFull, FileUnusable, PersistenceError, WriterConflict
from persistence.outbox import Outbox, OutboxConflict, OutboxReader, check_outbox
from trading.events import (
    AccountOpened,
    Answered,
    BalanceSeen,
    CancelAnswered,
    CancelStarted,
    CashMoved,
    Difference,
    FillProcessorEvent,
    FillSeen,
    IntentRecorded,
    MarketSeen,
    OrderManagerEvent,
    OrderSeen,
    PositionAt,
    Reconciled,
    RecorderEvent,
    Refused,
    SendStarted,
    SessionEnded,
    SessionStarted,
    SessionValued,
    SettlementSeen,
)

ORDER_MANAGER_EVENTS = [
    IntentRecorded(
        at_us=1_795_345_200_123_456,
        client_order_id="rl1-0a1b2c3d-s1k-1",
        ticker="KXRAIN-26DEC31-NYC",
        exchange_index=0,
        action="BUY_YES",
        side="bid",
        price_e4=4700,
        count_e2=1050,
        time_in_force="good_till_canceled",
        post_only=True,
        expiration_s=1_795_345_260,
        decision="12/3",
        reason='draw 12: 0.8123 → "é"',
    ),
    IntentRecorded(1, "c", "T", 3, "SELL_NO", "bid", 1, 1, "immediate_or_cancel", False, None, "1/0", ""),
    SendStarted(2, "c", 1_795_345_205_000_000),
    Answered(3, "c", "accepted", "9d1e", 100, 950),
    Answered(3, "c", "unknown", code="timeout", detail="read timed out"),
    CancelStarted(4, "c", "9d1e"),
    CancelStarted(4, "c", "9d1e", "the session stopped"),
    CancelAnswered(5, "c", "canceled", 950),
    Refused(6, "T", "SELL_NO", "nothing_held", "12/4"),
]
FILL = FillSeen(10, "t-1", "9d1e", "c", "T", 0, "ask", 4700, 250, 44_100, True, 1_795_345_200_123, -250)
FILL_PROCESSOR_EVENTS = [
    AccountOpened(
        7, "demo|key", {0: 9_851_580_000, 12: -5}, (PositionAt("T", 0, -250, 1_325_000, -10, 7_000),), 6
    ),
    AccountOpened(7, "demo|key", {}),
    FILL,
    replace(FILL, client_order_id="", post_position_e2=None),
    OrderSeen(11, "9d1e", "c", "T", 0, "bid", 4700, "canceled", 1050, 100, 0, "expired"),
    SettlementSeen(12, "T", 0, "scalar", 4321, 10_802_500),
    BalanceSeen(13, {0: 2**53 + 1}),
    Reconciled(14, 2, ("position T", "order 9d1e"), 1),
    Reconciled(15, 2),
    Reconciled(16, 2, (Difference("position", "position T", "T", "ours 1, the venue's 2", 200),), 1),
    CashMoved(17, "shards/9", {0: -300, 12: 300}, "between shards"),
]

CONFIG = {"markets": {"count": 1000}, "strategy": {"throttle_s": 0.2}}
RECORDER_EVENTS = [
    SessionStarted(
        18, "s1k", "demo-key", "production", "demo", "hardcoded", "0.1.0", "3.11.7", "here", 9, CONFIG
    ),
    MarketSeen(19, "T-1", "T", "SERIES", "active", 0, 20, "quadratic", 10_000),
    MarketSeen(19, "T-2", "T", "SERIES", "active", 0, 20, "quadratic", 10_000, "Above 2?"),
    SessionValued(20, "s1k", 18, 9_001, 9_000, -7, 5, "data", {"T-1": -7}),
    SessionEnded(21, "s1k", "stopped by SIGINT"),
]


def started(number):
    return SendStarted(number, f"c{number}", 0)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "state" / "order_manager.db"


@pytest.fixture
def outbox(path):
    opened = Outbox(path, "OrderManager")
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("writer", "events", "kinds"),
    [
        ("OrderManager", ORDER_MANAGER_EVENTS, OrderManagerEvent),
        ("FillProcessor", FILL_PROCESSOR_EVENTS, FillProcessorEvent),
        ("Recorder", RECORDER_EVENTS, RecorderEvent),
    ],
)
def test_every_kind_of_event_comes_out_as_it_went_in(path, writer, events, kinds):
    assert {type(event) for event in events} == set(get_args(kinds))
    outbox = Outbox(path, writer)

    outbox.append([(event, None) for event in events])
    outbox.close()

    reader = OutboxReader(path)
    assert list(reader.events()) == list(enumerate(events, start=1))
    reader.close()


# Integers of SQLite's and JSON's full common range, and any text that is Unicode at all.
_VALUES = {
    int: st.integers(-(2**63), 2**63 - 1),
    str: st.text(st.characters(exclude_categories=["Cs"])),
}


@given(st.data())
def test_any_fill_comes_out_as_it_went_in(data):
    changes = {
        name: data.draw(_VALUES[type(value)], label=name)
        for name, value in ((f.name, getattr(FILL, f.name)) for f in fields(FILL))
        if type(value) in _VALUES and name != "side"
    }
    fill = replace(FILL, **changes)

    assert msgspec.json.decode(msgspec.json.encode(fill), type=FillSeen) == fill


def test_a_commit_is_on_the_disk_when_append_returns(outbox):
    full = 2  # SQLite's number for synchronous=FULL

    assert outbox._connection.execute("PRAGMA synchronous").fetchone() == (full,)


def test_events_and_identity_survive_reopening(path):
    first = Outbox(path, "OrderManager")
    first.append([(started(1), None), (started(2), "two")])
    first.close()

    second = Outbox(path, "OrderManager")

    assert second.outbox_id == first.outbox_id
    assert second.last_seq == 2
    assert second.append([(started(3), None)]) == [3]
    assert [event for _, event in second.events()] == [started(1), started(2), started(3)]
    second.close()


def test_every_file_gets_an_identity_of_its_own(tmp_path):
    outboxes = [Outbox(tmp_path / name, "OrderManager") for name in ("a.db", "b.db")]

    assert outboxes[0].outbox_id != outboxes[1].outbox_id
    for outbox in outboxes:
        outbox.close()


def test_a_key_recorded_with_the_same_content_is_skipped(outbox):
    assert outbox.append([(started(1), "one")]) == [1]

    seqs = outbox.append([(started(1), "one"), (started(2), "two"), (started(2), "two"), (started(2), None)])

    assert seqs == [0, 2, 0, 3]
    assert outbox.last_seq == 3


def test_hearing_of_a_fact_later_or_with_less_detail_is_the_same_content(tmp_path):
    outbox = Outbox(tmp_path / "fill_processor.db", "FillProcessor")
    outbox.append([(FILL, "fill/t-1")])

    less = replace(FILL, at_us=99, client_order_id="", post_position_e2=None)

    assert outbox.append([(less, "fill/t-1")]) == [0]
    outbox.close()


def test_a_fill_whose_time_is_told_to_the_second_alone_is_the_same_fill(tmp_path):
    outbox = Outbox(tmp_path / "fill_processor.db", "FillProcessor")
    exact = replace(FILL, ts_ms=1_795_345_393_123)
    outbox.append([(exact, "fill/t-1")])

    assert outbox.append([(replace(exact, ts_ms=1_795_345_393_000), "fill/t-1")]) == [0]
    for other_ms in (1_795_345_394_000, 1_795_345_393_124):
        with pytest.raises(OutboxConflict):
            outbox.append([(replace(exact, ts_ms=other_ms), "fill/t-1")])
    outbox.close()


@pytest.mark.parametrize(
    "change",
    [
        {"count_e2": 251},
        {"price_e4": 4701},
        {"fee_e6": 0},
        {"side": "bid"},
        {"is_taker": False},
        {"ticker": "U"},
    ],
    ids=str,
)
def test_a_key_recorded_with_another_content_is_a_conflict_and_nothing_is_kept(tmp_path, change):
    outbox = Outbox(tmp_path / "fill_processor.db", "FillProcessor")
    outbox.append([(FILL, "fill/t-1")])
    other = replace(FILL, **change)

    with pytest.raises(OutboxConflict) as raised:
        outbox.append([(Reconciled(1, 1), None), (other, "fill/t-1"), (Reconciled(2, 1), None)])

    assert (raised.value.key, raised.value.stored, raised.value.offered) == ("fill/t-1", FILL, other)
    assert [event for _, event in outbox.events()] == [FILL]
    assert outbox.append([(Reconciled(3, 1), None)]) == [2]
    outbox.close()


def test_two_kinds_under_one_key_are_a_conflict(outbox):
    outbox.append([(started(1), "one")])

    with pytest.raises(OutboxConflict):
        outbox.append([(CancelStarted(1, "c1", ""), "one")])


def test_an_event_of_the_other_writer_is_refused_and_nothing_is_kept(outbox):
    with pytest.raises(PersistenceError, match="FillSeen is not written to"):
        outbox.append([(started(1), None), (FILL, "fill/t-1")])

    assert list(outbox.events()) == []
    assert outbox.last_seq == 0


def test_an_outbox_belongs_to_the_writer_that_made_it(path, outbox):
    outbox.close()

    with pytest.raises(PersistenceError, match="belongs to OrderManager"):
        Outbox(path, "FillProcessor")

    Outbox(path, "OrderManager").close()


def test_a_second_writer_is_refused(path, outbox):
    with pytest.raises(WriterConflict):
        Outbox(path, "OrderManager")


def test_a_disk_that_refuses_keeps_nothing_and_says_so(outbox):
    outbox.append([(started(1), None)])
    (pages,) = outbox._connection.execute("PRAGMA page_count").fetchone()
    outbox._connection.execute(f"PRAGMA max_page_count = {pages}")

    with pytest.raises(DiskFull, match=r"no room left on the disk of .*order_manager\.db"):
        outbox.append([(started(number), "x" * 500 + str(number)) for number in range(100)])

    outbox._connection.execute("PRAGMA max_page_count = 1000000")
    assert outbox.last_seq == 1
    assert outbox.append([(started(2), None)]) == [2]


def test_nothing_to_append_costs_no_commit(outbox):
    before = outbox._connection.total_changes

    assert outbox.append([]) == []
    assert outbox._connection.total_changes == before


@pytest.mark.parametrize(
    ("after_seq", "upto", "expected"),
    [
        (0, None, range(1, 2501)),
        (2499, None, range(2500, 2501)),
        (2500, None, range(0)),
        (9999, None, range(0)),
        (998, 2001, range(999, 2002)),
        (0, 0, range(0)),
        (5, 5, range(0)),
    ],
)
def test_a_read_is_of_the_asked_stretch(path, outbox, after_seq, upto, expected):
    outbox.append([(started(number), None) for number in range(1, 2501)])
    reader = OutboxReader(path)

    for end in (outbox, reader):
        assert [seq for seq, _ in end.events(after_seq, upto)] == list(expected)
    reader.close()


@given(st.lists(st.lists(st.tuples(st.integers(0, 5), st.booleans()), max_size=5), max_size=8))
def test_seqs_are_contiguous_and_each_key_is_kept_once(tmp_path_factory, batches):
    path = tmp_path_factory.mktemp("outbox") / "order_manager.db"
    outbox = Outbox(path, "OrderManager")
    kept = []

    for batch in batches:
        entries = [(started(number), f"key/{number}" if keyed else None) for number, keyed in batch]
        seqs = outbox.append(entries)
        kept += [event for seq, (event, _) in zip(seqs, entries, strict=True) if seq]

    assert list(outbox.events()) == list(enumerate(kept, start=1))
    assert outbox.last_seq == len(kept)
    keys = [key for (key,) in outbox._connection.execute("SELECT key FROM event WHERE key IS NOT NULL")]
    assert sorted(keys) == sorted({f"key/{number}" for batch in batches for number, keyed in batch if keyed})
    outbox.close()


def test_a_reader_before_any_writer_is_told_so(path):
    with pytest.raises(PersistenceError):
        OutboxReader(path)


def test_a_reader_sees_what_is_committed_and_nothing_of_an_open_transaction(path, outbox):
    outbox.append([(started(1), None)])
    reader = OutboxReader(path)
    outbox._connection.execute("BEGIN IMMEDIATE")
    outbox._insert(2, started(2), key=None)

    assert reader.last_seq == 1
    assert [seq for seq, _ in reader.events()] == [1]

    outbox._connection.execute("COMMIT")
    assert reader.last_seq == 2
    assert reader.outbox_id == outbox.outbox_id
    reader.close()


def test_a_read_left_unfinished_does_not_keep_the_writers_log_growing(path, outbox):
    outbox.append([(started(number), None) for number in range(5)])
    reader = OutboxReader(path)
    unfinished = reader.events()
    next(unfinished)

    outbox.append([(started(number), None) for number in range(5)])
    busy, _, _ = outbox._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()

    assert busy == 0
    assert len(list(unfinished)) == 9
    reader.close()


def tampered(path, statement):
    connection = sqlite3.connect(path)
    with connection:
        connection.execute(statement)
    connection.close()
    return OutboxReader(path)


@pytest.mark.parametrize(
    ("statement", "text"),
    [
        ("DELETE FROM event WHERE seq = 2", "lacks event 2"),
        (
            "UPDATE event SET kind = 'MarginCalled' WHERE seq = 2",
            "a kind that is not known here, MarginCalled",
        ),
        ("UPDATE event SET payload = '{}' WHERE seq = 2", "cannot be read"),
    ],
)
def test_a_damaged_outbox_is_never_folded_as_if_it_were_whole(path, outbox, statement, text):
    outbox.append([(started(number), None) for number in range(3)])
    outbox.close()
    reader = tampered(path, statement)

    with pytest.raises(FileUnusable, match=text):
        list(reader.events())
    reader.close()
    with pytest.raises(FileUnusable, match=text):
        check_outbox(path, "OrderManager", within_s=10)
