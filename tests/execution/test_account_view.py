import logging
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from execution.account_view import AccountShown, AccountView, resting_of
from execution.order_execution import OrderExecution
from tests.trading.example_facts import (
    ORDER_ID,
    OURS,
    TICKER,
    answered,
    fill,
    intent,
    recorded,
    seen,
    send_started,
)
from tests.trading.test_ledger import outboxes
from tests.trading.test_order_desk import GO, NOW_US, desk_of
from tests.trading.test_order_desk_invariants import STEPS, World
from trading import ledger
from trading.actions import Action, legality_refusal
from trading.book import Book
from trading.decision import LedgerPoint
from trading.events import Refused
from trading.held_prices import OutcomePrices
from trading.observation import Resting, WatchedMarket, observe
from web.view import order_identity

DOLLAR_E6 = 1_000_000
LEDGERS = (LedgerPoint("manager", 12), LedgerPoint("processor", 34))
LA = "RAIN-LA"


@pytest.fixture
def view():
    return AccountView(floor_e6=500 * DOLLAR_E6)


def marks(*bids):
    return lambda _ticker: OutcomePrices(*bids)


def test_the_selector_hears_only_of_markets_with_something():
    desk = desk_of(
        recorded(),
        send_started(),
        seen("resting", ticker=LA, order_id="v1", client_order_id="s-1"),
        seen("resting", ticker=LA, order_id="v2", client_order_id="s-2", side="ask"),
        fill("t1", ticker="BTC-UP", order_id="v3", client_order_id="s-3", side="ask"),
    )

    account = AccountShown(desk).now(LEDGERS)

    assert account.ledgers == LEDGERS
    assert account.positions == {"BTC-UP": -400}
    assert account.resting == {
        TICKER: Resting(bid_price_e4=4_000, bid_count_e2=1_000),
        LA: Resting(4_000, 1_000, 4_000, 1_000),
        "BTC-UP": Resting(
            ask_price_e4=4_000, ask_count_e2=0
        ),  # whatever is left of it, none has proved its end
    }
    assert account.blocked == (TICKER,)


@given(outboxes(), st.sets(st.integers(0, 40)), st.sampled_from([0, 1, 1_000]))
def test_an_account_that_is_shown_again_and_again_is_what_its_live_orders_make_it(written, looks, most):
    _, _, both = written
    desk = desk_of()
    shown = AccountShown(desk)
    with patch.object(ledger, "MOST_MOVED", most):
        for at, fact in enumerate(both):
            desk.take(fact)
            if at in looks:
                shown.now(LEDGERS)

    resting = shown.now(LEDGERS).resting

    tickers = {order.ticker for order in desk.ledger.live_orders()}
    assert resting == {ticker: resting_of(desk.ledger.orders_in(ticker)) for ticker in tickers}


@pytest.mark.parametrize("side", ["bid", "ask"])
@pytest.mark.parametrize("held", ["bid", "ask"])
@pytest.mark.parametrize("action", list(Action)[1:])
@pytest.mark.parametrize(
    "facts",
    [
        pytest.param({"status": "resting"}, id="resting"),
        pytest.param({"status": "canceled"}, id="over"),
        pytest.param({"status": "canceled", "fill_e2": 400}, id="over, with a fill that is still to be told"),
        pytest.param({"status": "executed", "fill_e2": 1_000}, id="filled, and no fill told yet"),
    ],
)
def test_the_selector_is_told_the_same_of_what_is_legal_as_risk_goes_by(facts, action, held, side):
    holding = fill("t9", order_id="v9", client_order_id="s-9", side=held)
    over = seen("canceled", order_id="v9", client_order_id="s-9", side=held, fill_e2=400)
    desk = desk_of(holding, over, seen(side=side, **facts))

    account = AccountShown(desk).now(LEDGERS)
    batch = observe([WatchedMarket(TICKER, Book(), 0, 1, 9)], 1)
    shown = batch.with_account(account.positions, account.resting)
    told = legality_refusal(action, int(shown.position_e2[0]), shown.resting_sides(0))
    events = desk.decide(intent(action), GO, now_us=NOW_US)

    refused = events[0].reason if isinstance(events[0], Refused) else None
    assert told == refused


