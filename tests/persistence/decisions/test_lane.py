"""Every batch of decisions is in the database exactly once, and comes back as it was decided."""

import re
import sqlite3
import zlib
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from benchmarks.ledger_history import History
from persistence.account_files import DECISIONS
from persistence.database.connections import connect, transaction
from persistence.decisions import lane as decision_lane
from persistence.decisions.chunks import (
    DecisionsDamaged,
    accounts_of,
    latest_on,
    read_decisions,
    setups,
)
from persistence.decisions.files import journal_files
from persistence.decisions.journal import DecisionJournal, JournalReader
from persistence.decisions.lane import OTHERS, DecisionLane
from persistence.faults import PersistenceError
from persistence.lane import IDLE
from persistence.removed_files import LOST
from tests.persistence.decided_batches import SETUP, decided_batch
from tests.persistence.decisions.test_earlier_journal import as_it_was
from tests.persistence.default_session import default_session
from tests.persistence.ledger_database import fill_tables, rows
from trading.actions import Action

ACCOUNT = "loopback-0a1b2c3d"
NOW_US = 1_795_345_300_000_000


@pytest.fixture
def connection(database):
    with closing(connect(database, name="test")) as made:
        yield made


@pytest.fixture
def folder(tmp_path):
    return tmp_path / ACCOUNT


def batch(number, reason="no edge", action=Action.HOLD, count=3):
    return decided_batch(number, *((f"KX-{n}", action, reason) for n in range(count)))


def begin(folder, session="s1", incarnation=2, **more):
    return DecisionJournal(
        folder / DECISIONS, replace(SETUP, session=session, incarnation=incarnation), **more
    )


def write(folder, batches, **more):
    """A whole journal, closed; its hash."""
    journal = begin(folder, **more)
    for one in batches:
        journal.append(one)
    journal.close()
    return journal.hash


def lane_of(folder, **more):
    return DecisionLane(folder, account=ACCOUNT, now_us=lambda: NOW_US, **more)


def drain(connection, lane):
    while not (progress := lane.step(connection)).is_idle:
        pass
    return progress


def in_database(connection, account=ACCOUNT):
    return [
        one for setup in setups(connection, account) for one in read_decisions(connection, account, setup)
    ]


def test_all_batches_come_back_as_they_were_decided_with_the_hash_of_the_session(connection, folder):
    batches = default_session(decisions=1_200)
    digest = write(folder, batches)

    drain(connection, lane_of(folder, chunk=500))

    assert in_database(connection) == batches
    assert setups(connection, ACCOUNT) == [SETUP]
    assert rows(connection, "SELECT encode(hash, 'hex') FROM decision_chunk ORDER BY last_batch_no")[-1] == (
        digest,
    )
    assert len(rows(connection, "SELECT 1 FROM decision_chunk")) == 3


def test_the_newest_batch_comes_first_when_it_is_asked_for(connection, folder):
    write(folder, [batch(1), batch(2)])
    write(folder, [batch(1), batch(2), batch(3)], incarnation=3)
    write(folder, [batch(1)], session="s2", incarnation=1)
    drain(connection, lane_of(folder, chunk=3))

    def order(session=""):
        latest = latest_on("KX-0", connection, ACCOUNT, session)
        return [(one.session, one.incarnation, one.batch_no) for one in latest]

    of_first = [("s1", 3, 3), ("s1", 3, 2), ("s1", 3, 1), ("s1", 2, 2), ("s1", 2, 1)]
    assert order() == [("s2", 1, 1), *of_first]
    assert order("s1") == of_first
    assert accounts_of(connection, "s2") == [ACCOUNT]
    assert list(latest_on("KX-9", connection, ACCOUNT)) == [None] * 6


