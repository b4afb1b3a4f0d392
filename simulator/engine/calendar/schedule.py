"""The things that markets are made of happen by New York's clock, as at the venue.

Schedules run on a calendar of their own, which the control API may let run faster. The wire's clock
never changes: what is told as a close time is the wire's time at which the calendar will be there.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Final, Literal
from zoneinfo import ZoneInfo

Frequency = Literal["hourly", "daily", "weekly", "monthly"]

SECOND_US: Final = 1_000_000
MINUTE_US: Final = 60 * SECOND_US
HOUR_US: Final = 60 * MINUTE_US
DAY_US: Final = 24 * HOUR_US


@cache
def exchange_zone() -> ZoneInfo:
    """Raises ZoneInfoNotFoundError where the machine has no time zone database."""
    return ZoneInfo("America/New_York")


def local_time(at_us: int) -> datetime:
    """A moment by the clock that tickers, titles and trading hours follow."""
    return datetime.fromtimestamp(at_us // SECOND_US, exchange_zone())


@dataclass(slots=True)
class Calendar:
    """Schedule time as a straight line over the wire's time, bent where the speed changed."""

    speed: float = 1.0
    _since_us: int = 0  # wire time of the last change of speed
    _at_us: int = 0  # schedule time then

    @staticmethod
    def starting(now_us: int) -> Calendar:
        return Calendar(1.0, now_us, now_us)

    @staticmethod
    def recalled(state: tuple[float, int, int]) -> Calendar:
        """As it was; it has gone on meanwhile."""
        return Calendar(*state)

    def state(self) -> tuple[float, int, int]:
        return self.speed, self._since_us, self._at_us

    def at(self, now_us: int) -> int:
        """Schedule time at a wire time."""
        return self._at_us + round((now_us - self._since_us) * self.speed)

    def wire_us(self, at_us: int) -> int:
        """Wire time at a schedule time."""
        return self._since_us + round((at_us - self._at_us) / self.speed)

    def run_at(self, speed: float, *, now_us: int) -> None:
        """Go on at another speed."""
        self._at_us, self._since_us, self.speed = self.at(now_us), now_us, speed


@dataclass(frozen=True, slots=True)
class Rhythm:
    """When the occurrences of a series close, in local time. A week ends on its ``weekday``."""

    frequency: Frequency
    hour: int = 23
    minute: int = 59
    weekday: int = 6  # Monday is 0

    def next_close(self, after_us: int) -> int:
        """The first close later than a schedule time."""
        if self.frequency == "hourly":
            close_us = (after_us // HOUR_US + 1) * HOUR_US
            # The hour that autumn repeats would name a second event like the first.
            return close_us + HOUR_US if local_time(close_us).fold else close_us
        after = local_time(after_us)
        close = after.replace(hour=self.hour, minute=self.minute, second=0, microsecond=0, fold=0)
        if self.frequency == "weekly":
            close += timedelta(days=(self.weekday - close.weekday()) % 7)
        elif self.frequency == "monthly":
            close = _last_day(close)
        if _us(close) <= after_us:
            close = self._following(close)
        return _us(close)

    def stamp(self, close_us: int) -> str:
        """The date part of an event ticker."""
        form = {"hourly": "%y%b%d%H", "monthly": "%y%b"}.get(self.frequency, "%y%b%d")
        return local_time(close_us).strftime(form).upper()

    def _following(self, close: datetime) -> datetime:
        if self.frequency == "monthly":
            return _last_day(close + timedelta(days=1))
        return close + timedelta(days=7 if self.frequency == "weekly" else 1)


def _last_day(day: datetime) -> datetime:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def _us(moment: datetime) -> int:
    return int(moment.timestamp()) * SECOND_US
