"""People see how far the execution venue's books are from the data venue's, and which prices are old."""

from __future__ import annotations

import pytest

from execution.book_report import REPORT_EVERY_S, BookReport
from tests.execution.test_venue_books import BOS, LA, NYC, SILENCE_S, held, ledger_of
from tests.trading.example_facts import opened
from trading.divergence import AgedQuote
from trading.held_prices import UNKNOWN, OutcomePrices

NOW = 1_000.0
HOLDING = ledger_of(opened(positions=(held(NYC), held(LA), held(BOS))))


class Books:
    """Marks by ticker with the time of their confirmation, and quotes of those that are followed."""

    def __init__(self, marks=None, quotes=None):
        self._marks = marks or {}
        self._quotes = quotes or {}

    def mark(self, ticker):
        return OutcomePrices(*self._marks[ticker][0]) if ticker in self._marks else UNKNOWN

    def confirmed_at(self, ticker):
        return self._marks[ticker][1] if ticker in self._marks else float("-inf")

    def quotes(self, _now):
        return self._quotes


def report_of(execution, data, valuation="data"):
    report = BookReport(execution, data, valuation=valuation, silence_s=SILENCE_S)
    return report.values(HOLDING, NOW)["execution_books"]


def test_markets_with_two_sides_at_both_venues_are_compared():
    execution = Books(
        quotes={
            NYC: AgedQuote(4_000, 5_500, 2.0),
            LA: AgedQuote(4_000, None, 1.0),
            BOS: AgedQuote(3_000, 6_000, 1.0),
        }
    )
    data = Books({NYC: ((4_400, 5_500), NOW - 0.5), LA: ((1, 2), NOW), BOS: ((5_000, 4_500), NOW)})

    told = report_of(execution, data)

    assert (told["followed"], told["known"], told["one_sided"]) == (3, 3, 1)
    assert told["difference"] == {
        "compared": 2,
        "median": "0.0200",
        "worst": "-0.1750",
        "worst_ticker": BOS,
    }
    assert [row["ticker"] for row in told["rows"]] == [BOS, NYC, LA]
    assert told["rows"][1] == {
        "ticker": NYC,
        "difference": "-0.0200",
        "data": {"bid": "0.4400", "ask": "0.4500", "mid": "0.4450", "spread": "0.0100", "age_s": 0.5},
        "execution": {"bid": "0.4000", "ask": "0.4500", "mid": "0.4250", "spread": "0.0500", "age_s": 2.0},
    }


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(Books(), id="never seen"),
        pytest.param(Books({NYC: ((4_400, 5_500), NOW - SILENCE_S - 1)}), id="not confirmed for too long"),
    ],
)
def test_a_book_that_is_not_known_to_be_right_is_not_compared(data):
    told = report_of(Books(quotes={NYC: AgedQuote(4_000, 5_500, 2.0)}), data)

    assert (told["difference"]["compared"], told["rows"][0]["data"]) == (0, None)


@pytest.mark.parametrize("valuation", ["data", "execution"])
def test_positions_are_counted_by_how_they_are_valued(valuation):
    marks = Books({NYC: ((4_000, 5_500), NOW - 1), LA: ((4_000, 5_500), NOW - SILENCE_S - 1)})
    books = {"data": Books(), "execution": Books()} | {valuation: marks}

    told = report_of(books["execution"], books["data"], valuation)

    assert told["valuation"] == valuation
    assert told["marks"] == {"confirmed": 1, "old": 1, "at_cost": 1, "old_tickers": [LA]}


def test_nothing_is_reported_again_before_the_books_were_looked_at_again():
    report = BookReport(Books(), Books(), valuation="data", silence_s=SILENCE_S)

    assert report.values(HOLDING, NOW)
    assert report.values(HOLDING, NOW + REPORT_EVERY_S / 2) == {}
    assert report.values(HOLDING, NOW + REPORT_EVERY_S)
