from __future__ import annotations

import pytest

from simulator.engine.matching.tape import Tape
from simulator.engine.matching.trades import Trade
from tests.simulator.builders import NOW_US, listed

NYC, BOS = listed(), listed("KXRAIN-26DEC31-BOS")
SECOND_US = 1_000_000


def trade(number: int, market=NYC) -> Trade:
    side = "bid" if number % 2 else "ask"
    return Trade(number, market, 4000 + number, 100 * number, side, NOW_US + number * SECOND_US)


@pytest.fixture
def tape() -> Tape:
    made = Tape()
    for number in range(1, 11):
        made.append(trade(number, NYC if number % 3 else BOS))
    return made


def numbers(found) -> list[int]:
    return [found_trade.number for found_trade in found]


def test_a_trade_comes_back_as_it_was(tape):
    assert next(reversed(tape)) == trade(10)


def test_the_newest_comes_first(tape):
    assert numbers(reversed(tape)) == list(range(10, 0, -1))


def test_one_market_has_its_own_trades(tape):
    assert numbers(tape.newest_first(ticker=BOS.ticker)) == [9, 6, 3]
    assert numbers(tape.newest_first(ticker="KXNONE")) == []


def test_both_ends_of_a_time_are_in_it(tape):
    span = {"first_us": NOW_US + 3 * SECOND_US, "last_us": NOW_US + 6 * SECOND_US}

    assert numbers(tape.newest_first(**span)) == [6, 5, 4, 3]
    assert numbers(tape.newest_first(ticker=BOS.ticker, **span)) == [6, 3]


def test_a_page_goes_on_before_a_number(tape):
    assert numbers(tape.newest_first(before=4)) == [3, 2, 1]
    assert numbers(tape.newest_first(ticker=BOS.ticker, before=6)) == [3]


def test_the_oldest_are_forgotten_first():
    tape = Tape(most=20)
    for number in range(1, 31):
        tape.append(trade(number, NYC if number % 3 else BOS))

    assert numbers(reversed(tape))[-1] > 9
    assert len(tape) <= 20
    assert next(reversed(tape)) == trade(30, BOS)
    assert numbers(tape.newest_first(ticker=BOS.ticker))[-1] >= 12


def test_numbers_may_start_anywhere():
    """A world that was saved goes on counting."""
    tape = Tape()
    tape.append(trade(501))
    tape.append(trade(502))

    assert numbers(tape.newest_first(before=502)) == [501]
