"""OrderExecution cancels what must not rest."""

import threading

import pytest

from execution import order_execution
from kalshi_client.rest.outcomes import CancelResult
from tests.execution.fake_venue import FakeVenue, order_message
from tests.execution.order_desk_rig import PATIENCE_S, Rig
from tests.trading.example_facts import seen
from tests.trading.test_order_desk import PREFIX
from trading.events import Answered, CancelAnswered, CancelStarted

NYC, LA = "RAIN-NYC", "RAIN-LA"
FIRST = f"venue-{PREFIX}1"


@pytest.fixture
def venue():
    return FakeVenue()


@pytest.fixture
def rig(tmp_path, venue):
    made = Rig(tmp_path, venue)
    yield made
    made.stop()


@pytest.fixture
def may_repeat_at_once(monkeypatch):
    """A cancel that ended nothing may be repeated at once."""
    monkeypatch.setattr(order_execution, "CANCEL_AGAIN_S", 0.0)


def looked_up(venue):
    return [call for call in venue.calls if call.startswith("order")]


def cancels(venue):
    return [call for call in venue.calls if call.startswith("cancel ")]


def test_what_rests_is_cancelled_once_and_ends(rig, venue):
    rig.place(NYC, LA)

    assert rig.cancel() is None
    assert rig.cancel() is None

    assert len(cancels(venue)) == 2
    assert [rig.state(1), rig.state(2)] == ["canceled", "canceled"]
    assert rig.desk.ledger.reserve_e6() == 0


def test_only_what_is_wanted_is_cancelled(rig, venue):
    rig.place(NYC, LA)

    rig.execution.cancel_resting(lambda order: order.ticker == LA, why="a test")
    rig.take_answers()

    assert [rig.state(1), rig.state(2)] == ["resting", "canceled"]


def test_a_cancel_is_on_disk_before_it_leaves(rig, venue, monkeypatch):
    rig.place(NYC)
    found_on_disk = []

    def cancel_order(*names, subaccount):
        found_on_disk.extend(rig.on_disk(CancelStarted))
        return FakeVenue.cancel_order(venue, *names, subaccount=subaccount)

    monkeypatch.setattr(venue, "cancel_order", cancel_order)
    rig.cancel()

    assert [event.order_id for event in found_on_disk] == [FIRST]


def test_a_cancel_that_finds_nothing_leads_to_the_record(rig, venue):
    rig.place(NYC)
    venue.end(FIRST)

    rig.cancel()

    assert cancels(venue) == [f"cancel {FIRST}"]
    assert rig.on_disk(CancelAnswered)[-1].outcome == "rejected"
    assert rig.state(1) == "canceled"


@pytest.mark.usefixtures("may_repeat_at_once")
def test_nothing_is_cancelled_while_a_cancel_or_a_lookup_of_it_is_under_way(rig, venue, monkeypatch):
    rig.place(NYC)
    venue.cancels.append(CancelResult("unknown", code="no_answer"))
    asked, go = threading.Event(), threading.Event()
    order = venue.order

    def slow_order(order_id):
        asked.set()
        go.wait(PATIENCE_S)
        return order(order_id)

    monkeypatch.setattr(venue, "order", slow_order)
    rig.execution.cancel_resting(lambda _order: True, why="a test")
    rig.execution.cancel_resting(lambda _order: True, why="a test")  # while the cancel is under way
    while not asked.is_set():
        for done in rig.background.drain():
            rig.execution.take_answer(done)
        asked.wait(0.001)
    rig.execution.cancel_resting(lambda _order: True, why="a test")  # while the lookup is under way

    go.set()
    rig.take_answers()
    assert cancels(venue) == [f"cancel {FIRST}"]


