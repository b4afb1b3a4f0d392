"""The obstacles to an order are told whole, with figures, and never otherwise than risk would judge."""

from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.trading.example_facts import TICKER, answered, intent, market, recorded, send_started
from tests.trading.test_risk import BUY, LIMITS, SELL, holding, ledger_of, view
from trading import obstacles as module
from trading.actions import Action
from trading.obstacles import AskedMarket, obstacles
from trading.refusals import DecisionRefusal, RiskRefusal
from trading.risk import RiskRefused, all_reasons, judge

ASKED = AskedMarket(TICKER, 4_000, 4_300, "join", 200)

VIEWS = [
    view(),
    view(holding(400)),
    view(ledger_of(recorded(), send_started(), answered("unknown"))),
    view(market=None),
    view(market=market(status="inactive")),
    view(state="paused", lease_valid=False, untradable="gap"),
    view(halted=True, venue_paused=True, open_orders=9),
    view(ledger_of(cash_e6=100), reduce_only=True, equity_e6=100),
    view(untradable="degraded", now_us=700_000_000),
]


def against(seen, asked=ASKED, limits=LIMITS, **more):
    return obstacles(asked, seen, limits, state_reason="", can_write=True, **more)


@given(st.sampled_from(VIEWS), st.sampled_from([BUY, SELL, intent(Action.BUY_NO), intent(Action.SELL_NO)]))
def test_the_first_of_all_reasons_is_the_one_that_risk_tells(seen, wanted):
    verdict, reasons = judge(wanted, seen, LIMITS), all_reasons(wanted, seen, LIMITS)

    assert reasons[:1] == ([verdict.reason] if isinstance(verdict, RiskRefused) else [])
    assert len(set(reasons)) == len(reasons)


def test_nothing_keeps_an_order_back_that_risk_would_approve():
    assert against(view()) == {Action.BUY_YES: [], Action.BUY_NO: []}


def test_the_actions_are_those_that_the_position_allows():
    assert list(against(view(holding(400)))) == [Action.BUY_YES, Action.SELL_YES]
    assert list(against(view(holding(-400)))) == [Action.BUY_NO, Action.SELL_NO]


def test_everything_that_is_in_the_way_is_told_and_not_the_first_alone():
    seen = view(state="paused", lease_valid=False, untradable="gap", open_orders=3)

    told = dict(against(seen)[Action.BUY_YES])

    assert list(told) == ["paused", "no_lease", "market_untradable", "max_open_orders"]
    assert told["market_untradable"] == "its book may not be traded on: gap"
    assert told["max_open_orders"] == "3 orders are open, and risk.max_open_orders is 3"


def test_a_limit_is_told_with_its_figures():
    tight = replace(LIMITS, max_exposure_e6=1_000_000, max_exposure_per_market_e6=500_000)

    told = dict(against(view(), limits=tight, asked=ASKED._replace(count_e2=300))[Action.BUY_YES])

    assert told["max_exposure"] == (
        "the exposure of the account is 0.0000, the order adds 1.2504, and risk.max_exposure is 1.0000"
    )
    assert told["max_exposure_per_market"].startswith("the exposure of the market is 0.0000")


def test_the_state_of_trading_is_told_with_its_reason():
    found = obstacles(
        ASKED, view(state="reconciling"), LIMITS, state_reason="FillProcessor: stream down", can_write=False
    )

    assert dict(found[Action.BUY_NO]) == {
        "write_budget": "the venue's write limit has no room for another order now",
        "not_trading": "trading is reconciling: FillProcessor: stream down",
    }


def test_of_a_book_without_a_price_the_other_obstacles_are_told_as_well():
    told = against(view(state="paused"), asked=ASKED._replace(yes_bid_e4=None))

    assert [reason for reason, _ in told[Action.BUY_YES]] == ["no_price", "paused"]
    assert [reason for reason, _ in told[Action.BUY_NO]] == ["paused"]


def test_a_market_that_is_not_known_needs_no_price_first():
    told = against(view(market=None), asked=ASKED._replace(yes_bid_e4=None, yes_ask_e4=None))

    assert {action: [reason for reason, _ in found] for action, found in told.items()} == {
        Action.BUY_YES: ["unknown_market"],
        Action.BUY_NO: ["unknown_market"],
    }


def test_no_limit_of_money_is_in_the_way_of_an_order_without_a_price():
    told = against(
        view(ledger_of(cash_e6=501_000_000)), asked=ASKED._replace(yes_bid_e4=None, count_e2=1_000)
    )

    assert [reason for reason, _ in told[Action.BUY_YES]] == ["no_price"]


@pytest.mark.parametrize("reason", sorted({*get_args(RiskRefusal), *get_args(DecisionRefusal)}))
def test_every_reason_has_a_sentence(reason):
    assert reason in {**module._WORDS, **module._FIGURES}


@pytest.mark.parametrize("seen", VIEWS)
def test_every_sentence_can_be_told_of_every_market(seen):
    for told in module._FIGURES.values():
        assert told(BUY, seen, LIMITS)
