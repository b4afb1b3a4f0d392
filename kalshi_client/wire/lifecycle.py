"""News of markets on the wire, and the value that each becomes (protocol 5.6).

``event_type`` says what happened and which of the fields are there. A type that is new to this
client keeps its number and its ticker: the market has changed, whatever it is called.
"""

from __future__ import annotations

from typing import Final, NamedTuple, Protocol, TypeVar

from kalshi_client.wire.envelope import NumberedFrame
from kalshi_client.wire.grids import RangeTexts, grid_of
from kalshi_client.wire.news import (
    MarketActivated,
    MarketChanged,
    MarketCloseUpdated,
    MarketCreated,
    MarketDeactivated,
    MarketDetermined,
    MarketGridUpdated,
    MarketMetadataUpdated,
    MarketNews,
    MarketSettled,
)
from kalshi_client.wire.numbers import (
    Name,
    OptionalName,
    Seconds,
    Shard,
    Text,
    ValueText,
    seconds_us,
    told,
    value_e4,
)
from kalshi_client.wire.salvage import Needed
from kalshi_client.wire.strikes import StrikeFields

Anything = TypeVar("Anything")


class _Metadata(StrikeFields, gc=False):
    event_ticker: OptionalName | None = ""
    title: Text | None = ""
    name: Text | None = ""
    yes_sub_title: Text | None = ""
    no_sub_title: Text | None = ""
    rules_primary: Text | None = ""
    rules_secondary: Text | None = ""
    can_close_early: bool | None = None
    expected_expiration_ts: Seconds | None = None


class _MarketBody(StrikeFields, gc=False):
    """The fields of all kinds of news; each kind has its own."""

    market_ticker: Name
    event_type: Name
    close_ts: Needed[Seconds | None] = None
    is_deactivated: Needed[bool | None] = None
    price_level_structure: Needed[OptionalName | None] = None
    price_ranges: Needed[list[RangeTexts] | None] = None
    exchange_index: Needed[Shard | None] = None
    open_ts: Seconds | None = None
    additional_metadata: _Metadata | None = None
    result: OptionalName | None = None
    settlement_value: ValueText | None = None
    determination_ts: Seconds | None = None
    settled_ts: Seconds | None = None
    title: Text | None = None
    yes_sub_title: Text | None = None
    no_sub_title: Text | None = None


class _About(NamedTuple):
    """The beginning of every market's news."""

    sid: int
    seq: int
    ticker: str
    is_combo: bool


class _Reader(Protocol):
    def __call__(self, about: _About, body: _MarketBody, sending_ts_ms: int | None) -> MarketNews: ...


def _required(value: Anything | None, name: str) -> Anything:
    if value is None:
        raise ValueError(f"{name} is missing")
    return value


def _created(about: _About, body: _MarketBody, sending_ts_ms: int | None) -> MarketNews:
    more = body.additional_metadata or _Metadata()
    return MarketCreated(
        *about,
        event_ticker=more.event_ticker or "",
        open_us=told(seconds_us, body.open_ts),
        close_us=seconds_us(_required(body.close_ts, "close_ts")),
        exchange_index=body.exchange_index,
        grid=grid_of(body.price_level_structure, body.price_ranges),
        title=more.title or "",
        name=more.name or "",
        yes_sub_title=more.yes_sub_title or "",
        no_sub_title=more.no_sub_title or "",
        rules_primary=more.rules_primary or "",
        rules_secondary=more.rules_secondary or "",
        can_close_early=more.can_close_early,
        expected_expiration_us=told(seconds_us, more.expected_expiration_ts),
        strike=more.strike(),
        sending_ts_ms=sending_ts_ms,
    )


def _activated(about: _About, body: _MarketBody, sending_ts_ms: int | None) -> MarketNews:
    if body.is_deactivated:
        raise ValueError("activated and is_deactivated")
    return MarketActivated(*about, sending_ts_ms=sending_ts_ms)


def _deactivated(about: _About, body: _MarketBody, sending_ts_ms: int | None) -> MarketNews:
    if body.is_deactivated is False:
        raise ValueError("deactivated and not is_deactivated")
    return MarketDeactivated(*about, sending_ts_ms=sending_ts_ms)


def _close_date_updated(about: _About, body: _MarketBody, sending_ts_ms: int | None) -> MarketNews:
    close_us = seconds_us(_required(body.close_ts, "close_ts"))
    return MarketCloseUpdated(*about, close_us, sending_ts_ms=sending_ts_ms)


def _determined(about: _About, body: _MarketBody, sending_ts_ms: int | None) -> MarketNews:
    return MarketDetermined(
        *about,
        result=body.result or "",
        value_e4=told(value_e4, body.settlement_value or None),
        determined_us=told(seconds_us, body.determination_ts),
        sending_ts_ms=sending_ts_ms,
    )


def _settled(about: _About, body: _MarketBody, sending_ts_ms: int | None) -> MarketNews:
    return MarketSettled(*about, told(seconds_us, body.settled_ts), sending_ts_ms=sending_ts_ms)


def _grid_updated(about: _About, body: _MarketBody, sending_ts_ms: int | None) -> MarketNews:
    grid = grid_of(body.price_level_structure, body.price_ranges)
    return MarketGridUpdated(*about, body.price_level_structure or "", grid, sending_ts_ms=sending_ts_ms)


def _metadata_updated(about: _About, body: _MarketBody, sending_ts_ms: int | None) -> MarketNews:
    return MarketMetadataUpdated(
        *about,
        title=body.title,
        yes_sub_title=body.yes_sub_title,
        no_sub_title=body.no_sub_title,
        strike=body.strike(),
        sending_ts_ms=sending_ts_ms,
    )


_READERS: Final[dict[str, _Reader]] = {
    "created": _created,
    "activated": _activated,
    "deactivated": _deactivated,
    "close_date_updated": _close_date_updated,
    "determined": _determined,
    "settled": _settled,
    "price_level_structure_updated": _grid_updated,
    "metadata_updated": _metadata_updated,
}


def _market_news(frame: MarketFrame | ComboMarketFrame, *, is_combo: bool) -> MarketNews:
    body = frame.msg
    about = _About(frame.sid, frame.seq, body.market_ticker, is_combo)
    reader = _READERS.get(body.event_type)
    if reader is None:
        return MarketChanged(*about, body.event_type, sending_ts_ms=frame.sending_ts_ms)
    return reader(about, body, frame.sending_ts_ms)


class MarketFrame(NumberedFrame, tag="market_lifecycle_v2", gc=False):
    msg: _MarketBody

    def to_value(self) -> MarketNews:
        return _market_news(self, is_combo=False)


class ComboMarketFrame(NumberedFrame, tag="multivariate_market_lifecycle", gc=False):
    msg: _MarketBody

    def to_value(self) -> MarketNews:
        return _market_news(self, is_combo=True)
