import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.trading.example_facts import (
    ORDER_ID,
    OURS,
    TICKER,
    answered,
    cancel_answered,
    fill,
    market,
    opened,
    recorded,
    seen,
    send_started,
)
from trading.events import BalanceSeen, PositionAt, Reconciled, Refused, SettlementSeen
from trading.fees import taker_fee_e6
from trading.ledger import Ledger
from trading.reserve import RestingOrder, market_reserve_e6
from trading.valuation import event_exposure_e6, market_exposure_e6, total_exposure_e6

MARKETS = {
    TICKER: market(),
    "RAIN-LA": market("RAIN-LA", fee_type="quadratic_with_maker_fees"),
    "BTC-UP": market("BTC-UP", event_ticker="BTC", exchange_index=2),
}
FEE_E6 = taker_fee_e6(MARKETS[TICKER], price_e4=4_000, count_e2=1_000)  # of the example order, whole


def ledger_of(*events, markets=MARKETS):
    ledger = Ledger(markets)
    for event in events:
        ledger.apply(event)
    return ledger


SENT = (opened(), recorded(), send_started())
ACCEPTED = (*SENT, answered("accepted"))

# --- what either writer tells about several orders in several markets ---


def our_name(number):
    return f"rl1-a-s1-{number}"


@st.composite
def lives(draw, number):
    """The facts that each of the two writers tells of one order, consistent with one truth at the venue."""
    ticker = draw(st.sampled_from(sorted(MARKETS)))
    order_id = f"venue-{number}"
    name = {"client_order_id": our_name(number)}
    where = {"ticker": ticker, "exchange_index": MARKETS[ticker].exchange_index}
    what = {"side": draw(st.sampled_from(["bid", "ask"])), "price_e4": draw(st.integers(1, 99)) * 100}
    count_e2 = draw(st.integers(1, 500))
    filled_e2 = draw(st.integers(0, count_e2))
    first_e2 = draw(st.integers(0, filled_e2))
    by_name = {} if draw(st.booleans()) else {"client_order_id": ""}

    ours = [recorded(**name, **where, **what, count_e2=count_e2)]
    outcome = draw(st.sampled_from(["none", "rejected", "unknown", "accepted"]))
    if outcome == "none":
        return ours, []
    ours.append(send_started(**name))
    if outcome == "rejected":
        return [*ours, answered("rejected", **name)], []
    if outcome == "accepted":
        ours.append(
            answered(
                "accepted",
                **name,
                order_id=order_id,
                fill_count_e2=first_e2,
                remaining_e2=count_e2 - first_e2,
            )
        )
    # Somebody may amend it, and then call it anything: also what another order of ours is called.
    later = {"client_order_id": draw(st.sampled_from([f"desk-{number}", *map(our_name, range(6))]))}
    later = later if draw(st.booleans()) else name
    amended_e2 = draw(st.integers(filled_e2, 600))
    told = [(name | by_name, first_e2), (later | by_name, filled_e2 - first_e2)]
    theirs = [
        fill(
            f"trade-{number}-{n}",
            order_id=order_id,
            count_e2=part_e2,
            ts_ms=10 * n + 10,
            **called,
            **where,
            **what,
        )
        for n, (called, part_e2) in enumerate(told)
        if part_e2
    ]
    if draw(st.booleans()):
        order = {"order_id": order_id, "fill_e2": first_e2, **where, **what}
        sizes = [(count_e2, 10, name), (amended_e2, 20, later)]
        theirs += [
            seen("resting", initial_e2=e2, remaining_e2=e2 - first_e2, ts_ms=ts_ms, **order, **called)
            for e2, ts_ms, called in sizes
        ]
        last = {**order, **later, "initial_e2": amended_e2, "fill_e2": filled_e2}
        theirs += [seen("canceled", at_us=30, ts_ms=30, **last)] if draw(st.booleans()) else []
    return ours, theirs


@st.composite
def outboxes(draw):
    """Both writers' events, each in its own order, and one interleaving of them."""
    first, second, both = [], [opened()], [opened()]
    for number in range(draw(st.integers(1, 6))):
        ours, theirs = draw(lives(number))
        first += ours
        second += draw(st.permutations(theirs))
    if draw(st.booleans()):
        second.append(SettlementSeen(40, TICKER, 0, "yes", 10_000, 0))
    left, right = list(first), list(second[1:])
    while left or right:
        takes_left = bool(left) and (not right or draw(st.booleans()))
        both.append(left.pop(0) if takes_left else right.pop(0))
    return first, second, both