@pytest.mark.parametrize("where", ["hash_of", "encode_chunk", "execute_values"])
def test_a_step_that_was_cut_off_is_taken_again_as_a_whole(connection, folder, monkeypatch, where):
    batches = [batch(number) for number in range(1, 7)]
    write(folder, batches)
    lane = lane_of(folder, chunk=6)
    lane.step(connection)

    def cut_off(*_arguments, **_more):
        raise PersistenceError("the server is gone")

    with monkeypatch.context() as broken:
        broken.setattr(decision_lane, where, cut_off)
        with pytest.raises(PersistenceError):
            lane.step(connection)
    drain(connection, lane)

    assert in_database(connection) == batches
    assert rows(connection, "SELECT sum(decisions) FROM decision_count") == [(18,)]


def test_a_lane_that_was_killed_goes_on_behind_its_last_commit(connection, folder):
    batches = [batch(number) for number in range(1, 7)]
    write(folder, batches)
    for _ in range(5):
        lane_of(folder, chunk=6).step(connection)

    assert in_database(connection) == batches
    assert rows(connection, "SELECT sum(decisions) FROM decision_count") == [(18,)]


def test_two_lanes_of_one_folder_write_each_batch_once(connection, folder, database):
    batches = [batch(number) for number in range(1, 9)]
    write(folder, batches)
    one, other = lane_of(folder, chunk=6), lane_of(folder, chunk=6)
    with closing(connect(database, name="other")) as second:
        for _ in range(6):
            one.step(connection)
            other.step(second)

    assert in_database(connection) == batches


def test_a_chunk_waits_until_it_is_full_or_old_or_its_file_is_closed(connection, folder):
    clock = [batch(1).decided_us]
    lane = DecisionLane(folder, account=ACCOUNT, chunk=6, now_us=lambda: clock[0])
    journal = begin(folder)

    journal.append(batch(1))
    assert lane.step(connection).written == 0
    journal.append(batch(2))
    assert lane.step(connection).written == 6
    journal.append(batch(3))
    assert lane.step(connection) == IDLE
    clock[0] += 60_000_010
    assert lane.step(connection).written == 3
    journal.append(replace(batch(4), decided_us=clock[0]))
    assert lane.step(connection).written == 0
    journal.close()
    assert lane.step(connection).written == 3


def test_what_is_there_is_written_at_once_when_that_is_asked_for(connection, folder):
    lane = DecisionLane(folder, account=ACCOUNT, now_us=lambda: batch(1).decided_us)
    journal = begin(folder)
    journal.append(batch(1))
    assert lane.step(connection).written == 0

    lane.flush()
    assert not lane.is_flushed

    assert lane.step(connection).written == 3
    assert lane.is_flushed
    assert lane.step(connection).written == 0
    journal.append(batch(2))
    assert lane.step(connection).written == 0  # it was asked for once
    journal.close()


def test_a_batch_is_read_once_however_long_its_chunk_waits(connection, folder, monkeypatch):
    read = []
    original = JournalReader._batch
    monkeypatch.setattr(JournalReader, "_batch", lambda *given: read.append(1) or original(*given))
    lane = DecisionLane(folder, account=ACCOUNT, now_us=lambda: batch(1).decided_us)
    journal = begin(folder)
    for number in range(1, 5):
        journal.append(batch(number))
        lane.step(connection)
        lane.step(connection)
    journal.close()
    drain(connection, lane)

    assert len(read) == 4
    assert len(in_database(connection)) == 4


def test_batches_of_removed_files_that_the_database_has_lost_are_a_gap_and_an_alarm_once(connection, folder):
    write(folder, [batch(number) for number in range(1, 41)], part_bytes=500)
    drain(connection, lane_of(folder, chunk=10))
    with transaction(connection) as cursor:  # as in an older copy, or in another database
        cursor.execute("DELETE FROM decision_chunk; DELETE FROM lane_cursor")

    lane = lane_of(folder, chunk=10)
    told = lane.step(connection).note

    assert LOST in told
    ((first_no, last_no, why),) = rows(
        connection, "SELECT first_batch_no, last_batch_no, why FROM decision_gap ORDER BY first_batch_no"
    )
    assert (first_no, why) == (1, LOST)
    drain(connection, lane)
    assert [each.batch_no for each in in_database(connection)] == list(range(last_no + 1, 41))
    assert LOST not in lane_of(folder, chunk=10).step(connection).note


