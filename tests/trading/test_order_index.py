"""Orders keep their owners when names change hands."""

from itertools import permutations

import pytest

from tests.trading.example_facts import (
    ORDER_ID,
    OURS,
    TICKER,
    answered,
    cancel_answered,
    cancel_started,
    fill,
    market,
    opened,
    recorded,
    seen,
    send_started,
)
from trading.ledger import Ledger

MARKETS = {ticker: market(ticker) for ticker in (TICKER, "RAIN-LA")}
SENT = (recorded(price_e4=2_500, count_e2=500), send_started())
ACCEPTED = (*SENT, answered("accepted", remaining_e2=500))
RENAMED = seen(
    "resting", client_order_id="desk-2", price_e4=2_500, initial_e2=800, remaining_e2=800, ts_ms=20
)
THEIRS = "venue-order-9"


def ledger_of(*events):
    ledger = Ledger(MARKETS)
    for event in (opened(), *events):
        ledger.apply(event)
    return ledger


def whose(ledger):
    """The venue's id of each order, by the name that leads to it."""
    return {key: order.order_id for key, order in ledger.orders.items()}


def test_an_order_that_somebody_amends_and_renames_stays_one_order_and_ours():
    for facts in permutations([*ACCEPTED, RENAMED]):
        ledger = ledger_of(*facts)

        assert whose(ledger) == {OURS: ORDER_ID}
        assert ledger.orders[OURS].is_ours
        assert ledger.reserve_e6() == 2_105_000


def test_its_fills_are_told_under_the_new_name_and_end_it():
    filled = fill(client_order_id="desk-2", price_e4=2_500, count_e2=800, ts_ms=30)

    ledger = ledger_of(*ACCEPTED, RENAMED, filled)

    assert whose(ledger) == {OURS: ORDER_ID}
    assert ledger.reserve_e6() == 0
    assert ledger.orders_in(TICKER) == ()


TAKEN = seen("resting", order_id=THEIRS, client_order_id=OURS, ts_ms=30)


def test_a_foreign_order_that_takes_our_name_is_another_order():
    for facts in permutations([*ACCEPTED, RENAMED, TAKEN]):
        ledger = ledger_of(*facts)

        assert whose(ledger) == {OURS: ORDER_ID, THEIRS: THEIRS}
        assert not ledger.orders[THEIRS].is_ours


def test_an_attempt_without_an_answer_made_the_order_that_bore_its_name_first():
    for facts in permutations([*SENT, seen("resting", ts_ms=10), RENAMED, TAKEN]):
        assert whose(ledger_of(*facts)) == {OURS: ORDER_ID, THEIRS: THEIRS}


@pytest.mark.parametrize("elsewhere", [{"ticker": "RAIN-LA"}, {"side": "ask"}])
@pytest.mark.parametrize("turn", [1, -1])
def test_an_order_in_another_market_or_on_the_other_side_cannot_be_our_attempt(elsewhere, turn):
    facts = [*SENT, seen("resting", client_order_id=OURS, order_id=THEIRS, **elsewhere)]

    ledger = ledger_of(*facts[::turn])

    assert whose(ledger) == {OURS: "", THEIRS: THEIRS}
    assert ledger.orders[OURS].is_unresolved


def test_an_order_born_under_one_of_our_names_stays_that_attempts_when_it_is_given_another_of_ours():
    other = "rl1-0a1b2c3d-s1-2"
    unanswered = (recorded(client_order_id=other), send_started(client_order_id=other))

    ledger = ledger_of(
        *SENT, *unanswered, seen("resting", ts_ms=1), seen("resting", client_order_id=other, ts_ms=2)
    )

    assert whose(ledger) == {OURS: ORDER_ID, other: ""}
    assert ledger.orders[other].is_unresolved


def test_a_name_that_was_ours_long_ago_makes_no_order_of_somebody_else_ours_or_forgotten():
    ledger = ledger_of(*ACCEPTED, seen("canceled", at_us=30))
    assert ledger.forget_closed(before_us=100) == 1

    ledger.apply(TAKEN)

    assert whose(ledger) == {THEIRS: THEIRS}
    assert ledger.reserve_e6() > 0


def test_an_order_that_only_our_count_calls_filled_is_not_forgotten_and_may_be_raised():
    ledger = ledger_of(*ACCEPTED, fill(price_e4=2_500, count_e2=500))
    assert ledger.reserve_e6() == 0

    assert ledger.forget_closed(before_us=10**9) == 0
    ledger.apply(seen("resting", price_e4=2_500, initial_e2=700, fill_e2=500, remaining_e2=200, ts_ms=9))

    assert ledger.orders[OURS].reserved_count_e2 == 200


NAMELESS = seen("canceled", client_order_id="")


def test_a_foreign_order_without_a_name_is_forgotten_once_it_has_ended():
    resting = seen("resting", client_order_id="", order_id=THEIRS)
    awaited = seen("canceled", client_order_id="", order_id="venue-order-8", fill_e2=400)
    ledger = ledger_of(NAMELESS, resting, awaited)

    assert ledger.forget_closed(before_us=100) == 1

    assert sorted(ledger.orders) == ["venue-order-8", THEIRS]


@pytest.mark.parametrize(
    ("attempted", "is_kept"),
    [
        pytest.param(SENT, True, id="under way or unknown"),
        pytest.param((*SENT, answered("rejected", at_us=200)), True, id="denied, which evidence outranks"),
        pytest.param((*SENT, answered("accepted", order_id="venue-order-7")), False, id="it made another"),
        pytest.param((recorded(ticker="RAIN-LA"), send_started()), False, id="in another market"),
        pytest.param((recorded(side="ask"), send_started()), False, id="on the other side"),
    ],
)
def test_an_order_without_a_name_is_kept_while_an_attempt_of_ours_may_have_made_it(attempted, is_kept):
    ledger = ledger_of(*attempted, NAMELESS)

    ledger.forget_closed(before_us=100)

    assert (ORDER_ID in ledger.orders) is is_kept


@pytest.mark.parametrize("turn", [1, -1])
def test_an_order_that_was_told_without_its_name_is_ours_by_the_answer_however_late_that_comes(turn):
    facts = [NAMELESS, answered("accepted", at_us=10**6)][::turn]
    ledger = ledger_of(*SENT, facts[0])
    ledger.forget_closed(before_us=100)
    ledger.apply(facts[1])

    assert whose(ledger) == {OURS: ORDER_ID}
    assert ledger.orders[OURS].state() == "canceled"
    assert ledger.forget_closed(before_us=10**9) == 1
    assert ledger.orders == {}


def test_a_cancel_that_an_older_ledger_recorded_without_the_venues_id_ends_its_order():
    ledger = ledger_of(
        *ACCEPTED, cancel_started(), cancel_answered("canceled", reduced_by_e2=500, order_id="")
    )

    assert ledger.orders[OURS].is_closed
    assert ledger.reserve_e6() == 0
