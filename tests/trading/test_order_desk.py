from dataclasses import replace

import pytest

from tests.trading.example_facts import (
    ORDER_ID,
    OURS,
    TICKER,
    answered,
    cancel_answered,
    cancel_started,
    fill,
    intent,
    market,
    opened,
    recorded,
    seen,
    send_started,
)
from trading.actions import Action
from trading.events import IntentRecorded, PositionAt, Refused, SendStarted
from trading.ledger import Ledger
from trading.order_desk import (
    OVERDUE_US,
    PROOF_MARGIN_US,
    SEND_WITHIN_US,
    OrderDesk,
    Permits,
    is_absence_proven,
)
from trading.order_ids import OrderIds
from trading.orders import Order
from trading.risk import RiskLimits
from trading.venue_time import SIGNATURE_VALID_US, ClockOffset

SECOND_US = 1_000_000
NOW_US = 5 * SECOND_US
MARKETS = {ticker: market(ticker) for ticker in (TICKER, "RAIN-LA", "RAIN-SF")}
IDS = OrderIds("0a1b2c3d", "0f1e2d3c")
PREFIX = "rl1-0a1b2c3d-0f1e2d3c-"
LIMITS = RiskLimits(
    balance_floor_e6=0,
    balance_resume_e6=0,
    max_contracts_per_order_e2=1_000,
    max_position_e2=10_000,
    max_exposure_per_market_e6=10**12,
    max_exposure_per_event_e6=10**12,
    max_exposure_e6=10**12,
    max_open_orders=100,
    stop_before_close_us=300 * SECOND_US,
    max_clock_offset_us=900 * SECOND_US,
)
SAME_CLOCK = ClockOffset(0, 0)
GO = Permits(
    clock=SAME_CLOCK,
    lease_valid=True,
    state="trading",
    stream_reconciled=True,
    venue_paused=False,
    untradable=None,
    equity_e6=10**9,
    reduce_only=False,
    halted=False,
)


def desk_of(*events, markets=MARKETS, foreign="leave"):
    ttl_us = 60 * SECOND_US
    desk = OrderDesk(Ledger(markets), LIMITS, markets=markets, ids=IDS, order_ttl_us=ttl_us, foreign=foreign)
    for event in (opened(), *events):
        desk.take(event)
    return desk


def order_of(*facts):
    order = Order()
    for fact in facts:
        order.merge(fact)
    return order


def test_an_approved_intent_is_recorded_and_its_one_attempt_begun():
    desk = desk_of()

    intended, begun = desk.decide(intent(), GO, now_us=NOW_US)

    assert isinstance(intended, IntentRecorded)
    assert (intended.client_order_id, intended.ticker, intended.count_e2) == (PREFIX + "1", TICKER, 200)
    assert (intended.at_us, intended.decision, intended.expiration_s) == (NOW_US, "1/1", 65)
    deadline_us = NOW_US + SEND_WITHIN_US + SIGNATURE_VALID_US
    assert begun == SendStarted(NOW_US, intended.client_order_id, deadline_us)


def test_what_is_recorded_is_what_the_execution_book_allows():
    priced = replace(intent(), price_e4=3_000, count_e2=100)

    recorded_as, _ = desk_of().decide(intent(), replace(GO, pricing=lambda _intent: priced), now_us=NOW_US)

    assert (recorded_as.price_e4, recorded_as.count_e2) == (3_000, 100)


def test_what_is_decided_is_folded_and_in_flight():
    desk = desk_of()

    events = desk.decide(intent(), GO, now_us=NOW_US)

    assert desk.ledger.orders[PREFIX + "1"].state(desk.in_flight) == "in_flight"
    assert desk.ledger.reserve_e6() == desk_of(*events).ledger.reserve_e6() > 0