def figures(ledger):
    return (
        ledger.orders,
        ledger.positions,
        {shard: (ledger.cash_e6(shard), ledger.reserve_e6(shard)) for shard in (0, 2)},
        {ticker: market_exposure_e6(ledger, ticker) for ticker in MARKETS},
        {event: event_exposure_e6(ledger, event) for event in ("RAIN", "BTC")},
        total_exposure_e6(ledger),
        ledger.order_counts(),
        (ledger.realised_e6, ledger.fees_e6),
    )


def ids(orders):
    return sorted(order.key for order in orders)


def recomputed_reserve_e6(ledger, shard):
    return sum(
        market_reserve_e6(
            ledger.position(ticker).position_e2,
            [
                RestingOrder(order.side, order.price_e4, order.reserved_count_e2)
                for order in ledger.orders.values()
                if order.ticker == ticker and not order.is_closed
            ],
            market=known,
        )
        for ticker, known in MARKETS.items()
        if known.exchange_index == shard
    )


@given(outboxes())
def test_the_reserve_kept_at_every_event_is_the_one_worked_out_from_nothing(written):
    ledger = Ledger(MARKETS)
    for event in written[2]:
        ledger.apply(event)

        for shard in (0, 2):
            assert ledger.reserve_e6(shard) == recomputed_reserve_e6(ledger, shard) >= 0
        assert total_exposure_e6(ledger) == sum(market_exposure_e6(ledger, ticker) for ticker in MARKETS)
        assert ledger.reserve_e6() == ledger.reserve_e6(0) + ledger.reserve_e6(2)
        known = [order for order in ledger.orders.values() if order.terms is not None]
        assert ids(ledger.open_orders()) == ids(o for o in known if not o.is_terminal)
        live = [order for ticker in MARKETS for order in ledger.orders_in(ticker)]
        assert ids(live) == ids(order for order in known if not order.is_closed)
        held = {ticker for ticker in MARKETS if ledger.position(ticker).position_e2}
        assert ledger.engaged() == held | {order.ticker for order in live}


@given(outboxes(), st.data())
def test_the_reserve_is_right_however_many_facts_came_since_it_was_last_asked_for(written, data):
    ledger = Ledger(MARKETS)
    for event in written[2]:
        ledger.apply(event)

        ask = data.draw(st.sampled_from(["nothing", "nothing", "shard", "market", "reprice"]))
        if ask == "shard":
            assert ledger.reserve_e6(2) == recomputed_reserve_e6(ledger, 2)
        elif ask == "market":
            ledger.market_reserve_e6(TICKER)
        elif ask == "reprice":
            ledger.reprice()

    assert [ledger.reserve_e6(shard) for shard in (0, 2)] == [
        recomputed_reserve_e6(ledger, shard) for shard in (0, 2)
    ]
    assert ledger.shards() >= {shard for shard in (0, 2) if ledger.reserve_e6(shard)}


@given(outboxes())
def test_the_two_outboxes_may_be_read_in_any_interleaving(written):
    first, second, both = written

    one_after_the_other = figures(ledger_of(*first, *second))

    assert figures(ledger_of(*both)) == one_after_the_other
    assert figures(ledger_of(*second, *first)) == one_after_the_other


@given(outboxes(), st.data())
def test_orders_and_what_they_reserve_are_the_same_whatever_order_all_is_told_in(written, data):
    told = ledger_of(*written[2])
    shuffled = ledger_of(*data.draw(st.permutations(written[2])))

    assert shuffled.orders == told.orders
    assert [shuffled.reserve_e6(shard) for shard in (0, 2)] == [told.reserve_e6(shard) for shard in (0, 2)]
    assert shuffled.order_counts() == told.order_counts()


@given(outboxes())
def test_an_order_is_ours_if_our_attempt_made_it_whatever_it_is_called_now(written):
    first, second, both = written
    ledger = ledger_of(*both)

    answered_to = {event.client_order_id for event in first if getattr(event, "order_id", "")}
    named = {(event.order_id, event.client_order_id) for event in second if hasattr(event, "order_id")}
    for number in range(6):
        order_id, name = f"venue-{number}", our_name(number)
        if name in answered_to or (order_id, name) in named:
            assert ledger.order_by_id(order_id) is ledger.orders[name]
    for order in ledger.orders.values():
        assert order.key in (order.order_id, order.client_order_id)
        assert not order.is_ours or order.client_order_id == order.intent.client_order_id


@given(outboxes())
def test_events_applied_twice_count_once(written):
    both = written[2]

    assert figures(ledger_of(*(event for event in both for _ in range(2)))) == figures(ledger_of(*both))
    assert figures(ledger_of(*both, *both)) == figures(ledger_of(*both))


