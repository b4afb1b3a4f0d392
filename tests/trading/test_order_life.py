"""An order's life is the same, however much of the past its reader keeps in memory."""

from __future__ import annotations

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
from trading.events import FillSeen, OrderSeen
from trading.order_life import EventPlace, OrderLives, names_in

OURS_TOO = OURS.replace("-1", "-2")
NAMES = st.sampled_from([OURS, OURS_TOO, "theirs", ""])
OUR_NAMES = st.sampled_from([OURS, OURS_TOO])
ORDER_IDS = st.sampled_from([ORDER_ID, "venue-order-2", "venue-order-3"])
TIMES = st.integers(1, 60)
KINDS = ["intent", "send", "answer", "denial", "cancel", "canceled", "fill", "seen", "ended"]


@st.composite
def facts(draw):
    at_us = draw(TIMES)
    ours, order_id, name = draw(OUR_NAMES), draw(ORDER_IDS), draw(NAMES)
    match draw(st.sampled_from(KINDS)):
        case "intent":
            return recorded(at_us=at_us, client_order_id=ours)
        case "send":
            return send_started(at_us=at_us, client_order_id=ours)
        case "answer":
            return answered("accepted", at_us=at_us, client_order_id=ours, order_id=order_id)
        case "denial":
            outcome = draw(st.sampled_from(["rejected", "not_sent", "absent", "unknown"]))
            return answered(outcome, at_us=at_us, client_order_id=ours)
        case "cancel":
            return cancel_started(at_us=at_us, client_order_id=ours, order_id=order_id)
        case "canceled":
            return cancel_answered("canceled", at_us=at_us, client_order_id=ours, order_id=order_id)
        case "fill":
            trade_id = f"t{draw(st.integers(1, 99))}"
            return fill(trade_id, at_us=at_us, order_id=order_id, client_order_id=name, ts_ms=at_us)
        case "seen":
            return seen("resting", at_us=at_us, order_id=order_id, client_order_id=name, ts_ms=at_us)
        case _:
            status = draw(st.sampled_from(["canceled", "executed"]))
            return seen(
                status, at_us=at_us, order_id=order_id, client_order_id=name, ts_ms=at_us, fill_e2=400
            )


def placed(told):
    return [
        (EventPlace("FillProcessor" if isinstance(fact, FillSeen | OrderSeen) else "OrderManager", seq), fact)
        for seq, fact in enumerate(told, start=1)
    ]


class Stored:
    """Lives as a database has them, with the places of their facts."""

    def __init__(self):
        self.lives = {}
        self.facts = {}

    def bring_to(self, lives, names):
        while wanted := names - lives.known:
            lives.known |= wanted
            bearers = [
                life
                for life in self.lives.values()
                if wanted & {life.key, life.order_id, life.client_order_id}
            ]
            for life in bearers:
                names |= {life.key, life.order_id, life.client_order_id} - {""}
                names |= lives.bring([(place, self.facts[place]) for place in life.places])

    def keep(self, lives):
        changed, gone = lives.take_changed()
        for key in gone:
            self.lives.pop(key, None)
        self.lives |= {life.key: life for life in changed}


@given(st.lists(facts(), max_size=14), st.sets(st.integers(0, 13)))
def test_a_life_is_the_same_when_only_what_a_fact_names_is_in_memory(told, forgets):
    whole, lives, stored = OrderLives(), OrderLives(), Stored()
    for number, (place, fact) in enumerate(placed(told)):
        whole.take(place, fact)
        if number in forgets:
            lives = OrderLives()
        stored.bring_to(lives, names_in(fact))
        lives.take(place, fact)
        stored.facts[place] = fact
        stored.keep(lives)

    assert stored.lives == {life.key: life for life in whole.take_changed()[0]}