CLOCKS = [
    pytest.param(ClockOffset(600 * SECOND_US, 600 * SECOND_US), id="ahead"),
    pytest.param(ClockOffset(-600 * SECOND_US, -599 * SECOND_US), id="behind, within a second"),
    pytest.param(ClockOffset(-SECOND_US, SECOND_US), id="perhaps the same"),
]


@pytest.mark.parametrize("clock", CLOCKS)
def test_an_order_rests_for_its_time_by_the_venues_clock(clock):
    now_us = 10_000 * SECOND_US
    desk = desk_of(markets={TICKER: market(close_us=10**12)})

    intended, _ = desk.decide(intent(), replace(GO, clock=clock), now_us=now_us)

    assert intended.at_us == now_us
    assert intended.expiration_s * SECOND_US == clock.to_venue_us(now_us) + 60 * SECOND_US


@pytest.mark.parametrize("clock", CLOCKS)
def test_no_attempt_can_be_taken_after_its_deadline_whichever_offset_is_the_true_one(clock):
    now_us = 10_000 * SECOND_US
    desk = desk_of(markets={TICKER: market(close_us=10**12)})

    _, begun = desk.decide(intent(), replace(GO, clock=clock), now_us=now_us)

    last_signed_us = now_us + SEND_WITHIN_US + clock.most_us
    assert begun.deadline_us == last_signed_us + SIGNATURE_VALID_US


@pytest.mark.parametrize("clock", CLOCKS)
def test_an_order_is_overdue_once_its_time_is_over_for_certain_by_the_venues_clock(clock):
    desk = desk_of(recorded(expiration_s=10_060), answered("accepted"))
    over_us = 10_060 * SECOND_US + OVERDUE_US - clock.least_us

    assert list(desk.overdue(clock, now_us=over_us)) == []
    assert [order.key for order in desk.overdue(clock, now_us=over_us + 1)] == [OURS]


def test_no_order_rests_into_the_time_before_the_close():
    desk = desk_of()

    intended, _ = desk.decide(intent(), GO, now_us=690 * SECOND_US)

    assert intended.expiration_s == 700


def test_an_order_that_cannot_rest_has_no_expiration():
    crossing = intent(style="cross", time_in_force="immediate_or_cancel", post_only=False)

    intended, _ = desk_of().decide(crossing, GO, now_us=NOW_US)

    assert intended.expiration_s is None
    assert intended.time_in_force == "immediate_or_cancel"


def test_a_closing_order_is_no_larger_than_what_is_held():
    desk = OrderDesk(Ledger(MARKETS), LIMITS, markets=MARKETS, ids=IDS, order_ttl_us=SECOND_US)
    desk.take(opened(positions=(PositionAt(TICKER, 0, 150, 600_000, realised_e6=0, fees_e6=0),)))

    intended, _ = desk.decide(intent(Action.SELL_YES), GO, now_us=NOW_US)

    assert intended.count_e2 == 150


@pytest.mark.parametrize(
    ("reason", "wanted", "permits"),
    [
        pytest.param("no_lease", intent(), replace(GO, lease_valid=False), id="permit missing"),
        pytest.param("unknown_market", intent(ticker="ELSEWHERE"), GO, id="market not of this venue"),
        pytest.param("nothing_held", intent(Action.SELL_YES), GO, id="not legal"),
        pytest.param("market_untradable", intent(), replace(GO, untradable="gap"), id="suspect book"),
    ],
)
def test_a_refusal_is_recorded_and_takes_no_number(reason, wanted, permits):
    desk = desk_of()

    events = desk.decide(wanted, permits, now_us=NOW_US)

    assert events == [Refused(NOW_US, wanted.ticker, wanted.action, reason, wanted.decision)]
    assert not desk.in_flight
    assert desk.decide(intent(), GO, now_us=NOW_US)[0].client_order_id == PREFIX + "1"


def next_id(*events):
    return desk_of(*events).decide(intent(ticker="RAIN-LA"), GO, now_us=NOW_US)[0].client_order_id


