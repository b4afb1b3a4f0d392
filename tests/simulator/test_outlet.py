from __future__ import annotations

import pytest
from websockets.frames import Frame

from simulator.surface.websocket.frames import frame_head
from simulator.surface.websocket.outlet import ABORT_BYTES, OVERFLOW_BYTES, STUCK_S, Outlet


class Wire:
    """A transport whose reader takes only what it is told to."""

    def __init__(self) -> None:
        self.writes: list[bytes] = []
        self.waiting = 0
        self.is_aborted = False

    def write(self, data: bytes) -> None:
        self.writes.append(data)

    def get_write_buffer_size(self) -> int:
        return self.waiting

    def is_closing(self) -> bool:
        return self.is_aborted

    def abort(self) -> None:
        self.is_aborted = True


class Turn:
    """A loop that runs its callbacks when asked."""

    def __init__(self) -> None:
        self.callbacks = []
        self.now_s = 0.0

    def call_soon(self, callback) -> None:
        self.callbacks.append(callback)

    def time(self) -> float:
        return self.now_s

    def run(self) -> None:
        due, self.callbacks = self.callbacks, []
        for callback in due:
            callback()


@pytest.fixture
def outlet():
    wire, turn = Wire(), Turn()
    made = Outlet(wire, turn)
    made.wire, made.turn, made.overflows = wire, turn, []
    made.on_overflow = lambda: made.overflows.append(1)
    return made


def test_what_is_sent_in_one_turn_leaves_in_one_write(outlet):
    outlet.send(b'{"a":1}')
    outlet.send_message(b'{"msg":', b"2")
    outlet.turn.run()

    assert outlet.wire.writes == [b'\x81\x07{"a":1}\x81\x09{"msg":2}']


def test_a_reader_too_far_behind_is_told_once(outlet):
    outlet.wire.waiting = OVERFLOW_BYTES + 1
    for _ in range(3):
        outlet.send(b"{}")
        outlet.turn.run()

    assert outlet.overflows == [1]
    assert not outlet.wire.is_aborted


def test_a_reader_hopelessly_behind_is_cut_off(outlet):
    outlet.wire.waiting = ABORT_BYTES + 1
    outlet.send(b"{}")
    outlet.turn.run()

    assert outlet.wire.is_aborted


def test_a_reader_that_takes_nothing_for_half_a_minute_is_cut_off(outlet):
    outlet.wire.waiting = 1
    outlet.turn.now_s = STUCK_S + 1
    outlet.send(b"{}")
    outlet.turn.run()

    assert outlet.wire.is_aborted


@pytest.mark.parametrize("size", [0, 125, 126, 65_535, 65_536])
def test_a_frame_states_its_length(size):
    """Read back by an independent parser."""
    steps = Frame.parse(_exactly(frame_head(size) + b"x" * size), mask=False)
    with pytest.raises(StopIteration) as parsed:
        next(steps)

    assert parsed.value.value.data == b"x" * size


def _exactly(data: bytes):
    position = 0

    def read(count: int):
        nonlocal position
        taken = data[position : position + count]
        position += count
        return taken
        yield

    return read