def test_files_that_the_database_has_go_but_for_the_newest_two(connection, folder):
    write(folder, [batch(number) for number in range(1, 41)], part_bytes=500)
    kept = [file.path.name for file in journal_files(folder / DECISIONS)][-2:]

    drain(connection, lane_of(folder, chunk=10))

    assert [file.path.name for file in journal_files(folder / DECISIONS)] == kept
    assert {path.name.partition(".db")[0] + ".db" for path in (folder / DECISIONS).iterdir()} == set(kept)
    assert len(in_database(connection)) == 40


def test_no_file_goes_that_is_written(connection, folder):
    journal = begin(folder)
    journal.append(batch(1))
    write(folder, [batch(1)], session="s2")
    write(folder, [batch(1)], session="s3")

    drain(connection, lane_of(folder, chunk=1))

    assert len(journal_files(folder / DECISIONS)) == 3
    journal.close()


def test_a_journal_of_an_earlier_version_is_taken_in(connection, folder):
    folder.mkdir()
    with sqlite3.connect(folder / "decisions.db", isolation_level=None) as made:
        made.execute("CREATE TABLE batch (batch_no INTEGER PRIMARY KEY, at_us INTEGER, payload BLOB)")
        made.execute("PRAGMA user_version = 2")
        for number, session in ((7, "r1"), (8, "r1"), (9, "r2")):
            payload = zlib.compress(msgspec.json.encode(as_it_was(batch(number)) | {"session": session}))
            made.execute("INSERT INTO batch VALUES (?, 0, ?)", (number, payload))
    made.close()

    drain(connection, lane_of(folder))

    assert [(one.session, one.batch_no) for one in in_database(connection)] == [
        ("r1", 7),
        ("r1", 8),
        ("r2", 9),
    ]
    assert rows(connection, "SELECT * FROM decision_gap") == []
    assert not (folder / "decisions.db").exists()


def test_decisions_that_are_nowhere_are_a_gap_and_are_told(connection, folder):
    write(folder, [batch(number) for number in range(1, 41)], part_bytes=500)
    drain(connection, lane_of(folder, chunk=10))
    with connection, connection.cursor() as cursor:
        cursor.execute("TRUNCATE decision_chunk, decision_setup, decision_count, lane_cursor")

    progress = drain(connection, lane_of(folder, chunk=10))

    ((begin_no, end_no),) = rows(connection, "SELECT first_batch_no, last_batch_no FROM decision_gap")
    assert begin_no == 1
    assert [one.batch_no for one in in_database(connection)] == list(range(end_no + 1, 41))
    assert f"decisions 1 to {end_no}" in progress.note


def test_a_damaged_journal_is_named_and_the_others_are_written_and_no_flush_waits_for_it(connection, folder):
    write(folder, [batch(1)])
    write(folder, [batch(1)], session="s2")
    with sqlite3.connect(folder / DECISIONS / "s1-2.db") as damaged:
        damaged.execute("UPDATE batch SET payload = x'00'")
    lane = lane_of(folder)
    lane.flush()
    assert not lane.is_flushed

    progress = drain(connection, lane)

    assert lane.is_flushed
    assert "s1-2.db" in progress.note
    assert [one.session for one in in_database(connection)] == ["s2"]
    (folder / DECISIONS / "s1-2.db").rename(folder / "s1-2.db")
    assert lane.step(connection).note == ""


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE decision_chunk SET body = overlay(body placing '\\x00' from 40)",
        "UPDATE decision_chunk SET hash = overlay(hash placing '\\x00' from 3)",
    ],
)
def test_one_changed_byte_is_noticed_and_its_chunk_is_named(connection, folder, change):
    write(folder, [batch(number) for number in range(1, 5)])
    drain(connection, lane_of(folder))
    with connection, connection.cursor() as cursor:
        cursor.execute(change)

    with pytest.raises(DecisionsDamaged, match="session s1 of loopback-0a1b2c3d, Selector 2, from batch 1"):
        in_database(connection)