def test_numbers_go_on_where_the_outbox_stopped():
    ended = answered("rejected", client_order_id=PREFIX + "9")

    assert next_id(recorded(client_order_id=PREFIX + "9"), ended) == PREFIX + "10"


@pytest.mark.parametrize(
    ("other", "number"),
    [
        pytest.param(recorded(client_order_id="rl1-0a1b2c3d-s0-77"), 78, id="a session of an earlier ledger"),
        pytest.param(
            seen("canceled", client_order_id="rl1-0a1b2c3d-99887766-77"), 78, id="a file that is gone"
        ),
        pytest.param(
            fill(client_order_id="rl1-0a1b2c3d-99887766-77"), 78, id="a fill of a file that is gone"
        ),
        pytest.param(seen("canceled", client_order_id="rl1-ffffffff-99887766-77"), 1, id="another account"),
        pytest.param(seen("canceled", client_order_id="desk-77"), 1, id="an order made by hand"),
        pytest.param(seen("canceled", client_order_id=f"rl1-0a1b2c3d-99887766-{10**40}"), 1, id="no count"),
    ],
)
def test_a_number_names_one_order_in_the_life_of_the_accounts_ledger(other, number):
    assert next_id(other) == f"{PREFIX}{number}"


def test_an_answer_ends_the_flight():
    desk = desk_of()
    intended, _ = desk.decide(intent(), GO, now_us=NOW_US)

    event = desk.answered(
        intended.client_order_id, "accepted", now_us=NOW_US, order_id=ORDER_ID, remaining_e2=200
    )

    assert not desk.in_flight
    assert event.order_id == ORDER_ID
    assert desk.ledger.orders[intended.client_order_id].is_resting


SENT = (recorded(), send_started())


def test_only_our_orders_without_an_answer_on_its_way_are_looked_up():
    desk = desk_of(*SENT, seen("resting", client_order_id="somebody-1", order_id="venue-9", ticker="RAIN-LA"))
    assert [order.client_order_id for order in desk.unsettled()] == [OURS]

    desk.in_flight.add(OURS)
    assert not list(desk.unsettled())


def test_an_intent_whose_attempt_was_never_begun_is_looked_up_as_well():
    assert [order.client_order_id for order in desk_of(recorded()).unsettled()] == [OURS]


CANCELED = (recorded(expiration_s=3_600), answered("accepted"))


@pytest.mark.parametrize(
    ("facts", "is_overdue"),
    [
        pytest.param([recorded(), answered("accepted")], True, id="resting after its time"),
        pytest.param([recorded(expiration_s=3_600), answered("accepted")], False, id="not its time yet"),
        pytest.param([recorded(expiration_s=None), answered("accepted")], True, id="cannot rest at all"),
        pytest.param([recorded(), seen("resting"), seen("canceled")], False, id="told to have ended"),
        pytest.param([recorded(), send_started()], False, id="unknown: looked up for another reason"),
        pytest.param([seen("resting", client_order_id="theirs")], False, id="not ours"),
        pytest.param([*CANCELED, cancel_answered("canceled", reduced_by_e2=600)], True, id="fills inferred"),
        pytest.param(
            [*CANCELED, cancel_answered("canceled", reduced_by_e2=1_000)], False, id="no fills inferred"
        ),
        pytest.param(
            [*CANCELED, cancel_answered("canceled", reduced_by_e2=600), fill()], False, id="fills shown"
        ),
        pytest.param(
            [*CANCELED, cancel_answered("canceled", reduced_by_e2=600), seen("canceled", fill_e2=400)],
            False,
            id="the record shows that fills are to come",
        ),
        pytest.param(
            [recorded(), answered("accepted", fill_count_e2=400, remaining_e2=0)],
            True,
            id="fills acknowledged",
        ),
    ],
)
def test_our_order_is_overdue_that_rests_past_its_own_end_or_whose_fills_are_inferred(facts, is_overdue):
    desk = desk_of(*facts)

    overdue = list(desk.overdue(SAME_CLOCK, now_us=60 * SECOND_US + OVERDUE_US + 1))

    assert bool(overdue) is is_overdue
    assert list(desk.overdue(SAME_CLOCK, now_us=1)) == []


