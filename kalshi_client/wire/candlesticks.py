"""The prices of a market, period by period, on the wire (protocol 3.2, 3.3).

The archive tells the same under names without a suffix.
"""

from __future__ import annotations

from dataclasses import dataclass

from msgspec import Struct, field

from kalshi_client.wire.numbers import CountText, Name, Seconds, ValueText, count_e2, told, value_e4


@dataclass(frozen=True, slots=True)
class Span:
    """Prices of one period, of YES; all None when there was none."""

    open_e4: int | None = None
    low_e4: int | None = None
    high_e4: int | None = None
    close_e4: int | None = None


@dataclass(frozen=True, slots=True)
class Candlestick:
    """One period, which ends at ``end_s`` (epoch seconds)."""

    end_s: int
    yes_bid: Span
    yes_ask: Span
    price: Span  # of trades
    mean_e4: int | None
    previous_e4: int | None  # of the last trade before the period
    volume_e2: int | None  # None: not told
    open_interest_e2: int | None


class _OldSpan(Struct):
    open: ValueText | None = None
    low: ValueText | None = None
    high: ValueText | None = None
    close: ValueText | None = None

    def to_value(self) -> Span:
        return Span(_price(self.open), _price(self.low), _price(self.high), _price(self.close))


class _OldPrices(_OldSpan):
    mean: ValueText | None = None
    previous: ValueText | None = None


class _Span(_OldSpan):
    open: ValueText | None = field(name="open_dollars", default=None)
    low: ValueText | None = field(name="low_dollars", default=None)
    high: ValueText | None = field(name="high_dollars", default=None)
    close: ValueText | None = field(name="close_dollars", default=None)


class _Prices(_OldPrices):
    open: ValueText | None = field(name="open_dollars", default=None)
    low: ValueText | None = field(name="low_dollars", default=None)
    high: ValueText | None = field(name="high_dollars", default=None)
    close: ValueText | None = field(name="close_dollars", default=None)
    mean: ValueText | None = field(name="mean_dollars", default=None)
    previous: ValueText | None = field(name="previous_dollars", default=None)


class _Candle(Struct):
    end_period_ts: Seconds
    yes_bid: _Span | None = None
    yes_ask: _Span | None = None
    price: _Prices | None = None
    volume_fp: CountText | None = None
    open_interest_fp: CountText | None = None

    def to_value(self) -> Candlestick:
        return _candlestick(
            self.end_period_ts,
            (self.yes_bid, self.yes_ask, self.price),
            self.volume_fp,
            self.open_interest_fp,
        )


class _OldCandle(Struct):
    end_period_ts: Seconds
    yes_bid: _OldSpan | None = None
    yes_ask: _OldSpan | None = None
    price: _OldPrices | None = None
    volume: CountText | None = None
    open_interest: CountText | None = None

    def to_value(self) -> Candlestick:
        return _candlestick(
            self.end_period_ts, (self.yes_bid, self.yes_ask, self.price), self.volume, self.open_interest
        )


class CandlesticksBody(Struct):
    candlesticks: list[_Candle] | None

    def to_value(self) -> list[Candlestick]:
        return [candle.to_value() for candle in self.candlesticks or []]


class OldCandlesticksBody(Struct):
    """The archive's."""

    candlesticks: list[_OldCandle] | None

    def to_value(self) -> list[Candlestick]:
        return [candle.to_value() for candle in self.candlesticks or []]


class _OfMarket(Struct):
    market_ticker: Name
    candlesticks: list[_Candle] | None


class BatchCandlesticksBody(Struct):
    markets: list[_OfMarket] | None

    def to_value(self) -> dict[str, list[Candlestick]]:
        return {
            market.market_ticker: [candle.to_value() for candle in market.candlesticks or []]
            for market in self.markets or []
        }


def _candlestick(
    end_s: int,
    spans: tuple[_OldSpan | None, _OldSpan | None, _OldPrices | None],
    volume: str | None,
    open_interest: str | None,
) -> Candlestick:
    bid, ask, price = spans[0] or _OldSpan(), spans[1] or _OldSpan(), spans[2] or _OldPrices()
    return Candlestick(
        end_s,
        bid.to_value(),
        ask.to_value(),
        price.to_value(),
        _price(price.mean),
        _price(price.previous),
        told(count_e2, volume),
        told(count_e2, open_interest),
    )


def _price(text: str | None) -> int | None:
    return value_e4(text) if text else None
