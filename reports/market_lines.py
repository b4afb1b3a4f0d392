"""A session's deeds in each market and their result, the best market first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from persistence.sessions.facts import SessionFacts
from reports.session_figures import SessionFigures


class MarketLine(NamedTuple):
    """One market; ``ticker`` is empty for all of them together."""

    ticker: str
    orders: int = 0
    fills: int = 0
    contracts_e2: int = 0
    realised_e6: int = 0  # before fees
    fees_e6: int = 0
    position_e2: int = 0  # at the end
    cost_e6: int = 0
    worth_e6: int = 0  # at cost where no price is known

    @property
    def gain_e6(self) -> int:
        """Realised, less fees, and what is held above its cost."""
        return self.realised_e6 - self.fees_e6 + self.worth_e6 - self.cost_e6

    @property
    def amounts_e6(self) -> tuple[int, ...]:
        return self.gain_e6, self.realised_e6, self.fees_e6, self.cost_e6, self.worth_e6


def market_lines(facts: SessionFacts, figures: SessionFigures) -> list[MarketLine]:
    """The traded ones from the best to the worst, then those in which nothing was filled."""
    orders = Counter[str]()
    for each in facts.orders:
        orders[each.ticker] += each.orders
    lines = []
    for market in facts.account.markets:
        ticker, held_e2 = market.ticker, market.position_e2
        value_e6 = figures.value_e6(ticker, held_e2) if held_e2 else 0
        line = MarketLine(
            ticker=ticker,
            orders=orders.pop(ticker, 0),
            fills=market.fills,
            contracts_e2=facts.contracts_e2.get(ticker, 0),
            realised_e6=market.realised_e6,
            fees_e6=market.fees_e6,
            position_e2=held_e2,
            cost_e6=market.cost_e6 if held_e2 else 0,
            worth_e6=market.cost_e6 if value_e6 is None else value_e6,
        )
        lines.append(line)
    lines.sort(key=lambda line: (-line.gain_e6, line.ticker))
    return [*lines, *(MarketLine(ticker, count) for ticker, count in sorted(orders.items()))]


def sum_of(lines: Iterable[MarketLine]) -> MarketLine:
    """All of them together; contracts of different outcomes held are no sum."""
    columns = list(zip(*lines, strict=True))[1:]
    return MarketLine("", *map(sum, columns))._replace(position_e2=0)
