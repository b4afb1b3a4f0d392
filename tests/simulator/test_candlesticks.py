from __future__ import annotations

import pytest

from simulator.engine import candlesticks
from simulator.engine.candlesticks import Candle, Candlesticks
from simulator.engine.matching.orders import Order
from simulator.engine.matching.trades import Trade
from tests.simulator.builders import Venue

NOON_US = 1_795_348_800_000_000  # a full hour
MINUTE_US = 60_000_000
HOUR_US = 60 * MINUTE_US


class Watched:
    """A market whose quotes and trades are followed."""

    def __init__(self) -> None:
        self.venue = Venue()
        self.candles = Candlesticks()
        self.ticker = self.venue.listed.ticker
        self._quotes: list[Order] = []

    def quote(self, bid_e4: int, ask_e4: int, *, at_us: int) -> None:
        for order in self._quotes:
            self.venue.engine.cancel(order, now_us=at_us)
        self._quotes = [
            self.venue.send(side, price_e4, 100, by=self.venue.other, now_us=at_us)
            for side, price_e4 in (("bid", bid_e4), ("ask", ask_e4))
        ]
        self.candles.quoted(self.venue.listed, at_us)

    def trade(self, price_e4: int, count_e2: int, *, at_us: int) -> None:
        self.candles.traded(Trade(1, self.venue.listed, price_e4, count_e2, "bid", at_us))

    def of(self, period: int) -> list[Candle]:
        return list(self.candles.between(self.ticker, period, start_s=0, end_s=2**32 - 1))


@pytest.fixture
def watched() -> Watched:
    return Watched()


def test_a_minute_has_its_quotes_and_trades(watched):
    watched.quote(4500, 4700, at_us=NOON_US + 1)
    watched.trade(4700, 300, at_us=NOON_US + 2)
    watched.trade(4600, 100, at_us=NOON_US + 3)
    watched.quote(4400, 4600, at_us=NOON_US + 4)
    (candle,) = watched.of(1)

    assert candle.end_s * 1_000_000 == NOON_US + MINUTE_US
    assert candle.bid.values() == (4500, 4400, 4500, 4400)
    assert candle.ask.values() == (4700, 4600, 4700, 4600)
    assert candle.price.values() == (4700, 4600, 4700, 4600)
    assert (candle.volume_e2, candle.mean_e4, candle.previous_e4) == (400, 4675, None)


def test_the_end_of_a_period_belongs_to_it(watched):
    watched.trade(4700, 100, at_us=NOON_US + MINUTE_US)
    watched.trade(4800, 100, at_us=NOON_US + MINUTE_US + 1)

    assert [candle.volume_e2 for candle in watched.of(1)] == [100, 100]


def test_a_minute_starts_where_the_last_one_stopped(watched):
    watched.quote(4500, 4700, at_us=NOON_US + 1)
    watched.trade(4700, 300, at_us=NOON_US + 2)
    watched.quote(4400, 4600, at_us=NOON_US + MINUTE_US + 1)
    _, candle = watched.of(1)

    assert candle.bid.values() == (4500, 4400, 4500, 4400)
    assert (candle.price, candle.mean_e4, candle.previous_e4) == (None, None, 4700)


def test_a_minute_in_which_nothing_moved_has_no_candle(watched):
    watched.trade(4700, 100, at_us=NOON_US + 1)
    watched.trade(4700, 100, at_us=NOON_US + 5 * MINUTE_US)

    assert [candle.end_s - NOON_US // 1_000_000 for candle in watched.of(1)] == [60, 300]


def test_an_hour_adds_its_minutes_up(watched):
    for minute, price_e4 in ((0, 4000), (10, 5000), (59, 4500), (60, 6000), (150, 7000)):
        watched.trade(price_e4, 100, at_us=NOON_US + minute * MINUTE_US + 1)
    hours = watched.of(60)

    assert [(c.end_s * 1_000_000 - NOON_US) // HOUR_US for c in hours] == [1, 2, 3]
    assert hours[0].price.values() == (4000, 4000, 5000, 4500)
    assert (hours[0].volume_e2, hours[0].mean_e4, hours[1].previous_e4) == (300, 4500, 4500)
    assert sum(c.volume_e2 for c in hours) == sum(c.volume_e2 for c in watched.of(1))


def test_a_day_adds_its_hours_up(watched):
    for hour in (0, 1, 11, 12, 40):
        watched.trade(4000 + hour, 100, at_us=NOON_US + hour * HOUR_US - 1)
    days = watched.of(1_440)

    assert sum(c.volume_e2 for c in days) == 500
    assert days[0].price.values()[0] == 4000
    assert days[-1].price.values() == (4040,) * 4


def test_a_time_is_cut_out(watched):
    for minute in range(10):
        watched.trade(4000 + minute, 100, at_us=NOON_US + minute * MINUTE_US + 1)
    noon_s = NOON_US // 1_000_000
    cut = watched.candles.between(watched.ticker, 1, start_s=noon_s + 120, end_s=noon_s + 240)

    assert [candle.price.close for candle in cut] == [4001, 4002, 4003]
    assert watched.candles.last_before(watched.ticker, 1, noon_s + 120).price.close == 4000
    assert watched.candles.last_before(watched.ticker, 1, noon_s + 10_000).price.close == 4009
    assert watched.candles.last_before(watched.ticker, 1, noon_s + 60) is None


def test_a_market_that_never_moved_has_none(watched):
    assert watched.of(1) == []
    assert watched.candles.last_before(watched.ticker, 60, 2**31) is None


def test_old_minutes_are_forgotten_and_hours_kept(watched, monkeypatch):
    monkeypatch.setattr(candlesticks, "MOST_ROWS", 60)
    for minute in range(200):
        watched.trade(4000, 100, at_us=NOON_US + minute * MINUTE_US + 1)

    assert len(watched.of(1)) == 61
    assert sum(candle.volume_e2 for candle in watched.of(60)) == 20_000
