"""The questions of the made-up exchange.

Each topic is a series; its outcomes are the markets of every event. Names follow the venue's
ticker grammar (protocol 2.1): ``SERIES-YYMMMDD-OUTCOME``, strikes with a dot.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from simulator.engine.calendar.schedule import Rhythm
from simulator.engine.catalogue.listing import EventKind


@dataclass(frozen=True, slots=True)
class Topic:
    """A series and the outcomes that each of its events lists.

    ``exclusive``: exactly one outcome happens. ``ladder``: strikes, each less likely than the one
    before. ``independent``: questions of their own. ``scalar``: each pays a fraction.
    """

    series: str
    title: str
    category: str
    rhythm: Rhythm
    kind: EventKind
    outcomes: tuple[str, ...]
    structure: str = "deci_cent"
    fee_type: str = "quadratic"
    fee_multiplier_e4: int = 10_000
    collection: str = ""  # of combo markets
    exchange_index: int = 0  # if the exchange has that many shards
    determined_after_s: int = 1800  # from the close
    settlement_timer_s: int = 3600  # from determination


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def strikes(first: float, step: float, count: int) -> tuple[str, ...]:
    return tuple(f"T{_number(first + i * step)}" for i in range(count))


def bands(first: float, step: float, count: int) -> tuple[str, ...]:
    return tuple(f"B{_number(first + i * step)}" for i in range(count))


COMBO_SHARD, CRYPTO_SHARD, SPORTS_SHARD = 1, 2, 3
_WEATHER, _CRYPTO, _FINANCE = "Climate and Weather", "Crypto", "Financials"
_ECONOMY, _SPORTS, _CULTURE, _POLITICS = "Economics", "Sports", "Entertainment", "Politics"
_MAKER_FEES: Final = "quadratic_with_maker_fees"
_CITIES: Final = ("NYC", "BOS", "CHI", "MIA", "AUS", "DEN", "LAX", "SEA", "PHIL", "HOU")
_CITY_NAMES: Final = {"NY": "NYC", "CHI": "Chicago", "MIA": "Miami", "AUS": "Austin", "DEN": "Denver"}
_TEAMS: Final = ("BUF", "KC", "PHI", "DET", "GB", "BAL", "SF", "LAR", "SEA", "DEN", "NE", "IND")
_GAMES: Final = (("BUF", "KC"), ("PHI", "DET"), ("GB", "BAL"), ("SF", "LAR"), ("SEA", "DEN"), ("NE", "IND"))
_HOURLY: Final = Rhythm("hourly")
_MIDNIGHT: Final = Rhythm("daily")
_AFTERNOON: Final = Rhythm("daily", hour=16, minute=0)  # the stock exchange's close
_SUNDAY: Final = Rhythm("weekly")
_FRIDAY: Final = Rhythm("weekly", hour=10, minute=0, weekday=4)
_MONTH: Final = Rhythm("monthly", hour=8, minute=25)


def _temperature(city: str, first: float) -> Topic:
    title = f"Highest temperature in {_CITY_NAMES[city]}"
    return Topic(f"KXHIGH{city}", title, _WEATHER, _MIDNIGHT, "exclusive", bands(first, 2, 8))


def _hourly_coin(coin: str, name: str, prices: tuple[str, ...]) -> Topic:
    return Topic(
        f"KX{coin}",
        f"{name} price this hour above",
        _CRYPTO,
        _HOURLY,
        "ladder",
        prices,
        exchange_index=CRYPTO_SHARD,
        determined_after_s=60,
        settlement_timer_s=60,
    )


def _daily_coin(coin: str, name: str, prices: tuple[str, ...]) -> Topic:
    return Topic(
        f"KX{coin}D",
        f"{name} price above",
        _CRYPTO,
        _AFTERNOON,
        "ladder",
        prices,
        exchange_index=CRYPTO_SHARD,
        determined_after_s=120,
        settlement_timer_s=300,
    )


def _index(series: str, name: str, prices: tuple[str, ...]) -> Topic:
    return Topic(
        series, f"{name} above", _FINANCE, _AFTERNOON, "ladder", prices, fee_multiplier_e4=5_000,
        determined_after_s=300, settlement_timer_s=900,
    )  # fmt: skip


def _game(number: int, teams: tuple[str, str]) -> Topic:
    return Topic(
        f"KXNFLGAME{number}",
        f"Football game {teams[0]} at {teams[1]}",
        _SPORTS,
        Rhythm("weekly", hour=13 + number, minute=0),
        "exclusive",
        teams,
        fee_type=_MAKER_FEES,
        exchange_index=SPORTS_SHARD,
        determined_after_s=300,
        settlement_timer_s=600,
    )


TOPICS: Final = (
    Topic("KXRAIN", "Rain", _WEATHER, _MIDNIGHT, "independent", _CITIES),
    _temperature("NY", 30.5),
    _temperature("CHI", 20.5),
    _hourly_coin("BTC", "Bitcoin", strikes(84999.99, 250, 12)),
    _daily_coin("BTC", "Bitcoin", strikes(82999.99, 1000, 12)),
    _daily_coin("ETH", "Ethereum", strikes(2799.99, 50, 12)),
    _index("KXINXU", "S&P 500", strikes(6699.99, 25, 12)),
    _index("KXNASDAQ100U", "Nasdaq-100", strikes(24499.99, 100, 12)),
    Topic(
        "KXFED",
        "Fed funds upper bound above",
        _ECONOMY,
        _MONTH,
        "ladder",
        strikes(2.75, 0.25, 8),
        structure="linear_cent",
        fee_type=_MAKER_FEES,
    ),
    Topic("KXCPIYOY", "Inflation above", _ECONOMY, _MONTH, "ladder", strikes(2.1, 0.1, 9), "linear_cent"),
    Topic("KXPAYROLLS", "Jobs added above", _ECONOMY, _MONTH, "ladder", strikes(25000, 25000, 8)),
    Topic("KXGAS", "US gas price above", _ECONOMY, _SUNDAY, "ladder", strikes(2.9, 0.05, 8)),
    *(_game(number, teams) for number, teams in enumerate(_GAMES, 1)),
    Topic("KXNFLMVP", "Football MVP", _SPORTS, _SUNDAY, "exclusive", _TEAMS, fee_type=_MAKER_FEES),
    Topic(
        "KXTOPSONG",
        "Top song of the week",
        _CULTURE,
        _SUNDAY,
        "exclusive",
        tuple("ABCDEFGH"),
        structure="center_deci_edge_centi_cent",
    ),
    Topic("KXRTFILM", "Film score above", _CULTURE, _FRIDAY, "ladder", strikes(45, 5, 10)),
    Topic(
        "KXAPPROVAL",
        "Presidential approval above",
        _POLITICS,
        _FRIDAY,
        "ladder",
        strikes(38.5, 0.5, 10),
        structure="tapered_deci_cent",
    ),
    Topic("KXTSAW", "Airport travellers above", "Transportation", _SUNDAY, "ladder", strikes(2.4e6, 5e4, 8)),
    Topic("KXVOTESHARE", "Share of the vote", _POLITICS, _SUNDAY, "scalar", ("DEM", "REP", "IND", "GRN")),
    _hourly_coin("ETH", "Ethereum", strikes(2899.99, 20, 12)),
    _daily_coin("SOL", "Solana", strikes(119.99, 5, 12)),
    _daily_coin("XRP", "XRP", strikes(1.9999, 0.05, 10)),
    _temperature("MIA", 64.5),
    _temperature("AUS", 50.5),
    _temperature("DEN", 30.5),
    Topic(
        "KXMVESPORTS",
        "Both of these teams win",
        _SPORTS,
        _SUNDAY,
        "independent",
        tuple(f"{first}{second}" for (first, _), (second, _) in pairwise(_GAMES)),
        structure="center_deci_edge_centi_cent",
        fee_type="quadratic_with_combo_maker_fees",
        collection="KXMVESPORTS-R",
        exchange_index=COMBO_SHARD,
    ),
    Topic("KXSNOWM", "Snowfall of the month", _WEATHER, _MONTH, "independent", _CITIES[:6]),
)
