"""The venue's clock is learnt from what a refusal says, and from nothing else."""

from __future__ import annotations

from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalshi_client.signing_clock import SigningClock

NOW_MS = 1_795_345_393_123


def date(at_ms):
    return formatdate(at_ms / 1_000, usegmt=True)


@given(offset_ms=st.integers(-(10**8), 10**8), delay_ms=st.integers(0, 1_000))
def test_offset_is_right_within_a_second_and_half_the_round_trip(offset_ms, delay_ms):
    now = [NOW_MS]
    clock = SigningClock(lambda: now[0])
    now[0] += 2 * delay_ms

    corrected = clock.corrects(date(NOW_MS + delay_ms + offset_ms), sent_ms=NOW_MS, signed_with_ms=0)

    assert corrected is (abs(clock.offset_ms) > 2_000)
    if corrected:
        assert abs(clock.offset_ms - offset_ms) <= 500 + delay_ms
    else:
        assert abs(offset_ms) <= 2_500 + delay_ms


@pytest.mark.parametrize(
    "text",
    [
        "Wed, 25 Nov 99999999999999999999 10:00:00 GMT",
        "",
        "soon",
        "Wed, 99 Nov 2026 00:00:00 GMT",
        "22 Nov 2026 11:03:13",
    ],
)
def test_date_that_says_nothing_corrects_nothing(text):
    clock = SigningClock(lambda: NOW_MS)

    assert not clock.corrects(text, sent_ms=NOW_MS, signed_with_ms=0)
    assert clock.offset_ms == 0


def test_request_that_another_thread_has_corrected_the_clock_for_is_sent_again():
    clock = SigningClock(lambda: NOW_MS)
    late = date(NOW_MS + 60_000)
    assert clock.corrects(late, sent_ms=NOW_MS, signed_with_ms=0)

    assert clock.corrects(late, sent_ms=NOW_MS, signed_with_ms=0)
    assert not clock.corrects(late, sent_ms=NOW_MS, signed_with_ms=clock.offset_ms)
