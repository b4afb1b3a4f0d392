from __future__ import annotations

import pytest

from simulator.engine.matching.orders import Order, Refusal
from tests.simulator.builders import NOW_US, TICKER, Venue


def test_a_taker_trades_at_the_price_of_the_maker():
    venue = Venue()
    venue.send("ask", 4600, 400, by=venue.other)
    order = venue.send("bid", 4700, 1000)

    assert (order.status, order.filled_e2, order.remaining_e2) == ("resting", 400, 600)
    assert venue.news.fills[0].price_e4 == 4600
    assert venue.position_e2() == 400


def test_the_published_fee_example_costs_what_the_venue_says():
    """Protocol 7.3: 10 at 0.47 costs 0.1744, cash −4.8744."""
    venue = Venue()
    venue.send("ask", 4700, 1000, by=venue.other)
    venue.send("bid", 4700, 1000)

    assert venue.news.fills[0].fee_e6 == 174_400
    assert venue.user.cash_e6[0] == 100_000_000 - 4_874_400


@pytest.mark.parametrize(
    ("terms", "refusal"),
    [
        pytest.param({"price_e4": 4705}, "invalid_order", id="off the grid"),
        pytest.param({"count_e2": 0}, "invalid_order", id="no contracts"),
        pytest.param({"count_e2": 10**6}, "insufficient_balance", id="too dear"),
        pytest.param({"expires_s": NOW_US // 10**6}, "invalid_order", id="expired"),
        pytest.param({"price_e4": 5000, "post_only": True}, "invalid_order", id="post only cross"),
        pytest.param(
            {"price_e4": 5000, "count_e2": 300, "time_in_force": "fill_or_kill"},
            "fill_or_kill_insufficient_resting_volume",
            id="killed",
        ),
        pytest.param({"exchange_index": 2}, "market_not_found", id="wrong shard"),
        pytest.param({"reduce_only": True}, "invalid_order", id="reduce only that rests"),
        pytest.param({"now_us": NOW_US + 10**12}, "market_inactive", id="closed"),
    ],
)
def test_a_refused_order_changes_nothing(terms, refusal):
    venue = Venue()
    venue.send("ask", 5000, 200, by=venue.other)
    heard = list(venue.news.deltas)
    refused = venue.send("bid", **({"price_e4": 4700, "count_e2": 100} | terms))

    assert isinstance(refused, Refusal)
    assert refused.code == refusal
    assert venue.news.deltas == heard
    assert venue.user.available_e6(0) == 100_000_000


def test_a_client_order_id_is_accepted_once():
    venue = Venue()
    venue.send("bid", 4700, 100, client_order_id="once")

    assert venue.send("bid", 4700, 100, client_order_id="once") == Refusal("order_already_exists")


def test_a_killed_order_has_used_its_id_and_a_refused_one_has_not():
    venue = Venue()
    venue.send("bid", 4700, 100, client_order_id="killed", time_in_force="fill_or_kill")
    venue.send("bid", 4705, 100, client_order_id="refused")

    assert venue.send("bid", 4700, 100, client_order_id="killed") == Refusal("order_already_exists")
    assert isinstance(venue.send("bid", 4700, 100, client_order_id="refused"), Order)


def test_immediate_or_cancel_never_rests():
    venue = Venue()
    venue.send("ask", 4700, 100, by=venue.other)
    part = venue.send("bid", 4700, 300, time_in_force="immediate_or_cancel")
    none = venue.send("bid", 4700, 300, time_in_force="immediate_or_cancel")

    assert (part.status, part.filled_e2, part.remaining_e2) == ("canceled", 100, 0)
    assert (none.status, none.filled_e2, none.remaining_e2) == ("canceled", 0, 0)
    assert venue.listed.book.best_bid_e4 is None


def test_reduce_only_stops_at_the_position():
    venue = Venue()
    venue.send("bid", 4700, 200)
    venue.send("ask", 4700, 200, by=venue.other)
    venue.send("bid", 4600, 900, by=venue.other)
    order = venue.send("ask", 4600, 500, time_in_force="immediate_or_cancel", reduce_only=True)

    assert (order.filled_e2, order.status) == (200, "canceled")
    assert venue.position_e2() == 0


def test_reduce_only_needs_no_more_cash_than_what_it_can_close():
    venue = Venue()
    venue.send("bid", 4700, 200)
    venue.send("ask", 4700, 200, by=venue.other)
    venue.send("bid", 4600, 900, by=venue.other)
    more_than_affordable = {"count_e2": 10**9, "time_in_force": "immediate_or_cancel"}

    assert venue.send("ask", 4600, **more_than_affordable) == Refusal("insufficient_balance")
    order = venue.send("ask", 4600, **more_than_affordable, reduce_only=True)

    assert (order.filled_e2, venue.position_e2()) == (200, 0)


def test_self_trade_prevention_cancels_the_taker_at_the_crossing():
    venue = Venue()
    venue.send("ask", 4600, 100, by=venue.other)
    own = venue.send("ask", 4700, 100)
    taker = venue.send("bid", 4700, 300)

    assert (taker.status, taker.filled_e2) == ("canceled", 100)
    assert taker.last_update_reason == "SelfTradeCancel"
    assert own.status == "resting"


def test_self_trade_prevention_maker_cancels_the_resting_order_and_goes_on():
    venue = Venue()
    own = venue.send("ask", 4600, 100)
    venue.send("ask", 4700, 100, by=venue.other)
    taker = venue.send("bid", 4700, 300, self_trade_prevention="maker")

    assert (own.status, own.last_update_reason) == ("canceled", "SelfTradeCancel")
    assert (taker.status, taker.filled_e2, taker.remaining_e2) == ("resting", 100, 200)


def test_an_order_expires_at_its_time_and_frees_its_reserve():
    venue = Venue()
    expires_s = NOW_US // 1_000_000 + 60
    order = venue.send("bid", 4700, 100, expires_s=expires_s)
    venue.engine.expire(now_us=expires_s * 1_000_000 - 1)
    assert order.status == "resting"

    venue.engine.expire(now_us=expires_s * 1_000_000)

    assert (order.status, order.last_update_reason) == ("canceled", "ExpiryCancel")
    assert venue.user.reserved_e6 == 0


def test_the_close_of_a_market_cancels_what_rests():
    venue = Venue()
    order = venue.send("bid", 4700, 100)
    venue.engine.close_market(venue.listed, now_us=venue.listed.market.close_us)

    assert (order.status, order.last_update_reason) == ("canceled", "CloseCancel")


def test_a_fill_moves_reserve_to_position_in_one_step():
    venue = Venue()
    venue.send("bid", 4700, 1000)
    assert venue.user.reserved_e6 == 4_874_400

    venue.send("ask", 4700, 400, by=venue.other)

    assert venue.user.reserved_e6 == 2_820_000 + 104_700
    assert venue.user.holdings[TICKER].cost_e6 == 1_880_000


def test_a_sell_that_closes_needs_only_its_fee():
    venue = Venue(cash_e6=4_874_400)
    venue.send("bid", 4700, 1000)
    venue.send("ask", 4700, 1000, by=venue.other)
    assert venue.user.available_e6(0) == 174_400

    assert isinstance(venue.send("ask", 4900, 1000), Refusal)  # its fee would be 0.1750
    assert isinstance(venue.send("ask", 6000, 1000), Order)  # 0.1680


def test_makers_pay_only_where_the_series_says_so():
    free, charged = Venue(), Venue(fee_type="quadratic_with_maker_fees")
    for venue in (free, charged):
        venue.send("bid", 4700, 1000)
        venue.send("ask", 4700, 1000, by=venue.other)

    assert free.user.fees_e6 == 0
    assert charged.user.fees_e6 == 43_600


def test_cancel_all_leaves_others_alone():
    venue = Venue()
    venue.send("bid", 4700, 100)
    venue.send("ask", 4900, 100)
    other = venue.send("ask", 4800, 100, by=venue.other)

    assert venue.engine.cancel_all(venue.user, now_us=NOW_US) == 2
    assert venue.listed.book.orders() == [other]
    assert venue.user.reserved_e6 == 0


def test_a_canceled_order_cannot_be_canceled_again():
    venue = Venue()
    order = venue.send("bid", 4700, 100)

    assert venue.engine.cancel(order, now_us=NOW_US) == 100
    assert venue.engine.cancel(order, now_us=NOW_US) == 0
