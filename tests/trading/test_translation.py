"""A strategy speaks of the data venue's markets, orders of the execution venue's: both mean one market."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from tests.trading.example_facts import intent
from tests.trading.test_market_map import RENAMES, TICKERS
from trading.decision import Account, LedgerPoint
from trading.market_map import MarketMap
from trading.observation import Resting
from trading.translation import account_to_data, intents_to_execution

LEDGERS = (LedgerPoint("manager", 12), LedgerPoint("processor", 34))
BID = Resting(4_000, 200)
SWAPPED = MarketMap({"A": "X"})


def test_an_intent_leaves_under_the_tickers_of_the_execution_venue_and_is_else_the_same():
    wanted = [intent(ticker="A"), intent(ticker="B")]

    translated = intents_to_execution(wanted, SWAPPED)

    assert translated.intents == [replace(wanted[0], ticker="X"), wanted[1]]
    assert translated.untranslated == []


def test_an_intent_for_a_ticker_that_was_given_away_buys_no_other_market():
    wanted = [intent(ticker="X")]

    assert intents_to_execution(wanted, SWAPPED) == ([], wanted)


def test_the_account_is_shown_under_the_tickers_of_the_data_venue():
    account = Account(LEDGERS, {"X": 100, "B": -200}, {"X": BID}, ("X",))

    assert account_to_data(account, SWAPPED) == Account(LEDGERS, {"A": 100, "B": -200}, {"A": BID}, ("A",))


def test_what_the_data_venue_has_no_ticker_for_is_not_shown():
    """The execution venue's A is a market of its own: the data venue's A trades as X."""
    account = Account(LEDGERS, {"A": 100}, {"A": BID}, ("A",))

    assert account_to_data(account, SWAPPED) == Account(LEDGERS, {}, {}, ())


@given(RENAMES, st.dictionaries(TICKERS, st.integers(-900, 900)), st.sets(TICKERS), st.lists(TICKERS))
def test_what_is_asked_for_where_something_is_held_reaches_the_market_that_it_is_held_in(
    renamed, positions, blocked, asked
):
    names = MarketMap(renamed)
    account = Account(LEDGERS, positions, dict.fromkeys(positions, BID), tuple(sorted(blocked)))

    shown = account_to_data(account, names)
    translated = intents_to_execution([intent(ticker=ticker) for ticker in asked], names)

    assert {names.to_execution(ticker): held for ticker, held in shown.positions.items()}.items() <= (
        positions.items()
    )
    assert len(shown.positions) == len(shown.resting) == len(names.all_to_data(positions))
    assert set(shown.blocked) == set(names.all_to_data(blocked))
    assert len(translated.intents) + len(translated.untranslated) == len(asked)
    sent = iter(translated.intents)
    for ticker in asked:
        there = names.to_execution(ticker)
        assert there is None or next(sent).ticker == there
