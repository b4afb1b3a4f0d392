"""A shard's tape reaches the disk, or the hole in it is recorded and trading goes on."""

import itertools
import os
import shutil
import threading

import pytest

from market_data import shard_tape
from market_data.shard_books import ShardBooks
from market_data.shard_tape import MOST_PENDING, PIECE_S, RETRY_S, ShardTape
from market_data.tape_player import TapePlayer
from persistence.faults import DiskFull, FileUnusable, NotMadeYet
from persistence.tape import writer as tape_writer
from persistence.tape.codec import TapeCodec
from persistence.tape.outbox import TapeFileReader, TapeSource, read_files, tape_files
from persistence.tape.room import MOST_BYTES, Room
from persistence.tape.tail import TapeTail, rescue_tails
from trading import observation
from trading.tape_shedding import Shedding
from trading.venue_time import TOGETHER

NYC, LA = "RAIN-NYC", "RAIN-LA"
US = 1_700_000_000_000_000
PLENTY = 10**12


class Shard:
    def __init__(self, folder, monkeypatch):
        self.folder = folder
        self.room = Room(0, PLENTY)
        monkeypatch.setattr(tape_writer, "room_for", lambda _: self.room)
        monkeypatch.setattr(tape_writer, "ROOM_EVERY_S", 0.0)
        self.books = ShardBooks(throttle_s=0.0)
        self.books.keep({NYC: US, LA: US})
        for ticker in (NYC, LA):
            self.books.held.confirm(ticker, {4_000: 500}, {5_000: 500}, received_us=1, connection=1)
        self.tape = ShardTape(self.books, folder, TapeSource("s1", 0, 1))
        self.now = 0.0
        self.batches = itertools.count(1)

    def change(self, ticker, change_e2=100):
        book = self.books.book(ticker)
        book.apply("yes", 4_000, change_e2)
        self.books.tape.changed(book.market, "yes", 4_000, change_e2)

    def observe(self):
        """(tape_no, what is observed of all markets)."""
        seen = self.books.observe(dict.fromkeys(self.books.tickers, 7), US, TOGETHER)
        return self.books.tape.batch(next(self.batches), US, 0), observation.pack(seen)

    def look(self, after_s=PIECE_S):
        """The words of the next look, and of the one after the disk has answered."""
        self.now += after_s
        said = self.tape.look(self.now, US)
        self.settle()
        return said

    def settle(self):
        """Until the thread has done what it was given; what it found is taken at the next look."""
        is_done = threading.Event()
        self.tape.writes.submit(("test", ""), is_done.set, within_s=60)
        assert is_done.wait(10)

    def played(self, folder=None):
        player = TapePlayer()
        for piece in read_files(tape_files(folder or self.folder)):
            player.play(TapeCodec().unpack(piece.body))
        return player

    def gaps(self):
        return [
            (gap.first_no, gap.last_no, gap.why)
            for file in tape_files(self.folder)
            for gap in TapeFileReader(file).gaps(0)
        ]


@pytest.fixture
def shard(tmp_path, monkeypatch):
    return Shard(tmp_path / "tape", monkeypatch)


def test_what_was_written_is_observed_when_it_is_played(shard):
    shard.look()
    shard.change(NYC)
    tape_no, seen = shard.observe()
    shard.tape.finish(US, within_s=5.0)

    player = shard.played()
    assert player.played_no == tape_no
    assert observation.pack(player.observe(dict.fromkeys(seen["tickers"], 7))) == seen
    assert shard.gaps() == []
    shard.change(NYC)
    shard.look()
    [file] = tape_files(shard.folder)
    assert file.is_closed()


def test_a_full_disk_is_said_once_and_the_hole_is_recorded(shard):
    shard.look()
    last_written = shard.books.tape.last_no
    shard.room = Room(0, 0)
    said = []
    for _ in range(4):
        shard.change(NYC)
        said += shard.look()

    assert [line.split(":")[0] for line in said] == ["The tape stands still, and trading goes on without it"]
    shard.room = Room(0, PLENTY)
    said = shard.look(RETRY_S) + shard.look()
    assert said == ["The tape is written again"]
    shard.change(NYC)
    shard.look()
    tape_no, seen = shard.observe()
    shard.tape.finish(US, within_s=5.0)
    [(first_no, last_no, why)] = shard.gaps()
    assert (first_no, why) == (last_written + 1, "the disk did not take it")
    assert last_no < tape_no
    assert observation.pack(shard.played().observe(dict.fromkeys(seen["tickers"], 7))) == seen


