"""The venue's clock is learnt from the first answer on, and from nothing that is no time."""

from __future__ import annotations

import logging
from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalshi_client.signing_clock import SigningClock
from trading.venue_time import UNMEASURED

NOW_US = 1_795_345_393_123_456
SECOND_US = 1_000_000


class Local:
    """This machine's clock."""

    def __init__(self):
        self.now_us = NOW_US

    def __call__(self):
        return self.now_us


def date(at_us):
    return formatdate(at_us / 1_000_000, usegmt=True)


@pytest.fixture
def local():
    return Local()


@pytest.fixture
def clock(local):
    return SigningClock(local)


@given(offset_us=st.integers(-(10**11), 10**11), delay_us=st.integers(0, 10**6))
def test_requests_are_signed_with_the_venues_time_from_the_first_answer_on(offset_us, delay_us):
    local = Local()
    clock = SigningClock(local)
    local.now_us += 2 * delay_us

    clock.answered(date(NOW_US + delay_us + offset_us), sent_us=NOW_US)

    wrong_us = abs(clock.venue_ms() * 1_000 - (local.now_us + offset_us))
    assert wrong_us <= SECOND_US + 2 * delay_us + 11_000


def test_a_clock_that_may_be_right_is_signed_with_as_it_is(clock, local):
    clock.answered(date(NOW_US), sent_us=NOW_US)

    assert clock.venue_ms() == NOW_US // 1_000


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
def test_date_that_says_nothing_teaches_nothing(clock, text):
    clock.answered(text, sent_us=NOW_US)

    assert clock.offset() == UNMEASURED
    assert not clock.is_other_than(NOW_US // 1_000, sent_us=NOW_US)


def test_a_refused_request_is_worth_sending_again_unless_it_was_signed_with_what_is_known(clock):
    clock.answered(date(NOW_US + 60 * SECOND_US), sent_us=NOW_US)

    assert clock.is_other_than(NOW_US // 1_000, sent_us=NOW_US)
    assert not clock.is_other_than(clock.venue_ms(), sent_us=NOW_US)


def test_the_answer_to_a_command_tells_the_offset_to_its_trip(clock, local):
    local.now_us += 4_000

    clock.replied((NOW_US + 600 * SECOND_US) // 1_000, asked_us=NOW_US)

    offset = clock.offset()
    assert offset.least_us <= 600 * SECOND_US <= offset.most_us
    assert offset.width_us <= 30_000


def test_a_clock_far_from_ours_is_told_once_and_again_when_it_is_set(clock, local, caplog):
    caplog.set_level(logging.INFO)

    for ahead_us in (600 * SECOND_US, 600 * SECOND_US + 100_000, 0):
        clock.answered(date(NOW_US + ahead_us), sent_us=NOW_US)

    assert [record.getMessage().split(" from ")[0] for record in caplog.records] == [
        "the venue's clock is +599.9 s",
        "the venue's clock is +0.0 s",
    ]