def test_an_order_that_turns_out_to_be_ours_loses_the_name_it_had_as_somebody_elses():
    lives = OrderLives()
    for place, fact in placed([seen("resting", client_order_id=OURS)]):
        lives.take(place, fact)
    assert [life.key for life in lives.take_changed()[0]] == [ORDER_ID]

    lives.take(EventPlace("OrderManager", 1), recorded())

    (life,), gone = lives.take_changed()
    assert (life.key, life.is_ours, life.order_id, gone) == (OURS, True, ORDER_ID, [ORDER_ID])


def test_a_life_says_when_each_step_was():
    lives = OrderLives()
    told = [
        recorded(at_us=10),
        send_started(at_us=11),
        answered("accepted", at_us=12),
        fill(at_us=14, count_e2=1_000),
        seen("executed", at_us=15, fill_e2=1_000),
    ]
    for place, fact in placed(told):
        lives.take(place, fact)

    ((life,), _) = lives.take_changed()

    assert (life.sent_us, life.answered_us, life.ended_us, life.state) == (11, 12, 15, "filled")
    assert life.is_closed
    assert [place.seq for place in life.places] == [4, 5, 1, 2, 3]


TAKEN = (recorded(), send_started(), answered("accepted"))
WHOLE = fill(count_e2=1_000)
EXECUTED = seen("executed", at_us=15, fill_e2=1_000, reason="Trade")
GONE = (cancel_started(reason="the session stopped"), cancel_answered("canceled", reduced_by_e2=1_000))
ENDS = {
    "not over": (TAKEN, ""),
    "filled": ((*TAKEN, WHOLE, EXECUTED), "Trade"),
    "filled, by its fills alone": ((*TAKEN, WHOLE), "Trade"),
    "filled, and read again": ((*TAKEN, EXECUTED, seen("executed", at_us=99, fill_e2=1_000)), "Trade"),
    "expired": ((*TAKEN, seen("canceled", reason="ExpiryCancel"), *GONE), "ExpiryCancel"),
    "canceled by us": ((*TAKEN, *GONE), "canceled by us: the session stopped"),
    "canceled twice": (
        (*TAKEN, cancel_started(at_us=30, reason="later"), *GONE),
        "canceled by us: the session stopped",
    ),
    "canceled by us, in a ledger without reasons": (
        (*TAKEN, cancel_started(), cancel_answered("canceled", reduced_by_e2=1_000)),
        "canceled by us",
    ),
    "asked to cancel, and gone": ((*TAKEN, GONE[0], seen("canceled")), "canceled by us: the session stopped"),
    "canceled by hand": ((*TAKEN, seen("canceled")), ""),
    "nothing to take": (
        (recorded(time_in_force="immediate_or_cancel", post_only=False), *TAKEN[1:], seen("canceled")),
        "immediate_or_cancel",
    ),
    "refused": ((*TAKEN[:2], answered("rejected", code="invalid_order")), "invalid_order"),
    "refused with a detail": (
        (*TAKEN[:2], answered("rejected", code="invalid_order", detail="post only cross")),
        "post only cross",
    ),
    "not sent": ((*TAKEN[:2], answered("not_sent")), "not_sent"),
}


@pytest.mark.parametrize(("told", "reason"), ENDS.values(), ids=ENDS)
def test_a_life_says_why_it_is_over_in_whatever_order_that_was_told(told, reason):
    for facts in (told, told[::-1]):
        lives = OrderLives()
        for place, fact in placed(facts):
            lives.take(place, fact)

        ((life,), _) = lives.take_changed()

        assert life.end_reason == reason


def test_a_refusal_of_the_venue_is_how_the_order_ended():
    lives = OrderLives()
    told = [
        recorded(at_us=10),
        send_started(at_us=11),
        answered("rejected", at_us=12, code="post_only_cross"),
    ]
    for place, fact in placed(told):
        lives.take(place, fact)

    ((life,), _) = lives.take_changed()

    assert (life.state, life.end_reason, life.answered_us, life.ended_us) == (
        "rejected",
        "post_only_cross",
        12,
        12,
    )
