"""A read vouches for the account only if nothing can have happened that neither it nor the stream tells."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from execution.account_reads import AccountRead
from execution.read_plan import RETRY_S, AskAgain, Moment, ReadNow, ReadPlan
from tests.execution.fake_venue import TICKER, fill_message, order_message
from trading.venue_time import TOGETHER, UNMEASURED, ClockOffset

BEGAN_US = 1_000_000_000
EACH_S = 30.0


def at(seconds: float, clock: ClockOffset = TOGETHER, starts: int = 1) -> Moment:
    return Moment(BEGAN_US + int(seconds * 1e6), seconds, clock, starts)


def read_at(venue_us: int, fills=()) -> AccountRead:
    return AccountRead(venue_us, venue_us + 1, list(fills), [], [], [], [], {0: 0}, [], Counter())


@pytest.fixture
def plan():
    return ReadPlan(EACH_S)


def reconcile(plan: ReadPlan, now: Moment) -> float:
    begun = plan.next_read(now)
    assert isinstance(begun, ReadNow)
    assert plan.ended(begun.stretch)
    assert plan.proves(read_at(now.venue_us), now, is_opened=True)
    return plan.reconciled(is_again_soon=False)


def test_nothing_is_reconciled_before_a_first_read(plan):
    assert not plan.is_reconciled


def test_a_read_of_this_stretch_reconciles_it_and_the_next_is_due_in_its_time(plan):
    assert reconcile(plan, at(0)) == EACH_S
    assert plan.is_reconciled


def test_a_check_that_leaves_something_open_is_repeated_soon(plan):
    plan.next_read(at(0))

    assert plan.reconciled(is_again_soon=True) == RETRY_S


def test_one_read_is_under_way_at_a_time(plan):
    begun = plan.next_read(at(0))

    assert plan.next_read(at(60)) is None
    plan.ended(begun.stretch)
    assert plan.next_read(at(60)) == begun


def test_after_an_interruption_only_a_read_begun_since_can_reconcile(plan):
    reconcile(plan, at(0))
    begun = plan.next_read(at(1))
    plan.interrupted()

    assert not plan.is_reconciled
    assert not plan.ended(begun.stretch)
    reconcile(plan, at(2))
    assert plan.is_reconciled


def test_a_read_that_fails_or_proves_nothing_is_not_repeated_at_once(plan):
    plan.ended(plan.next_read(at(0)).stretch)
    again_s = plan.in_vain(at(0))

    assert again_s == RETRY_S
    assert plan.next_read(at(again_s / 2)) is None
    assert isinstance(plan.next_read(at(again_s)), ReadNow)


def test_a_read_waits_until_it_is_as_fresh_as_the_subscription_for_certain(plan):
    clock = ClockOffset(-600_000_000, -599_000_000)  # a second is left open

    waits = plan.next_read(at(0, clock))

    assert waits == AskAgain(1.0)
    assert plan.next_read(at(waits.in_s, clock)) == ReadNow(1)


def test_the_first_read_is_made_at_once_because_only_an_answer_tells_the_venues_time(plan):
    assert plan.next_read(at(0, UNMEASURED, starts=0)) == ReadNow(1)


def test_reads_that_lag_behind_the_subscription_prove_nothing(plan):
    plan.next_read(at(0))

    assert not plan.proves(read_at(BEGAN_US - 1), at(5), is_opened=True)
    assert plan.proves(read_at(BEGAN_US), at(5), is_opened=True)


def test_a_read_across_a_change_of_one_of_the_clocks_proves_nothing(plan):
    plan.next_read(at(0))

    assert not plan.proves(read_at(BEGAN_US + 9_000_000), at(9, starts=2), is_opened=True)


# --- what moves meanwhile --------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["recorded", "read"])
def test_an_account_is_not_opened_with_figures_that_moved_while_they_were_read(plan, how):
    plan.next_read(at(0))
    fills = []
    if how == "recorded":
        plan.moved([TICKER])
    else:
        fills.append(fill_message(ts_ms=BEGAN_US // 1000 + 1))

    assert not plan.proves(read_at(BEGAN_US, fills), at(1), is_opened=False)
    assert plan.proves(read_at(BEGAN_US, fills), at(1), is_opened=True)


def test_what_moved_before_a_read_began_is_known_to_it(plan):
    plan.moved([TICKER])
    plan.next_read(at(0))

    assert plan.moved_since(BEGAN_US) == set()


def test_what_was_recorded_while_it_was_read_may_be_unknown_to_it(plan):
    plan.next_read(at(0))
    plan.moved([TICKER])

    assert plan.moved_since(BEGAN_US) == {TICKER}


def test_a_message_newer_than_the_read_is_unknown_to_it_whenever_it_was_heard(plan):
    heard_ms = BEGAN_US // 1000
    plan.heard([fill_message(ts_ms=heard_ms), order_message(ticker="OTHER", ts_ms=heard_ms - 1)])
    plan.heard([fill_message(ts_ms=heard_ms - 5)])  # told late; the newest counts
    plan.next_read(at(0))

    assert plan.moved_since(BEGAN_US) == {TICKER}
    assert plan.moved_since(BEGAN_US + 1_000) == set()


# --- checks that are asked for ---------------------------------------------------------------------


def test_a_check_that_is_asked_for_is_a_read_begun_afterwards(plan):
    reconcile(plan, at(0))
    begun = plan.next_read(at(1))

    assert plan.ask(77)
    assert not plan.ended(begun.stretch)
    assert (plan.is_reconciled, plan.checked) == (False, 0)
    reconcile(plan, at(2))
    assert (plan.is_reconciled, plan.checked) == (True, 77)


def test_a_check_asked_for_again_under_its_number_is_the_same_check(plan):
    plan.ask(77)
    reconcile(plan, at(0))

    assert not plan.ask(77)
    assert plan.is_reconciled


# --- whatever happens in whatever order ------------------------------------------------------------

STEPS = st.lists(st.sampled_from(["second", "begin", "end", "fail", "interrupted", "asked"]), max_size=60)


@given(STEPS)
def test_whatever_happens_only_a_read_begun_since_the_last_loss_and_request_vouches(steps):
    plan = ReadPlan(EACH_S)
    now_s, wanted, lost_at = 0, 0, -1
    begun, begun_at, begun_us = None, -1, 0
    for number, step in enumerate(steps):
        now = at(now_s)
        if step == "second":
            now_s += 1
        elif step == "begin":
            asked = plan.next_read(now)
            assert begun is None or asked is None
            if asked is not None:
                begun, begun_at, begun_us = asked, number, now.venue_us
        elif step in ("end", "fail") and begun is not None:
            is_of_now = plan.ended(begun.stretch)
            begun = None
            if step == "end" and is_of_now and plan.proves(read_at(begun_us), now, is_opened=True):
                plan.reconciled(is_again_soon=False)
                assert begun_at > lost_at
                assert plan.checked == wanted
        elif step == "interrupted":
            plan.interrupted()
            lost_at = number
        elif step == "asked":
            wanted += 1
            plan.ask(wanted)
            lost_at = number
        assert plan.is_reconciled <= (begun_at > lost_at)
