"""The owner of an order, and the words to people about orders that are not ours."""

import pytest

from tests.trading.example_facts import OURS, answered, fill, recorded, seen, send_started
from trading.foreign_orders import MOST_NAMED, ForeignNotes, managed, owner_of, refusal_of, rests_foreign
from trading.ledger import Ledger
from trading.order_ids import OrderIds

IDS = OrderIds("0a1b2c3d", "0f1e2d3c")
SENT = (recorded(), send_started(), answered("accepted"))


def order_of(*facts):
    ledger = Ledger({})
    for fact in facts:
        ledger.apply(fact)
    (order,) = ledger.orders.values()
    return order


@pytest.mark.parametrize(
    ("facts", "owner"),
    [
        pytest.param(SENT, "ours", id="recorded here"),
        pytest.param((recorded(client_order_id="rl1-0a1b2c3d-sq7x9-12"),), "ours", id="of an earlier ledger"),
        pytest.param((*SENT, seen("resting", client_order_id="desk-2")), "ours", id="ours, and renamed"),
        pytest.param((seen("resting", client_order_id=""),), "hand", id="without a name"),
        pytest.param((seen("resting", client_order_id="desk-2"),), "hand", id="with a name of its own"),
        pytest.param(
            (seen("resting", client_order_id="rl1-ffffffff-0f1e2d3c-1"),), "hand", id="of another account"
        ),
        pytest.param(
            (seen("resting", client_order_id="rl1-0a1b2c3d-99887766-1"),), "program", id="of a second program"
        ),
        pytest.param((seen("resting", client_order_id=OURS),), "program", id="of a copy of this ledger"),
    ],
)
def test_an_order_is_ours_when_its_intent_is_recorded_here(facts, owner):
    assert owner_of(order_of(*facts), IDS) == owner


@pytest.mark.parametrize(
    ("facts", "rests"),
    [
        pytest.param((seen("resting", client_order_id=""),), True, id="resting"),
        pytest.param((seen("canceled", client_order_id=""),), False, id="ended"),
        pytest.param((fill(client_order_id=""),), False, id="known by a fill alone, perhaps years old"),
        pytest.param(SENT, False, id="ours"),
    ],
)
def test_a_foreign_order_rests_when_the_venue_has_shown_it_resting(facts, rests):
    order = order_of(*facts)

    assert rests_foreign(order) == rests
    assert bool(managed([order], "adopt")) == (rests or order.is_ours)
    assert bool(managed([order], "leave")) == order.is_ours


def foreign(number, name=""):
    return order_of(seen("resting", order_id=f"{number:08}-venue", client_order_id=name))


@pytest.mark.parametrize(
    ("policy", "what"),
    [("leave", "left alone"), ("refuse", "nothing is sent"), ("adopt", "as ours"), ("cancel", "canceled")],
)
def test_each_order_is_named_once_with_what_happens_to_it(policy, what):
    notes = ForeignNotes(IDS, policy)

    [note] = notes.news([foreign(1)])

    assert note.startswith("Not ours: order_00000001 (bid 10.00 at 0.4000) rests in RAIN-NYC; ")
    assert what in note
    assert notes.news([foreign(1)]) == []


def test_a_second_program_is_named_once_however_many_orders_it_has():
    notes = ForeignNotes(IDS, "leave").news(foreign(n, f"rl1-0a1b2c3d-99887766-{n}") for n in (1, 2))

    (note,) = notes
    assert note.startswith("A second program trades on this account, or did before this ledger was made: ")
    assert "begin with rl1-0a1b2c3d-99887766-; they count in cash and exposure, and are left alone" in note


def test_a_copy_of_the_ledger_is_named():
    assert "copy of this ledger" in ForeignNotes(IDS, "leave").news([foreign(1, OURS)])[0]


def test_the_log_is_not_filled_with_other_peoples_orders():
    notes = ForeignNotes(IDS, "leave").news(foreign(number) for number in range(1, 500))

    assert len(notes) == MOST_NAMED + 1
    assert "orders.foreign" in notes[-1]


def test_a_refusal_names_some_orders_and_says_what_to_do():
    text = refusal_of([foreign(number) for number in range(1, 9)])

    assert "00000001-venue in RAIN-NYC" in text
    assert "and 3 more" in text
    assert "execution.foreign_orders" in text
