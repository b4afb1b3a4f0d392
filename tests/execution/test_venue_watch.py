"""The execution venue's condition as the page shows it."""

import logging

import pytest

from execution.venue_watch import VenueWatch

CLOCK = "its clock is 20 min ahead"
TROUBLE = "NO sides on the YES scale"


@pytest.mark.parametrize(
    ("clock", "state", "reason"),
    [
        pytest.param("", "live", TROUBLE, id="nothing else"),
        pytest.param(CLOCK, "clock", f"{CLOCK}; {TROUBLE}", id="more"),
    ],
)
def test_books_that_are_not_right_are_told_of_beside_whatever_else_there_is(clock, state, reason):
    watch = VenueWatch(None, logging.getLogger())

    condition = watch.condition((0,), clock=clock, starting="", books=TROUBLE)

    assert condition == {"state": state, "reason": reason}
