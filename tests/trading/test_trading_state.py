"""The gravest state wins."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trading.trading_state import ORDER, Reason, trading_state

STATES = ("starting", "reconciling", "trading", "reduce_only", "paused", "halted", "stopping")


@pytest.mark.parametrize(
    ("raised", "state"),
    [
        ([], "trading"),
        (["reduce_only"], "reduce_only"),
        (["reduce_only", "reconciling"], "reconciling"),
        (["reconciling", "starting"], "starting"),
        (["starting", "paused"], "paused"),
        (["paused", "halted"], "halted"),
        (["halted", "stopping", "paused"], "stopping"),
    ],
)
def test_the_worst_state_raised_wins(raised, state):
    reasons = [Reason(name, "someone", "because") for name in raised]

    for order in itertools.permutations(reasons):
        assert trading_state(order)[0] == state


def test_the_reason_names_everybody_who_raised_the_worst_state_and_nobody_else():
    reasons = [
        Reason("reduce_only", "OrderManager", "cash is low"),
        Reason("starting", "MarketWatcher-0", "being restarted"),
        Reason("starting", "Selector", "not up yet"),
    ]

    assert trading_state(reasons) == (
        "starting",
        "MarketWatcher-0: being restarted; Selector: not up yet",
    )


def test_a_reason_that_several_have_is_told_once():
    reasons = [
        Reason("starting", "Guard", "not up yet"),
        Reason("starting", "OrderManager", "being restarted"),
        Reason("starting", "Selector", "not up yet"),
    ]

    assert trading_state(reasons) == (
        "starting",
        "Guard, Selector: not up yet; OrderManager: being restarted",
    )


def test_every_state_promised_to_the_outside_has_its_place():
    assert sorted(ORDER) == sorted(STATES)


def test_a_state_that_does_not_exist_is_an_error():
    with pytest.raises(ValueError):
        trading_state([Reason("sleeping", "someone", "tired")])


@given(st.lists(st.sampled_from(ORDER)), st.sampled_from(ORDER))
def test_one_more_reason_never_makes_the_state_better(raised, more):
    before = [Reason(state, "a", "") for state in raised]

    worse = trading_state([*before, Reason(more, "b", "")])[0]

    assert ORDER.index(worse) >= ORDER.index(trading_state(before)[0])
