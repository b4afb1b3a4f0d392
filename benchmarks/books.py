"""The processor time of one book change, from the frame's bytes to both best prices.

The same frames, made before by the simulated exchange, go through every way in turn (A B C A B C);
the figure of a way is the median of its rounds, in processor time of this process. The books of all
ways are compared level by level with the exchange's.
"""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from benchmarks.claims import Result, reported, same, skipped, times_as_much, times_faster
from benchmarks.comparators_books import BareLoop, MirroredSortedDicts, SortedDicts, Way
from benchmarks.own_books import OwnBooks
from benchmarks.recorded_flow import RecordedFlow, delta_batches, opening_frames, record

NAUTILUS: Final = "nautilus_trader 1.221 OrderBook, our decoder"
OURS: Final = "ours"
# (what it is compared with, how many times cheaper ours has to be)
_LEAST: Final = {
    "json + four mirrored SortedDicts": 6.0,
    "json + two SortedDicts": 3.5,
    NAUTILUS: 2.0,
}
_BARE: Final = "bare msgspec + dict loop without checks"
_MOST_OF_BARE: Final = 1.5
MARKET_COUNTS: Final = (100, 1_000, 10_000, 50_000)


def frame_to_book(*, quick: bool) -> Iterator[Result]:
    """Against the ways of others, at 1,000 markets."""
    flow = record(markets=1_000, changes=40_000 if quick else 200_000)
    ways, missing = _ways(flow)
    costs = cost_us(flow, ways, rounds=3 if quick else 7)
    yield same(
        "ways whose books differ from the exchange's",
        [name for name, way in costs.books.items() if way != flow.closing],
        [],
    )
    for name, least in _LEAST.items():
        if name in ways:
            yield times_faster(
                f"frame -> book, us of CPU: against {name}", costs.us[OURS], costs.us[name], at_least=least
            ) | {"rounds": costs.rounds}
        else:
            yield skipped(f"frame -> book, us of CPU: against {name}", missing)
    yield times_as_much(
        f"frame -> book, us of CPU: against {_BARE}", costs.us[OURS], costs.us[_BARE], at_most=_MOST_OF_BARE
    ) | {"rounds": costs.rounds}


def markets(*, quick: bool) -> Iterator[Result]:
    """The same at 100 to 50,000 markets."""
    thousand = 0.0
    for count in MARKET_COUNTS[:-1] if quick else MARKET_COUNTS:
        flow = record(markets=count, changes=40_000 if quick else 100_000)
        costs = cost_us(flow, {OURS: _own_books(flow)}, rounds=3 if quick else 5)
        us = costs.us[OURS]
        thousand = us if count == 1_000 else thousand
        line = reported(f"frame -> book at {count} markets, us of CPU", us)
        yield line | ({"against_1000": round(us / thousand, 2)} if thousand else {})


claims: Final[dict[str, Callable[..., Iterator[Result]]]] = {
    "frame_to_book": frame_to_book,
    "markets": markets,
}


# --- how it is measured ---------------------------------------------------------------------------


class Costs:
    """Medians by way, and what was in its books after its last round."""

    def __init__(self, rounds: int) -> None:
        self.rounds = rounds
        self.us: dict[str, float] = {}
        self.books: dict[str, object] = {}


def _own_books(flow: RecordedFlow) -> Callable[[], Way]:
    return lambda: OwnBooks(flow.groups())


def _ways(flow: RecordedFlow) -> tuple[dict[str, Callable[[], Way]], str]:
    """All that can be run here, and why one of them cannot."""
    ways: dict[str, Callable[[], Way]] = {
        OURS: _own_books(flow),
        _BARE: BareLoop,
        "json + two SortedDicts": SortedDicts,
        "json + four mirrored SortedDicts": MirroredSortedDicts,
    }
    try:
        from benchmarks.comparators_nautilus import NautilusBooks
    except ImportError as error:
        return ways, f"{error}; pip install -e .[bench]"
    return ways | {NAUTILUS: NautilusBooks}, ""


def cost_us(flow: RecordedFlow, ways: Mapping[str, Callable[[], Way]], *, rounds: int) -> Costs:
    """Microseconds of processor time a change. Every round begins with new books."""
    opening, batches = opening_frames(flow), list(delta_batches(flow))
    measured: dict[str, list[float]] = {name: [] for name in ways}
    costs = Costs(rounds)
    for _ in range(rounds):
        for name, make in ways.items():
            way = make()
            for connection, frames in enumerate(opening):
                way.take(connection, frames)
            measured[name].append(_timed_us(way, batches) / len(flow.changes))
            costs.books[name] = way.books()
    costs.us = {name: statistics.median(values) for name, values in measured.items()}
    return costs


def _timed_us(way: Way, batches: list[list[tuple[int, list[bytes]]]]) -> float:
    gc.collect()
    gc.freeze()  # the frames are no part of any way
    try:
        began = time.process_time_ns()
        for batch in batches:
            for connection, frames in batch:
                way.take(connection, frames)
        return (time.process_time_ns() - began) / 1_000
    finally:
        gc.unfreeze()
