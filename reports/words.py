"""Figures as a report writes them: exact, in dollars, contracts and UTC."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from trading.market import format_count_e2, format_money_e6

NOTHING = "–"


def dollars(money_e6: int, *, places: int = 2) -> str:
    """``-$1,234.50``: at least so many decimals, and whatever is finer."""
    text = format_money_e6(abs(money_e6))
    whole, _, fraction = text.partition(".")
    fraction = (fraction[:places] + fraction[places:].rstrip("0")).ljust(places, "0")
    return f"{'-' if money_e6 < 0 else ''}${int(whole):,}.{fraction}"


def cents(money_e6: int) -> str:
    """Dollars to the nearest cent, with a sign; for a figure that is read from afar."""
    return gain(_nearest_cent(money_e6))


def in_cents(money_e6: int) -> str:
    """The same without one."""
    return dollars(_nearest_cent(money_e6))


def _nearest_cent(money_e6: int) -> int:
    return -(-(money_e6 - 5_000) // 10_000) * 10_000


def gain(money_e6: int, *, places: int = 2) -> str:
    """Dollars with a sign."""
    amount = dollars(money_e6, places=places)
    return f"+{amount}" if money_e6 > 0 else amount


def places_for(amounts_e6: Iterable[int]) -> int:
    """The decimals of dollars that all of them need: a column whose points stand below each other."""
    return max((_places(amount) for amount in amounts_e6), default=2)


def _places(money_e6: int) -> int:
    return 2 if money_e6 % 10_000 == 0 else 4 if money_e6 % 100 == 0 else 6


def axis_dollars(money_e6: float) -> str:
    """A round amount beside an axis."""
    amount = abs(money_e6) / 1e6
    sign = "-" if money_e6 < 0 and amount else ""
    return f"{sign}${amount:,.0f}" if amount == round(amount) else f"{sign}${amount:,.2f}"


def contracts(count_e2: int) -> str:
    return format_count_e2(count_e2).removesuffix(".00")


def held(position_e2: int) -> str:
    """``2.50 NO``."""
    if not position_e2:
        return NOTHING
    return f"{contracts(abs(position_e2))} {'YES' if position_e2 > 0 else 'NO'}"


def moment(at_us: int) -> str:
    return f"{datetime.fromtimestamp(at_us / 1e6, UTC):%Y-%m-%d %H:%M:%S}"


def lasted(duration_us: int) -> str:
    minutes, seconds = divmod(duration_us // 1_000_000, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = [f"{days} d"] * bool(days) + [f"{hours} h"] * bool(days or hours) + [f"{minutes} m"]
    return " ".join(parts if days else [*parts, f"{seconds} s"])


def byte_size(count: int) -> str:
    shown = float(count)
    for unit in ("bytes", "kB", "MB"):
        if shown < 1_000:
            return f"{shown:.0f} {unit}" if unit == "bytes" else f"{shown:.1f} {unit}"
        shown /= 1_000
    return f"{shown:,.1f} GB"


def percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else NOTHING
