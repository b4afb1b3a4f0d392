"""Every row of every tape comes into the database once, whatever breaks, and no file goes before that."""

import shutil
from contextlib import closing, suppress

import numpy as np
import pytest

from persistence.database.connections import connect, transaction
from persistence.database.faults import DatabaseDown
from persistence.faults import PersistenceError
from persistence.lane import IDLE
from persistence.removed_files import LOST
from persistence.tape.chunks import CHUNK_ROWS
from persistence.tape.lane import WITHIN_US
from persistence.tape.outbox import TapeGap, TapeOutbox, TapeSource, tape_files
from persistence.tape.tail import TapeTail
from tests.persistence.tape_database import (
    ACCOUNT,
    SOURCE,
    Flaky,
    drain,
    lane_of,
    packed,
    read_back,
    rows_of,
    write_tape,
)
from tests.persistence.tape_pieces import START_US, recorded
from trading.tape import TapeRecorder
from trading.tape_rows import joined

PLACES = "SELECT first_no, last_no FROM tape_chunk WHERE account = %s ORDER BY first_no"
GAPS = "SELECT first_no, last_no, why FROM tape_gap WHERE account = %s ORDER BY first_no"


@pytest.fixture
def connection(database):
    with closing(connect(database, name="tests", synchronous=False)) as made:
        yield made


def same(pieces, others):
    one, other = joined(pieces), joined(others)
    return all(np.array_equal(mine, theirs) for mine, theirs in zip(one, other, strict=True))


def test_what_was_written_is_read_back(tmp_path, connection):
    written = write_tape(tmp_path, pieces=7, rotated_bytes=1)

    assert drain(lane_of(tmp_path), connection) == []

    found, reader = read_back(connection)
    assert same(found, written)
    [tape] = reader.tapes(SOURCE.session)
    assert (tape.source, tape.first_no, tape.last_no) == (SOURCE, 1, written[-1].last_no)
    assert (tape.changes, reader.gaps(SOURCE), reader.damaged) == (21, [], [])


def test_whatever_breaks_at_any_statement_every_row_comes_once(tmp_path, database):
    breaks_at, breaks = 0, 1
    written = write_tape(tmp_path / "made", pieces=2)
    while breaks:
        breaks_at, breaks = breaks_at + 1, 0
        folder, account = tmp_path / str(breaks_at), f"loopback-{breaks_at}"
        shutil.copytree(tmp_path / "made", folder)
        lane = lane_of(folder, account)
        while tape_files(folder / "tape"):
            with closing(connect(database, name="tests")) as made:
                flaky = made if breaks else Flaky(made, breaks_at=breaks_at)
                try:
                    drain(lane, flaky)
                except DatabaseDown:
                    breaks += 1
                    continue

        with closing(connect(database, name="tests")) as made:
            found, _ = read_back(made, account)
            assert same(found, written)
            assert rows_of(made, GAPS, account) == []
    assert breaks_at > 15


def test_another_lane_that_was_quicker_costs_no_row_twice_and_its_rows_are_counted_by_it(
    tmp_path, connection, database
):
    tape = TapeRecorder()
    outbox = TapeOutbox(tmp_path / "tape", SOURCE)
    written = [recorded(tape=tape) for _ in range(3)]
    for piece in written:
        outbox.write(packed(piece))
    slow, quick = lane_of(tmp_path, now_us=START_US), lane_of(tmp_path)
    assert slow.step(connection).written == 0  # it waits for more
    with closing(connect(database, name="tests")) as other:
        assert quick.step(other).written == written[-1].last_no
    slow.flush()

    assert slow.step(connection).written == 0
    outbox.close()
    drain(slow, connection)
    found, _ = read_back(connection)
    assert same(found, written)


class Meanwhile(Flaky):
    """A connection that does something, once, while the server is asked."""

    def __init__(self, connection, do):
        super().__init__(connection)
        self._do = do

    def reach(self, what, *, do=None):
        if (meanwhile := self._do) is not None:
            self._do = None
            meanwhile()
        super().reach(what, do=do)


def test_a_tape_that_begins_while_the_database_is_asked_is_the_next_steps(tmp_path, connection):
    first = write_tape(tmp_path)
    other = SOURCE._replace(shard=1)
    lane = lane_of(tmp_path)
    meanwhile = Meanwhile(connection, lambda: write_tape(tmp_path, source=other))

    assert lane.step(meanwhile).written == first[-1].last_no
    lane.step(meanwhile)

    assert [same(read_back(connection, source=source)[0], first) for source in (SOURCE, other)] == [True] * 2


# --- files -------------------------------------------------------------------------------------------