@pytest.mark.parametrize(
    "answer",
    [
        CancelResult("rejected", code="not_found"),
        CancelResult("unknown", code="no_answer"),
        CancelResult("not_sent", code="no_answer"),
        RuntimeError("the thread fell over"),
    ],
)
def test_a_cancel_that_ended_nothing_is_not_repeated_at_once(rig, venue, answer):
    rig.place(NYC)
    venue.cancels.append(answer)

    for _ in range(5):
        rig.cancel()

    assert cancels(venue) == [f"cancel {FIRST}"]
    assert rig.state(1) == "resting"


@pytest.mark.usefixtures("may_repeat_at_once")
def test_a_cancel_that_ended_nothing_is_repeated_later(rig, venue):
    rig.place(NYC)
    venue.cancels.append(CancelResult("unknown", code="no_answer"))

    rig.cancel()
    rig.cancel()

    assert rig.state(1) == "canceled"


def test_a_cancel_that_meets_a_pause_tells_of_it(rig, venue):
    rig.place(NYC)
    venue.cancels.append(CancelResult("rejected", code="exchange_is_paused"))

    rig.cancel()

    assert rig.pauses.paused(0) == "exchange"
    assert rig.state(1) == "resting"


def test_an_order_that_left_the_reads_is_not_called_absent(rig, venue):
    rig.place(NYC)
    del venue.resting[FIRST]
    rig.pass_deadlines()

    rig.cancel()

    assert [event.outcome for event in rig.on_disk(Answered)] == ["accepted"]
    assert rig.state(1) == "resting"


def test_a_foreign_order_is_looked_up_by_the_venues_id(rig, venue):
    rig.desk.foreign = "adopt"
    venue.ended["v"] = order_message(order_id="v", client_order_id="", status="canceled", remaining_e2=0)
    rig.desk.take(seen("resting", order_id="v", client_order_id=""))

    rig.cancel()

    assert cancels(venue) == ["cancel v"]
    assert rig.desk.ledger.open_orders() == []


@pytest.mark.parametrize("name", ["", "somebody-1"])
def test_the_answer_to_a_cancel_is_that_orders_whatever_it_was_renamed_to_meanwhile(rig, venue, name):
    rig.desk.foreign = "adopt"
    venue.resting["v"] = order_message(order_id="v", client_order_id=name)
    rig.desk.take(seen("resting", order_id="v", client_order_id=name))
    rig.execution.cancel_resting(lambda _order: True, why="a test")
    rig.desk.take(seen("resting", order_id="v", client_order_id="somebody-2", ts_ms=2))

    rig.take_answers()

    assert rig.desk.cancellable() == []
    assert rig.desk.ledger.reserve_e6() == 0


def test_cancels_wait_for_the_budget(tmp_path, venue):
    rig = Rig(tmp_path, venue, capacity=3.0, refill_per_s=1.0)
    rig.desk.foreign = "adopt"
    for number in range(2):
        rig.desk.take(seen("resting", order_id=f"v{number}", client_order_id=f"somebody-{number}"))
        venue.resting[f"v{number}"] = order_message(order_id=f"v{number}")

    wait_s = rig.cancel()

    assert cancels(venue) == ["cancel v0"]
    assert wait_s == pytest.approx(1.0, abs=0.5)
    rig.stop()


def test_a_429_to_a_cancel_empties_the_budget_and_asks_nobody(rig, venue):
    rig.place(NYC)
    venue.cancels.append(CancelResult("rejected", code="too_many_requests"))
    reads = looked_up(venue)

    rig.cancel()

    assert looked_up(venue) == reads
    assert rig.cancel() > 0
    assert cancels(venue) == [f"cancel {FIRST}"]


def test_a_cancel_that_a_stopped_process_began_is_made_again(rig, venue):
    rig.place(NYC)
    venue.cancels.append(CancelResult("unknown", code="no_answer"))
    rig.execution.cancel_resting(lambda _order: True, why="a test")
    rig.stop()  # nobody took its answer

    rig.start()
    rig.cancel()

    assert rig.state(1) == "canceled"
