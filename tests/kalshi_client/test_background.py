import select
import threading

import pytest

from kalshi_client.background import Background, Done, Overdue

PATIENCE_S = 10.0


@pytest.fixture
def background():
    made = Background(2, name="test")
    yield made
    made.close()


def answers(background, count):
    """So many answers, waited for on the descriptor."""
    found = []
    while len(found) < count:
        readable, _, _ = select.select([background.fileno()], [], [], PATIENCE_S)
        assert readable, "no answer came"
        found += background.drain()
    return found


def is_readable(background):
    return bool(select.select([background.fileno()], [], [], 0)[0])


def test_an_answer_carries_what_was_asked_and_what_came_back(background):
    background.submit(("add", "1"), lambda a, b: a + b, 20, 22, within_s=PATIENCE_S)

    assert answers(background, 1) == [Done(("add", "1"), 42, None)]


def test_an_exception_is_an_answer(background):
    background.submit(("divide", ""), lambda: 1 // 0, within_s=PATIENCE_S)

    [done] = answers(background, 1)

    assert done.result is None
    assert isinstance(done.error, ZeroDivisionError)


def test_asking_never_waits_for_an_answer(background):
    go = threading.Event()
    background.submit(("wait", ""), go.wait, PATIENCE_S, within_s=PATIENCE_S)

    assert background.drain() == []
    assert background.pending == 1
    go.set()
    assert answers(background, 1)[0].result is True
    assert background.pending == 0


def test_a_slow_call_does_not_hold_up_the_next(background):
    go = threading.Event()
    background.submit(("slow", ""), go.wait, PATIENCE_S, within_s=PATIENCE_S)
    background.submit(("fast", ""), int, within_s=PATIENCE_S)

    [done] = answers(background, 1)

    assert done.tag == ("fast", "")
    go.set()


def test_no_answer_is_lost_or_doubled_among_many(background):
    for number in range(500):
        background.submit(("echo", str(number)), str, number, within_s=PATIENCE_S)

    found = answers(background, 500)

    assert sorted(int(done.tag[1]) for done in found) == list(range(500))
    assert all(done.tag[1] == done.result for done in found)


def test_the_descriptor_is_quiet_once_everything_is_read(background):
    background.submit(("now", ""), int, within_s=PATIENCE_S)
    answers(background, 1)

    assert not is_readable(background)


def test_what_has_not_begun_when_it_closes_never_begins():
    background = Background(1, name="test")
    begun, go, ran = threading.Event(), threading.Event(), []
    background.submit(("first", ""), lambda: (begun.set(), go.wait(PATIENCE_S)), within_s=PATIENCE_S)
    background.submit(("second", ""), ran.append, 1, within_s=PATIENCE_S)
    assert begun.wait(PATIENCE_S)

    background.close()
    go.set()

    assert [done.tag[0] for done in answers(background, 1)] == ["first"]
    assert ran == []


# --- calls that do not end ---------------------------------------------------------------------------


class Clock:
    def __init__(self):
        self.now = 1_000.0

    def __call__(self):
        return self.now


class Stuck:
    """A thread that hangs in its only call until it is let go."""

    def __init__(self):
        self.clock, self.begun, self.go = Clock(), threading.Event(), threading.Event()
        self.background = Background(1, name="test", clock=self.clock)
        self.background.submit(("read", "1"), self.hang, within_s=5.0)
        assert self.begun.wait(PATIENCE_S)

    def hang(self):
        self.begun.set()
        self.go.wait(PATIENCE_S)
        return "too late"


@pytest.fixture
def stuck():
    made = Stuck()
    yield made
    made.go.set()
    made.background.close()


def test_a_call_that_does_not_end_in_its_time_is_answered_all_the_same(stuck):
    stuck.clock.now += 4.9
    assert not stuck.background.is_overdue()
    assert stuck.background.drain() == []

    stuck.clock.now += 0.1
    assert stuck.background.is_overdue()
    [done] = stuck.background.drain()

    assert done.tag == ("read", "1")
    assert isinstance(done.error, Overdue)
    assert str(done.error) == "no end within 5 s"
    assert stuck.background.pending == 0
    assert not stuck.background.is_overdue()


def test_a_thread_that_hangs_is_replaced_and_what_waited_behind_it_is_done(stuck):
    stuck.background.submit(("read", "2"), int, within_s=5.0)
    stuck.clock.now += 5.0
    stuck.background.drain()

    assert answers(stuck.background, 1) == [Done(("read", "2"), 0, None)]


def test_what_a_call_answers_after_it_was_given_up_is_dropped(stuck):
    stuck.clock.now += 5.0
    stuck.background.drain()
    stuck.go.set()
    stuck.background.submit(("read", "2"), int, within_s=5.0)

    assert [done.tag for done in answers(stuck.background, 1)] == [("read", "2")]
    assert stuck.background.drain() == []


def test_the_time_of_a_call_begins_when_it_does(stuck):
    """A call that waits behind a long one is not late because of it."""
    stuck.background.submit(("read", "2"), int, within_s=1.0)
    stuck.clock.now += 4.0
    stuck.go.set()

    assert [done.error for done in answers(stuck.background, 2)] == [None, None]
