"""Markets, the prices they trade at, and the numbers of the wire.

Every number of the system is an integer whose scale is in its name:

* ``price_e4``  — 1/10000 dollar; a YES price unless the name says otherwise
* ``count_e2``  — 1/100 contract
* ``money_e6``  — 1/1000000 dollar; ``price_e4 * count_e2`` is exactly ``money_e6``

The wire writes them as decimal strings (protocol 2.1); the functions here are the only place
where one becomes the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from trading.venue_time import VenueTimeUs

Side = Literal["yes", "no"]
"""The outcome a contract pays on."""

BookSide = Literal["bid", "ask"]
"""The direction of an order in the one YES book: a bid buys YES, an ask sells it (protocol 7.1)."""

TimeInForce = Literal["good_till_canceled", "immediate_or_cancel"]
"""The time that an order may rest: until its end, or not at all (protocol 7.2)."""

ONE_DOLLAR_E4: Final = 10_000
ONE_DOLLAR_E6: Final = 1_000_000
ONE_CONTRACT_E2: Final = 100


class NumberError(ValueError):
    """A decimal string that is not a number of the expected scale."""


def _parse_fixed(text: str, decimals: int) -> int:
    sign, digits = (-1, text[1:]) if text.startswith("-") else (1, text)
    whole, _, fraction = digits.partition(".")
    if len(fraction) > decimals:
        if fraction[decimals:].strip("0"):
            raise NumberError(f"{text!r} has more than {decimals} decimals")
        fraction = fraction[:decimals]
    scaled = whole + fraction.ljust(decimals, "0")
    if not (scaled.isascii() and scaled.isdigit() and whole):
        raise NumberError(f"{text!r} is not a decimal number")
    return sign * int(scaled)


def parse_price_e4(text: str) -> int:
    """Price of at most four decimals, ``"0.4700"`` → 4700. Raises NumberError."""
    return _parse_fixed(text, 4)


def parse_count_e2(text: str) -> int:
    """Contracts of at most two decimals, ``"10.00"`` → 1000. Raises NumberError."""
    return _parse_fixed(text, 2)


def parse_money_e6(text: str) -> int:
    """Dollars of at most six decimals, ``"9851.58"`` → 9851580000. Raises NumberError."""
    return _parse_fixed(text, 6)


def _format_fixed(value: int, decimals: int) -> str:
    sign = "-" if value < 0 else ""
    whole, fraction = divmod(abs(value), 10**decimals)
    return f"{sign}{whole}.{fraction:0{decimals}d}"


def format_price_e4(price_e4: int) -> str:
    """4700 → ``"0.4700"``."""
    return _format_fixed(price_e4, 4)


def format_count_e2(count_e2: int) -> str:
    """1000 → ``"10.00"``."""
    return _format_fixed(count_e2, 2)


def format_money_e6(money_e6: int) -> str:
    """9851580000 → ``"9851.5800"``; six decimals only when four would lose something."""
    if money_e6 % 100:
        return _format_fixed(money_e6, 6)
    return _format_fixed(money_e6 // 100, 4)


def complement_e4(price_e4: int) -> int:
    """The same trade seen from the other outcome: NO = 1 − YES, for any price or book level."""
    return ONE_DOLLAR_E4 - price_e4


class PriceRange(NamedTuple):
    """A stretch of the grid, both ends included."""

    start_e4: int
    end_e4: int
    step_e4: int


@dataclass(frozen=True, slots=True)
class PriceGrid:
    """The prices a market accepts: the steps of its ranges strictly between 0 and 1 (protocol 4.3).

    Ranges are ascending and contiguous; where two meet, the shared price belongs to both.
    """

    ranges: tuple[PriceRange, ...]

    def __post_init__(self) -> None:
        for r in self.ranges:
            if r.step_e4 <= 0 or r.end_e4 <= r.start_e4:
                raise ValueError(f"price range {r} needs a positive step and start < end")
        if not self.ranges:
            raise ValueError("a price grid needs at least one range")

    @staticmethod
    def named(structure: str) -> PriceGrid:
        """Grid of a documented ``price_level_structure``. Raises KeyError for an unknown name."""
        return _NAMED_GRIDS[structure]

    def contains(self, price_e4: int) -> bool:
        """Whether an order may carry this price."""
        return 0 < price_e4 < ONE_DOLLAR_E4 and any(
            r.start_e4 <= price_e4 <= r.end_e4 and (price_e4 - r.start_e4) % r.step_e4 == 0
            for r in self.ranges
        )

    def floor(self, price_e4: int) -> int | None:
        """Highest tradable price not above ``price_e4``; None below the grid."""
        for r in reversed(self.ranges):
            if r.start_e4 <= price_e4:
                capped = min(price_e4, r.end_e4, ONE_DOLLAR_E4 - 1)
                found = capped - (capped - r.start_e4) % r.step_e4
                if found > 0:
                    return found
        return None

    def ceil(self, price_e4: int) -> int | None:
        """Lowest tradable price not below ``price_e4``; None above the grid."""
        for r in self.ranges:
            if price_e4 <= r.end_e4:
                raised = max(price_e4, r.start_e4, 1)
                found = raised + (r.start_e4 - raised) % r.step_e4
                if found <= r.end_e4 and found < ONE_DOLLAR_E4:
                    return found
        return None


_NAMED_GRIDS: Final = {
    "linear_cent": PriceGrid((PriceRange(0, 10_000, 100),)),
    "deci_cent": PriceGrid((PriceRange(0, 10_000, 10),)),
    "tapered_deci_cent": PriceGrid(
        (PriceRange(0, 1_000, 10), PriceRange(1_000, 9_000, 100), PriceRange(9_000, 10_000, 10))
    ),
    "center_deci_edge_centi_cent": PriceGrid(
        (PriceRange(0, 100, 1), PriceRange(100, 9_900, 10), PriceRange(9_900, 10_000, 1))
    ),
}


@dataclass(frozen=True, slots=True)
class Market:
    """A market's terms as trading needs them, read from the venue that executes."""

    ticker: str
    event_ticker: str
    series_ticker: str
    status: str  # the venue's word (protocol 7.4); only "active" trades
    grid: PriceGrid
    exchange_index: int  # shard that holds the market and its collateral (protocol 3.5)
    close_us: VenueTimeUs
    fee_type: str  # protocol 7.3
    fee_multiplier_e4: int  # 10000 = the schedule as published
    title: str = ""
