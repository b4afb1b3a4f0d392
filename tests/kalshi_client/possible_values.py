"""The possible values of a decoded message, whatever the bytes were: the other half of the golden values."""

from __future__ import annotations

import math
from typing import Any

from kalshi_client.wire.envelope import Numbered
from kalshi_client.wire.news import (
    EventFeesUpdated,
    MarketCloseUpdated,
    MarketCreated,
    MarketDetermined,
    MarketGridUpdated,
    MarketMetadataUpdated,
    MarketSettled,
    OrderGroupUpdated,
)
from kalshi_client.wire.public import TickerMessage, TradeMessage
from kalshi_client.wire.values import (
    BookDelta,
    BookSnapshot,
    ErrorMessage,
    FillMessage,
    Malformed,
    OrderMessage,
    PositionMessage,
    Unknown,
)

YEAR_2100_MS = 4_102_444_800_000
MOST_E2 = 10**12  # contracts
MOST_E6 = 10**16  # dollars


def is_possible(message: Any) -> bool:
    if isinstance(message, Unknown):
        return len(message.name) <= 64
    if isinstance(message, Malformed):
        return message.reason != ""
    if isinstance(message, Numbered) and not (is_whole(message.sid) and is_whole(message.seq)):
        return False
    check = CHECKS.get(type(message))
    return is_time(message.sending_ts_ms) and (check is None or check(message))


def is_whole(number: Any) -> bool:
    return type(number) is int and number >= 0


def is_time(ts_ms: Any) -> bool:
    return ts_ms is None or (is_whole(ts_ms) and ts_ms <= YEAR_2100_MS)


def is_time_us(ts_us: Any) -> bool:
    return ts_us is None or (is_whole(ts_us) and ts_us <= YEAR_2100_MS * 1_000)


def is_price(price_e4: Any) -> bool:
    return type(price_e4) is int and 0 < price_e4 < 10_000


def is_value(value_e4: Any) -> bool:
    return type(value_e4) is int and 0 <= value_e4 <= 10_000


def is_count(count_e2: Any) -> bool:
    return is_whole(count_e2) and count_e2 <= MOST_E2


def is_signed_count(count_e2: Any) -> bool:
    return type(count_e2) is int and abs(count_e2) <= MOST_E2


def is_signed_money(money_e6: Any) -> bool:
    return type(money_e6) is int and abs(money_e6) <= MOST_E6


def is_money(money_e6: Any) -> bool:
    return is_signed_money(money_e6) and money_e6 >= 0


def is_strike(strike: Any) -> bool:
    return all(end is None or math.isfinite(end) for end in (strike.floor, strike.cap))


def is_grid(grid: Any) -> bool:
    """Every price of it can be traded at, and rounding stays on it."""
    if grid is None:
        return True
    rounded = [grid.floor(p) for p in range(0, 10_001, 97)]
    return all(p is None or (is_price(p) and grid.contains(p)) for p in rounded)


def _book(m: Any) -> bool:
    return m.ticker != "" and all(
        is_price(p) and is_count(c) for side in (m.yes, m.no) for p, c in side.items()
    )


def told(*figures: Any) -> list[Any]:
    """The values that the venue said."""
    return [figure for figure in figures if figure is not None]


def _ticker(m: Any) -> bool:
    values = told(m.price_e4, m.yes_bid_e4, m.yes_ask_e4)
    sizes = told(m.yes_bid_size_e2, m.yes_ask_size_e2, m.last_trade_size_e2)
    counts = told(m.volume_e2, m.open_interest_e2)
    whole = all(type(dollars) is int for dollars in told(m.dollar_volume, m.dollar_open_interest))
    return m.ticker != "" and all(map(is_value, values)) and all(map(is_count, sizes + counts)) and whole


def _order(m: Any) -> bool:
    counts = (m.initial_e2, m.fill_e2, m.remaining_e2)
    money = (m.taker_cost_e6, m.maker_cost_e6, m.taker_fees_e6, m.maker_fees_e6)
    times = (m.ts_ms, m.created_ms, m.expiration_ms)
    return (
        m.side in ("bid", "ask")
        and m.status in ("resting", "canceled", "executed", "unknown")
        and is_price(m.price_e4)
        and all(map(is_count, counts))
        and all(map(is_money, money))
        and all(map(is_time, times))
    )


def _position(m: Any) -> bool:
    money = told(m.cost_e6, m.realised_e6, m.fees_e6, m.position_fees_e6)
    volume = all(map(is_count, told(m.volume_e2)))
    return is_signed_count(m.position_e2) and volume and all(map(is_signed_money, money))


CHECKS = {
    BookSnapshot: _book,
    BookDelta: lambda m: (
        m.ticker != "" and m.side in ("yes", "no") and is_price(m.price_e4) and is_signed_count(m.delta_e2)
    ),
    TradeMessage: lambda m: (
        is_price(m.price_e4) and is_count(m.count_e2) and m.count_e2 > 0 and m.taker_side in ("bid", "ask")
    ),
    FillMessage: lambda m: (
        is_price(m.price_e4) and is_count(m.count_e2) and m.count_e2 > 0 and is_money(m.fee_e6)
    ),
    TickerMessage: _ticker,
    OrderMessage: _order,
    PositionMessage: _position,
    ErrorMessage: lambda m: is_whole(m.code) and is_whole(m.request_id),
    OrderGroupUpdated: lambda m: m.contracts_limit_e2 is None or is_count(m.contracts_limit_e2),
    EventFeesUpdated: lambda m: (
        m.fee_multiplier_override_e4 is None or 0 <= m.fee_multiplier_override_e4 <= 10_000_000
    ),
    MarketCreated: lambda m: (
        is_time_us(m.open_us) and is_time_us(m.close_us) and is_grid(m.grid) and is_strike(m.strike)
    ),
    MarketCloseUpdated: lambda m: is_time_us(m.close_us),
    MarketDetermined: lambda m: is_time_us(m.determined_us) and (m.value_e4 is None or is_value(m.value_e4)),
    MarketSettled: lambda m: is_time_us(m.settled_us),
    MarketGridUpdated: lambda m: is_grid(m.grid),
    MarketMetadataUpdated: lambda m: is_strike(m.strike),
}
"""A type that is missing here holds only names, which may be anything."""
