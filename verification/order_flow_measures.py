"""The statistics of a day, each a function of its notes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from itertools import pairwise
from random import Random
from typing import Any, Final

import numpy as np

from simulator.engine.catalogue.listing import EventKind
from simulator.engine.catalogue.world import opening_fairs
from simulator.flow.fair_value import fair_value
from simulator.flow.news import Story
from simulator.flow.profiles import BRISK
from verification.order_flow_day import Day

Numbers = Any  # a numpy array
MANY_MARKETS: Final = 6  # of an event, for a concentration within it to mean something
_BUSIEST: Final = 100
_STRETCH_S: Final = 30
_KINDS: Final[tuple[EventKind, ...]] = ("exclusive", "independent", "ladder", "scalar")
_LIFE_S: Final = 86_400.0
_LOOKED_AT: Final = (0.25, 0.5, 0.9)  # of a life

# --- activity -------------------------------------------------------------------------------------


def deltas_per_second(day: Day) -> float:
    return float(np.mean(day.per_second))


def zipf_exponent(day: Day) -> float:
    """Of book changes by rank, over the busiest tenth of the markets."""
    counts = sorted(day.ear.deltas.values(), reverse=True)
    top = np.array(counts[: max(10, len(counts) // 10)], dtype=float)
    return float(-np.polyfit(np.log(np.arange(1, len(top) + 1)), np.log(top), 1)[0])


def share_of_changes(day: Day, busiest: int) -> float:
    return _share_of_top(day.ear.deltas.values(), busiest)


def share_of_volume(day: Day, busiest: int) -> float:
    """Of all contracts traded."""
    return _share_of_top(_contracts(day).values(), busiest)


def top_three_of_an_event(day: Day) -> float:
    """The part of an event's contracts that its three busiest markets trade, at the median."""
    contracts = _contracts(day)
    shares = [
        _share_of_top([contracts[ticker] for ticker in event.market_tickers], 3)
        for event in day.world.events.values()
        if len(event.market_tickers) >= MANY_MARKETS and any(map(contracts.get, event.market_tickers))
    ]
    return float(np.median(shares))