def test_a_file_is_removed_behind_a_commit_that_waits_for_the_disk(tmp_path, connection, monkeypatch):
    write_tape(tmp_path)
    lane, flaky = lane_of(tmp_path), Flaky(connection)
    monkeypatch.setattr(lane._folder, "remove", lambda _: flaky.done.append("remove"))
    lane.step(flaky)
    assert "remove" not in flaky.done
    flaky.done.clear()

    lane.step(flaky)

    assert flaky.done[0] == "SET LOCAL synchronous_commit = on"
    # A commit of nothing would wait for nothing.
    assert [what for what in flaky.done if what.startswith("INSERT INTO lane_cursor")] != []
    assert flaky.done[-2:] == ["commit", "remove"]


def test_a_file_that_is_written_stays_and_one_that_was_gone_on_from_goes(tmp_path, connection):
    tape = TapeRecorder()
    outbox = TapeOutbox(tmp_path / "tape", SOURCE, rotated_bytes=1)
    for _ in range(2):
        outbox.write(packed(recorded(tape=tape)))
    lane = lane_of(tmp_path)

    for _ in range(6):
        lane.step(connection)

    assert [file.number for file in tape_files(tmp_path / "tape")] == [2]
    outbox.close()
    lane.step(connection)
    assert tape_files(tmp_path / "tape") == []


def test_a_database_that_went_back_in_time_gets_what_the_files_still_have(tmp_path, connection):
    written = write_tape(tmp_path)
    lane = lane_of(tmp_path)
    lane.step(connection)
    with transaction(connection) as cursor:
        cursor.execute("DELETE FROM tape_chunk")
        cursor.execute("DELETE FROM lane_cursor")

    drain(lane, connection)

    found, _ = read_back(connection)
    assert same(found, written)


def test_rows_of_removed_files_that_the_database_has_lost_are_a_gap_and_an_alarm_once(tmp_path, connection):
    written = write_tape(tmp_path, pieces=3)
    drain(lane_of(tmp_path), connection)
    assert list((tmp_path / "tape").glob("*.db")) == []
    with transaction(connection) as cursor:  # as in an older copy, or in another database
        cursor.execute("DELETE FROM tape_chunk; DELETE FROM lane_cursor")

    told = lane_of(tmp_path).step(connection)

    assert told.note == f"rows of the tapes of {SOURCE.session} are lost: {LOST}"
    assert rows_of(connection, GAPS, ACCOUNT) == [(1, written[-1].last_no, LOST)]
    assert lane_of(tmp_path).step(connection) == IDLE


def test_rows_that_a_file_still_has_are_written_again_and_the_gap_ends_before_them(tmp_path, connection):
    tape = TapeRecorder()
    outbox = TapeOutbox(tmp_path / "tape", SOURCE, rotated_bytes=1)
    written = [recorded(tape=tape) for _ in range(3)]
    for piece in written:
        outbox.write(packed(piece))
    lane = lane_of(tmp_path)
    for _ in range(4):
        lane.step(connection)
    assert [file.number for file in tape_files(tmp_path / "tape")] == [3]
    with transaction(connection) as cursor:
        cursor.execute("DELETE FROM tape_chunk; DELETE FROM lane_cursor")

    lane_of(tmp_path).step(connection)

    assert rows_of(connection, GAPS, ACCOUNT) == [(1, written[1].last_no, LOST)]
    assert same(read_back(connection)[0], written[2:])
    outbox.close()


def test_what_a_killed_watcher_had_in_no_file_yet_comes_into_the_database(tmp_path, connection):
    tape = TapeRecorder()
    written = recorded(tape=tape)
    with closing(TapeOutbox(tmp_path / "tape", SOURCE)) as outbox:
        outbox.write(packed(written))
    drain(lane_of(tmp_path), connection)
    tail = TapeTail(tmp_path / "tape", SOURCE)
    tail.write(written)  # it is in the database, and its file is gone
    shown = recorded(tape=tape)
    tail.write(shown)
    lane = lane_of(tmp_path)
    lane.step(connection)
    assert tape_files(tmp_path / "tape") == []  # the watcher lives
    tail.close()

    lane.step(connection)
    drain(lane, connection)

    found, reader = read_back(connection)
    assert same(found, [written, shown])
    assert reader.gaps(SOURCE) == []
    assert list((tmp_path / "tape").iterdir()) == []


# --- when --------------------------------------------------------------------------------------------


def test_rows_wait_to_be_packed_with_others_for_a_while(tmp_path, connection):
    tape = TapeRecorder()
    outbox = TapeOutbox(tmp_path / "tape", SOURCE)
    outbox.write(packed(recorded(tape=tape)))

    progress = lane_of(tmp_path, now_us=START_US + WITHIN_US - 1).step(connection)
    assert (progress.written, progress.behind) == (0, 8)
    progress = lane_of(tmp_path, now_us=START_US + WITHIN_US).step(connection)
    assert (progress.written, progress.behind) == (8, 0)
    outbox.close()


