"""The reader is woken at once, then rarely, and never left asleep with items waiting."""

import select

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalshi_client.stream.inbox import MAX_WAKES_PER_S, Connected, Frame, Inbox, Overflowed


class Clock:
    """Time and timers in the hand of the test."""

    def __init__(self):
        self.now = 100.0
        self.timers = []

    def call_later(self, delay_s, wake):
        self.timers.append((self.now + delay_s, wake))

    def advance(self, seconds):
        self.now += seconds
        due = [timer for timer in self.timers if timer[0] <= self.now]
        self.timers = [timer for timer in self.timers if timer[0] > self.now]
        for _, wake in due:
            wake()


def frame(n=0, connection=0):
    return Frame(connection, 1, b"%d" % n, 0)


def readable(inbox):
    return bool(select.select([inbox], [], [], 0)[0])


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def inbox(clock):
    made = Inbox(capacity=5, now=lambda: clock.now, call_later=clock.call_later)
    yield made
    made.close()


def test_first_item_wakes_at_once(inbox):
    assert not readable(inbox)

    inbox.put(Connected(0, 1))

    assert readable(inbox)
    assert inbox.drain(10) == [Connected(0, 1)]
    assert not readable(inbox)


def test_items_soon_after_a_wake_wait_for_the_next(inbox, clock):
    inbox.put_frame(frame(1))
    inbox.drain(10)

    inbox.put_frame(frame(2))
    assert not readable(inbox)
    clock.advance(1 / MAX_WAKES_PER_S)

    assert readable(inbox)
    assert inbox.drain(10) == [frame(2)]


def test_wakes_are_at_most_a_hundred_a_second(inbox, clock):
    wakes = 0
    for n in range(5_000):
        inbox.put_frame(frame(n))
        if readable(inbox):
            wakes += 1
            inbox.drain(10)
        clock.advance(1 / 5_000)
        inbox.drain(10) if readable(inbox) else None

    assert wakes <= MAX_WAKES_PER_S + 1


def test_more_than_the_limit_stays_readable(inbox):
    for n in range(5):
        inbox.put_frame(frame(n))

    assert inbox.drain(2) == [frame(0), frame(1)]
    assert readable(inbox)
    assert len(inbox.drain(10)) == 3
    assert not readable(inbox)


def test_drain_before_the_wake_leaves_at_most_an_empty_wake(inbox, clock):
    inbox.put_frame(frame(1))
    inbox.drain(10)
    inbox.put_frame(frame(2))

    assert inbox.drain(10) == [frame(2)]
    clock.advance(1)
    assert inbox.drain(10) == []
    inbox.put_frame(frame(3))
    clock.advance(1)
    assert readable(inbox)


def test_full_queue_refuses_frames_but_not_the_rest(inbox):
    assert all(inbox.put_frame(frame(n)) for n in range(5))

    assert not inbox.put_frame(frame(5))
    inbox.put(Connected(0, 2))

    assert len(inbox.drain(10)) == 6
    assert inbox.put_frame(frame(6))


def test_overflow_drops_the_frames_of_that_connection_only(inbox):
    inbox.put(Connected(0, 1))
    for n in range(3):
        inbox.put_frame(frame(n, connection=0))
    inbox.put_frame(frame(9, connection=1))

    inbox.overflow(0, 1)

    assert inbox.drain(10) == [Connected(0, 1), frame(9, connection=1), Overflowed(0, 1)]
    assert all(inbox.put_frame(frame(n)) for n in range(5))


def test_timer_after_the_end_is_harmless(inbox, clock):
    inbox.put_frame(frame(1))
    inbox.drain(10)
    inbox.put_frame(frame(2))

    inbox.close()
    clock.advance(1)


@given(st.lists(st.sampled_from(["put", "drain", "drain one", "tick"]), max_size=80))
def test_waiting_items_always_wake_the_reader_in_the_end(steps):
    clock = Clock()
    inbox = Inbox(capacity=1_000, now=lambda: clock.now, call_later=clock.call_later)
    put, got = 0, 0
    for step in steps:
        if step == "put":
            inbox.put_frame(frame(put))
            put += 1
        elif step == "tick":
            clock.advance(0.004)
        elif readable(inbox):
            got += len(inbox.drain(1 if step == "drain one" else 100))
    clock.advance(1)
    while readable(inbox):
        got += len(inbox.drain(100))
    inbox.close()

    assert got == put
