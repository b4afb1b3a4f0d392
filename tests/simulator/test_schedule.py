from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.engine.calendar.schedule import HOUR_US, Calendar, Rhythm
from simulator.engine.catalogue.world_topics import TOPICS


def at(text: str) -> int:
    """Epoch microseconds of a time in UTC."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1_000_000


@pytest.mark.parametrize(
    ("rhythm", "after", "close", "stamp"),
    [
        (Rhythm("hourly"), "2026-12-01T01:00:00", "2026-12-01T02:00:00", "26NOV3021"),
        (Rhythm("hourly"), "2026-07-01T01:00:00", "2026-07-01T02:00:00", "26JUN3022"),
        (Rhythm("hourly"), "2026-12-01T04:00:00", "2026-12-01T05:00:00", "26DEC0100"),
        (Rhythm("daily"), "2026-11-25T13:00:00", "2026-11-26T04:59:00", "26NOV25"),
        (Rhythm("daily"), "2026-11-26T04:59:00", "2026-11-27T04:59:00", "26NOV26"),
        (Rhythm("daily"), "2026-06-25T13:00:00", "2026-06-26T03:59:00", "26JUN25"),
        (Rhythm("weekly"), "2026-11-25T13:00:00", "2026-11-30T04:59:00", "26NOV29"),
        (Rhythm("weekly", 15, 0, 2), "2026-11-25T20:00:00", "2026-12-02T20:00:00", "26DEC02"),
        (Rhythm("monthly", 8, 25), "2026-11-25T13:00:00", "2026-11-30T13:25:00", "26NOV"),
        (Rhythm("monthly", 8, 25), "2026-12-31T13:25:00", "2027-01-31T13:25:00", "27JAN"),
        (Rhythm("monthly", 8, 25), "2027-06-30T12:25:00", "2027-07-31T12:25:00", "27JUL"),
        (Rhythm("monthly"), "2027-02-27T00:00:00", "2027-03-01T04:59:00", "27FEB"),
        # The clock goes forward on 14 March 2027 and back on 7 November.
        (Rhythm("daily", 16, 0), "2027-03-13T21:00:00", "2027-03-14T20:00:00", "27MAR14"),
        (Rhythm("daily", 16, 0), "2027-11-06T20:00:00", "2027-11-07T21:00:00", "27NOV07"),
    ],
)
def test_an_occurrence_closes_at_the_next_regular_time_in_new_york(rhythm, after, close, stamp):
    assert rhythm.next_close(at(after)) == at(close)
    assert rhythm.stamp(at(close)) == stamp


def test_each_hour_of_a_year_has_at_most_one_event_of_its_name():
    rhythm, close_us = Rhythm("hourly"), at("2027-01-01T00:00:00")
    closes = [close_us := rhythm.next_close(close_us) for _ in range(366 * 24)]
    stamps = [rhythm.stamp(close_us) for close_us in closes]

    assert len(set(stamps)) == len(stamps)
    hours = [(later - earlier) // HOUR_US for earlier, later in pairwise(closes)]
    assert (hours.count(1), hours.count(2)) == (len(hours) - 1, 1)  # two in the night of the clock's return


@given(st.integers(at("2020-01-01T00:00:00"), at("2040-01-01T00:00:00")), st.sampled_from(TOPICS))
def test_a_name_tells_the_day_and_the_hour_of_the_close_in_new_york(after_us, topic):
    close_us = topic.rhythm.next_close(after_us)
    local = datetime.fromtimestamp(close_us // 1_000_000, ZoneInfo("America/New_York"))

    assert after_us < close_us
    assert topic.rhythm.stamp(close_us).startswith(f"{local:%y%b}".upper())
    if topic.rhythm.frequency != "hourly":
        assert (local.hour, local.minute) == (topic.rhythm.hour, topic.rhythm.minute)
    if topic.rhythm.frequency == "weekly":
        assert local.weekday() == topic.rhythm.weekday


def test_a_calendar_runs_on_from_where_its_speed_changed():
    calendar = Calendar.starting(1_000)
    assert calendar.at(1_500) == 1_500

    calendar.run_at(60, now_us=2_000)
    assert (calendar.at(2_000), calendar.at(2_010), calendar.wire_us(2_600)) == (2_000, 2_600, 2_010)
    calendar.run_at(1, now_us=2_010)

    assert (calendar.at(2_020), calendar.wire_us(2_610)) == (2_610, 2_020)
