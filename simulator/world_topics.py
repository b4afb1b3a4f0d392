"""Which questions does the made-up exchange ask?

Each topic is a series; its outcomes are the markets of every event. Names follow the venue's
ticker grammar (protocol 2.1): ``SERIES-YYMMMDD-OUTCOME``, strikes with a dot.
"""

from __future__ import annotations

from typing import Final, NamedTuple


class Topic(NamedTuple):
    """A series and the outcomes that each of its events lists."""

    series: str
    title: str
    category: str
    frequency: str
    outcomes: tuple[str, ...]
    is_exclusive: bool  # exactly one outcome of an event can happen
    structure: str = "deci_cent"
    fee_type: str = "quadratic"
    fee_multiplier_e4: int = 10_000


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _strikes(first: float, step: float, count: int) -> tuple[str, ...]:
    return tuple(f"T{_number(first + i * step)}" for i in range(count))


def _bands(first: float, step: float, count: int) -> tuple[str, ...]:
    return tuple(f"B{_number(first + i * step)}" for i in range(count))


_CITIES: Final = ("NYC", "BOS", "CHI", "MIA", "AUS", "DEN", "LAX", "SEA", "PHIL", "HOU")
_TEAMS: Final = ("BUF", "KC", "PHI", "DET", "GB", "BAL", "SF", "LAR", "SEA", "DEN", "NE", "IND")
_WEATHER: Final = "Climate and Weather"
_SPORTS_FEES: Final = "quadratic_with_maker_fees"

TOPICS: Final = (
    Topic("KXRAIN", "Rain", _WEATHER, "daily", _CITIES, is_exclusive=False),
    Topic("KXHIGHNY", "Highest temperature in NYC", _WEATHER, "daily", _bands(30.5, 2, 8), is_exclusive=True),
    Topic(
        "KXHIGHCHI",
        "Highest temperature in Chicago",
        _WEATHER,
        "daily",
        _bands(20.5, 2, 8),
        is_exclusive=True,
    ),
    Topic("KXSNOWM", "Snowfall of the month", _WEATHER, "monthly", _CITIES[:6], is_exclusive=False),
    Topic(
        "KXBTCD", "Bitcoin price above", "Crypto", "daily", _strikes(84999.99, 1000, 12), is_exclusive=False
    ),
    Topic("KXETHD", "Ethereum price above", "Crypto", "daily", _strikes(2799.99, 50, 12), is_exclusive=False),
    Topic(
        "KXINXU",
        "S&P 500 above",
        "Financials",
        "daily",
        _strikes(6699.99, 25, 12),
        is_exclusive=False,
        fee_multiplier_e4=5_000,
    ),
    Topic(
        "KXNASDAQ100U",
        "Nasdaq-100 above",
        "Financials",
        "daily",
        _strikes(24499.99, 100, 12),
        is_exclusive=False,
        fee_multiplier_e4=5_000,
    ),
    Topic(
        "KXFED",
        "Fed funds upper bound above",
        "Economics",
        "monthly",
        _strikes(2.75, 0.25, 8),
        is_exclusive=False,
        structure="linear_cent",
        fee_type=_SPORTS_FEES,
    ),
    Topic(
        "KXCPIYOY",
        "Inflation above",
        "Economics",
        "monthly",
        _strikes(2.1, 0.1, 9),
        is_exclusive=False,
        structure="linear_cent",
    ),
    Topic(
        "KXPAYROLLS",
        "Jobs added above",
        "Economics",
        "monthly",
        _strikes(25000, 25000, 8),
        is_exclusive=False,
    ),
    Topic("KXGAS", "US gas price above", "Economics", "weekly", _strikes(2.9, 0.05, 8), is_exclusive=False),
    Topic(
        "KXNFLGAME",
        "Professional football game",
        "Sports",
        "weekly",
        _TEAMS[:2],
        is_exclusive=True,
        fee_type=_SPORTS_FEES,
    ),
    Topic(
        "KXNFLMVP",
        "Football MVP",
        "Sports",
        "weekly",
        _TEAMS,
        is_exclusive=True,
        fee_type=_SPORTS_FEES,
    ),
    Topic(
        "KXTOPSONG", "Top song of the week", "Entertainment", "weekly", tuple("ABCDEFGH"), is_exclusive=True
    ),
    Topic("KXRTFILM", "Film score above", "Entertainment", "weekly", _strikes(45, 5, 10), is_exclusive=False),
    Topic(
        "KXAPPROVAL",
        "Presidential approval above",
        "Politics",
        "weekly",
        _strikes(38.5, 0.5, 10),
        is_exclusive=False,
        structure="tapered_deci_cent",
    ),
    Topic(
        "KXTSAW",
        "Airport travellers above",
        "Transportation",
        "weekly",
        _strikes(2400000, 50000, 8),
        is_exclusive=False,
    ),
)