def test_a_disk_that_is_too_slow_costs_a_hole_and_no_memory(shard, monkeypatch):
    monkeypatch.setattr(shard_tape, "MOST_PENDING", 0)
    shard.look()
    shard.change(NYC)
    shard.look()
    assert shard.books.tape.rows == []
    monkeypatch.setattr(shard_tape, "MOST_PENDING", MOST_PENDING)
    shard.change(LA)
    shard.look()
    _, seen = shard.observe()
    shard.tape.finish(US, within_s=5.0)

    assert [gap[0] for gap in shard.gaps()] == [1]
    assert observation.pack(shard.played().observe(dict.fromkeys(seen["tickers"], 7))) == seen


def test_a_disk_that_runs_short_costs_the_markets_with_nothing_at_stake_first(shard):
    shard.tape.keep_whole([LA])
    shard.look()
    shard.room = Room(int(MOST_BYTES * 0.6), PLENTY)
    shard.change(NYC)
    shard.look()
    said = shard.look()
    assert said == ["The disk runs short: the tape leaves out changes of markets with nothing at stake"]
    shard.change(NYC)
    shard.change(LA)
    shard.look()
    shard.room = Room(0, PLENTY)
    shard.look()
    shard.tape.finish(US, within_s=5.0)

    player = shard.played()
    assert player.left_out == {NYC}
    assert player.books.book(LA).yes == shard.books.book(LA).yes
    assert [why for *_, why in shard.gaps()] == ["left out: markets"]


def test_a_market_that_was_left_out_is_whole_again_with_its_next_snapshot(shard):
    shard.tape._shedding = Shedding.MARKETS
    shard.change(NYC)
    shard.look()
    shard.tape._shedding = Shedding.NOTHING
    book = shard.books.book(NYC)
    shard.books.held.confirm(NYC, book.yes, book.no, received_us=2, connection=1)
    _, seen = shard.observe()
    shard.tape.finish(US, within_s=5.0)

    player = shard.played()
    assert player.left_out == set()
    assert observation.pack(player.observe(dict.fromkeys(seen["tickers"], 7))) == seen


def test_an_audit_that_agrees_writes_nothing(shard):
    before = shard.books.tape.last_no
    book = shard.books.book(NYC)
    shard.books.held.confirm(NYC, book.yes, book.no, received_us=2, connection=1)

    assert shard.books.tape.last_no == before


def test_nothing_is_written_where_nothing_happened(shard):
    shard.look()
    shard.look()
    shard.look()
    shard.tape.finish(US, within_s=5.0)

    [file] = tape_files(shard.folder)
    try:
        assert TapeFileReader(file).last_no() == shard.books.tape.last_no
    except NotMadeYet:
        pytest.fail("the first piece was not written")


def test_a_disk_that_never_answers_is_given_up_and_written_to_anew(shard, monkeypatch):
    shard.look()
    is_back, write = threading.Event(), tape_writer.TapeOutbox.write
    monkeypatch.setattr(shard_tape, "WRITE_WITHIN_S", 0.0)
    monkeypatch.setattr(tape_writer.TapeOutbox, "write", lambda *given: is_back.wait(10) and write(*given))
    shard.change(NYC)
    lost_no = shard.books.tape.last_no
    shard.tape.look(shard.now + PIECE_S, US)
    while not shard.tape.writes.is_overdue():
        pass
    [said] = shard.tape.look(shard.now + 2 * PIECE_S, US)
    assert said.startswith("The tape stands still")
    monkeypatch.setattr(shard_tape, "WRITE_WITHIN_S", 60.0)
    monkeypatch.setattr(tape_writer.TapeOutbox, "write", write)
    shard.look(RETRY_S + 2 * PIECE_S)
    shard.look()
    is_back.set()
    shard.change(LA)
    shard.look()
    _, seen = shard.observe()
    shard.tape.finish(US, within_s=5.0)

    [(first_no, _, why)] = shard.gaps()
    assert (first_no, why) == (lost_no, "the disk did not take it")
    assert observation.pack(shard.played().observe(dict.fromkeys(seen["tickers"], 7))) == seen


def test_a_killed_watcher_loses_no_row_that_a_batch_showed(shard):
    shard.look()
    shard.change(NYC)
    shard.look()
    shard.change(NYC)
    tape_no, seen = shard.observe()
    shard.tape.secure(US)
    shard.change(LA)  # nobody saw it
    shard.settle()
    for number in list(shard.tape._tail._files):  # what the kernel does for a killed process
        os.close(number)

    next_life = ShardTape(ShardBooks(throttle_s=0.0), shard.folder, TapeSource("s1", 0, 2))
    next_life.finish(US, within_s=5.0)

    player = shard.played()
    assert player.played_no == tape_no
    assert observation.pack(player.observe(dict.fromkeys(seen["tickers"], 7))) == seen
    assert list(shard.folder.glob("*.tail*")) == []


