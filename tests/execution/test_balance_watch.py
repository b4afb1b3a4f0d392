"""An account whose cash or worth is too low opens no position, or halts."""

from dataclasses import replace

from execution.balance_watch import HALT_AFTER_S, LOW_EQUITY, VALUE_PERIOD_S, BalanceWatch
from tests.trading.example_facts import TICKER, fill, opened
from tests.trading.test_order_desk import LIMITS, MARKETS
from trading.held_prices import OutcomePrices
from trading.ledger import Ledger

DOLLAR_E6 = 1_000_000
NOW = 0.0
FLOORS = replace(LIMITS, balance_floor_e6=500 * DOLLAR_E6, balance_resume_e6=600 * DOLLAR_E6)


def ledger_of(*facts):
    ledger = Ledger(MARKETS)
    for fact in facts:
        ledger.apply(fact)
    return ledger


def no_mark(_ticker):
    return OutcomePrices(0, 0)


def bids(price_e4):
    return lambda _ticker: OutcomePrices(price_e4, 10_000 - price_e4)


def test_nothing_is_said_of_an_account_whose_opening_is_not_known():
    balance = BalanceWatch(FLOORS)

    assert balance.judge(ledger_of(), no_mark, NOW) == ("", "")


def test_cash_below_the_floor_allows_only_reductions_until_it_is_back_at_the_resume_level():
    balance = BalanceWatch(FLOORS)
    told = [
        balance.judge(ledger_of(opened(cash_e6=cash * DOLLAR_E6)), bids(5_000), NOW + at).news
        for at, cash in enumerate((700, 499, 550, 600))
    ]

    assert told == ["", "Reduce only: on", "", "Reduce only: off"]
    assert balance.reason() == ""


def test_worth_that_stays_below_the_floor_halts():
    balance, ledger = BalanceWatch(FLOORS), ledger_of(opened(cash_e6=499 * DOLLAR_E6))

    assert balance.judge(ledger, no_mark, NOW).halts == ""
    assert balance.judge(ledger, no_mark, NOW + HALT_AFTER_S).halts == LOW_EQUITY
    assert balance.reason() == "available cash fell below risk.balance_floor"


def test_a_book_that_is_empty_for_a_moment_halts_nothing():
    balance = BalanceWatch(FLOORS)
    ledger = ledger_of(opened(cash_e6=501 * DOLLAR_E6), fill(ticker=TICKER))

    looks = [(bids(4_000), 0.0), (no_mark, 1.0), (bids(4_000), 2.0), (no_mark, 3.0), (bids(4_000), 4.5)]

    assert [balance.judge(ledger, mark, NOW + at).halts for mark, at in looks] == [""] * len(looks)
    assert balance.judge(ledger, no_mark, NOW + 5.0).halts == ""
    assert balance.judge(ledger, no_mark, NOW + 5.0 + HALT_AFTER_S).halts == LOW_EQUITY


def test_everything_held_is_valued_anew_only_after_a_while():
    ledger = ledger_of(opened(), fill(ticker=TICKER))
    balance = BalanceWatch(FLOORS)
    balance.judge(ledger, bids(4_000), NOW)
    before_e6 = balance.view.worth.held

    balance.judge(ledger, bids(9_000), NOW + VALUE_PERIOD_S / 2)
    assert balance.view.worth.held == before_e6
    balance.judge(ledger, bids(9_000), NOW + VALUE_PERIOD_S)
    assert balance.view.worth.held > before_e6
