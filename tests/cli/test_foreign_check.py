"""A session that refuses to trade beside other people's orders does not start while any rests."""

import pytest

from cli.foreign_check import foreign_problem
from persistence.outbox import Outbox
from tests.execution.fake_venue import order_message
from tests.trading.example_facts import ORDER_ID, OURS, answered, recorded, send_started

BY_HAND = order_message(order_id="v9", client_order_id="desk-1")
THEIRS = order_message(order_id="v3", client_order_id="rl1-0a1b2c3d-99887766-1")


@pytest.fixture
def account_dir(tmp_path):
    """With a ledger in which one order was sent and answered, and one has no answer."""
    other = {"client_order_id": "rl1-0a1b2c3d-0f1e2d3c-2"}
    outbox = Outbox(tmp_path / "order_manager.db", "OrderManager")
    sent = (recorded(), send_started(), answered("accepted"), recorded(**other), send_started(**other))
    outbox.append([(event, None) for event in sent])
    outbox.close()
    return tmp_path


@pytest.mark.parametrize(
    ("resting", "is_refused"),
    [
        pytest.param([], False, id="nothing rests"),
        pytest.param([order_message(order_id=ORDER_ID, client_order_id=OURS)], False, id="ours"),
        pytest.param([order_message(order_id=ORDER_ID, client_order_id="desk-2")], False, id="ours, renamed"),
        pytest.param(
            [order_message(order_id="v2", client_order_id="rl1-0a1b2c3d-0f1e2d3c-2")], False, id="unanswered"
        ),
        pytest.param([BY_HAND], True, id="made by hand"),
        pytest.param(
            [order_message(order_id="v3", client_order_id="rl1-0a1b2c3d-99887766-1")], True, id="2nd"
        ),
    ],
)
def test_the_ledger_says_which_orders_are_ours(account_dir, resting, is_refused):
    assert bool(foreign_problem(resting, account_dir)) == is_refused


def test_without_a_ledger_every_order_is_somebody_elses(tmp_path):
    problem = foreign_problem([BY_HAND], tmp_path)

    assert "v9 in RAIN-NYC" in problem
    assert "leave, adopt or cancel" in problem
