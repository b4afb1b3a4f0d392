"""The words to people about a venue's clock, and how often they are said."""

from execution.clock_notes import ClockNotes, figures, refusal
from trading.venue_time import UNMEASURED, ClockOffset

SECOND_US = 1_000_000
SAME = ClockOffset(-SECOND_US, SECOND_US)


def apart(least_s, most_s):
    return ClockOffset(least_s * SECOND_US, most_s * SECOND_US)


def test_a_clock_is_told_of_once_and_again_when_it_was_set():
    notes = ClockNotes(900 * SECOND_US)
    seen = [SAME, apart(20, 21), apart(20, 20), apart(19, 20), apart(-600, -599), apart(-1, 1)]

    assert [said for offset in seen if (said := notes.news(offset))] == [
        "The venue's clock is 20.0 s ahead of this machine's: orders expire and are judged by the venue's",
        "The venue's clock is 599.0 s behind this machine's: orders expire and are judged by the venue's",
        "The venue's clock agrees with this machine's again",
    ]


def test_a_clock_beyond_the_limit_is_refused_with_the_key_that_says_so():
    assert refusal(apart(899, 901), 900 * SECOND_US) == ""
    assert refusal(apart(1_200, 1_201), 900 * SECOND_US) == (
        "the venue's clock is 1,200.0 s ahead of this machine's, and execution.max_clock_offset_s "
        "allows 900 s: set this machine's clock, or allow more"
    )


def test_figures_of_a_clock_that_nobody_has_read_are_none():
    assert figures(UNMEASURED) == {"offset_ms": None, "uncertainty_ms": None}
    assert figures(apart(20, 21)) == {"offset_ms": 20_000, "uncertainty_ms": 1_000}