@pytest.mark.parametrize(
    ("facts", "is_blocked"),
    [
        ((recorded(),), True),
        (SENT, True),
        ((*SENT, answered("unknown")), True),
        ((*SENT, answered("accepted")), False),
        ((*SENT, answered("rejected")), False),
        ((*SENT, answered("absent")), False),
    ],
)
def test_a_market_is_blocked_while_the_fate_of_its_order_is_open(facts, is_blocked):
    desk = desk_of(*facts)

    assert desk.blocked() == ({TICKER} if is_blocked else set())
    [verdict, *_] = desk.decide(intent(Action.BUY_NO), GO, now_us=NOW_US)
    assert isinstance(verdict, Refused) == is_blocked


BY_HAND = seen("resting", client_order_id="", order_id="venue-9", ticker="RAIN-LA")


@pytest.mark.parametrize(
    ("policy", "managed"),
    [
        ("leave", [ORDER_ID]),
        ("refuse", [ORDER_ID]),
        ("adopt", [ORDER_ID, "venue-9"]),
        ("cancel", [ORDER_ID, "venue-9"]),
    ],
)
def test_a_foreign_order_is_counted_and_cancelled_with_ours_only_where_it_shall_be(policy, managed):
    desk = desk_of(*SENT, answered("accepted"), BY_HAND, foreign=policy)

    assert [order.order_id for order in desk.managed()] == managed
    assert [order.order_id for order in desk.cancellable()] == managed
    assert [order.order_id for order in desk.foreign_resting()] == ["venue-9"]


@pytest.mark.parametrize(("policy", "is_full"), [("leave", False), ("adopt", True)])
def test_orders_that_are_left_alone_do_not_use_up_the_number_of_ours(policy, is_full):
    desk = desk_of(*SENT, answered("accepted"), BY_HAND, foreign=policy)
    desk.limits = replace(LIMITS, max_open_orders=2)

    [verdict, *_] = desk.decide(intent(ticker="RAIN-SF"), GO, now_us=NOW_US)

    assert (getattr(verdict, "reason", "") == "max_open_orders") == is_full


def test_an_order_whose_cancel_a_stopped_process_began_can_be_cancelled_again():
    desk = desk_of(*SENT, answered("accepted"), cancel_started())

    assert [order.key for order in desk.cancellable()] == [OURS]


@pytest.mark.parametrize("facts", [SENT, (*SENT, answered("unknown")), (*SENT, seen("canceled"))])
def test_what_does_not_rest_for_certain_is_not_cancelled(facts):
    assert desk_of(*facts).cancellable() == []


DEADLINE_US = send_started().deadline_us


@pytest.mark.parametrize(
    ("facts", "as_of_us", "is_proven"),
    [
        pytest.param(SENT, DEADLINE_US, False, id="at the deadline"),
        pytest.param(SENT, DEADLINE_US + PROOF_MARGIN_US, False, id="within the margin"),
        pytest.param(SENT, DEADLINE_US + PROOF_MARGIN_US + 1, True, id="past both"),
        pytest.param((recorded(),), 0, True, id="never sent"),
        pytest.param((*SENT, answered("accepted")), 2 * DEADLINE_US, False, id="acknowledged"),
        pytest.param((*SENT, seen("resting")), 2 * DEADLINE_US, False, id="seen"),
    ],
)
def test_absence_is_proven_only_past_the_deadline_by_fresh_enough_reads(facts, as_of_us, is_proven):
    assert is_absence_proven(order_of(*facts), as_of_us=as_of_us) == is_proven