@given(outboxes())
def test_cash_and_cost_come_to_the_opening_cash_with_what_was_realised_less_fees(written):
    ledger = ledger_of(*written[2])
    cost_e6 = sum(position.cost_e6 for position in ledger.positions.values())

    assert ledger.cash_e6() + cost_e6 == 1_000_000_000 + ledger.realised_e6 - ledger.fees_e6


@given(outboxes())
def test_repricing_with_the_same_markets_changes_nothing(written):
    ledger = ledger_of(*written[2])
    before = figures(ledger)

    ledger.reprice()

    assert figures(ledger) == before


@given(outboxes())
def test_forgetting_closed_orders_changes_no_money_and_nothing_told_again_does_either(written):
    both = written[2]
    ledger = ledger_of(*both)
    _orders, *before = figures(ledger)

    ledger.forget_closed(before_us=10**9)
    for event in both:
        ledger.apply(event)
    _orders, *after = figures(ledger)

    assert after == before


# --- reserve ---


@pytest.mark.parametrize(
    ("events", "reserved_e2"),
    [
        pytest.param((opened(), recorded()), 1_000, id="recorded and not sent"),
        pytest.param(SENT, 1_000, id="sent and unanswered"),
        pytest.param((*SENT, answered("unknown")), 1_000, id="unknown"),
        pytest.param((*SENT, answered("rejected")), 0, id="rejected"),
        pytest.param((*SENT, answered("not_sent")), 0, id="not sent"),
        pytest.param((*SENT, answered("absent")), 0, id="proved absent"),
        pytest.param(ACCEPTED, 1_000, id="resting"),
        pytest.param((*ACCEPTED, cancel_answered("unknown")), 1_000, id="cancel unknown"),
        pytest.param((*ACCEPTED, seen("canceled", fill_e2=400)), 400, id="canceled, a fill to come"),
        pytest.param((*ACCEPTED, seen("canceled", fill_e2=400), fill()), 0, id="canceled, all fills known"),
        pytest.param((opened(), seen("resting", client_order_id="theirs")), 1_000, id="foreign"),
        pytest.param((opened(), seen("resting", client_order_id="")), 1_000, id="foreign and nameless"),
    ],
)
def test_reserve_is_held_until_the_order_is_closed(events, reserved_e2):
    ledger = ledger_of(*events)
    fee_e6 = taker_fee_e6(MARKETS[TICKER], price_e4=4_000, count_e2=reserved_e2)

    assert ledger.reserve_e6(0) == 4_000 * reserved_e2 + fee_e6
    assert ledger.available_e6(0) == ledger.cash_e6(0) - ledger.reserve_e6(0)


def test_a_fill_moves_reserve_to_position_in_one_step():
    ledger = ledger_of(*ACCEPTED)
    before_e6 = ledger.available_e6()

    ledger.apply(fill())

    assert ledger.position(TICKER).cost_e6 == 1_600_000
    assert ledger.reserve_e6() == 2_400_000 + taker_fee_e6(MARKETS[TICKER], price_e4=4_000, count_e2=600)
    assert ledger.available_e6() == before_e6  # the fee was reserved as well, and divides evenly here


def test_time_alone_releases_nothing():
    ledger = ledger_of(*ACCEPTED)

    for later in (
        Reconciled(10**12, 1),
        BalanceSeen(10**12, {0: 5}),
        Refused(10**12, TICKER, "HOLD", "", ""),
    ):
        ledger.apply(later)
    ledger.forget_closed(before_us=10**12)

    assert ledger.reserve_e6() == 4_000_000 + FEE_E6
    assert OURS in ledger.orders


def test_a_fill_told_before_the_order_is_recorded_belongs_to_it_once_it_is():
    ledger = ledger_of(opened(), fill(client_order_id=""))

    for event in (recorded(), send_started(), answered("accepted")):
        ledger.apply(event)

    assert list(ledger.orders) == [OURS]
    assert ledger.orders[OURS].known_fills_e2 == 400
    assert len(ledger.orders_in(TICKER)) == 1
    assert ledger.position(TICKER).position_e2 == 400


def test_an_order_is_found_by_the_venues_id():
    ledger = ledger_of(*ACCEPTED)

    assert ledger.order_by_id(ORDER_ID) is ledger.orders[OURS]
    assert ledger.order_by_id("another") is None


def test_open_orders_are_those_whose_end_is_not_proved():
    another = {"client_order_id": "rl1-0a1b2c3d-0f1e2d3c-2"}
    ledger = ledger_of(*ACCEPTED, seen("canceled", fill_e2=400), recorded(**another))

    assert [order.client_order_id for order in ledger.open_orders()] == ["rl1-0a1b2c3d-0f1e2d3c-2"]
    assert len(ledger.orders_in(TICKER)) == 2  # the canceled one still waits for a fill


