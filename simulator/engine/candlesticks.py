"""Candlesticks: a market's trades and quotes by the minute, the hour and the day (protocol 3.2).

A candle is 54 bytes once its period is over. Quotes are looked at once a step of the engine, so
what came and went within one is not in them; trades are all in. A period in which nothing moved has
no candle.
"""

from __future__ import annotations

import struct
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from simulator.engine.matching.traded_market import TradedMarket
from simulator.engine.matching.trades import Trade
from trading.market import ONE_DOLLAR_E4

PERIODS_S: Final = {1: 60, 60: 3_600, 1_440: 86_400}  # period_interval → its length
MOST_ROWS: Final = 2_000_000  # minutes of all markets together, 108 MB
FEWEST_MINUTES: Final = 60  # of each market, however many there are
_ROW: Final = struct.Struct("<I13H3q")
_NONE: Final = 0xFFFF  # no trade yet


class PriceSpan:
    """Open, low, high and close of something."""

    __slots__ = ("close", "high", "low", "open")

    def __init__(self, start: int) -> None:
        self.open = self.low = self.high = self.close = start

    def take(self, value: int) -> None:
        self.close = value
        if value < self.low:
            self.low = value
        elif value > self.high:
            self.high = value

    def follow(self, later: PriceSpan) -> None:
        """Go on with what a later part of the period did."""
        self.close = later.close
        self.low, self.high = min(self.low, later.low), max(self.high, later.high)

    @staticmethod
    def of(values: tuple[int, ...]) -> PriceSpan:
        span = PriceSpan(values[0])
        _, span.low, span.high, span.close = values
        return span

    def values(self) -> tuple[int, int, int, int]:
        return self.open, self.low, self.high, self.close


@dataclass(slots=True)
class Candle:
    """One period of one market; prices in e4, of YES."""

    end_s: int
    bid: PriceSpan
    ask: PriceSpan
    price: PriceSpan | None = None  # of trades
    previous_e4: int | None = None  # last trade before the period
    volume_e2: int = 0
    notional_e6: int = 0
    open_interest_e2: int = 0

    @property
    def mean_e4(self) -> int | None:
        """Of trades, weighted by contracts."""
        return None if not self.volume_e2 else round(self.notional_e6 / self.volume_e2)

    def follow(self, later: Candle) -> None:
        """Become the candle of a longer period that a later one is part of."""
        self.bid.follow(later.bid)
        self.ask.follow(later.ask)
        if later.price is not None and self.price is not None:
            self.price.follow(later.price)
        elif later.price is not None:
            self.price = PriceSpan.of(later.price.values())
        self.volume_e2 += later.volume_e2
        self.notional_e6 += later.notional_e6
        self.open_interest_e2 = later.open_interest_e2

    def pack(self) -> bytes:
        price = (_NONE,) * 4 if self.price is None else self.price.values()
        previous = _NONE if self.previous_e4 is None else self.previous_e4
        quotes = (*self.bid.values(), *self.ask.values())
        return _ROW.pack(
            self.end_s, *quotes, *price, previous, self.volume_e2, self.notional_e6, self.open_interest_e2
        )

    @staticmethod
    def unpack(row: bytes | bytearray) -> Candle:
        end_s, *prices, volume_e2, notional_e6, open_interest_e2 = _ROW.unpack(row)
        price = None if prices[8] == _NONE else PriceSpan.of(tuple(prices[8:12]))
        previous = None if prices[12] == _NONE else prices[12]
        bid, ask = PriceSpan.of(tuple(prices[:4])), PriceSpan.of(tuple(prices[4:8]))
        return Candle(end_s, bid, ask, price, previous, volume_e2, notional_e6, open_interest_e2)


class DayAgo(NamedTuple):
    """A market a day ago, to the hour, and what it has traded since."""

    bid_e4: int
    ask_e4: int
    price_e4: int  # 0 before the first trade
    volume_since_e2: int


@dataclass(slots=True, eq=False)
class _Course:
    """The candles of one market: those over as rows, the running one of each period."""

    rows: dict[int, bytearray] = field(default_factory=lambda: {period: bytearray() for period in PERIODS_S})
    running: dict[int, Candle] = field(default_factory=dict)
    minute: Candle | None = None


