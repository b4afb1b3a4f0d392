import logging

import pytest

from actors.orders.account_view import AccountView
from actors.orders.order_execution import OrderExecution
from tests.trading.example_facts import OURS, TICKER, answered, fill, opened, recorded, seen, send_started
from tests.trading.test_order_desk import MARKETS, desk_of
from trading.events import PositionAt
from trading.ledger import Ledger
from trading.observation import Resting

DOLLAR_E6 = 1_000_000
LA = "RAIN-LA"


@pytest.fixture
def view():
    return AccountView(floor_e6=500 * DOLLAR_E6)


def holding(position_e2, cost_e6):
    ledger = Ledger(MARKETS)
    held = PositionAt(TICKER, 0, position_e2, cost_e6, realised_e6=0, fees_e6=0)
    ledger.apply(opened(100 * DOLLAR_E6, positions=(held,)))
    return ledger


def marks(*bids):
    return lambda _ticker: bids


@pytest.mark.parametrize(
    ("position_e2", "mark", "value_e6"),
    [
        pytest.param(1_000, marks(4_500, 5_300), 4_500_000, id="YES at its best bid"),
        pytest.param(-1_000, marks(4_500, 5_300), 5_300_000, id="NO at its best bid"),
        pytest.param(1_000, marks(None, 5_300), 0, id="nobody bids"),
        pytest.param(1_000, lambda _ticker: None, 4_000_000, id="at cost before a book was seen"),
        pytest.param(0, marks(4_500, 5_300), 0, id="flat"),
    ],
)
def test_equity_is_cash_and_what_is_held_at_its_bid(view, position_e2, mark, value_e6):
    view.update(holding(position_e2, 4_000_000 if position_e2 else 0), mark)

    assert view.portfolio_value_e6 == value_e6
    assert view.equity_e6 == 100 * DOLLAR_E6 + value_e6
    assert view.unrealised_e6 == (value_e6 - 4_000_000 if position_e2 else 0)


def test_what_rests_is_still_equity(view):
    ledger = holding(0, 0)
    ledger.apply(seen("resting"))

    view.update(ledger, marks(None, None))

    assert ledger.available_e6() < view.equity_e6 == 100 * DOLLAR_E6


def test_the_selector_hears_only_of_markets_with_something(view):
    desk = desk_of(
        recorded(),
        send_started(),
        seen("resting", ticker=LA, order_id="v1", client_order_id="s-1"),
        seen("resting", ticker=LA, order_id="v2", client_order_id="s-2", side="ask"),
        fill("t1", ticker="BTC-UP", order_id="v3", client_order_id="s-3", side="ask"),
    )

    account = view.observed(desk, version=7, granted=12, outcomes=[("1/1", "accepted")])

    assert (account.version, account.credits, account.outcomes) == (7, 12, [("1/1", "accepted")])
    assert account.positions == {"BTC-UP": -400}
    assert account.resting == {
        TICKER: Resting(bid_price_e4=4_000, bid_count_e2=1_000),
        LA: Resting(4_000, 1_000, 4_000, 1_000),
        "BTC-UP": Resting(
            ask_price_e4=4_000, ask_count_e2=0
        ),  # whatever is left of it, none has proved its end
    }
    assert account.blocked == [TICKER]


def execution_of(*events):
    """An execution that is only looked at."""
    return OrderExecution(
        desk_of(*events), outbox=None, budget=None, rest=None, background=None, log=logging.getLogger("view")
    )


def test_the_page_gets_money_as_decimal_strings(view):
    execution = execution_of(recorded(), send_started(), answered("accepted"))
    view.update(execution.desk.ledger, marks(None, None))

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
            "client_order_id": OURS,
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


def test_the_sessions_result_counts_from_the_first_valuation(view):
    execution = execution_of(fill(fee_e6=0))  # 4 YES at 0.40
    ledger = execution.desk.ledger
    view.update(ledger, marks(4_000, 5_900))
    assert view.telemetry(execution, tables=True)["pnl"]["session"] == "0.0000"

    view.update(ledger, marks(4_500, 5_400))

    pnl = view.telemetry(execution, tables=True)["pnl"]
    assert (pnl["session"], pnl["unrealised"], pnl["realised"]) == ("0.2000", "0.2000", "0.0000")
