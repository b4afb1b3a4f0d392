"""Whether the prices of one event make sense together.

A venue's books of one event bound each other: of outcomes that exclude each other at most one pays, and
"above 20" can never be worth more than "above 10". Prices that say otherwise for longer than it takes
somebody to trade on it are a sign that a book here is wrong. They are signs about the data, never a
reason to trade or to stop.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final, Literal, NamedTuple

from trading.market import ONE_DOLLAR_E4

Kind = Literal["crossed", "bids_above_one", "asks_below_one", "ladder"]

# A taker pays at most 7 % of p(1 - p) (protocol 7.3): of one contract of each outcome that is less than
# seven cents, of two contracts three and a half. Inside that nobody is paid to put the prices right.
SUM_TOLERANCE_E4: Final = 700
LADDER_TOLERANCE_E4: Final = 350


class Strike(NamedTuple):
    """The condition for YES, in a unit of the event's own (protocol 3.2): only ever compared."""

    kind: str = ""  # greater, greater_or_equal, less, less_or_equal, between, … or "" where none is told
    floor: float | None = None
    cap: float | None = None


NO_STRIKE: Final = Strike()


class YesQuote(NamedTuple):
    """Best prices of YES; None for a side that nobody quotes."""

    bid_e4: int | None
    ask_e4: int | None


@dataclass(frozen=True, slots=True)
class EventShape:
    """The facts of an event that are known before any price."""

    ticker: str
    is_exclusive: bool  # at most one of its markets pays
    is_whole: bool  # no market of it that is open is missing in ``strikes``
    strikes: Mapping[str, Strike]  # by market ticker


@dataclass(frozen=True, slots=True)
class Incoherence:
    """Prices that cannot all be right; of a ladder's two ``tickers`` the first must be worth more."""

    event_ticker: str
    kind: Kind
    by_e4: int  # beyond what coherent prices allow, tolerance not counted; at least 0
    tickers: tuple[str, ...]


def incoherences(
    event: EventShape,
    quotes: Mapping[str, YesQuote],
    *,
    sum_tolerance_e4: int = SUM_TOLERANCE_E4,
    ladder_tolerance_e4: int = LADDER_TOLERANCE_E4,
) -> list[Incoherence]:
    """The contradictions in the quotes of an event. Leave out of ``quotes`` every book that is not
    trusted."""
    quoted = {ticker: quotes[ticker] for ticker in event.strikes if ticker in quotes}
    found = list(_crossed(event, quoted))
    if event.is_exclusive:
        found += _sums(event, quoted, sum_tolerance_e4)
    for steps in _ladders(event, quoted):
        found += _out_of_step(event, quoted, steps, ladder_tolerance_e4)
    return found


def _crossed(event: EventShape, quoted: Mapping[str, YesQuote]) -> Iterator[Incoherence]:
    for ticker, (bid_e4, ask_e4) in quoted.items():
        if bid_e4 is not None and ask_e4 is not None and bid_e4 >= ask_e4:
            yield Incoherence(event.ticker, "crossed", bid_e4 - ask_e4, (ticker,))


def _sums(event: EventShape, quoted: Mapping[str, YesQuote], tolerance_e4: int) -> Iterator[Incoherence]:
    """At most one outcome pays a dollar; when all of them are here, exactly one does."""
    bids = {ticker: quote.bid_e4 for ticker, quote in quoted.items() if quote.bid_e4 is not None}
    over_e4 = sum(bids.values()) - ONE_DOLLAR_E4
    if over_e4 > tolerance_e4:
        yield Incoherence(event.ticker, "bids_above_one", over_e4, tuple(bids))
    asks = {ticker: quote.ask_e4 for ticker, quote in quoted.items() if quote.ask_e4 is not None}
    # One outcome that nobody offers, or that is not watched, may be worth all that is missing.
    if event.is_whole and len(event.strikes) > 1 and len(asks) == len(event.strikes):
        under_e4 = ONE_DOLLAR_E4 - sum(asks.values())
        if under_e4 > tolerance_e4:
            yield Incoherence(event.ticker, "asks_below_one", under_e4, tuple(asks))


Steps = Sequence[Sequence[str]]
"""Tickers in groups of the same strike, what is worth most first."""


def _ladders(event: EventShape, quoted: Mapping[str, YesQuote]) -> Iterator[Steps]:
    """The upward and the downward strikes of the event, each as its steps."""
    up: list[tuple[tuple[float, int], str]] = []
    down: list[tuple[tuple[float, int], str]] = []
    for ticker in quoted:
        kind, floor, cap = event.strikes[ticker]
        # At the same number "at least" is worth no less than "more than".
        if kind in ("greater", "greater_or_equal") and floor is not None:
            up.append(((floor, 0 if kind == "greater_or_equal" else 1), ticker))
        elif kind in ("less", "less_or_equal") and cap is not None:
            down.append(((-cap, 0 if kind == "less_or_equal" else 1), ticker))
    for rungs in (up, down):
        if len(rungs) > 1:
            rungs.sort()
            yield [[ticker for _, ticker in step] for _, step in groupby(rungs, key=lambda rung: rung[0])]


def _out_of_step(
    event: EventShape, quoted: Mapping[str, YesQuote], steps: Steps, tolerance_e4: int
) -> Iterator[Incoherence]:
    """The worst pair of a ladder: a bid above the ask of what must be worth more."""
    worst: Incoherence | None = None
    cheapest: tuple[int, str] | None = None  # ask, of all steps worth more
    for step in steps:
        for ticker in step:
            bid_e4 = quoted[ticker].bid_e4
            if cheapest is not None and bid_e4 is not None:
                by_e4 = bid_e4 - cheapest[0]
                if by_e4 > tolerance_e4 and (worst is None or by_e4 > worst.by_e4):
                    worst = Incoherence(event.ticker, "ladder", by_e4, (cheapest[1], ticker))
        for ticker in step:
            ask_e4 = quoted[ticker].ask_e4
            if ask_e4 is not None and (cheapest is None or ask_e4 < cheapest[0]):
                cheapest = (ask_e4, ticker)
    if worst is not None:
        yield worst
