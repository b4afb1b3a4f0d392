"""The figures of a session's report, made of what was recorded of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from heapq import merge
from typing import Final, NamedTuple

from persistence.session_facts import AccountHistory, SessionFacts
from reports.equity import AccountWorth, CashSeen, PositionMoved, Quoted, drawdown, equity_curve
from reports.plots import Bar, Span
from reports.scales import Point
from trading.decision import DecidedBatch
from trading.held_prices import OutcomePrices
from trading.market import ONE_DOLLAR_E4, complement_e4
from trading.portfolio import Position
from trading.valuation import marked_e6

ACTIONS: Final = ("HOLD", "BUY_YES", "SELL_YES", "BUY_NO", "SELL_NO")
_BARS: Final = 60


class DecidedChunk(NamedTuple):
    """Decisions that were recorded together; no ``batches``: they were left out of the sample."""

    t0_us: int
    t1_us: int
    decisions: int
    batches: Sequence[DecidedBatch] | None


@dataclass(slots=True)
class SessionFigures:
    """What is drawn. Empty curves: nothing was recorded that tells."""

    span: Span
    equity: list[Point] = field(default_factory=list)
    drawdown: list[Point] = field(default_factory=list)
    bars: list[Bar] = field(default_factory=list)
    prices: dict[str, OutcomePrices] = field(default_factory=dict)  # last ones, by market
    chunks: int = 0
    sampled: int = 0

    @property
    def equity_change_e6(self) -> int | None:
        return self.equity[-1].y - self.equity[0].y if self.equity else None

    def value_e6(self, ticker: str, position_e2: int) -> int | None:
        """Of what is held, at the last recorded price; None without one."""
        if ticker not in self.prices:
            return None
        return marked_e6(Position(position_e2), self.prices[ticker])


def figures_of(facts: SessionFacts, chunks: Iterable[DecidedChunk]) -> SessionFigures:
    """``chunks``: all of the session, in the order of time."""
    session = facts.session
    span = Span(session.started_us, session.started_us + max(1, session.duration_us))
    decided = list(chunks)
    found = SessionFigures(span, chunks=len(decided))
    sampled = [chunk for chunk in decided if chunk.batches is not None]
    found.sampled = len(sampled)
    tickers = set(facts.account.before) | {move.ticker for move in facts.account.moves}
    quotes = [quote for chunk in sampled for quote in quotes_in(chunk.batches or (), tickers)]
    if facts.account.moves or facts.account.cash:
        worth = _worth_before(facts.account)
        found.equity = equity_curve(worth, _in_time(facts.account, quotes))
        found.drawdown = drawdown(found.equity)
        found.prices = dict(worth.prices)
    found.bars = bars_of(decided, span)
    return found


def _worth_before(account: AccountHistory) -> AccountWorth:
    """As the session began: a shard's first cash stands for what it had before."""
    cash_e6: dict[int, int] = {}
    for shard, first_e6 in [(seen.exchange_index, seen.cash_e6) for seen in account.cash] + [
        (move.exchange_index, move.cash_e6) for move in account.moves
    ]:
        cash_e6.setdefault(shard, first_e6)
    positions = {ticker: Position(*figures) for ticker, figures in account.before.items()}
    return AccountWorth(positions, cash_e6)


def _in_time(
    account: AccountHistory, quotes: Sequence[Quoted]
) -> Iterator[CashSeen | PositionMoved | Quoted]:
    moves = (PositionMoved(*move) for move in account.moves)
    cash = (CashSeen(*seen) for seen in account.cash)
    return merge(cash, moves, quotes, key=lambda event: event.at_us)


def quotes_in(batches: Iterable[DecidedBatch], tickers: set[str]) -> Iterator[Quoted]:
    for batch in batches:
        for row, ticker in enumerate(batch.tickers):
            bid_e4, ask_e4 = batch.yes_bids_e4[row], batch.yes_asks_e4[row]
            # Both at 0: from before best prices were recorded.
            if ticker in tickers and (bid_e4 or ask_e4):
                no_bid_e4 = complement_e4(ask_e4) if 0 < ask_e4 < ONE_DOLLAR_E4 else None
                yield Quoted(batch.decided_us, ticker, OutcomePrices(bid_e4 or None, no_bid_e4))


def bars_of(chunks: Sequence[DecidedChunk], span: Span) -> list[Bar]:
    """Decisions by action over time: how many from all chunks, the mix from those of the sample."""
    width_us = max(1, -(-(span.upto_us - span.from_us) // _BARS))
    totals: Counter[int] = Counter()
    mixes: dict[int, Counter[str]] = {}
    for chunk in chunks:
        place = min(_BARS - 1, max(0, (chunk.t0_us - span.from_us) // width_us))
        if chunk.batches is None:
            totals[place] += chunk.decisions
            continue
        for batch in chunk.batches:
            place = min(_BARS - 1, max(0, (batch.decided_us - span.from_us) // width_us))
            totals[place] += len(batch.actions)
            mixes.setdefault(place, Counter()).update(action.value for action in batch.actions)
    bars, mix = [], sum(mixes.values(), Counter[str]())
    for place in range(_BARS):
        mix = mixes.get(place, mix)  # between two of the sample, that of the one before
        if totals[place]:
            parts = {action: totals[place] * mix[action] // max(1, mix.total()) for action in ACTIONS}
            left = span.from_us + place * width_us
            bars.append(Bar(left, left + width_us, parts))
    return bars
