import select
import threading

import pytest

from actors.machinery.background import Background, Done

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
    background.submit(("add", "1"), lambda a, b: a + b, 20, 22)

    assert answers(background, 1) == [Done(("add", "1"), 42, None)]


def test_an_exception_is_an_answer(background):
    background.submit(("divide", ""), lambda: 1 // 0)

    [done] = answers(background, 1)

    assert done.result is None
    assert isinstance(done.error, ZeroDivisionError)


def test_asking_never_waits_for_an_answer(background):
    go = threading.Event()
    background.submit(("wait", ""), go.wait, PATIENCE_S)

    assert background.drain() == []
    assert background.pending == 1
    go.set()
    assert answers(background, 1)[0].result is True
    assert background.pending == 0


def test_a_slow_call_does_not_hold_up_the_next(background):
    go = threading.Event()
    background.submit(("slow", ""), go.wait, PATIENCE_S)
    background.submit(("fast", ""), int)

    [done] = answers(background, 1)

    assert done.tag == ("fast", "")
    go.set()


def test_no_answer_is_lost_or_doubled_among_many(background):
    for number in range(500):
        background.submit(("echo", str(number)), str, number)

    found = answers(background, 500)

    assert sorted(int(done.tag[1]) for done in found) == list(range(500))
    assert all(done.tag[1] == done.result for done in found)


def test_the_descriptor_is_quiet_once_everything_is_read(background):
    background.submit(("now", ""), int)
    answers(background, 1)

    assert not is_readable(background)


def test_what_has_not_begun_when_it_closes_never_begins():
    background = Background(1, name="test")
    begun, go, ran = threading.Event(), threading.Event(), []
    background.submit(("first", ""), lambda: (begun.set(), go.wait(PATIENCE_S)))
    background.submit(("second", ""), ran.append, 1)
    assert begun.wait(PATIENCE_S)

    background.close()
    go.set()

    assert [done.tag[0] for done in answers(background, 1)] == ["first"]
    assert ran == []