def test_a_full_chunk_waits_for_nothing(tmp_path, connection):
    tape = TapeRecorder()
    outbox = TapeOutbox(tmp_path / "tape", SOURCE)
    for _ in range(3):
        outbox.write(packed(recorded(CHUNK_ROWS // 2, tape=tape)))

    progress = lane_of(tmp_path, now_us=START_US).step(connection)

    assert progress.behind == CHUNK_ROWS // 2 + 5
    assert rows_of(connection, "SELECT count(*), sum(changes) FROM tape_chunk") == [(1, CHUNK_ROWS)]
    outbox.close()


def test_asked_to_flush_it_leaves_nothing_waiting(tmp_path, connection):
    tape = TapeRecorder()
    outbox = TapeOutbox(tmp_path / "tape", SOURCE)
    outbox.write(packed(recorded(tape=tape)))
    lane = lane_of(tmp_path, now_us=START_US)
    lane.flush()
    assert not lane.is_flushed

    assert lane.step(connection).behind == 0
    assert lane.is_flushed
    outbox.write(packed(recorded(tape=tape)))
    assert lane.step(connection).behind > 0  # it was asked for once
    outbox.close()


def test_a_flush_as_the_next_file_begins_is_about_the_rows_of_the_one_before(tmp_path, connection):
    outbox = TapeOutbox(tmp_path / "tape", SOURCE, rotated_bytes=1)
    piece = packed(recorded())
    outbox.write(piece)
    with pytest.raises(PersistenceError):  # the next file is there, and has not taken its first piece
        outbox.write(piece._replace(body=object()))
    lane = lane_of(tmp_path, now_us=START_US)
    assert len(tape_files(tmp_path / "tape")) == 2

    lane.flush()

    assert not lane.is_flushed
    assert lane.waiting() == piece.last_no
    outbox.close()


def test_a_file_that_cannot_be_read_any_more_is_not_waited_for_by_a_flush(tmp_path, connection):
    write_tape(tmp_path)
    lane = lane_of(tmp_path)
    lane.flush()
    [file] = tape_files(tmp_path / "tape")
    lane.close()
    file.path.write_bytes(b"not a database any more")
    assert not lane.is_flushed

    lane.step(connection)
    lane.step(connection)

    assert lane.is_flushed


# --- what is missing ---------------------------------------------------------------------------------


def test_a_damaged_piece_is_named_and_left_out_and_the_others_go_in(tmp_path, connection):
    tape = TapeRecorder()
    pieces = [packed(recorded(tape=tape)) for _ in range(3)]
    damaged = bytearray(pieces[1].body)
    damaged[60] ^= 1
    with closing(TapeOutbox(tmp_path / "tape", SOURCE)) as outbox:
        for piece in (pieces[0], pieces[1]._replace(body=bytes(damaged)), pieces[2]):
            outbox.write(piece)

    progress = lane_of(tmp_path).step(connection)

    assert progress.dropped == 1
    assert "s1abc-0-1-1.db is damaged" in progress.note
    [(first_no, last_no, why)] = rows_of(connection, GAPS, ACCOUNT)
    assert (first_no, last_no) == (pieces[1].first_no, pieces[1].last_no)
    assert "checksum" in why
    assert [first for first, _ in rows_of(connection, PLACES, ACCOUNT)] == [1, pieces[2].first_no]


def test_rows_that_are_in_no_file_any_more_are_a_gap_and_said(tmp_path, connection):
    """The database was emptied, or its disk put back to an earlier day."""
    written = write_tape(tmp_path, pieces=3, rotated_bytes=1)
    tape_files(tmp_path / "tape")[0].remove()

    lane = lane_of(tmp_path)
    notes = {lane.step(connection).note for _ in range(5)}  # as long as they are missing

    last_no = written[0].last_no
    why = "they are in no file and were never written here"
    assert notes == {f"rows 1 to {last_no} of a tape are missing: {why}"}
    assert [gap[:2] for gap in rows_of(connection, GAPS, ACCOUNT)] == [(1, written[0].last_no)]


def test_a_hole_that_the_writer_recorded_is_one_gap_with_its_reason(tmp_path, connection):
    tape = TapeRecorder()
    first, lost = recorded(tape=tape), recorded(tape=tape)
    tape.begin_again()
    last = recorded(tape=tape)
    hole = TapeGap(lost.first_no, lost.last_no, START_US, "the disk did not take it")
    with closing(TapeOutbox(tmp_path / "tape", SOURCE)) as outbox:
        outbox.write(packed(first))
        outbox.write(packed(last), (hole,))

    drain(lane_of(tmp_path), connection)

    assert rows_of(connection, GAPS, ACCOUNT) == [(lost.first_no, lost.last_no, hole.why)]
    assert len(read_back(connection)[0]) == 2  # no chunk goes over a hole


def test_a_file_that_cannot_be_read_is_named_and_stays_and_the_others_go_on(tmp_path, connection):
    write_tape(tmp_path)
    spoilt = tmp_path / "tape" / "s0zzz-0-1-1.db"
    spoilt.write_bytes(b"not a database")
    lane = lane_of(tmp_path)

    notes = [lane.step(connection).note for _ in range(4)]

    assert all(str(spoilt) in note for note in notes)
    assert [path.name for path in (tmp_path / "tape").iterdir()] == [spoilt.name]
    assert len(rows_of(connection, PLACES, ACCOUNT)) == 1
    spoilt.rename(tmp_path / spoilt.name)
    assert lane.step(connection) == IDLE


def test_a_damaged_chunk_is_named_and_the_others_are_read(tmp_path, connection):
    write_tape(tmp_path, pieces=3, rotated_bytes=1)
    drain(lane_of(tmp_path), connection)
    with transaction(connection) as cursor:
        cursor.execute("SELECT first_no FROM tape_chunk ORDER BY first_no OFFSET 1 LIMIT 1")
        [(first_no,)] = cursor.fetchall()
        cursor.execute(
            "UPDATE tape_chunk SET body = set_byte(body, 70, 255 - get_byte(body, 70)) WHERE first_no = %s",
            (first_no,),
        )

    found, reader = read_back(connection)

    assert [piece.first_no for piece in found if piece.first_no == first_no] == []
    assert len(found) == 2
    [gap] = reader.damaged
    assert gap.first_no == first_no
    assert "checksum" in gap.why


# --- what else comes with it -------------------------------------------------------------------------


def test_the_texts_and_the_markets_of_a_tape_are_tables_of_their_own(tmp_path, connection):
    tape = TapeRecorder()
    first = recorded(tape=tape)
    tape.belongs("RAIN-NYC", "RAIN-26")
    tape.closes("RAIN-NYC", START_US + 99)
    tape.distrusted(tape.text("RAIN-NYC"), "gap\0\ud800")
    with closing(TapeOutbox(tmp_path / "tape", SOURCE, rotated_bytes=1)) as outbox:
        outbox.write(packed(first))
        outbox.write(packed(tape.take(START_US)))

    drain(lane_of(tmp_path), connection)

    texts = rows_of(connection, "SELECT number, text FROM tape_text ORDER BY number")
    assert texts == [(0, "RAIN-NYC"), (1, "RAIN-26"), (2, "gap?")]
    question = "SELECT source, ticker, venue, event_ticker, series_ticker, close_us FROM market"
    assert rows_of(connection, question) == [
        ("data", "RAIN-NYC", "loopback", "RAIN-26", "RAIN", START_US + 99)
    ]


def test_each_day_has_a_partition_and_what_has_none_goes_to_the_default(tmp_path, connection):
    question = "SELECT tableoid::regclass::text, count(*) FROM tape_chunk GROUP BY 1 ORDER BY 1"
    with transaction(connection) as cursor:
        cursor.execute("CREATE TABLE tape_chunk_20231114 (day date)")  # in the way

    write_tape(tmp_path, source=TapeSource("s1", 0, 1))
    drain(lane_of(tmp_path), connection)
    assert rows_of(connection, question) == [("tape_chunk_others", 1)]

    with transaction(connection) as cursor:
        cursor.execute("DROP TABLE tape_chunk_20231114")
        cursor.execute("DELETE FROM tape_chunk")
    write_tape(tmp_path, source=TapeSource("s2", 0, 1))
    drain(lane_of(tmp_path), connection)
    assert rows_of(connection, question) == [("tape_chunk_20231114", 1)]


def test_two_accounts_share_a_database_and_see_nothing_of_each_other(tmp_path, connection):
    written = {}
    for account, pieces in (("loopback-1", 2), ("demo-2", 4)):
        written[account] = write_tape(tmp_path / account, pieces=pieces)
        drain(lane_of(tmp_path / account, account), connection)

    for account, pieces in written.items():
        found, _ = read_back(connection, account)
        assert same(found, pieces)


def test_no_folder_is_nothing_to_do(tmp_path, connection):
    assert lane_of(tmp_path / "nowhere").step(connection).is_idle


def test_a_lane_that_is_closed_holds_no_file(tmp_path, connection):
    write_tape(tmp_path)
    lane = lane_of(tmp_path)
    lane.step(connection)
    lane.close()
    with suppress(FileNotFoundError):
        tape_files(tmp_path / "tape")[0].remove()
    assert tape_files(tmp_path / "tape") == []
