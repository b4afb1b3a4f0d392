"""When an actor is given up, and what its absence means for trading."""

from __future__ import annotations

import pytest

from actors.thespian.member import BEGIN_S, MOST_FAILED_STARTS, SILENT_S, Member
from actors.thespian.restart_backoff import RestartBackoff
from trading.trading_state import Reason


def launched() -> Member:
    member = Member("Selector", "Selector")
    member.launched(77, 100.0)
    return member


def running(**reasons: str) -> Member:
    member = launched()
    member.state, member.reasons = "running", reasons
    return member


def test_a_member_holds_trading_back_until_it_has_said_what_it_has_against_it():
    member = launched()
    assert list(member.raised()) == [Reason("starting", "Selector", "not up yet")]

    member.state = "running"
    assert list(member.raised()) == [Reason("starting", "Selector", "not up yet")]

    member.reasons = {}
    assert list(member.raised()) == []


def test_what_a_member_said_ends_with_it():
    member = running(halted="daily loss")
    assert list(member.raised()) == [Reason("halted", "Selector", "daily loss")]

    member.exited(101.0, "has ended")
    assert list(member.raised()) == [Reason("starting", "Selector", "being restarted (has ended)")]

    member.launched(78, 102.0)
    assert list(member.raised()) == [Reason("starting", "Selector", "not up yet (has ended)")]


def test_one_that_trading_goes_on_without_holds_nothing_back():
    member = Member("Recorder", "Recorder", trades_without=True)
    member.launched(77, 100.0)
    assert list(member.raised()) == []

    member.exited(101.0, "has ended")
    assert list(member.raised()) == []

    member.give_up("it is damaged")
    assert list(member.raised()) == []


def test_a_stopped_member_holds_nothing_back():
    member = running(halted="daily loss")
    member.state = "stopped"

    assert list(member.raised()) == []


def test_an_unanswered_ping_is_silence_after_three_seconds():
    member = running()
    assert not member.is_silent(200.0)

    member.ping_sent = 200.0
    assert not member.is_silent(200.0 + SILENT_S)
    assert member.is_silent(200.1 + SILENT_S)


def test_a_start_may_take_longer_but_not_for_ever():
    member = launched()

    assert not member.is_silent(100.0 + BEGIN_S)
    assert member.is_silent(100.1 + BEGIN_S)


def test_a_new_incarnation_is_counted_as_a_restart():
    member = launched()
    assert member.row(103.0) == {
        "name": "Selector",
        "pid": 77,
        "state": "starting",
        "restarts": 0,
        "age_s": 3.0,
    }

    member.exited(104.0, "has ended")
    member.launched(78, 105.0)
    assert (member.incarnation, member.restarts, member.pid) == (2, 1, 78)


def test_one_that_never_gets_ready_is_hopeless_after_a_few_tries():
    member = launched()
    for _ in range(MOST_FAILED_STARTS):
        assert not member.is_hopeless
        member.exited(101.0, "crashed: no memory")
        member.launched(78, 102.0)

    assert member.is_hopeless


def test_a_single_start_that_succeeds_is_reason_to_hope():
    member = launched()
    for _ in range(MOST_FAILED_STARTS * 3):
        member.exited(101.0, "has ended")
        member.launched(78, 102.0)
        member.ready()
        member.exited(103.0, "has ended")
        member.launched(79, 104.0)

        assert not member.is_hopeless


def test_one_that_was_given_up_says_why_and_is_not_up():
    member = running()
    member.give_up("order_manager.db is damaged")

    assert list(member.raised()) == [
        Reason("starting", "Selector", "cannot go on: order_manager.db is damaged")
    ]
    assert (member.row(101.0)["state"], member.is_up) == ("failed", False)


@pytest.mark.parametrize(
    ("lives", "waits"),
    [
        ([0.0] * 8, [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0]),
        ([0.0, 0.0, 60.0, 0.0], [0.1, 0.2, 0.1, 0.2]),
        ([59.9, 59.9], [0.1, 0.2]),
    ],
    ids=["dies at once", "a long life is forgiven", "not long enough"],
)
def test_the_wait_doubles_up_to_five_seconds_until_one_lives_for_a_minute(lives, waits):
    backoff = RestartBackoff()

    assert [backoff.after_life_of(lived_s) for lived_s in lives] == waits
