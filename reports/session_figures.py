"""The figures of a session's report, made of what was recorded of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from heapq import merge
from typing import Final, NamedTuple

import numpy as np

from persistence.decisions.chunk_columns import DecidedRows
from persistence.decisions.columns import ACTIONS
from persistence.decisions.integer_columns import Integers
from persistence.sessions.facts import AccountHistory, SessionFacts
from reports.equity import Quoted, Recorded, WorthSoFar, drawdown, ended_with, equity_curve
from reports.plots import Bar, TimeAxis
from reports.scales import Point
from trading.held_prices import OutcomePrices
from trading.market import ONE_DOLLAR_E4, complement_e4
from trading.portfolio import Position
from trading.valuation import marked_e6

_BARS: Final = 60
_MOST_QUOTES: Final = 60_000  # beyond it a market has one in each chunk


class DecidedChunk(NamedTuple):
    """Decisions that were recorded together; without ``rows`` they were left out of the sample."""

    t0_us: int
    decisions: int
    rows: DecidedRows | None


@dataclass(slots=True)
class SessionFigures:
    """The figures that are drawn. Empty curves: no record tells."""

    span: TimeAxis
    equity: list[Point] = field(default_factory=list)
    drawdown: list[Point] = field(default_factory=list)
    bars: list[Bar] = field(default_factory=list)
    prices: dict[str, OutcomePrices] = field(default_factory=dict)  # last ones, by market
    worth_e6: dict[str, int] = field(default_factory=dict)  # by market, by the session's own last word
    chunks: int = 0
    sampled: int = 0

    @property
    def equity_change_e6(self) -> int | None:
        return self.equity[-1].y - self.equity[0].y if self.equity else None

    def value_e6(self, ticker: str, position_e2: int) -> int | None:
        """Of what is held at the end: as the session said last, else at the last recorded price."""
        if ticker in self.worth_e6:
            return self.worth_e6[ticker]
        if ticker not in self.prices:
            return None
        return marked_e6(Position(position_e2), self.prices[ticker])


def figures_of(facts: SessionFacts, chunks: Iterable[DecidedChunk]) -> SessionFigures:
    """``chunks``: all of the session, in the order of time."""
    session = facts.session
    span = TimeAxis(session.started_us, session.started_us + max(1, session.duration_us))
    decided = list(chunks)
    found = SessionFigures(span, chunks=len(decided))
    sampled = [chunk.rows for chunk in decided if chunk.rows is not None]
    found.sampled = len(sampled)
    tickers = set(facts.account.before) | {move.ticker for move in facts.account.moves}
    is_long = sum(len(rows.tickers) for rows in sampled) > _MOST_QUOTES
    quotes = [quote for rows in sampled for quote in quotes_in(rows, tickers, last_alone=is_long)]
    if facts.account.moves or facts.account.cash:
        worth = _worth_before(facts.account)
        found.equity = equity_curve(worth, _in_time(facts.account, quotes))
        found.prices = dict(worth.prices)
    if (last := facts.last_word) is not None:
        found.equity = ended_with(found.equity, Point(last.at_us, last.equity_e6))
        found.worth_e6 = dict(last.worth_e6)
    if found.equity:
        found.drawdown = drawdown(found.equity)
    found.bars = bars_of(decided, span)
    return found


def _worth_before(account: AccountHistory) -> WorthSoFar:
    """As the session began: a shard's first cash stands for what it had before."""
    cash_e6: dict[int, int] = {}
    for shard, first_e6 in [(seen.exchange_index, seen.cash_e6) for seen in account.cash] + [
        (move.exchange_index, move.cash_e6) for move in account.moves
    ]:
        cash_e6.setdefault(shard, first_e6)
    positions = {ticker: Position(*figures) for ticker, figures in account.before.items()}
    return WorthSoFar(positions, cash_e6)


def _in_time(account: AccountHistory, quotes: Sequence[Quoted]) -> Iterator[Recorded]:
    return merge(account.cash, account.moves, quotes, key=lambda event: event.at_us)


def quotes_in(rows: DecidedRows, tickers: Collection[str], *, last_alone: bool = False) -> list[Quoted]:
    """The best prices of these markets at each decision, or at the last one of each market alone."""
    numbers = [number for number, text in enumerate(rows.texts) if text in tickers]
    # Both prices at 0: from before they were recorded.
    is_told = np.isin(rows.tickers, numbers) & ((rows.yes_bids_e4 != 0) | (rows.yes_asks_e4 != 0))
    at = np.flatnonzero(is_told)
    if last_alone:
        _, from_behind = np.unique(rows.tickers[at][::-1], return_index=True)
        at = np.sort(at[::-1][from_behind])
    columns = (rows.decided_us, rows.tickers, rows.yes_bids_e4, rows.yes_asks_e4)
    found = zip(*(column[at].tolist() for column in columns), strict=True)
    return [Quoted(at_us, rows.texts[number], _bids(bid, ask)) for at_us, number, bid, ask in found]


def _bids(yes_bid_e4: int, yes_ask_e4: int) -> OutcomePrices:
    no_bid_e4 = complement_e4(yes_ask_e4) if 0 < yes_ask_e4 < ONE_DOLLAR_E4 else None
    return OutcomePrices(yes_bid_e4 or None, no_bid_e4)


def bars_of(chunks: Sequence[DecidedChunk], span: TimeAxis) -> list[Bar]:
    """Decisions by action over time: how many from all chunks, the mix from those of the sample."""
    width_us = max(1, -(-(span.upto_us - span.from_us) // _BARS))
    mixes = np.zeros((_BARS, len(ACTIONS)), np.int64)
    left_out = np.zeros(_BARS, np.int64)
    for chunk in chunks:
        if chunk.rows is None:
            left_out[_places(np.array([chunk.t0_us]), span, width_us)] += chunk.decisions
        else:
            places = _places(chunk.rows.decided_us, span, width_us)
            np.add.at(mixes, (places, chunk.rows.actions), 1)
    bars, mix = [], mixes.sum(axis=0)
    for place, (read, unread) in enumerate(zip(mixes, left_out.tolist(), strict=True)):
        mix = read if read.any() else mix  # between two of the sample, that of the one before
        total = int(read.sum()) + unread
        if total:
            parts = mix * total // max(1, int(mix.sum()))
            left = span.from_us + place * width_us
            bars.append(Bar(left, left + width_us, dict(zip(ACTIONS, parts.tolist(), strict=True))))
    return bars


def _places(times_us: Integers, span: TimeAxis, width_us: int) -> Integers:
    """The bars that times stand in."""
    return np.clip((times_us - span.from_us) // width_us, 0, _BARS - 1)