def test_accounts_on_one_server_do_not_see_each_other(connection, folder, tmp_path):
    write(folder, [batch(1)])
    write(tmp_path / "other", [batch(1), batch(2)])
    drain(connection, lane_of(folder))
    drain(connection, DecisionLane(tmp_path / "other", account="demo-1", now_us=lambda: NOW_US))

    assert in_database(connection) == [batch(1)]
    assert in_database(connection, "demo-1") == [batch(1), batch(2)]


def test_decisions_are_counted_by_what_was_decided_and_why(connection, folder):
    refused = replace(batch(3, "draw 3: 0.9", Action.BUY_NO), outcomes=("write_budget",) * 3)
    write(folder, [batch(1, "draw 1: 0.25"), batch(2, "draw 2: 0.5"), refused, batch(4, "x", Action.BUY_YES)])

    drain(connection, lane_of(folder, chunk=3))

    assert rows(
        connection,
        "SELECT action, outcome, refused_by, reason, decisions, percent FROM decisions_by_reason"
        " ORDER BY decisions DESC, action",
    ) == [
        ("HOLD", "hold", None, "draw #: #.#", 6, 50),
        ("BUY_NO", "write_budget", "Selector", "draw #: #.#", 3, 25),
        ("BUY_YES", "asked", None, "x", 3, 25),
    ]
    assert rows(connection, "SELECT refused_by, reason, times FROM refused_by_whom") == [
        ("Selector", "write_budget", 3)
    ]


def test_a_strategy_that_never_says_the_same_twice_fills_no_table(connection, folder):
    said = [batch(n, "".join(chr(97 + int(d)) for d in str(n)), count=1) for n in range(1, 301)]
    write(folder, said)

    drain(connection, lane_of(folder))

    counted = rows(connection, "SELECT reason, decisions FROM decision_count")
    assert len(counted) == 65
    assert dict(counted)[OTHERS] == 300 - 64


def test_a_default_session_takes_at_most_16_bytes_a_decision_with_all_indexes(connection, folder):
    def size():
        ((found,),) = rows(
            connection,
            "SELECT sum(pg_total_relation_size(oid)) FROM pg_class WHERE relname LIKE 'decision\\_%%' AND"
            " relkind = 'r'",
        )
        return found

    batches = default_session(decisions=12_000)
    few = [batch for batch in batches if batch.batch_no <= 100]
    write(folder, few, session="s1")
    drain(connection, lane_of(folder))
    before = size()  # what tables and indexes take that are almost empty
    write(folder, [replace(batch, session="s2") for batch in batches], session="s2")
    drain(connection, lane_of(folder))

    assert (size() - before) / sum(len(batch.tickers) for batch in batches) <= 16


def test_every_example_of_the_page_answers(connection, folder):
    write(folder, [batch(1), batch(2, action=Action.BUY_YES)])
    drain(connection, lane_of(folder))
    page = (Path(__file__).parents[3] / "docs" / "database.md").read_text()
    examples = re.findall(
        r"```sql\n(.*?)```", page.split("## The decisions\n")[1].split("\n## ")[0], re.DOTALL
    )

    assert len(examples) == 3
    assert [len(rows(connection, example)) for example in examples] == [2, 0, 0]


def test_a_decision_that_asked_is_told_with_its_order_or_its_refusal(connection, folder):
    history = History().trade(30)
    fill_tables(connection, history.write(folder), account=ACCOUNT)

    told = rows(
        connection, "SELECT session, incarnation, batch_no, outcome, refused_by, order_key FROM decisions"
    )
    refused = rows(connection, "SELECT count(*) FROM refusal")[0][0]
    ours = rows(connection, "SELECT count(*) FROM order_life WHERE is_ours")[0][0]

    assert len(told) == refused + ours > refused
    assert all(None not in row[:4] for row in told)
    assert {(row[4] is None, row[5] is None) for row in told} <= {(True, False), (False, True)}
