from __future__ import annotations

from datetime import UTC, datetime

import pytest

from simulator.calendar.schedule import Calendar, Rhythm


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1_000_000


@pytest.mark.parametrize(
    ("rhythm", "after", "close", "stamp"),
    [
        (Rhythm("hourly"), "2026-11-25T13:00:00", "2026-11-25T14:00:00", "26NOV2514"),
        (Rhythm("daily"), "2026-11-25T13:00:00", "2026-11-25T23:59:00", "26NOV25"),
        (Rhythm("daily"), "2026-11-25T23:59:00", "2026-11-26T23:59:00", "26NOV26"),
        (Rhythm("weekly"), "2026-11-25T13:00:00", "2026-11-29T23:59:00", "26NOV29"),
        (Rhythm("weekly", 15, 0, 2), "2026-11-25T15:00:00", "2026-12-02T15:00:00", "26DEC02"),
        (Rhythm("monthly", 13, 25), "2026-11-25T13:00:00", "2026-11-30T13:25:00", "26NOV"),
        (Rhythm("monthly", 13, 25), "2026-12-31T13:25:00", "2027-01-31T13:25:00", "27JAN"),
        (Rhythm("monthly"), "2027-02-27T00:00:00", "2027-02-28T23:59:00", "27FEB"),
    ],
)
def test_an_occurrence_closes_at_the_next_regular_time(rhythm, after, close, stamp):
    assert rhythm.next_close(at(after)) == at(close)
    assert rhythm.stamp(at(close)) == stamp


def test_a_calendar_runs_on_from_where_its_speed_changed():
    calendar = Calendar.starting(1_000)
    assert calendar.at(1_500) == 1_500

    calendar.run_at(60, now_us=2_000)
    assert (calendar.at(2_000), calendar.at(2_010), calendar.wire_us(2_600)) == (2_000, 2_600, 2_010)
    calendar.run_at(1, now_us=2_010)

    assert (calendar.at(2_020), calendar.wire_us(2_610)) == (2_610, 2_020)
