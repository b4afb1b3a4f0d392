"""The fields of a market's body beyond those that an order needs (protocol 3.2).

Every field of the protocol's table that is not in ``MarketRecord`` itself. A field that is missing
hides no market: it is read as one that says nothing.
"""

from __future__ import annotations

from datetime import datetime

import msgspec
from msgspec import Raw, Struct

from kalshi_client.wire.numbers import (
    CountText,
    MoneyText,
    OptionalName,
    Seconds,
    Text,
    Time,
    ValueText,
    count_e2,
    epoch_us,
    money_e6,
    value_e4,
)
from kalshi_client.wire.salvage import Needed
from kalshi_client.wire.strikes import StrikeFields

# Structs, not dataclasses: a listing builds a hundred thousand of each.


class MarketQuotes(Struct, frozen=True, gc=False):
    """Up to 15 s old (protocol 1.2). An empty side is a bid of 0, an ask of 10000."""

    yes_bid_e4: int = 0
    yes_ask_e4: int = 10_000
    no_bid_e4: int = 0
    no_ask_e4: int = 10_000
    yes_bid_size_e2: int = 0
    yes_ask_size_e2: int = 0
    last_price_e4: int = 0  # 0 before the first trade
    previous_yes_bid_e4: int = 0  # a day ago
    previous_yes_ask_e4: int = 0
    previous_price_e4: int = 0
    notional_e6: int = 1_000_000  # what one contract pays at most


class MarketTexts(Struct, frozen=True, gc=False):
    """For people. What is asked is ``title``; which answer is YES is ``yes_sub_title``."""

    title: str = ""
    subtitle: str = ""
    yes_sub_title: str = ""
    no_sub_title: str = ""
    rules_primary: str = ""
    rules_secondary: str = ""
    early_close_condition: str = ""


class MarketTimes(Struct, frozen=True, gc=False):
    """Epoch microseconds; None where the venue says nothing. ``expected_expiration_us`` is not the close."""

    created_us: int | None = None
    updated_us: int | None = None
    open_us: int | None = None
    latest_expiration_us: int | None = None
    expected_expiration_us: int | None = None
    expiration_us: int | None = None
    settled_us: int | None = None
    occurrence_us: int | None = None
    fee_waiver_expiration_us: int | None = None


class MarketLeg(Struct, frozen=True, gc=False):
    """One market of a combo, and the answer that it needs."""

    ticker: str
    event_ticker: str
    side: str  # yes, no


class MarketTerms(Struct, frozen=True, gc=False):
    """The construction and settlement of the market. JSON that only people read stays text."""

    market_type: str = "binary"  # binary, scalar
    price_level_structure: str = ""
    settlement_timer_s: int = 0
    can_close_early: bool = False
    expiration_value: str = ""
    settlement_bounds_type: str = "default"  # default, floor
    settlement_floor_e4: int | None = None
    functional_strike: str = ""
    custom_strike: str = ""  # JSON
    mve_collection_ticker: str = ""
    legs: tuple[MarketLeg, ...] = ()
    primary_participant_key: str = ""
    is_provisional: bool = False


NO_QUOTES = MarketQuotes()
NO_TEXTS = MarketTexts()
NO_TIMES = MarketTimes()
USUAL_TERMS = MarketTerms()


class _Leg(Struct):
    market_ticker: OptionalName | None = ""
    event_ticker: OptionalName | None = ""
    side: OptionalName | None = ""

    def to_value(self) -> MarketLeg:
        return MarketLeg(self.market_ticker or "", self.event_ticker or "", self.side or "")


