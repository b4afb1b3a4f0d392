"""The announced maintenance is told while it lasts, and read again now and then."""

import pytest

from kalshi_client.announced_maintenance import READ_EVERY_S, RETRY_S, AnnouncedMaintenance
from kalshi_client.wire.exchange import ExchangeSchedule, Maintenance

HOUR_US = 3_600_000_000
BEGINS_US = 1_795_939_200_000_000
SCHEDULE = ExchangeSchedule((), (Maintenance(BEGINS_US, BEGINS_US + 2 * HOUR_US),))


@pytest.mark.parametrize(
    ("after_us", "is_told"), [(-1, False), (0, True), (2 * HOUR_US - 1, True), (2 * HOUR_US, False)]
)
def test_maintenance_is_told_from_its_begin_until_its_end(after_us, is_told):
    known = AnnouncedMaintenance()
    assert known.explanation(BEGINS_US) == ""
    known.learn(SCHEDULE, 0.0)

    said = known.explanation(BEGINS_US + after_us)

    assert said == ("; its announced maintenance ends at 2026-11-29 10:00 UTC" if is_told else "")


def test_the_schedule_is_read_each_hour_and_soon_after_a_read_that_failed():
    known = AnnouncedMaintenance()
    assert known.next_read(0.0)
    assert not known.next_read(9_999.0)

    known.read_failed(10.0)
    assert not known.next_read(10.0 + RETRY_S - 1)
    assert known.next_read(10.0 + RETRY_S)

    known.learn(SCHEDULE, 100.0)
    assert not known.next_read(100.0 + READ_EVERY_S - 1)
    assert known.next_read(100.0 + READ_EVERY_S)