class Candlesticks:
    """The candles of all markets."""

    def __init__(self) -> None:
        self._courses: dict[str, _Course] = {}

    def quoted(self, listed: TradedMarket, now_us: int) -> None:
        """The best prices may have changed."""
        minute = self._minute(listed, now_us)
        bid_e4, ask_e4 = _quote(listed)
        minute.bid.take(bid_e4)
        minute.ask.take(ask_e4)
        minute.open_interest_e2 = listed.open_interest_e2

    def traded(self, trade: Trade) -> None:
        minute = self._minute(trade.market, trade.at_us)
        if minute.price is None:
            minute.price = PriceSpan(trade.price_e4)
        else:
            minute.price.take(trade.price_e4)
        minute.volume_e2 += trade.count_e2
        minute.notional_e6 += trade.price_e4 * trade.count_e2
        minute.open_interest_e2 = trade.market.open_interest_e2

    def between(self, ticker: str, period: int, *, start_s: int, end_s: int) -> Iterator[Candle]:
        """Candles that end in a time, both ends included, oldest first."""
        course = self._courses.get(ticker)
        if course is None:
            return
        rows = course.rows[period]
        for place in range(_place(rows, start_s), len(rows) // _ROW.size):
            candle = _candle_at(rows, place)
            if candle.end_s > end_s:
                return
            yield candle
        for candle in _unfinished(course, period):
            if start_s <= candle.end_s <= end_s:
                yield candle

    def last_before(self, ticker: str, period: int, start_s: int) -> Candle | None:
        """The newest candle that ended before a time."""
        course = self._courses.get(ticker)
        if course is None:
            return None
        ended = [candle for candle in _unfinished(course, period) if candle.end_s < start_s]
        if ended:
            return ended[-1]
        place = _place(course.rows[period], start_s)
        return _candle_at(course.rows[period], place - 1) if place else None

    def day_ago(self, ticker: str, now_s: int) -> DayAgo | None:
        """None for a market that is younger here."""
        since_s = now_s - PERIODS_S[1_440]
        rows = self._courses[ticker].rows[60] if ticker in self._courses else bytearray()
        if not rows or _candle_at(rows, 0).end_s > since_s:
            return None
        then = _candle_at(rows, _place(rows, since_s + 1) - 1)
        hours = self.between(ticker, 60, start_s=since_s + 1, end_s=now_s + PERIODS_S[60])
        price_e4 = then.previous_e4 if then.price is None else then.price.close
        return DayAgo(then.bid.close, then.ask.close, price_e4 or 0, sum(hour.volume_e2 for hour in hours))

    def _minute(self, listed: TradedMarket, now_us: int) -> Candle:
        """The running minute; the one before is put away when a new one begins."""
        course = self._courses.get(listed.ticker)
        if course is None:
            course = self._courses[listed.ticker] = _Course()
        last = course.minute
        if last is not None and now_us <= last.end_s * 1_000_000:
            return last
        end_s = _end_s(now_us, 60)
        if last is None:
            bid_e4, ask_e4 = _quote(listed)
            course.minute = Candle(end_s, PriceSpan(bid_e4), PriceSpan(ask_e4))
        else:
            self._put_away(course, last)
            previous_e4 = last.previous_e4 if last.price is None else last.price.close
            course.minute = Candle(
                end_s, PriceSpan(last.bid.close), PriceSpan(last.ask.close), None, previous_e4
            )
        course.minute.open_interest_e2 = listed.open_interest_e2
        return course.minute

    def _put_away(self, course: _Course, minute: Candle) -> None:
        self._keep(course, 1, minute)
        part = minute
        for period in (60, 1_440):
            end_s = _end_s(part.end_s * 1_000_000, PERIODS_S[period])
            running = course.running.get(period)
            if running is not None and running.end_s == end_s:
                running.follow(part)
                return
            fresh = Candle.unpack(part.pack())
            fresh.end_s = end_s
            course.running[period] = fresh
            if running is None:
                return
            self._keep(course, period, running)
            part = running

    def _keep(self, course: _Course, period: int, candle: Candle) -> None:
        rows = course.rows[period]
        rows += candle.pack()
        most = max(FEWEST_MINUTES, MOST_ROWS // len(self._courses)) * _ROW.size
        if len(rows) > most:
            del rows[: len(rows) - most]


def _place(rows: bytearray, end_s: int) -> int:
    """Of the first row that ends at or after a time."""
    return bisect_left(range(len(rows) // _ROW.size), end_s, key=lambda place: _candle_at(rows, place).end_s)


def _candle_at(rows: bytearray, place: int) -> Candle:
    return Candle.unpack(rows[place * _ROW.size : (place + 1) * _ROW.size])


def _unfinished(course: _Course, period: int) -> Iterator[Candle]:
    """The running candle with what its running parts add, and the one that these begin."""
    if course.minute is None:
        return
    parts = {1: (), 60: (60,), 1_440: (1_440, 60)}[period]
    candle: Candle | None = None
    for part in (*(course.running.get(length) for length in parts), course.minute):
        if part is None:
            continue
        end_s = _end_s(part.end_s * 1_000_000, PERIODS_S[period])
        if candle is not None and candle.end_s == end_s:
            candle.follow(part)
            continue
        if candle is not None:
            yield candle
        candle = Candle.unpack(part.pack())
        candle.end_s = end_s
    if candle is not None:
        yield candle


def _quote(listed: TradedMarket) -> tuple[int, int]:
    """An empty side counts as 0 or 1 dollar."""
    book = listed.book
    return book.best_bid_e4 or 0, ONE_DOLLAR_E4 if book.best_ask_e4 is None else book.best_ask_e4


def _end_s(at_us: int, length_s: int) -> int:
    """The inclusive end of the period that a time lies in."""
    return -(-at_us // (length_s * 1_000_000)) * length_s
