"""A drain waits for the database, tries again, and ends with all written that was there."""

from __future__ import annotations

import select

import pytest

from persistence.database.faults import DatabaseDown, DatabaseRefused
from persistence.faults import FileUnusable
from persistence.lane import IDLE, Progress
from persistence.recording.drain import (
    FIRST_RETRY_S,
    LONGEST_RETRY_S,
    REST_S,
    SILENT_S,
    Drain,
    LaneStanding,
)

PATIENCE_S = 20.0


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


class Connection:
    is_closed = False

    def close(self):
        self.is_closed = True


class ScriptedLane:
    """Answers each step with the next of its script, then with nothing."""

    def __init__(self, *script, name="ledger"):
        self.name = name
        self.script = list(script)
        self.connections = []
        self.is_closed = False
        self.flushes = 0
        self.waits = 0
        self.wanted = 0  # steps until what was there at the flush is written

    def waiting(self):
        return self.waits

    def flush(self):
        self.flushes += 1

    @property
    def is_flushed(self):
        return not self.wanted

    def close(self):
        self.is_closed = True

    def step(self, connection):
        self.connections.append(connection)
        self.wanted = max(0, self.wanted - 1)
        told = self.script.pop(0) if self.script else IDLE
        if isinstance(told, Exception):
            raise told
        return told


def drain_of(*lanes, connect=Connection, clock=None):
    return Drain("test", connect, lanes, clock=clock or Clock())


class Connecting:
    """Fails as scripted, then connects."""

    def __init__(self, *failures):
        self.failures = list(failures)
        self.made = []

    def __call__(self):
        if self.failures:
            raise self.failures.pop(0)
        self.made.append(Connection())
        return self.made[-1]


def test_it_goes_on_at_once_while_more_waits_and_rests_when_nothing_does():
    drain = drain_of(ScriptedLane(Progress(500, 90), Progress(90, 0), IDLE))

    assert [drain.turn(), drain.turn(), drain.turn()] == [0.0, REST_S, REST_S]
    assert drain.standing.state == "ready"
    assert drain.standing.lanes == {"ledger": LaneStanding(590, 0)}


def test_a_lane_that_waits_without_moving_does_not_make_it_busy():
    assert drain_of(ScriptedLane(Progress(0, 12, "refused"))).turn() == REST_S


def test_it_waits_longer_and_longer_for_a_database_that_is_down():
    connecting = Connecting(*(DatabaseDown("nobody listens") for _ in range(6)))
    drain = drain_of(ScriptedLane(), connect=connecting)

    waits = [drain.turn() for _ in range(6)]

    assert waits == [FIRST_RETRY_S, 0.4, 0.8, 1.6, LONGEST_RETRY_S, LONGEST_RETRY_S]
    assert (drain.standing.state, drain.standing.why) == ("down", "nobody listens")
    assert drain.turn() == REST_S
    assert (drain.standing.state, drain.standing.why) == ("ready", "")


def test_what_waits_is_told_while_the_database_is_down():
    lane = ScriptedLane()
    drain = drain_of(lane, connect=Connecting(DatabaseDown("nobody listens"), DatabaseDown("nobody listens")))
    for lane.waits in (120, 340):
        drain.turn()

        assert drain.standing.behind == lane.waits


def test_a_database_that_refuses_is_said_so_and_tried_again():
    drain = drain_of(ScriptedLane(), connect=Connecting(DatabaseRefused("a wrong password")))

    assert drain.turn() == FIRST_RETRY_S
    assert drain.standing.state == "refused"
    drain.turn()
    assert drain.standing.state == "ready"


def test_a_database_that_goes_away_is_connected_to_again():
    connecting = Connecting()
    lane = ScriptedLane(Progress(3, 2), DatabaseDown("the server ended"), Progress(2, 0))
    drain = drain_of(lane, connect=connecting)

    drain.turn()
    lane.waits = 2
    assert drain.turn() == FIRST_RETRY_S
    assert drain.standing.state == "down"
    assert drain.standing.behind == 2
    drain.turn()

    assert connecting.made[0].is_closed
    assert lane.connections == [connecting.made[0], connecting.made[0], connecting.made[1]]
    assert drain.standing.lanes["ledger"] == LaneStanding(5, 0)


def test_a_lane_whose_files_are_damaged_is_named_and_the_others_go_on(tmp_path):
    damaged = ScriptedLane(Progress(1, 7), FileUnusable(tmp_path / "a.db", "is damaged"))
    other = ScriptedLane(Progress(1, 0), Progress(1, 0), name="tape")
    drain = drain_of(damaged, other)

    drain.turn()
    drain.turn()

    assert drain.standing.state == "ready"
    assert "a.db is damaged" in drain.standing.lanes["ledger"].note
    assert drain.standing.lanes["tape"].written == 2


def test_a_lane_that_the_database_refuses_keeps_no_other_from_its_step():
    refused = [DatabaseRefused(f"no right on tape_chunk, {turn}") for turn in range(2)]
    tape, ledger = ScriptedLane(*refused, name="tape"), ScriptedLane(Progress(5, 0), Progress(3, 0))
    drain = drain_of(tape, ledger)

    drain.turn()
    drain.turn()

    assert drain.standing.lanes["ledger"].written == 8
    assert (drain.standing.state, drain.standing.why) == ("refused", "no right on tape_chunk, 1")


