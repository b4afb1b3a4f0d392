"""Pieces of a tape for tests."""

from trading.tape import TapeRecorder

START_US = 1_700_000_000_000_000


def recorded(changes=3, *, tape=None, at_us=START_US):
    """A piece with a market, its snapshot and so many changes."""
    tape = tape or TapeRecorder()
    tape.kept("RAIN-NYC", START_US + 1)
    tape.showed(tape.text("RAIN-NYC"), 1, {4_000: 500}, {5_000: 300})
    for number in range(changes):
        tape.changed(tape.text("RAIN-NYC"), "yes", 4_000, 100 + number)
    tape.took(1, changes, at_us)
    return tape.take(at_us)
