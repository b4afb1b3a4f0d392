import time
from dataclasses import replace
from unittest.mock import Mock

import pytest

from execution import order_calls, order_execution
from kalshi_client.rest.outcomes import SendResult
from tests.execution.fake_venue import LOST, FakeVenue, order_message
from tests.execution.order_desk_rig import YEAR_US, Rig
from tests.persistence.full_disk import fill_for_good, make_room
from tests.trading.test_order_desk import GO, PREFIX
from trading.actions import Action
from trading.events import (
    Answered,
    CancelAnswered,
    CancelStarted,
    IntentRecorded,
    Refused,
    SendStarted,
)
from trading.order_desk import OVERDUE_US

NYC, LA = "RAIN-NYC", "RAIN-LA"


@pytest.fixture
def venue():
    return FakeVenue()


@pytest.fixture
def rig(tmp_path, venue):
    made = Rig(tmp_path, venue)
    yield made
    made.stop()


def test_an_order_is_on_disk_before_a_byte_of_it_leaves(rig, venue, monkeypatch):
    found_on_disk = {}

    def create_order(order):
        found_on_disk[order.client_order_id] = rig.on_disk((IntentRecorded, SendStarted))
        return FakeVenue.create_order(venue, order)

    monkeypatch.setattr(venue, "create_order", create_order)
    rig.place(NYC, LA)

    assert sorted(found_on_disk) == [f"{PREFIX}1", f"{PREFIX}2"]
    for client_order_id, events in found_on_disk.items():
        about_it = [type(event) for event in events if event.client_order_id == client_order_id]
        assert about_it == [IntentRecorded, SendStarted]


def test_an_accepted_order_rests_and_its_decision_hears_of_it(rig, caplog):
    caplog.set_level("INFO")

    rig.place(NYC)

    assert rig.state(1) == "resting"
    assert rig.execution.outcomes == [("1/1", "accepted")]
    assert rig.execution.latency.summary()["n"] == 1
    assert [record.message for record in caplog.records] == [
        "Submitted order: order_1 (BUY_YES, 2 contracts)",
        "Order confirmed: order_1 → PENDING",
    ]


@pytest.mark.parametrize(
    ("fate", "state", "outcome"),
    [
        (SendResult("rejected", code="insufficient_balance"), "rejected", "rejected"),
        (SendResult("not_sent", code="no_answer"), "not_sent", "not_sent"),
        (LOST, "unknown", "unknown"),
        (RuntimeError("the thread fell over"), "unknown", "unknown"),
    ],
)
def test_the_answer_decides_and_is_written_down(rig, venue, fate, state, outcome):
    venue.sends.append(fate)

    rig.place(NYC)

    assert rig.state(1) == state
    assert [event.outcome for event in rig.on_disk(Answered)] == [outcome]
    assert rig.execution.outcomes == [("1/1", outcome)]


def test_a_refused_intent_is_recorded_told_and_not_sent(rig, venue):
    rig.want(NYC, "ELSEWHERE", action=Action.SELL_YES)

    assert venue.calls == []
    assert [event.reason for event in rig.on_disk(Refused)] == ["nothing_held", "unknown_market"]
    assert rig.execution.outcomes == [("1/1", "nothing_held"), ("1/2", "unknown_market")]


def test_one_batch_cannot_have_two_orders_in_one_market(rig, venue):
    rig.place(NYC, NYC)

    assert venue.received == [f"{PREFIX}1"]
    assert rig.execution.outcomes == [("1/2", "in_flight"), ("1/1", "accepted")]


def test_intents_beyond_the_budget_are_refused_at_once(tmp_path, venue):
    rig = Rig(tmp_path, venue, capacity=30.0)  # one order, and the cancels kept

    rig.place(NYC, LA)

    assert venue.received == [f"{PREFIX}1"]
    assert ("1/2", "write_budget") in rig.execution.outcomes
    rig.stop()


@pytest.mark.parametrize(
    "refusal",
    [
        SendResult("rejected", code="trading_is_paused"),
        SendResult("unknown", code="exchange_is_paused"),  # with a 503: nothing is known of the order
    ],
)
def test_an_order_that_meets_a_pause_tells_of_it(rig, venue, refusal):
    venue.sends.append(refusal)

    rig.place(NYC)

    assert rig.pauses.holds(0)


