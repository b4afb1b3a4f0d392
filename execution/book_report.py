"""The execution venue's books, told to people.

How far they are from the data venue's, and by how many prices that nothing confirms positions are valued.
"""

from __future__ import annotations

from typing import Any, Final

from execution.execution_books import ExecutionBooks, Marks
from settings.config import ValuedBy
from trading.divergence import AgedQuote, TwoBooks, divergence
from trading.ledger import Ledger
from trading.market import complement_e4, format_money_e6, format_price_e4
from trading.valuation import marked_e6

REPORT_EVERY_S: Final = 1.0  # the books are looked at as often
MOST_ROWS: Final = 100  # the figures are of all
MOST_NAMED: Final = 20


class BookReport:
    """The report of one account; ``data`` has the data venue's books by the execution venue's tickers."""

    def __init__(self, books: ExecutionBooks, data: Marks, *, valuation: ValuedBy, silence_s: float) -> None:
        self.marks: Marks = {"data": data, "execution": books}[valuation]
        """What positions are valued by."""
        self._books = books
        self._data = data
        self.valuation = valuation
        self._silence_s = silence_s
        self._due_at = float("-inf")

    def values(self, ledger: Ledger, now: float) -> dict[str, Any]:
        """The figures, and the rows of single markets, the farthest apart first; nothing until it is time."""
        if now < self._due_at:
            return {}
        self._due_at = now + REPORT_EVERY_S
        quotes = self._books.quotes(now)
        both = [TwoBooks(ticker, self._data_quote(ticker, now), quotes[ticker]) for ticker in quotes]
        figures = {
            "valuation": self.valuation,
            "followed": len(both),
            "known": sum(two.execution is not None for two in both),
            "one_sided": sum(two.execution is not None and two.execution.mid_e6 is None for two in both),
            "difference": _difference(both),
            "marks": self._marks(ledger, now),
        }
        both.sort(key=lambda two: (-abs(two.difference_e6 or 0), two.ticker))
        return {"execution_books": figures | {"rows": [_row(two) for two in both[:MOST_ROWS]]}}

    def _data_quote(self, ticker: str, now: float) -> AgedQuote | None:
        age_s = now - self._data.confirmed_at(ticker)
        bids = self._data.mark(ticker)
        if age_s > self._silence_s or bids.yes_e4 is None:
            return None
        return AgedQuote(bids.yes_e4 or None, bids.no_e4 or None, age_s)

    def _marks(self, ledger: Ledger, now: float) -> dict[str, Any]:
        """The valuation of the positions: by a price that is confirmed, by an old one, or at cost."""
        at_cost, old, confirmed = 0, [], 0
        for ticker, position in ledger.positions.items():
            if not position.position_e2:
                continue
            if marked_e6(position, self.marks.mark(ticker)) is None:
                at_cost += 1
            elif now - self.marks.confirmed_at(ticker) > self._silence_s:
                old.append(ticker)
            else:
                confirmed += 1
        return {
            "confirmed": confirmed,
            "old": len(old),
            "at_cost": at_cost,
            "old_tickers": sorted(old)[:MOST_NAMED],
        }


def _difference(both: list[TwoBooks]) -> dict[str, Any]:
    found = divergence(both)
    worst = found.worst
    return {
        "compared": found.compared,
        "median": None if found.median_e6 is None else format_money_e6(found.median_e6),
        "worst": None if worst is None else format_money_e6(worst.difference_e6 or 0),
        "worst_ticker": None if worst is None else worst.ticker,
    }


def _row(two: TwoBooks) -> dict[str, Any]:
    difference_e6 = two.difference_e6
    return {
        "ticker": two.ticker,
        "difference": None if difference_e6 is None else format_money_e6(difference_e6),
        "data": _quote(two.data),
        "execution": _quote(two.execution),
    }


def _quote(quote: AgedQuote | None) -> dict[str, Any] | None:
    if quote is None:
        return None
    ask_e4 = None if quote.no_bid_e4 is None else complement_e4(quote.no_bid_e4)
    return {
        "bid": _price(quote.yes_bid_e4),
        "ask": _price(ask_e4),
        "mid": None if quote.mid_e6 is None else format_money_e6(quote.mid_e6),
        "spread": _price(quote.spread_e4),
        "age_s": round(quote.age_s, 1),
    }


def _price(price_e4: int | None) -> str | None:
    return None if price_e4 is None else format_price_e4(price_e4)
