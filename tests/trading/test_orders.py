import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.trading.example_facts import (
    ORDER_ID,
    OURS,
    answered,
    cancel_answered,
    cancel_started,
    fill,
    recorded,
    seen,
    send_started,
)
from trading.events import Answered, OrderSeen
from trading.orders import Order


def order_of(*facts):
    order = Order()
    for fact in facts:
        order.merge(fact)
    return order


times = st.integers(1, 50)
counts = st.integers(0, 1_000)
any_answer = st.builds(
    lambda at_us, outcome, fill_e2, remaining_e2, code: answered(
        outcome, at_us=at_us, fill_count_e2=fill_e2, remaining_e2=remaining_e2, code=code
    ),
    times,
    st.sampled_from(["accepted", "rejected", "not_sent", "absent", "unknown"]),
    counts,
    counts,
    st.sampled_from(["", "insufficient_balance"]),
)
any_seen = st.builds(
    lambda at_us, ts_ms, name, status, price_e4, initial_e2, fill_e2, remaining_e2: seen(
        status,
        at_us=at_us,
        ts_ms=ts_ms,
        client_order_id=name,
        price_e4=price_e4,
        initial_e2=initial_e2,
        fill_e2=fill_e2,
        remaining_e2=remaining_e2,
    ),
    times,
    st.integers(0, 3),
    st.sampled_from([OURS, "desk-2", ""]),
    st.sampled_from(["resting", "canceled", "executed", "unknown"]),
    st.sampled_from([4_000, 4_100]),
    counts,
    counts,
    counts,
)
any_cancel = st.builds(
    lambda at_us, outcome, reduced_e2: cancel_answered(outcome, at_us=at_us, reduced_by_e2=reduced_e2),
    times,
    st.sampled_from(["canceled", "rejected", "not_sent", "unknown"]),
    counts,
)
any_cancel_started = st.builds(lambda at_us: cancel_started(at_us=at_us), times)
fills = st.builds(
    lambda n, told_us: fill(f"t{n}", at_us=told_us, count_e2=n * 10, price_e4=3_900 + n),
    st.integers(1, 8),
    times,
)
facts_of_one_order = st.lists(
    st.one_of(any_answer, any_seen, any_cancel, any_cancel_started, fills), max_size=12
).map(lambda facts: [recorded(), send_started(), *facts])


@given(facts_of_one_order, st.data())
def test_any_order_and_repetition_of_the_same_facts_gives_the_same_order(facts, data):
    told_again = data.draw(st.lists(st.sampled_from(facts), max_size=6))
    shuffled = data.draw(st.permutations(facts + told_again))

    assert order_of(*shuffled) == order_of(*facts)


@given(facts_of_one_order)
def test_filled_and_known_fills_never_fall(facts):
    order, before = Order(), Order()
    for fact in facts:
        order.merge(fact)
        # Only then may the count inferred from a cancel give way to better knowledge.
        is_better_known = before.terms != order.terms or (before.end is None and order.end is not None)

        assert order.known_fills_e2 >= before.known_fills_e2
        assert order.filled_e2 >= before.filled_e2 or is_better_known
        assert order.filled_e2 >= order.known_fills_e2
        before = copy.deepcopy(order)


@given(facts_of_one_order)
def test_the_reserve_of_an_order_is_never_negative_and_gone_exactly_when_it_is_closed(facts):
    order = order_of(*facts)

    assert order.reserved_count_e2 >= 0
    if order.is_closed:
        assert order.reserved_count_e2 == 0
    if order.is_terminal:
        assert order.is_closed == (order.reserved_count_e2 == 0)


@given(facts_of_one_order, st.integers(0, 1_000), st.data())
def test_the_record_of_its_end_outranks_fills_that_answers_imply(facts, fill_e2, data):
    told = [fact for fact in facts if not isinstance(fact, OrderSeen)]
    record = seen("canceled", at_us=99, ts_ms=99, fill_e2=fill_e2)
    order = order_of(*data.draw(st.permutations([*told, record])))

    acknowledged_e2 = [f.fill_count_e2 for f in told if isinstance(f, Answered) and f.outcome == "accepted"]
    assert not order.is_end_inferred
    assert order.filled_e2 == max(order.known_fills_e2, fill_e2, *acknowledged_e2, 0)


@given(facts_of_one_order)
def test_an_order_reserves_for_fills_nobody_showed_only_until_its_record_is_read(facts):
    order = order_of(*facts)

    if order.is_terminal and order.reserved_count_e2:
        assert order.is_end_inferred or order.reported_fill_e2 > order.known_fills_e2


@given(facts_of_one_order)
def test_an_order_is_exactly_one_of_unsent_unresolved_resting_and_terminal(facts):
    order = order_of(*facts)

    is_what = [order.is_unsent, order.is_unresolved, order.is_resting, order.is_terminal]

    assert is_what.count(True) == 1


SENT = (recorded(), send_started())
ACCEPTED = (*SENT, answered("accepted"))


