"""Equity is cash and what is held at its bid; exposure is what was paid and may still be paid."""

import pytest
from hypothesis import given

from tests.trading.example_facts import TICKER, market, opened, recorded, seen, send_started
from tests.trading.test_ledger import FEE_E6, ledger_of
from tests.trading.test_portfolio import follow, histories
from trading.events import PositionAt
from trading.held_prices import OutcomePrices
from trading.market import complement_e4
from trading.portfolio import Position, apply_fill
from trading.valuation import (
    event_exposure_e6,
    marked_e6,
    market_exposure_e6,
    total_exposure_e6,
    valuation,
)

DOLLAR_E6 = 1_000_000


def holding(position_e2, cost_e6):
    held = PositionAt(TICKER, 0, position_e2, cost_e6, realised_e6=0, fees_e6=0)
    return ledger_of(opened(100 * DOLLAR_E6, positions=(held,)))


def marks(*bids):
    return lambda _ticker: OutcomePrices(*bids)


@pytest.mark.parametrize(
    ("position_e2", "mark", "held_e6"),
    [
        pytest.param(1_000, marks(4_500, 5_300), 4_500_000, id="YES at its best bid"),
        pytest.param(-1_000, marks(4_500, 5_300), 5_300_000, id="NO at its best bid"),
        pytest.param(1_000, marks(0, 5_300), 0, id="YES without a bid is worth nothing"),
        pytest.param(-1_000, marks(4_500, 0), 0, id="NO without a bid is worth nothing"),
        pytest.param(1_000, marks(None, None), 4_000_000, id="at cost before a book was seen"),
        pytest.param(1_000, marks(None, 5_300), 4_000_000, id="YES at cost before anybody bid for it"),
        pytest.param(-1_000, marks(4_500, None), 4_000_000, id="NO at cost before anybody bid for it"),
        pytest.param(0, marks(4_500, 5_300), 0, id="flat"),
    ],
)
def test_equity_is_cash_and_what_is_held_at_its_bid(position_e2, mark, held_e6):
    cost_e6 = 4_000_000 if position_e2 else 0

    worth = valuation(holding(position_e2, cost_e6), mark)

    assert worth == (100 * DOLLAR_E6 + held_e6, held_e6, held_e6 - cost_e6)


def test_what_rests_is_still_equity():
    ledger = holding(0, 0)
    ledger.apply(seen("resting"))

    assert ledger.available_e6() < valuation(ledger, marks(0, 0)).equity == 100 * DOLLAR_E6


@given(histories)
def test_a_round_trip_at_the_mark_turns_the_unrealised_into_cash(history):
    position, _ = follow(history)
    value_e6 = marked_e6(position, OutcomePrices(3_000, 6_500))
    side, price_e4 = ("ask", 3_000) if position.position_e2 > 0 else ("bid", complement_e4(6_500))

    closed, change_e6 = apply_fill(position, side, price_e4=price_e4, count_e2=position.held_e2, fee_e6=0)

    assert change_e6 == value_e6
    assert closed.realised_e6 == position.realised_e6 + value_e6 - position.cost_e6


def test_yes_and_no_at_every_price_of_the_grid_are_worth_a_dollar_together():
    for price_e4 in range(1, 10_000):
        prices = OutcomePrices(price_e4, complement_e4(price_e4))

        assert marked_e6(Position(100), prices) + marked_e6(Position(-100), prices) == DOLLAR_E6


def test_exposure_is_what_is_held_and_what_may_be_bought_by_market_and_by_event():
    held = PositionAt("RAIN-LA", 0, -300, 1_200_000, realised_e6=0, fees_e6=0)
    ledger = ledger_of(opened(positions=(held,)), recorded())

    assert market_exposure_e6(ledger, "RAIN-LA") == 1_200_000
    assert market_exposure_e6(ledger, TICKER) == 4_000_000 + FEE_E6
    assert event_exposure_e6(ledger, "RAIN") == 5_200_000 + FEE_E6
    assert event_exposure_e6(ledger, "BTC") == 0
    assert total_exposure_e6(ledger) == 5_200_000 + FEE_E6


def test_a_market_that_becomes_known_brings_its_reserve_into_its_event():
    markets = {}
    ledger = ledger_of(recorded(), send_started(), markets=markets)
    markets[TICKER] = market(fee_multiplier_e4=0)

    ledger.reprice()

    assert event_exposure_e6(ledger, "RAIN") == ledger.reserve_e6() == 4_000_000