def test_it_ends_when_everything_that_was_there_is_written():
    connecting = Connecting()
    lane = ScriptedLane(Progress(5, 5), Progress(5, 0))
    drain = drain_of(lane, connect=connecting)
    drain.stop(within_s=5.0)

    assert [drain.turn(), drain.turn(), drain.turn()] == [0.0, 0.0, None]
    assert drain.standing.state == "stopped"
    assert connecting.made[0].is_closed
    assert lane.is_closed


def test_it_ends_in_time_whatever_is_left():
    clock = Clock()
    drain = drain_of(ScriptedLane(*[Progress(5, 5)] * 9), clock=clock)
    drain.stop(within_s=5.0)
    drain.turn()
    clock.now = 5.1

    assert drain.turn() is None
    assert drain.standing.behind == 5


def test_it_does_not_wait_for_a_database_that_is_down_when_it_is_to_end():
    drain = drain_of(ScriptedLane(), connect=Connecting(DatabaseDown("nobody listens")))
    drain.stop(within_s=5.0)

    assert drain.turn() is None


def test_whoever_asks_for_a_flush_hears_when_all_that_was_there_is_written():
    """Also where more comes all the time."""
    lane = ScriptedLane(*[Progress(5, 5)] * 9)
    drain = drain_of(lane)
    drain.turn()
    drain.take_news()
    assert lane.flushes == 0

    asked, lane.wanted = drain.flush(), 3

    done = [drain.take_news().flushed_no >= asked for _ in range(4) if drain.turn() is not None]
    assert done == [False, False, True, True]
    assert lane.flushes == 1


def test_a_flush_that_is_asked_for_while_a_round_runs_is_done_by_a_later_one():
    lane, asked = ScriptedLane(), []
    lane.step = lambda _connection: (asked.append(drain.flush()) if not asked else None) or IDLE
    drain = drain_of(lane)

    drain.turn()
    assert drain.take_news().flushed_no < asked[0]

    drain.turn()
    assert drain.take_news().flushed_no == asked[0]
    assert lane.flushes == 1


class AskedAgain(ScriptedLane):
    """Somebody asks for a flush just as an earlier one is seen to be done."""

    again = None

    @property
    def is_flushed(self):
        self.again = self.again or self.drain.flush()
        return True


def test_a_flush_that_is_asked_for_while_another_is_answered_is_answered_too():
    lane = AskedAgain()
    lane.drain = drain = drain_of(lane)
    first = drain.flush()

    drain.turn()
    assert first <= drain.standing.flushed_no < lane.again
    drain.turn()

    assert drain.standing.flushed_no == lane.again
    assert lane.flushes == 2


# --- a database that does not answer -------------------------------------------------------------------


class Silent(ScriptedLane):
    """Looks at the standing of its drain while its step takes ever longer."""

    def __init__(self, clock, *seconds):
        super().__init__()
        self.clock, self.seconds, self.seen = clock, seconds, []

    def step(self, connection):
        began = self.clock.now
        for each in self.seconds:
            self.clock.now = began + each
            self.waits += 100
            standing = self.drain.counted()
            self.seen.append((standing.state, standing.why, standing.behind))
        return super().step(connection)


def test_a_database_that_does_not_answer_is_told_after_some_seconds_with_all_that_waits():
    clock = Clock()
    lane = Silent(clock, SILENT_S - 1, SILENT_S, SILENT_S + 2)
    lane.drain = drain = drain_of(lane, clock=clock)

    drain.turn()

    assert lane.seen == [
        ("ready", "", 0),
        ("waiting", "no answer from the database for 5 s (lane ledger)", 200),
        ("waiting", "no answer from the database for 7 s (lane ledger)", 300),
    ]
    assert (drain.standing.state, drain.standing.why) == ("ready", "")
    clock.now += 3_600.0
    assert drain.standing.state == "ready"  # it rests between two rounds


@pytest.fixture
def running():
    started = []

    def start(drain):
        started.append(drain)
        drain.start()
        return drain

    yield start
    for drain in started:
        drain.stop(0.0)


def hears(drain, state):
    """Wait for its next words until it is in this state."""
    while drain.standing.state != state:
        assert select.select([drain.fileno()], [], [], PATIENCE_S)[0], drain.standing
        drain.take_news()


def test_whoever_watches_it_hears_of_each_new_state(running):
    drain = running(drain_of(ScriptedLane(Progress(1, 0)), connect=Connecting(DatabaseDown("not yet"))))

    hears(drain, "ready")
    drain.stop(5.0)
    hears(drain, "stopped")

    assert drain.standing.lanes["ledger"].written == 1


def test_a_mistake_ends_the_thread_and_is_kept_for_whoever_watches(running):
    drain = running(drain_of(ScriptedLane(ValueError("a mistake"))))

    hears(drain, "failed")

    assert str(drain.failure) == "a mistake"
    assert drain.standing.why == "ValueError: a mistake"


def test_every_flush_that_is_asked_for_beside_the_thread_is_answered(running):
    lane = ScriptedLane()
    drain = running(drain_of(lane))

    for number in range(1, 101):
        assert drain.flush() == number
        if number % 10 == 0:  # the others come while it works
            while drain.take_news().flushed_no < number:
                assert select.select([drain.fileno()], [], [], PATIENCE_S)[0], drain.standing

    assert drain.standing.flushed_no == 100
    assert 10 <= lane.flushes <= 100