def test_an_order_that_is_redirected_stays_unknown_and_the_host_is_named(rig, venue, caplog):
    how = "redirected to evil.example, which is not followed"
    venue.sends.append(SendResult("unknown", code="redirected", detail=how))

    rig.place(NYC)

    assert rig.state(1) == "unknown"
    assert f"Order unknown: order_1 ({how}); looking it up" in caplog.text
    assert rig.pauses.holds_all((0,)) == f"orders are {how}"


def test_a_429_empties_the_budget(rig, venue):
    venue.sends.append(SendResult("rejected", code="too_many_requests"))
    rig.place(NYC)

    rig.place(LA)

    assert ("1/1", "write_budget") in rig.execution.outcomes
    assert venue.received == []


# --- too late ------------------------------------------------------------------------------------


class SteppedClock:
    """The time module as the two modules under test see it."""

    def __init__(self):
        self.now = 1_000.0

    def monotonic(self):
        return self.now

    def time_ns(self):
        return 1_700_000_000_000_000_000


def test_an_order_held_up_by_a_slow_disk_is_not_sent(rig, venue, monkeypatch):
    clock = SteppedClock()
    monkeypatch.setattr(order_execution, "time", clock)
    monkeypatch.setattr(order_calls, "time", clock)
    append = rig.outbox.append

    def slow_append(entries):
        clock.now += 2.5
        return append(entries)

    monkeypatch.setattr(rig.outbox, "append", slow_append)
    rig.place(NYC)

    assert venue.calls == []
    assert rig.state(1) == "not_sent"


# --- what no answer settled ----------------------------------------------------------------------


def test_an_order_whose_answer_was_lost_is_found(rig, venue):
    venue.sends.append("answer lost")
    rig.place(NYC)
    assert rig.state(1) == "unknown"

    rig.look_up()

    assert rig.state(1) == "resting"
    assert venue.received == [f"{PREFIX}1"]


def test_an_order_that_never_arrived_is_absent_only_past_its_deadline(rig, venue):
    venue.sends.append(LOST)
    rig.place(NYC)

    rig.look_up()
    assert rig.state(1) == "unknown"

    rig.pass_deadlines()
    rig.look_up()
    assert rig.state(1) == "not_sent"
    assert rig.on_disk(Answered)[-1].outcome == "absent"


def test_an_order_that_arrived_and_moved_to_the_archive_is_not_called_absent(rig, venue):
    venue.sends.append("answer lost")
    rig.place(NYC)
    [order_id] = venue.resting
    venue.end(order_id)
    venue.archived_orders, venue.ended = venue.ended, {}

    rig.pass_deadlines()
    rig.look_up()

    assert rig.state(1) == "canceled"
    assert rig.desk.ledger.orders[f"{PREFIX}1"].order_id == order_id


def test_an_order_in_flight_is_not_looked_up(rig, venue):
    rig.want(NYC)

    rig.execution.look_up_unsettled()
    rig.take_answers()

    assert "orders" not in venue.calls


def test_nobody_asks_twice_at_a_time_about_one_order(rig, venue):
    venue.sends.append(LOST)
    rig.place(NYC)

    rig.execution.look_up_unsettled()
    rig.execution.look_up_unsettled()
    rig.take_answers()

    assert venue.calls.count("orders") == 1