def test_a_killed_watcher_loses_no_row_that_was_on_its_way_to_a_slow_disk(shard, tmp_path):
    shard.look()
    is_back = threading.Event()
    shard.tape.writes.submit(("test", ""), is_back.wait, 10, within_s=60)
    shard.change(NYC)
    shard.tape.look(shard.now + PIECE_S, US)
    shard.change(NYC)
    tape_no, _ = shard.observe()
    shard.tape.secure(US)

    left = shutil.copytree(shard.folder, tmp_path / "left")  # by a kill at this moment
    is_back.set()
    rescue_tails(left)

    assert shard.played(left).played_no == tape_no
    shard.tape.finish(US, within_s=5.0)


def test_a_tail_that_cannot_be_made_is_said_once_and_made_when_it_can_be(tmp_path, monkeypatch):
    in_the_way = tmp_path / "tape" / "s1-0-1.tail0"
    in_the_way.mkdir(parents=True)
    shard = Shard(tmp_path / "tape", monkeypatch)
    said = [*shard.look(), *shard.look()]
    in_the_way.rmdir()
    shard.change(NYC)
    said += [*shard.look(), *shard.look()]

    why = FileUnusable(in_the_way, "is a folder", to_do="move it away")
    assert about_kills(said) == [
        f"A kill would cost the newest rows of the tape: {why}",
        "A kill costs no row of the tape any more",
    ]
    shard.tape.finish(US, within_s=5.0)


def about_kills(said):
    return [line for line in said if line.startswith("A kill")]


def test_a_tail_that_lacks_rows_is_removed_and_said_and_another_one_begun(shard, monkeypatch):
    """A rescue would make pieces of it that the watcher's own would collide with."""
    shard.look()
    shard.change(NYC)
    with monkeypatch.context() as patch:
        patch.setattr(TapeTail, "write", no_room)
        shard.tape.secure(US)
        assert list(shard.folder.glob("*.tail*")) == []
        said = [*shard.look(), *shard.look()]

    shard.change(NYC)
    said += shard.look()
    assert about_kills(said) == [
        "A kill would cost the newest rows of the tape: no room",
        "A kill costs no row of the tape any more",
    ]
    shard.tape.finish(US, within_s=5.0)


def no_room(*_):
    raise DiskFull("no room")


def test_a_disk_without_room_for_a_tape_gets_no_tail(shard):
    def tail_bytes():
        return sum(path.stat().st_size for path in shard.folder.glob("*.tail*"))

    shard.change(NYC)
    shard.tape.secure(US)
    assert tail_bytes() > 0
    shard.room = Room(0, 0)
    shard.look()
    shard.look()
    shard.change(NYC)
    shard.tape.secure(US)
    assert tail_bytes() == 0
    shard.tape.finish(US, within_s=5.0)


def test_the_tail_of_a_watcher_that_lives_is_left_to_it(shard):
    shard.look()
    shard.look()
    shard.change(NYC)
    shard.tape.secure(US)

    assert rescue_tails(shard.folder) == []
    assert len(list(shard.folder.glob("*.tail*"))) == 2
    shard.tape.finish(US, within_s=5.0)
    assert list(shard.folder.glob("*.tail*")) == []


def test_the_tail_does_not_grow(shard):
    sizes = []
    for _ in range(50):
        shard.change(NYC)
        shard.tape.secure(US)
        shard.look()
        sizes.append(sum(path.stat().st_size for path in shard.folder.glob("*.tail*")))

    assert 0 < max(sizes[10:]) <= max(sizes[:10])
    shard.tape.finish(US, within_s=5.0)


def test_a_tail_that_was_cut_off_gives_what_is_whole(shard):
    shard.look()
    shard.look()
    shard.change(NYC)
    shard.tape.secure(US)
    whole_no = shard.books.tape.last_no
    shard.change(NYC)
    shard.tape.secure(US)
    path = shard.tape._tail._paths[shard.tape._tail._at]
    for number in list(shard.tape._tail._files):
        os.close(number)
    path.write_bytes(path.read_bytes()[:-3])

    assert rescue_tails(shard.folder) == [TapeSource("s1", 0, 1)]
    assert shard.played().played_no == whole_no
