"""The reader is woken at once, then rarely, and never left asleep with items waiting."""

import select
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalshi_client.stream.inbox import (
    FRAMES_TOGETHER,
    MAX_WAKES_PER_S,
    Connected,
    Disconnected,
    Frames,
    Inbox,
    Overflowed,
)


class Clock:
    """Time and timers in the hand of the test."""

    def __init__(self):
        self.now = 100.0
        self.timers = []

    def now_us(self):
        return round(self.now * 1e6)

    def call_later(self, delay_s, wake):
        self.timers.append((self.now + delay_s, wake))

    def advance(self, seconds):
        self.now += seconds
        due = [timer for timer in self.timers if timer[0] <= self.now]
        self.timers = [timer for timer in self.timers if timer[0] > self.now]
        for _, wake in due:
            wake()


def make_inbox(clock, capacity):
    return Inbox(capacity=capacity, now=lambda: clock.now, call_later=clock.call_later, clock_us=clock.now_us)


def put(inbox, n=0, connection=0, generation=1):
    return inbox.put_frame(connection, generation, b"%d" % n)


def numbers(items):
    """The frames of all items, in order."""
    return [int(data) for item in items if isinstance(item, Frames) for data in item.data]


def readable(inbox):
    return bool(select.select([inbox], [], [], 0)[0])


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def inbox(clock):
    made = make_inbox(clock, capacity=5)
    yield made
    made.close()


def test_first_item_wakes_at_once(inbox):
    assert not readable(inbox)

    inbox.put(Connected(0, 1))

    assert readable(inbox)
    assert inbox.drain(10) == [Connected(0, 1)]
    assert not readable(inbox)


def test_frames_of_a_connection_come_together_with_the_time_of_the_first(inbox, clock):
    put(inbox, 1)
    began_us = clock.now_us()
    clock.advance(0.005)
    put(inbox, 2, connection=1)
    put(inbox, 3)

    first, other = inbox.drain(10)

    assert first == Frames(0, 1, began_us, [b"1", b"3"])
    assert other == Frames(1, 1, began_us + 5_000, [b"2"])


def test_what_happens_to_a_connection_keeps_its_place_among_its_frames(inbox):
    put(inbox, 1)
    inbox.put(Disconnected(0, 1, "over"))
    inbox.put(Connected(0, 2))
    put(inbox, 2, generation=2)

    assert [type(item) for item in inbox.drain(10)] == [Frames, Disconnected, Connected, Frames]


def test_items_soon_after_a_wake_wait_for_the_next(inbox, clock):
    put(inbox, 1)
    inbox.drain(10)

    put(inbox, 2)
    assert not readable(inbox)
    clock.advance(1 / MAX_WAKES_PER_S)

    assert readable(inbox)
    assert numbers(inbox.drain(10)) == [2]


def test_wakes_are_at_most_a_hundred_a_second(inbox, clock):
    wakes = 0
    for n in range(5_000):
        put(inbox, n)
        if readable(inbox):
            wakes += 1
            inbox.drain(10)
        clock.advance(1 / 5_000)
        inbox.drain(10) if readable(inbox) else None

    assert wakes <= MAX_WAKES_PER_S + 1


def test_a_reader_that_waits_is_woken_at_once(inbox, clock):
    put(inbox, 1)
    inbox.drain(10)
    clock.advance(0.001)
    thread = threading.Thread(target=lambda: came.append(inbox.wait(5)))
    came = []
    thread.start()
    while not inbox._attended:  # until it waits
        pass

    put(inbox, 2)
    thread.join(5)

    assert came == [True]
    assert numbers(inbox.drain(10)) == [2]


def test_a_wait_does_not_put_the_next_turn_off(inbox, clock):
    put(inbox, 1)
    inbox.drain(10)
    clock.advance(0.008)
    thread = threading.Thread(target=lambda: inbox.wait(5))
    thread.start()
    while not inbox._attended:
        pass
    put(inbox, 2)
    thread.join(5)
    inbox.drain(10)

    put(inbox, 3)
    assert not readable(inbox)
    clock.advance(0.0021)

    assert readable(inbox)


def test_waiting_ends_when_nothing_comes_and_does_not_begin_when_something_is_there(inbox):
    assert not inbox.wait(0)
    put(inbox, 1)
    inbox.drain(10)
    put(inbox, 2)  # its wake is still to come

    assert inbox.wait(60)


def test_more_than_the_limit_stays_readable(clock):
    inbox = make_inbox(clock, capacity=10_000)
    for n in range(3 * FRAMES_TOGETHER):
        put(inbox, n)

    assert len(numbers(inbox.drain(2))) == FRAMES_TOGETHER
    assert readable(inbox)
    assert len(numbers(inbox.drain(10_000))) == 2 * FRAMES_TOGETHER
    assert not readable(inbox)
    inbox.close()


def test_drain_before_the_wake_leaves_no_empty_wake(inbox, clock):
    put(inbox, 1)
    inbox.drain(10)
    put(inbox, 2)

    assert numbers(inbox.drain(10)) == [2]
    clock.advance(1)
    assert not readable(inbox)
    put(inbox, 3)
    assert readable(inbox)


def test_full_queue_refuses_frames_but_not_the_rest(inbox):
    assert all(put(inbox, n) for n in range(5))

    assert not put(inbox, 5)
    inbox.put(Connected(0, 2))

    assert len(inbox.drain(10)) == 2
    assert put(inbox, 6)


def test_overflow_drops_the_frames_of_that_connection_only(inbox):
    inbox.put(Connected(0, 1))
    for n in range(3):
        put(inbox, n, connection=0)
    put(inbox, 9, connection=1)

    inbox.overflow(0, 1)

    items = inbox.drain(10)
    assert numbers(items) == [9]
    assert [item for item in items if not isinstance(item, Frames)] == [Connected(0, 1), Overflowed(0, 1)]
    assert all(put(inbox, n) for n in range(5))


def test_a_frame_after_an_overflow_is_not_lost_with_it(inbox):
    put(inbox, 1)
    inbox.overflow(0, 1)
    put(inbox, 2, generation=2)

    assert numbers(inbox.drain(10)) == [2]


def test_timer_after_the_end_is_harmless(inbox, clock):
    put(inbox, 1)
    inbox.drain(10)
    put(inbox, 2)

    inbox.close()
    clock.advance(1)


@given(st.lists(st.sampled_from(["put", "drain", "drain one", "tick", "attend"]), max_size=80))
def test_waiting_items_always_wake_the_reader_in_the_end(steps):
    clock = Clock()
    inbox = make_inbox(clock, capacity=1_000)
    count, got = 0, []
    for step in steps:
        if step == "put":
            put(inbox, count)
            count += 1
        elif step == "tick":
            clock.advance(0.004)
        elif step == "attend":
            inbox.wait(0)
        elif readable(inbox):
            got += numbers(inbox.drain(1 if step == "drain one" else 100))
    clock.advance(1)
    while readable(inbox):
        got += numbers(inbox.drain(100))
    inbox.close()

    assert got == list(range(count))


def test_what_had_come_before_the_end_can_still_be_drained(clock):
    inbox = make_inbox(clock, capacity=10)
    put(inbox, 7)

    inbox.close()

    assert inbox.wait(0.0)
    assert numbers(inbox.drain(10)) == [7]
    assert not inbox.wait(0.0)
    assert inbox.drain(10) == []