def test_a_lookup_that_failed_proves_nothing_and_is_made_again(rig, venue, monkeypatch):
    venue.sends.append("answer lost")
    rig.place(NYC)
    with monkeypatch.context() as broken:
        broken.setattr(venue, "orders", lambda **_: 1 // 0)
        rig.look_up()
    assert rig.state(1) == "unknown"

    rig.look_up()

    assert rig.state(1) == "resting"


def test_a_lookup_that_fails_again_and_again_is_told_once_for_each_reason(rig, venue, monkeypatch, caplog):
    venue.sends.append(LOST)
    rig.place(NYC)
    caplog.clear()

    with monkeypatch.context() as patched:
        for reason in ("venue down", "venue down", "no route"):
            patched.setattr(order_calls, "look_up", Mock(side_effect=RuntimeError(reason)))
            rig.look_up()

    assert [record.message for record in caplog.records] == [
        "Looking up order_1 failed: venue down",
        "Looking up order_1 failed: no route",
    ]


def test_an_order_that_ended_without_a_word_is_looked_up_once_its_time_is_over(rig, venue, monkeypatch):
    """The private stream was down when it expired, and FillProcessor never saw it."""
    rig.place(NYC, LA)
    for order_id in list(venue.resting):
        venue.end(order_id)
    rig.look_up()
    assert rig.state(1) == "resting"

    later_us = time.time_ns() // 1000 + YEAR_US
    monkeypatch.setattr(order_execution, "_now_us", lambda: later_us)
    rig.look_up()

    assert (rig.state(1), rig.state(2)) == ("canceled", "canceled")
    assert rig.desk.ledger.reserve_e6() == 0


def test_fills_that_a_cancel_implies_of_an_order_somebody_decreased_are_reserved_for_until_its_record_is_read(
    rig, venue, monkeypatch
):
    """The private stream was down when it was decreased."""
    rig.place(NYC)
    order = rig.desk.ledger.orders[f"{PREFIX}1"]
    venue.change(order.order_id, remaining_e2=50)
    rig.cancel()
    assert (rig.state(1), order.filled_e2, order.is_closed) == ("canceled", 150, False)
    rig.stop()
    rig.start()
    later_us = time.time_ns() // 1000 + 2 * OVERDUE_US
    monkeypatch.setattr(order_execution, "_now_us", lambda: later_us)

    rig.look_up()
    rig.look_up()

    assert rig.desk.ledger.orders[f"{PREFIX}1"].is_closed
    assert rig.desk.ledger.reserve_e6() == 0
    assert len(rig.on_disk(Answered)) == 2  # the acknowledgement and one record


def test_fills_that_are_still_to_come_are_asked_for_no_more_once_the_record_is_read(rig, venue, monkeypatch):
    rig.place(NYC)
    order = rig.desk.ledger.orders[f"{PREFIX}1"]
    venue.change(order.order_id, fill_e2=150, remaining_e2=50)
    rig.cancel()
    later_us = time.time_ns() // 1000 + 2 * OVERDUE_US
    monkeypatch.setattr(order_execution, "_now_us", lambda: later_us)

    rig.look_up()
    rig.look_up()

    assert venue.calls.count(f"order {order.order_id}") == 1
    assert (order.is_closed, order.reserved_count_e2) == (False, 150)


def test_an_order_that_the_venue_still_has_past_our_time_is_not_written_down_again(rig, venue, monkeypatch):
    rig.place(NYC)
    later_us = time.time_ns() // 1000 + YEAR_US
    monkeypatch.setattr(order_execution, "_now_us", lambda: later_us)

    rig.look_up()
    rig.look_up()

    assert len(rig.on_disk(Answered)) == 1


def test_a_look_up_learns_what_somebody_changed_of_our_order_while_nobody_told(rig, venue, monkeypatch):
    rig.place(NYC)
    name = f"{PREFIX}1"
    venue.change(f"venue-{name}", client_order_id="desk-2", price_e4=3_000, remaining_e2=50)
    later_us = time.time_ns() // 1000 + YEAR_US
    monkeypatch.setattr(order_execution, "_now_us", lambda: later_us)

    rig.look_up()
    rig.look_up()

    order = rig.desk.ledger.orders[name]
    assert (order.is_ours, order.price_e4, order.reserved_count_e2) == (True, 3_000, 50)
    assert len(rig.on_disk(Answered)) == 2  # the acknowledgement, and one look-up that told anew
    rig.stop()
    rig.start()
    assert rig.desk.ledger.orders[name] == order


def test_an_order_of_somebody_else_that_took_our_name_is_not_taken_for_our_attempt(rig, venue):
    venue.sends.append(LOST)
    rig.place(NYC)
    name = f"{PREFIX}1"
    foreign = order_message(order_id="v", client_order_id=name, side="ask", remaining_e2=200)
    venue.resting["v"] = foreign

    rig.look_up()
    assert rig.state(1) == "unknown"

    rig.pass_deadlines()
    rig.look_up()
    assert rig.state(1) == "not_sent"


def test_lookups_leave_threads_and_reads_to_others_and_every_order_gets_its_turn(rig, venue, monkeypatch):
    monkeypatch.setattr("execution.look_ups.AT_ONCE", 1)
    venue.sends.extend([LOST, LOST])
    rig.place(NYC, LA)
    asked = []

    def look_up(_rest, ticker, *_names):
        asked.append(ticker)
        return order_calls.Lookup(None, 0)

    monkeypatch.setattr(order_calls, "look_up", look_up)
    for _ in range(3):
        rig.look_up()

    assert asked == [NYC, LA, NYC]


def test_a_status_that_the_venue_calls_unknown_is_no_end(rig, venue):
    venue.sends.append(LOST)
    rig.place(NYC)
    name = f"{PREFIX}1"
    venue.resting["v"] = order_message(
        order_id="v", client_order_id=name, status="unknown", initial_e2=200, remaining_e2=200
    )

    rig.look_up()

    assert rig.state(1) == "resting"
    assert rig.desk.ledger.orders[name].reserved_count_e2 == 200


def test_a_restart_looks_up_what_was_in_flight_and_sends_nothing_again(rig, venue):
    rig.want(NYC, LA)
    rig.stop()  # the answers came, and nobody took them

    rig.start()
    assert [rig.state(1), rig.state(2)] == ["unknown", "unknown"]
    rig.look_up()

    assert [rig.state(1), rig.state(2)] == ["resting", "resting"]
    assert sorted(venue.received) == [f"{PREFIX}1", f"{PREFIX}2"]


def test_no_order_goes_out_without_a_permit(rig, venue):
    rig.place(NYC, permits=replace(GO, lease_valid=False))

    assert venue.calls == []


# --- a full disk -----------------------------------------------------------------------------------


def test_an_order_that_the_disk_does_not_take_is_not_sent_and_blocks_nothing(rig, venue):
    fill_for_good(rig.outbox)

    rig.place(NYC, LA)

    assert venue.calls == []
    assert rig.execution.outcomes == [("1/1", "not_sent"), ("1/2", "not_sent")]
    assert [rig.state(1), rig.state(2)] == ["not_sent", "not_sent"]
    assert rig.desk.ledger.reserve_e6() == 0
    assert rig.desk.blocked() == set()


def test_what_the_disk_refused_is_written_in_order_once_it_has_room(rig, venue):
    fill_for_good(rig.outbox)
    rig.place(NYC)
    rig.execution.write_again()
    assert rig.on_disk() == []

    make_room(rig.outbox)
    rig.place(LA)

    kinds = [IntentRecorded, SendStarted, Answered] * 2
    assert [type(event) for event in rig.on_disk()] == kinds
    assert [event.outcome for event in rig.on_disk(Answered)] == ["not_sent", "accepted"]
    assert venue.received == [f"{PREFIX}2"]


def test_an_answer_that_the_disk_refuses_is_known_and_written_later(rig, venue):
    rig.want(NYC)
    fill_for_good(rig.outbox)
    rig.take_answers()
    assert rig.state(1) == "resting"

    make_room(rig.outbox)
    rig.execution.write_again()

    assert [event.outcome for event in rig.on_disk(Answered)] == ["accepted"]


def test_a_cancel_is_sent_though_the_disk_does_not_take_it(rig, venue):
    rig.place(NYC)
    fill_for_good(rig.outbox)

    rig.cancel()

    assert venue.calls[-1] == f"cancel venue-{PREFIX}1"
    assert rig.state(1) == "canceled"
    make_room(rig.outbox)
    rig.execution.write_again()
    assert [type(event) for event in rig.on_disk()][-2:] == [CancelStarted, CancelAnswered]


def test_a_full_disk_is_told_once(rig, caplog):
    fill_for_good(rig.outbox)
    for _ in range(3):
        rig.place(NYC)

    assert [record.message for record in caplog.records if record.levelname == "ERROR"] == [
        f"there is no room left on the disk of {rig.path}: make room; cancels are sent all the same"
    ]
