"""The texts of this exchange's times and amounts."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache

from trading.market import format_count_e2, format_price_e4

# The same few prices and counts are written over and over: remembered, they cost a tenth.
price_text = lru_cache(maxsize=16_384)(format_price_e4)
count_text = lru_cache(maxsize=16_384)(format_count_e2)


def rfc3339_ms(at_us: int) -> str:
    """``2026-11-22T11:03:13.123Z``."""
    seconds, micros = divmod(at_us, 1_000_000)
    return f"{_second(seconds)}.{micros // 1000:03d}Z"


def rfc3339_us(at_us: int) -> str:
    """``2026-11-22T11:03:13.123456Z``."""
    seconds, micros = divmod(at_us, 1_000_000)
    return f"{_second(seconds)}.{micros:06d}Z"


def rfc3339_s(at_us: int) -> str:
    """``2026-11-22T11:03:13Z``."""
    return f"{_second(at_us // 1_000_000)}Z"


@lru_cache(maxsize=1024)
def _second(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}"


def money_6dp(money_e6: int) -> str:
    """``0.069800``: fees and costs of fills always carry six decimals."""
    sign = "-" if money_e6 < 0 else ""
    return f"{sign}{abs(money_e6) // 1_000_000}.{abs(money_e6) % 1_000_000:06d}"


def cents(money_e6: int) -> int:
    """Whole cents, never more than there is."""
    return money_e6 // 10_000