def execution_of(*events):
    """An execution that is only looked at."""
    nothing = dict.fromkeys(("outbox", "budget", "rest", "background", "pauses"))
    return OrderExecution(desk_of(*events), **nothing, log=logging.getLogger("view"))


def test_the_page_gets_money_as_decimal_strings(view):
    execution = execution_of(recorded(), send_started(), answered("accepted"))
    view.update(execution.desk.ledger, marks(0, 0))

    shown = view.telemetry(execution, tables=True)

    assert shown["balance"] == {
        "available": "995.8320",
        "reserved": "4.1680",
        "total": "1000.0000",
        "portfolio_value": "0.0000",
        "floor": "500.0000",
    }
    assert shown["orders"]["sent"] == shown["orders"]["resting"] == 1
    assert shown["open_orders"] == [
        {
            "order": "order_1",
            "owner": "ours",
            "client_order_id": OURS,
            "order_id": ORDER_ID,
            "ticker": TICKER,
            "action": "BUY_YES",
            "side": "bid",
            "price": "0.4000",
            "count": "10.00",
            "filled": "0.00",
            "state": "resting",
        }
    ]


def test_a_foreign_order_is_shown_by_the_venues_id_and_without_an_action(view):
    [row] = view.telemetry(execution_of(seen("resting", client_order_id="")), tables=True)["open_orders"]

    assert (row["order"], row["action"]) == ("order_venue-or", "")


def test_a_foreign_order_is_told_apart_by_the_venues_id_whatever_it_is_called(view):
    named = seen("resting", client_order_id="somebody-1")

    [row] = view.telemetry(execution_of(named), tables=True)["open_orders"]

    assert order_identity(row) == ORDER_ID


def test_the_sessions_result_counts_from_the_first_valuation(view):
    execution = execution_of(fill(fee_e6=0))  # 4 YES at 0.40
    ledger = execution.desk.ledger
    view.update(ledger, marks(4_000, 5_900))
    assert view.telemetry(execution, tables=True)["pnl"]["session"] == "0.0000"

    view.update(ledger, marks(4_500, 5_400))

    pnl = view.telemetry(execution, tables=True)["pnl"]
    assert (pnl["session"], pnl["unrealised"], pnl["realised"]) == ("0.2000", "0.2000", "0.0000")


def test_the_gain_of_a_position_that_was_carried_over_is_none_of_this_sessions(view):
    execution = execution_of(fill(fee_e6=0))  # 4 YES at 0.40
    ledger = execution.desk.ledger
    view.update(ledger, marks(None, None))

    view.update(ledger, marks(4_500, 5_400))
    first = view.telemetry(execution, tables=False)["pnl"]
    view.update(ledger, marks(4_600, 5_300))
    later = view.telemetry(execution, tables=False)["pnl"]

    assert (first["session"], first["unrealised"]) == ("0.0000", "0.2000")
    assert (later["session"], later["unrealised"]) == ("0.0400", "0.2400")


@given(st.lists(STEPS, max_size=25))
def test_the_account_that_is_made_anew_in_parts_is_the_one_that_is_made_anew_whole(steps):
    world = World()
    shown = AccountShown(world.desk)
    for step in steps:
        before = world.desk
        world.take(step)
        if world.desk is not before:  # the process restarted
            shown = AccountShown(world.desk)

        account = shown.now(())
        moved, world.desk.ledger._moved = world.desk.ledger._moved, None
        assert account == AccountShown(world.desk).now(())
        assert account.blocked == tuple(sorted(world.desk.blocked()))
        world.desk.ledger._moved = moved
