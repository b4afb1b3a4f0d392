"""The figures that are compared with published ones, and their bounds.

What is published is of other venues or of the whole exchange, or asked of the model; where there is
nothing, the band says what the books are meant to be like.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, NamedTuple

from verification import order_flow_measures as measure
from verification.order_flow_day import Day

DEMO_S: Final = 23 * 60


class Size(NamedTuple):
    """The amount of trading to measure."""

    markets: int
    seconds: int
    hastened_markets: int
    hastened_s: int
    news_s: int
    events: int  # for the calibration


FULL: Final = Size(1_000, 300, 300, 300, 60, 8_000)
QUICK: Final = Size(400, 80, 150, 120, 30, 2_000)


@dataclass(frozen=True, slots=True)
class Days:
    """The measured days: a brisk day, a brisk day on a calendar that runs sixty times as fast (prices move
    by many ticks a minute), a day of each other kind, and many events' fair values."""

    size: Size
    seed: int
    brisk: Day
    hastened: Day
    rates: dict[str, float]  # book changes a second, by profile
    demo_changes: int
    calibration: list[tuple[float, float, int]]

    @staticmethod
    def spent(size: Size, *, seed: int) -> Days:
        brisk = Day("brisk", markets=size.markets, seed=seed).run(size.seconds)
        hastened = Day("brisk", markets=size.hastened_markets, seed=seed, speed=60.0).run(size.hastened_s)
        others = {
            name: Day(name, markets=size.markets, seed=seed).run(seconds, look=False)
            for name, seconds in (("news", size.news_s), ("quiet", 200), ("demo", DEMO_S))
        }
        rates = {name: measure.deltas_per_second(day) for name, day in {"brisk": brisk, **others}.items()}
        demo_changes = sum(others["demo"].per_second)
        calibration = measure.calibration(size.events, seed=seed)
        return Days(size, seed, brisk, hastened, rates, demo_changes, calibration)


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of the page."""

    name: str
    published: str
    low: float
    high: float
    of: Callable[[Days], float]

    def holds(self, value: float) -> bool:
        return self.low <= value <= self.high  # not of a value that is none


def _brisk(of: Callable[..., float], *arguments: float) -> Callable[[Days], float]:
    return lambda days: of(days.brisk, *arguments)


def _level(number: int) -> Callable[[Days], float]:
    return lambda days: measure.depth_profile(days.brisk)[number]


def _calibration_error(days: Days) -> float:
    return max(abs(price - paid) for price, paid, _ in days.calibration)


def _rate(name: str) -> Callable[[Days], float]:
    return lambda days: days.rates[name]


_NOBODYS: Final = "—"
FACTS: Final = {
    "rate of brisk": Fact("book changes a second, `brisk`", "500 asked for", 425, 600, _rate("brisk")),
    "rate of news": Fact("the same, `news`", "500 asked for", 425, 650, _rate("news")),
    "rate of quiet": Fact("the same, `quiet`", "20 asked for", 14, 26, _rate("quiet")),
    "changes of demo": Fact(
        "book changes in 23 minutes, `demo`", "1 on about 1,000 markets", 0, 6, lambda days: days.demo_changes
    ),
    "Zipf exponent": Fact(
        "Zipf exponent of changes, busiest tenth", "1.2 to 1.5", 0.7, 1.5, _brisk(measure.zipf_exponent)
    ),
    "changes of ten": Fact(
        "share of changes, 10 busiest", "57 % to 78 %", 0.25, 0.78, _brisk(measure.share_of_changes, 10)
    ),
    "changes of hundred": Fact(
        "share of changes, 100 busiest", "83 % to 95 %", 0.5, 0.95, _brisk(measure.share_of_changes, 100)
    ),
    "volume of ten": Fact(
        "share of volume, 10 busiest", "57 % to 78 %", 0.57, 0.85, _brisk(measure.share_of_volume, 10)
    ),
    "volume of hundred": Fact(
        "share of volume, 100 busiest", "83 % to 95 %", 0.83, 0.99, _brisk(measure.share_of_volume, 100)
    ),
    "top three": Fact(
        "share of an event's volume in its three busiest markets, median",
        "94 % (Polymarket)",
        0.7,
        0.97,
        _brisk(measure.top_three_of_an_event),
    ),
    "Fano": Fact("Fano factor of changes per second", "≥ 5", 5, 40, _brisk(measure.fano)),
    "spread": Fact("spread, median, cents", "2 to 5", 2, 5, _brisk(measure.spread_cents, 0.0, 0.51)),
    "spread in the middle": Fact(
        "spread at 35–50 c, median, cents", "1–3 a side", 2, 6, _brisk(measure.spread_cents, 0.35, 0.51)
    ),
    "wide spread in the middle": Fact(
        "the same, ninth decile", _NOBODYS, 4, 12, _brisk(measure.spread_cents, 0.35, 0.51, 0.9)
    ),
    "spread lower down": Fact(
        "spread at 15–35 c, median, cents", _NOBODYS, 2, 5, _brisk(measure.spread_cents, 0.15, 0.35)
    ),
    "spread of the unlikely": Fact(
        "spread at 5–15 c, median, cents", _NOBODYS, 1, 3.5, _brisk(measure.spread_cents, 0.05, 0.15)
    ),
    "spread in the tails": Fact(
        "spread below 5 c, median, cents", _NOBODYS, 0.3, 1.2, _brisk(measure.spread_cents, 0.0, 0.05)
    ),
    "relative spread in the tails": Fact(
        "half-spread against the price below 5 c, basis points",
        "650–900 in the lowest decile of prices (Polymarket)",
        600,
        1_300,
        _brisk(measure.half_spread_bp, 0.0, 0.05),
    ),
    "depth at the best price": Fact(
        "depth at the best price, of the mean level",
        "about uniform, not top-heavy (Polymarket)",
        0.5,
        1.2,
        _level(0),
    ),
    "depth at the eighth price": Fact("depth at the eighth", "the same", 0.8, 1.6, _level(7)),
    "event sum": Fact(
        "distance of the sum of an exclusive event's middles from 1, median",
        "0, within costs",
        0,
        0.02,
        _brisk(measure.event_sum_error),
    ),
    "wide event sum": Fact("the same, ninth decile", _NOBODYS, 0, 0.06, _brisk(measure.event_sum_error, 0.9)),
    "variance ratio": Fact(
        "variance ratio of the middle, 60 s against 10 s, hastened",
        "1 (martingale)",
        0.75,
        1.25,
        lambda days: measure.variance_ratio(days.hastened, 10, 60),
    ),
    "variance ratio at rest": Fact(
        "the same, 30 s against 1 s, brisk: quotes bounce by a tick",
        "≤ 1",
        0.4,
        1.25,
        _brisk(measure.variance_ratio, 1, 30),
    ),
    "jumps": Fact("excess kurtosis of moves in 5 s", "> 0: jumps", 2, 60, _brisk(measure.excess_kurtosis, 5)),
    "calibration": Fact(
        "largest difference of price and frequency, deciles of fair values",
        "≤ 0.03",
        0,
        0.03,
        _calibration_error,
    ),
    "signs": Fact(
        "autocorrelation of takers' directions, lag 1",
        "positive; 0.3 to 0.5",
        0.3,
        0.5,
        _brisk(measure.sign_autocorrelation),
    ),
    "median size": Fact("contracts of a taker, median", "5 to 10", 4, 20, _brisk(measure.size_quantile, 0.5)),
    "mean size": Fact("the same, mean", "about 245", 60, 300, _brisk(measure.mean_size)),
    "large size": Fact(
        "the same, 99th percentile", _NOBODYS, 800, 5_000, _brisk(measure.size_quantile, 0.99)
    ),
    "volume of the largest": Fact(
        "volume of the largest 1 % of takers",
        "heavy tail",
        0.15,
        0.6,
        _brisk(measure.volume_of_largest, 0.01),
    ),
    "informed": Fact("informed takers, of all", "10 % to 30 %", 0.08, 0.3, _brisk(measure.informed_share)),
    "gain of the informed": Fact(
        "their gain on what they pay, %, fees paid",
        "> 0",
        0.5,
        15,
        lambda days: measure.takers_gain(days.brisk, "informed"),
    ),
    "gain of the noise": Fact(
        "the same of the uninformed", "< 0", -12, -1, lambda days: measure.takers_gain(days.brisk, "noise")
    ),
    "gain of makers": Fact(
        "makers' gain on what takers pay, %", "+1.12", 0.3, 4, _brisk(measure.makers_gain)
    ),
    "long shots": Fact(
        "uninformed takers who buy YES below 15 c",
        "> 50 %: long shots are overpaid",
        0.5,
        0.75,
        _brisk(measure.long_shot_buyers),
    ),
}