def test_one_more_order_adds_what_it_would_reserve():
    ledger = ledger_of(*ACCEPTED)

    added_e6 = ledger.added_reserve_e6(TICKER, "ask", price_e4=6_000, count_e2=1_000)
    ledger.apply(recorded(client_order_id="rl1-0a1b2c3d-0f1e2d3c-2", side="ask", price_e4=6_000))

    assert ledger.reserve_e6() == 4_000_000 + FEE_E6 + added_e6


def test_orders_reserve_on_the_shard_of_their_market():
    ledger = ledger_of(opened(), recorded(ticker="BTC-UP", exchange_index=2))

    assert ledger.reserve_e6(0) == 0
    assert ledger.reserve_e6(2) == 4_000_000 + FEE_E6
    assert ledger.available_e6(2) == -ledger.reserve_e6(2)
    assert set(ledger.shards()) == {0, 2}


def test_cash_means_something_once_a_balance_has_been_read():
    ledger = Ledger(MARKETS)
    ledger.apply(fill())

    assert not ledger.is_opened

    ledger.apply(opened())

    assert ledger.is_opened


# --- markets that become known ---


def test_repricing_takes_up_a_market_that_was_not_known():
    markets = {}
    ledger = ledger_of(*SENT, markets=markets)

    assert event_exposure_e6(ledger, "RAIN") == 0

    markets[TICKER] = market(fee_multiplier_e4=0)
    ledger.reprice()

    assert event_exposure_e6(ledger, "RAIN") == ledger.reserve_e6() == 4_000_000


# --- memory ---


def test_a_late_fill_of_a_forgotten_order_moves_the_position_and_brings_no_order_back():
    ledger = ledger_of(*ACCEPTED, seen("canceled"))

    assert ledger.forget_closed(before_us=100) == 1

    ledger.apply(fill(client_order_id=""))
    ledger.apply(fill("t2"))
    ledger.apply(seen("resting"))

    assert ledger.orders == {}
    assert ledger.reserve_e6() == 0
    assert ledger.position(TICKER).position_e2 == 800


def test_a_late_fill_of_a_forgotten_order_changes_what_others_reserve():
    closing = {
        "client_order_id": "rl1-0a1b2c3d-0f1e2d3c-2",
        "side": "ask",
        "price_e4": 6_000,
        "count_e2": 400,
    }
    ledger = ledger_of(*ACCEPTED, seen("canceled"), recorded(**closing))
    ledger.forget_closed(before_us=100)

    ledger.apply(fill())

    assert ledger.reserve_e6() == taker_fee_e6(MARKETS[TICKER], price_e4=6_000, count_e2=400)


def test_only_orders_closed_before_then_are_forgotten():
    ledger = ledger_of(*ACCEPTED, seen("canceled", at_us=50))

    assert ledger.forget_closed(before_us=50) == 0
    assert ledger.forget_closed(before_us=51) == 1


def test_counts_hold_our_orders_and_outlive_them():
    another = {"client_order_id": "rl1-0a1b2c3d-0f1e2d3c-2"}
    third = {"client_order_id": "rl1-0a1b2c3d-0f1e2d3c-3"}
    ledger = ledger_of(
        *ACCEPTED,
        seen("canceled"),
        seen("resting", client_order_id="foreign", order_id="venue-9"),
        recorded(**another),
        send_started(**another),
        recorded(**third),
    )
    ledger.forget_closed(before_us=100)

    counts = ledger.order_counts(in_flight={another["client_order_id"]})

    assert counts == {"canceled": 1, "in_flight": 1, "recorded": 1, "sent": 2}
    assert ledger.order_counts()["unknown"] == 1


def test_a_settlement_pays_the_position_and_leaves_the_orders_to_the_venue():
    ledger = ledger_of(*ACCEPTED, fill())

    ledger.apply(SettlementSeen(40, TICKER, 0, "yes", 10_000, 4_000_000))

    assert ledger.position(TICKER).position_e2 == 0
    assert ledger.cash_e6() == 1_000_000_000 - 1_600_000 - 67_200 + 4_000_000
    assert ledger.orders[OURS].is_resting


MOVING = {
    "the opening": opened(positions=(PositionAt(TICKER, 0, 200, 80_000_000, 0, 0),)),
    "a fill of an order that nobody knows": fill(order_id="nobody's", client_order_id=""),
    "a settlement": SettlementSeen(20, TICKER, 0, "yes", 10_000, None),
}


@pytest.mark.parametrize("event", MOVING.values(), ids=MOVING)
def test_a_market_whose_position_moves_is_told_to_whoever_asks_what_moved(event):
    ledger = Ledger({})
    ledger.take_moved()

    ledger.apply(event)

    assert ledger.take_moved() == {TICKER}