def fano(day: Day) -> float:
    """Variance against mean of the book changes in a second; 1 for a Poisson process.

    Within half minutes, so that a rate that drifts does not count as bursts.
    """
    counts = np.array(day.per_second[: len(day.per_second) // _STRETCH_S * _STRETCH_S]).reshape(
        -1, _STRETCH_S
    )
    return float(np.var(counts, axis=1, ddof=1).mean() / counts.mean())


def _contracts(day: Day) -> defaultdict[str, float]:
    contracts: defaultdict[str, float] = defaultdict(float)
    for taking in day.ear.takings:
        contracts[taking.ticker] += taking.contracts
    return contracts


def _share_of_top(counts: Iterable[float], busiest: int) -> float:
    ordered = sorted(counts, reverse=True)
    return sum(ordered[:busiest]) / sum(ordered)


# --- books ----------------------------------------------------------------------------------------


def spread_cents(day: Day, low: float, high: float, quantile: float = 0.5) -> float:
    """Of looks at which the less likely outcome's price lay between these, in dollars."""
    cheap, spread = _cheap_and_spread(day, low, high)
    return float(np.quantile(spread, quantile) * 100 if len(cheap) else np.nan)


def half_spread_bp(day: Day, low: float, high: float) -> float:
    """Median of half the spread against the price of the less likely outcome."""
    cheap, spread = _cheap_and_spread(day, low, high)
    return float(np.median(spread / 2 / cheap) * 10_000)


def _cheap_and_spread(day: Day, low: float, high: float) -> tuple[Numbers, Numbers]:
    looked = np.array(day.quotes)
    cheap = np.minimum(looked[:, 0], 1 - looked[:, 0])
    inside = (cheap >= low) & (cheap < high)
    return cheap[inside], looked[inside, 1]


def depth_profile(day: Day) -> list[float]:
    """Median contracts at each level, best first, against the mean over the levels."""
    medians = np.median(np.array(day.depths), axis=0)
    return [float(each) for each in medians / medians.mean()]


def empty_sides(day: Day) -> float:
    """The part of all sides without a quote."""
    return day.empty_sides / day.sides


def event_sum_error(day: Day, quantile: float = 0.5) -> float:
    """|sum of an exclusive event's middles − 1|."""
    return float(np.quantile(np.abs(np.array(day.sums) - 1), quantile))


# --- prices ---------------------------------------------------------------------------------------


def middle_error_cents(day: Day) -> float:
    """Standard deviation of the middle from what is known to those who know all there is to know."""
    return float(np.std(day.errors) * 100)


def moves(day: Day, seconds: int) -> Numbers:
    """Of the middle over so many seconds, in the busiest markets."""
    found: list[float] = []
    for ticker, _ in day.ear.deltas.most_common(_BUSIEST):
        path = [look[ticker] for look in day.middles if ticker in look]
        found += [path[at + seconds] - path[at] for at in range(0, len(path) - seconds, max(1, seconds // 2))]
    return np.array(found)


def variance_ratio(day: Day, short_s: int, long_s: int) -> float:
    """1 for a price that nobody can predict from its past."""
    return float(np.mean(moves(day, long_s) ** 2) / np.mean(moves(day, short_s) ** 2) * short_s / long_s)


def excess_kurtosis(day: Day, seconds: int) -> float:
    """0 for a normal distribution; more if prices jump."""
    moved = moves(day, seconds)
    return float(np.mean(moved**4) / np.mean(moved**2) ** 2 - 3)


def calibration(events: int, *, seed: int) -> list[tuple[float, float, int]]:
    """Mean price, mean payout and how many, by decile of the price, of brisk days' fair values.

    Of events of every kind at several moments of their lives; the payouts are the exchange's own.
    """
    found: list[tuple[float, float]] = []
    for number in range(events):
        rng, kind = Random(f"{seed} {number}"), _KINDS[number % len(_KINDS)]
        fair = fair_value(kind, opening_fairs(kind, 5, rng), rng)
        story = Story.beginning(_LIFE_S, BRISK.news, rng)
        for part in _LOOKED_AT:
            story.tell(fair, part * _LIFE_S, rng)
            found += zip(fair.prices, (paid_e4 / 1e4 for paid_e4 in fair.payouts_e4()), strict=True)
    pairs = np.array(found)
    deciles = np.minimum(9, (pairs[:, 0] * 10).astype(int))
    rows = []
    for decile in range(10):
        price, paid = pairs[deciles == decile].mean(axis=0)
        rows.append((float(price), float(paid), int((deciles == decile).sum())))
    return rows


# --- traders --------------------------------------------------------------------------------------


def sign_autocorrelation(day: Day) -> float:
    """Between one taker's direction and the next one's in the same market."""
    signs: defaultdict[str, list[int]] = defaultdict(list)
    for taking in day.ear.takings:
        signs[taking.ticker].append(taking.sign)
    pairs = [pair for each in signs.values() if len(each) > 20 for pair in pairwise(each)]
    first, second = np.array(pairs, dtype=float).T
    return float(np.corrcoef(first, second)[0, 1])


def size_quantile(day: Day, quantile: float) -> float:
    """Contracts that one taker trades."""
    return float(np.quantile(_sizes(day), quantile))


def mean_size(day: Day) -> float:
    return float(np.mean(_sizes(day)))


def volume_of_largest(day: Day, part: float) -> float:
    """The share of the largest takers, so many of all, in all contracts."""
    sizes = np.sort(_sizes(day))[::-1]
    return float(sizes[: max(1, round(part * len(sizes)))].sum() / sizes.sum())


def long_shot_buyers(day: Day) -> float:
    """The part of uninformed takers that buys the outcome when it costs less than 15 cents."""
    signs = [
        each.sign
        for each in day.ear.takings
        if each.taker is day.flow.counterparties.noise and each.price < 0.15
    ]
    return sum(sign > 0 for sign in signs) / len(signs)


def informed_share(day: Day) -> float:
    """Of all takers."""
    takers = [each.taker for each in day.ear.takings]
    return sum(taker is day.flow.counterparties.informed for taker in takers) / len(takers)


def takers_gain(day: Day, kind: str) -> float:
    """The gain of takers of a kind, fees paid, in per cent of their payments for contracts.

    What they bought is valued within five seconds at what those who know all there is to know
    think of it: what prices do until the settlement is luck.
    """
    taker = day.kinds_of_taker()[kind]
    valued = [each for each in day.ear.takings if each.taker is taker and each.worth is not None]
    made = sum((each.worth or 0.0) - each.cost - each.fees for each in valued)
    return 100 * made / sum(each.cost for each in valued)


def makers_gain(day: Day) -> float:
    """The gain of makers in all trades, in per cent of the takers' payments for contracts; fees apart."""
    valued = [each for each in day.ear.takings if each.worth is not None]
    paid = sum(each.cost for each in valued)
    return 100 * (paid - sum(each.worth or 0.0 for each in valued)) / paid


def _sizes(day: Day) -> Numbers:
    return np.array([taking.contracts for taking in day.ear.takings])