@pytest.mark.parametrize(
    ("facts", "state", "reserved_e2", "is_closed"),
    [
        pytest.param((recorded(),), "recorded", 1_000, False, id="recorded, not sent"),
        pytest.param(SENT, "unknown", 1_000, False, id="sent, unanswered"),
        pytest.param((*SENT, answered("unknown")), "unknown", 1_000, False, id="answer settles nothing"),
        pytest.param((*SENT, answered("not_sent")), "not_sent", 0, True, id="no byte left"),
        pytest.param((*SENT, answered("absent")), "not_sent", 0, True, id="lookup proved it absent"),
        pytest.param((*SENT, answered("rejected")), "rejected", 0, True, id="rejected"),
        pytest.param(ACCEPTED, "resting", 1_000, False, id="accepted, resting"),
        pytest.param(
            (*SENT, answered("accepted", remaining_e2=0)), "canceled", 0, True, id="cross that found nothing"
        ),
        pytest.param(
            (*SENT, answered("accepted", fill_count_e2=400, remaining_e2=0)),
            "canceled",
            400,
            False,
            id="cross that filled a part we have not seen",
        ),
        pytest.param(
            (*SENT, answered("accepted", fill_count_e2=400, remaining_e2=0), fill()),
            "canceled",
            0,
            True,
            id="cross that filled a part we have seen",
        ),
        pytest.param(
            (*SENT, answered("accepted", fill_count_e2=400, remaining_e2=600)),
            "resting",
            1_000,
            False,
            id="an acknowledged fill is no fill yet",
        ),
        pytest.param((*ACCEPTED, fill()), "resting", 600, False, id="filled in part"),
        pytest.param((*SENT, fill()), "resting", 600, False, id="fill before the answer"),
        pytest.param((*ACCEPTED, fill(count_e2=1_000)), "filled", 0, True, id="filled whole"),
        pytest.param(
            (*ACCEPTED, seen("executed", fill_e2=1_000)), "filled", 1_000, False, id="fills to come"
        ),
        pytest.param((*ACCEPTED, seen("canceled")), "canceled", 0, True, id="the venue canceled it"),
        pytest.param(
            (*ACCEPTED, fill(), seen("canceled", fill_e2=400)),
            "canceled",
            0,
            True,
            id="canceled after a fill",
        ),
        pytest.param(
            (*ACCEPTED, seen("canceled", fill_e2=400)), "canceled", 400, False, id="canceled, fill to come"
        ),
        pytest.param(
            (*ACCEPTED, cancel_started(), cancel_answered("canceled", reduced_by_e2=1_000)),
            "canceled",
            0,
            True,
            id="our cancel took it all",
        ),
        pytest.param(
            (*ACCEPTED, cancel_started(), cancel_answered("canceled", reduced_by_e2=600)),
            "canceled",
            400,
            False,
            id="our cancel found it filled in part",
        ),
        pytest.param(
            (*ACCEPTED, cancel_answered("canceled", reduced_by_e2=0), seen("canceled", fill_e2=0)),
            "canceled",
            0,
            True,
            id="the final order outranks the cancel's count",
        ),
        pytest.param(
            (*ACCEPTED, cancel_answered("rejected")),
            "resting",
            1_000,
            False,
            id="a refused cancel ends nothing",
        ),
        pytest.param(
            (*ACCEPTED, cancel_answered("unknown")),
            "resting",
            1_000,
            False,
            id="an unknown cancel ends nothing",
        ),
        pytest.param((*SENT, seen("resting")), "resting", 1_000, False, id="found by a lookup"),
        pytest.param(
            (*SENT, answered("rejected"), seen("resting")),
            "resting",
            1_000,
            False,
            id="what the venue shows outranks a denial",
        ),
        pytest.param(
            (*SENT, seen("unknown")), "resting", 1_000, False, id="a status without a meaning ends nothing"
        ),
        pytest.param((fill(client_order_id=""),), "resting", 0, False, id="foreign, known by a fill"),
        pytest.param(
            (seen("resting", fill_e2=300, remaining_e2=700),), "resting", 1_000, False, id="foreign"
        ),
        pytest.param((seen("resting", remaining_e2=200),), "resting", 200, False, id="foreign, decreased"),
    ],
)
def test_what_the_facts_say(facts, state, reserved_e2, is_closed):
    order = order_of(*facts)

    assert order.state() == state
    assert order.reserved_count_e2 == reserved_e2
    assert order.is_closed == is_closed


def test_an_attempt_under_way_is_in_flight_only_while_nothing_answers():
    assert order_of(*SENT).state({OURS}) == "in_flight"
    assert order_of(recorded()).state({OURS}) == "recorded"
    assert order_of(*ACCEPTED).state({OURS}) == "resting"


def test_an_expired_order_rests_until_the_venue_says_otherwise():
    long_past_its_expiry = seen("resting", at_us=10**12)

    assert order_of(*ACCEPTED, long_past_its_expiry).is_resting


def test_an_order_carries_what_was_recorded_and_what_the_venue_called_it():
    order = order_of(*ACCEPTED)

    assert (order.client_order_id, order.order_id, order.key) == (OURS, ORDER_ID, OURS)
    assert (order.side, order.price_e4, order.count_e2) == ("bid", 4_000, 1_000)
    assert order.is_ours
    assert order.intent == recorded()


def test_a_foreign_order_without_a_client_order_id_is_filed_under_its_order_id():
    order = order_of(seen("resting", client_order_id=""))

    assert order.key == ORDER_ID
    assert not order.is_ours


def test_an_order_without_terms_says_so_instead_of_guessing():
    with pytest.raises(ValueError, match="terms"):
        _ = order_of(answered("unknown")).side
