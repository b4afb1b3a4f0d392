"""How are this exchange's times and amounts written?"""

from __future__ import annotations

from datetime import UTC, datetime


def rfc3339_ms(at_us: int) -> str:
    """``2026-11-22T11:03:13.123Z``."""
    text = datetime.fromtimestamp(at_us // 1000 / 1000, UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def rfc3339_us(at_us: int) -> str:
    """``2026-11-22T11:03:13.123456Z``."""
    seconds, micros = divmod(at_us, 1_000_000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{micros:06d}Z"


def rfc3339_s(at_us: int) -> str:
    """``2026-11-22T11:03:13Z``."""
    return f"{datetime.fromtimestamp(at_us // 1_000_000, UTC):%Y-%m-%dT%H:%M:%S}Z"


def money_6dp(money_e6: int) -> str:
    """``0.069800``: fees and costs of fills always carry six decimals."""
    sign = "-" if money_e6 < 0 else ""
    return f"{sign}{abs(money_e6) // 1_000_000}.{abs(money_e6) % 1_000_000:06d}"


def cents(money_e6: int) -> int:
    """Whole cents, never more than there is."""
    return money_e6 // 10_000
