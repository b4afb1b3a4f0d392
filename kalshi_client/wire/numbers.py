"""Numbers on the wire: text to integer, with the bounds that a true one keeps.

Prices and counts repeat endlessly, so their texts are looked up: a dict answers in about 50 ns
where the checked parser needs 340. What is not there yet is parsed by ``trading.market``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final, TypeVar

from msgspec import Meta

from kalshi_client.wire.salvage import READER
from trading.market import (
    ONE_DOLLAR_E4,
    NumberError,
    parse_count_e2,
    parse_money_e6,
    parse_price_e4,
)
from trading.venue_time import VenueTimeUs

Said = TypeVar("Said")
Value = TypeVar("Value")

MAX_TEXT: Final = 24  # characters; int() takes quadratic time on a long one
MAX_COUNT_E2: Final = 10**12  # ten billion contracts; times a price it still fits 64 bits
MAX_MONEY_E6: Final = 10**16  # ten billion dollars
MAX_REMEMBERED: Final = 65_536  # texts, so that a hostile stream cannot fill the memory

Sid = Annotated[int, Meta(ge=0, le=2**31)]
Seq = Annotated[int, Meta(ge=0, le=2**53)]
RequestId = Annotated[int, Meta(ge=0, le=2**53)]
TsMs = Annotated[int, Meta(ge=0, le=4_102_444_800_000)]  # the year 2100
Seconds = Annotated[int, Meta(ge=0, le=4_102_444_800)]  # the year 2100
Multiplier = Annotated[float, Meta(ge=0, le=1_000)]
Subaccount = Annotated[int, Meta(ge=0, le=2**31)]
Shard = Annotated[int, Meta(ge=0, le=10_000)]
Name = Annotated[str, Meta(min_length=1, max_length=200)]
OptionalName = Annotated[str, Meta(max_length=200)]
Text = Annotated[str, Meta(max_length=100_000)]
Time = Annotated[datetime, Meta(tz=True)]


class _Remembered(dict[str, int]):
    """Parsed texts. Only valid ones are kept."""

    def __init__(self, parse: Callable[[str], int]) -> None:
        super().__init__()
        self.known: dict[str, int] = {}
        """The same as a plain dict, which Python looks up in half the time."""
        self._parse = parse

    def __missing__(self, text: str) -> int:
        value = self._parse(text)
        if len(self) < MAX_REMEMBERED:
            self[text] = self.known[text] = value
        return value


def _short(text: str) -> str:
    if len(text) > MAX_TEXT:
        raise NumberError(f"a number of {len(text)} characters")
    return text


def _parse_level_price(text: str) -> int:
    price_e4 = parse_price_e4(_short(text))
    if not 0 < price_e4 < ONE_DOLLAR_E4:
        raise NumberError(f"price {text!r} is not between 0 and 1")
    return price_e4


def _parse_signed_count(text: str) -> int:
    count_e2 = parse_count_e2(_short(text))
    if abs(count_e2) > MAX_COUNT_E2:
        raise NumberError(f"count {text!r} is beyond belief")
    return count_e2


def _parse_count(text: str) -> int:
    count_e2 = _parse_signed_count(text)
    if count_e2 < 0:
        raise NumberError(f"count {text!r} is negative")
    return count_e2


def _parse_value(text: str) -> int:
    value = parse_price_e4(_short(text))
    if not 0 <= value <= ONE_DOLLAR_E4:
        raise NumberError(f"value {text!r} is not between 0 and 1")
    return value


_level_prices: Final = _Remembered(_parse_level_price)
level_price_e4: Final = _level_prices.__getitem__
"""A price of a level, an order or a fill: strictly between 0 and 1. Raises NumberError."""
KNOWN_LEVEL_PRICES_E4: Final[Mapping[str, int]] = _level_prices.known
"""The texts that were read before."""

value_e4: Final = _Remembered(_parse_value).__getitem__
"""A payout, a quote or the end of a price range: 0 to 1 inclusive. Raises NumberError."""

_signed_counts: Final = _Remembered(_parse_signed_count)
signed_count_e2: Final = _signed_counts.__getitem__
"""A change of a level or a position. Raises NumberError."""
KNOWN_SIGNED_COUNTS_E2: Final[Mapping[str, int]] = _signed_counts.known
"""The texts that were read before."""

count_e2: Final = _Remembered(_parse_count).__getitem__
"""A number of contracts, not negative. Raises NumberError."""


def some_count_e2(text: str) -> int:
    """A count that changed hands: more than nothing. Raises NumberError."""
    count = count_e2(text)
    if not count:
        raise NumberError("a trade of no contracts")
    return count


def signed_money_e6(text: str) -> int:
    """Cash, cost or profit. Raises NumberError."""
    money_e6 = parse_money_e6(_short(text))
    if abs(money_e6) > MAX_MONEY_E6:
        raise NumberError(f"amount {text!r} is beyond belief")
    return money_e6


def money_e6(text: str) -> int:
    """A fee or a cost. Raises NumberError for a negative one."""
    value = signed_money_e6(text)
    if value < 0:
        raise NumberError(f"amount {text!r} is negative")
    return value


# Texts that are numbers, each with the function that reads it: what is wrong with one is told with its place.
PriceText = Annotated[str, Meta(extra={READER: level_price_e4})]
ValueText = Annotated[str, Meta(extra={READER: value_e4})]
CountText = Annotated[str, Meta(extra={READER: count_e2})]
SignedCountText = Annotated[str, Meta(extra={READER: signed_count_e2})]
SomeCountText = Annotated[str, Meta(extra={READER: some_count_e2})]
MoneyText = Annotated[str, Meta(extra={READER: money_e6})]
SignedMoneyText = Annotated[str, Meta(extra={READER: signed_money_e6})]


def multiplier_e4(multiplier: float) -> int:
    """A fee multiplier, the one number that the wire writes as a fraction (protocol 7.3)."""
    return round(multiplier * 10_000)


def told(read: Callable[[Said], Value], said: Said | None) -> Value | None:
    """The value of a field that was sent, read; None for one that was not."""
    return None if said is None else read(said)


_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def epoch_us(time: datetime) -> VenueTimeUs:
    """Exact epoch microseconds of a time with a zone, which the venue wrote."""
    return VenueTimeUs((time - _EPOCH) // timedelta(microseconds=1))


def subaccount_of(*told: int | None) -> int:
    """The number of a subaccount, which fills and orders have under two names; 0, the primary one, if untold.

    Raises NumberError when the names disagree: either may be true.
    """
    numbers = {number for number in told if number is not None}
    if len(numbers) > 1:
        raise NumberError(f"of several subaccounts: {sorted(numbers)}")
    return numbers.pop() if numbers else 0


def seconds_us(seconds: int) -> VenueTimeUs:
    """Epoch microseconds of epoch seconds, which the venue wrote."""
    return VenueTimeUs(seconds * 1_000_000)