class MarketDetails(StrikeFields, gc=False, kw_only=True):
    """The fields, and the values that they make up. Raises ValueError for impossible ones."""

    yes_bid_dollars: ValueText | None = None
    yes_ask_dollars: ValueText | None = None
    no_bid_dollars: ValueText | None = None
    no_ask_dollars: ValueText | None = None
    yes_bid_size_fp: CountText | None = None
    yes_ask_size_fp: CountText | None = None
    last_price_dollars: ValueText | None = None
    previous_yes_bid_dollars: ValueText | None = None
    previous_yes_ask_dollars: ValueText | None = None
    previous_price_dollars: ValueText | None = None
    notional_value_dollars: MoneyText | None = None

    title: Text | None = None
    subtitle: Text | None = None
    yes_sub_title: Text | None = None
    no_sub_title: Text | None = None
    rules_primary: Text | None = None
    rules_secondary: Text | None = None
    early_close_condition: Text | None = None

    created_time: Time | None = None
    updated_time: Time | None = None
    open_time: Time | None = None
    latest_expiration_time: Time | None = None
    expected_expiration_time: Time | None = None
    expiration_time: Time | None = None
    settlement_ts: Time | None = None
    occurrence_datetime: Time | None = None
    fee_waiver_expiration_time: Time | None = None

    market_type: OptionalName | None = None
    price_level_structure: Needed[OptionalName | None] = None
    settlement_timer_seconds: Seconds | None = None
    can_close_early: bool | None = None
    expiration_value: Text | None = None
    settlement_bounds_type: OptionalName | None = None
    settlement_floor_dollars: ValueText | None = None
    functional_strike: Text | None = None
    custom_strike: Raw = Raw()
    mve_collection_ticker: OptionalName | None = None
    mve_selected_legs: list[_Leg] | None = None
    primary_participant_key: Text | None = None
    is_provisional: bool | None = None

    def quotes(self) -> MarketQuotes:
        return MarketQuotes(
            yes_bid_e4=_price(self.yes_bid_dollars, 0),
            yes_ask_e4=_price(self.yes_ask_dollars, 10_000),
            no_bid_e4=_price(self.no_bid_dollars, 0),
            no_ask_e4=_price(self.no_ask_dollars, 10_000),
            yes_bid_size_e2=count_e2(self.yes_bid_size_fp or "0"),
            yes_ask_size_e2=count_e2(self.yes_ask_size_fp or "0"),
            last_price_e4=_price(self.last_price_dollars, 0),
            previous_yes_bid_e4=_price(self.previous_yes_bid_dollars, 0),
            previous_yes_ask_e4=_price(self.previous_yes_ask_dollars, 0),
            previous_price_e4=_price(self.previous_price_dollars, 0),
            notional_e6=money_e6(self.notional_value_dollars or "1"),
        )

    def texts(self) -> MarketTexts:
        return MarketTexts(
            self.title or "",
            self.subtitle or "",
            self.yes_sub_title or "",
            self.no_sub_title or "",
            self.rules_primary or "",
            self.rules_secondary or "",
            self.early_close_condition or "",
        )

    def times(self) -> MarketTimes:
        return MarketTimes(
            some_us(self.created_time),
            some_us(self.updated_time),
            some_us(self.open_time),
            some_us(self.latest_expiration_time),
            some_us(self.expected_expiration_time),
            some_us(self.expiration_time),
            some_us(self.settlement_ts),
            some_us(self.occurrence_datetime),
            some_us(self.fee_waiver_expiration_time),
        )

    def terms(self) -> MarketTerms:
        floor = self.settlement_floor_dollars
        return MarketTerms(
            market_type=self.market_type or "binary",
            price_level_structure=self.price_level_structure or "",
            settlement_timer_s=self.settlement_timer_seconds or 0,
            can_close_early=bool(self.can_close_early),
            expiration_value=self.expiration_value or "",
            settlement_bounds_type=self.settlement_bounds_type or "default",
            settlement_floor_e4=None if floor is None else value_e4(floor),
            functional_strike=self.functional_strike or "",
            custom_strike=json_text(self.custom_strike),
            mve_collection_ticker=self.mve_collection_ticker or "",
            legs=tuple(leg.to_value() for leg in self.mve_selected_legs or ()),
            primary_participant_key=self.primary_participant_key or "",
            is_provisional=bool(self.is_provisional),
        )


def _price(text: str | None, unsaid_e4: int) -> int:
    return value_e4(text) if text else unsaid_e4


def some_us(time: datetime | None) -> int | None:
    """Epoch microseconds of a time that may be missing."""
    return None if time is None else epoch_us(time)


def json_text(raw: Raw) -> str:
    """As the venue wrote it, without white space; an empty object says nothing."""
    told = bytes(raw)
    text = msgspec.json.format(told, indent=-1) if told else told
    return "" if text in (b"null", b"{}") else text.decode()
