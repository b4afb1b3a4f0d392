"""Protocol 7, trading rules: a test for each row of its tables and each rule of its text."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from simulator.engine.accounts.fees import charge, trade_fee_e6
from simulator.engine.matching.orders import Amendment, Order, Refusal
from simulator.surface.rest.account_bodies import balance_body, order_body, position_body
from tests.simulator.builders import NOW_US, TICKER, Venue, listed
from tests.simulator.protocol.desk import Desk, at_desk

IOC = {"time_in_force": "immediate_or_cancel"}
FOK = {"time_in_force": "fill_or_kill"}


def refusal(placed: Order | Refusal) -> tuple[str, str]:
    assert isinstance(placed, Refusal)
    return placed.code, placed.details


def accepted(placed: Order | Refusal) -> Order:
    assert isinstance(placed, Order)
    return placed


def filled(venue: Venue, side: str, price_e4: int, count_e2: int) -> Order:
    """An order of the user that the counterparty meets in full."""
    other = "ask" if side == "bid" else "bid"
    venue.send(other, price_e4, count_e2, by=venue.other)
    return accepted(venue.send(side, price_e4, count_e2))


# --- 7.1 one YES book --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("intent", "side", "outcome", "action", "position_e2"),
    [
        ("BUY_YES", "bid", "yes", "buy", 100),
        ("SELL_YES", "ask", "no", "sell", -100),
        ("BUY_NO", "ask", "no", "sell", -100),
        ("SELL_NO", "bid", "yes", "buy", 100),
    ],
)
def test_an_intent_is_a_side_of_the_yes_book(intent, side, outcome, action, position_e2):
    venue = Venue()
    body = order_body(filled(venue, side, 4_700, 100))

    assert (body["book_side"], body["outcome_side"], body["action"]) == (side, outcome, action), intent
    assert venue.position_e2() == position_e2


def test_both_parties_trade_at_the_same_yes_price():
    venue = Venue()
    second = venue.engine.open_account(100_000_000)
    venue.send("ask", 4_700, 100, by=second)
    venue.send("bid", 4_900, 100)

    assert [fill.price_e4 for fill in venue.news.fills] == [4_700, 4_700]
    assert venue.user.holdings[TICKER].cost_e6 == 470_000
    assert second.holdings[TICKER].cost_e6 == 530_000


def test_an_ask_rests_as_a_no_bid_at_the_complement():
    venue = Venue()
    venue.send("bid", 4_500, 100)
    venue.send("ask", 4_700, 200)

    assert venue.listed.book.yes_bids() == [(4_500, 100)]
    assert venue.listed.book.no_bids() == [(5_300, 200)]


def test_a_position_is_one_signed_number_and_closes_before_it_opens():
    venue = Venue()
    filled(venue, "bid", 4_700, 300)
    filled(venue, "ask", 5_000, 500)
    holding = venue.user.holdings[TICKER]

    assert (holding.position_e2, holding.cost_e6) == (-200, 200 * 5_000)
    assert holding.realised_e6 == 300 * 300


def test_priority_is_price_then_time():
    venue = Venue()
    late = accepted(venue.send("bid", 4_600, 100))
    first = accepted(venue.send("bid", 4_700, 100))
    second = accepted(venue.send("bid", 4_700, 100))
    venue.send("ask", 4_600, 250, by=venue.other)

    assert [order.filled_e2 for order in (first, second, late)] == [100, 100, 50]


@pytest.mark.parametrize(("side", "needed_e6"), [("bid", 470_000), ("ask", 530_000)])
def test_opening_costs_the_price_of_the_outcome_and_its_fee(side, needed_e6):
    fee_e6 = 17_500
    enough, short = Venue(cash_e6=needed_e6 + fee_e6), Venue(cash_e6=needed_e6 + fee_e6 - 100)

    accepted(enough.send(side, 4_700, 100))
    assert refusal(short.send(side, 4_700, 100))[0] == "insufficient_balance"


def test_closing_releases_value():
    venue = Venue()
    filled(venue, "bid", 4_700, 100)
    before_e6 = venue.user.cash_e6[0]
    filled(venue, "ask", 4_700, 100)

    assert venue.user.cash_e6[0] == before_e6 + 470_000 - 17_500


@at_desk()
async def test_events_name_how_their_collateral_nets(desk: Desk):
    _, body = await desk.call("GET", "/events", query={"limit": 200})
    kinds = {event.ticker: event.kind for event in desk.exchange.world.events.values()}
    words = {"exclusive": "MECNET", "ladder": "DIRECNET"}

    for event in body["events"]:
        assert event["collateral_return_type"] == words.get(kinds[event["event_ticker"]], "")


# --- 7.2 order behaviour -----------------------------------------------------------------------------


def test_good_till_canceled_rests_until_it_ends():
    venue = Venue()
    order = accepted(venue.send("bid", 4_700, 100))
    venue.engine.expire(now_us=NOW_US + 10**11)

    assert order.status == "resting"


def test_immediate_or_cancel_takes_what_it_can():
    venue = Venue()
    venue.send("ask", 4_700, 100, by=venue.other)
    part, none = (accepted(venue.send("bid", 4_700, 300, **IOC)) for _ in range(2))

    assert (part.filled_e2, part.remaining_e2, part.status) == (100, 0, "canceled")
    assert (none.filled_e2, none.remaining_e2, none.status) == (0, 0, "canceled")


def test_fill_or_kill_takes_all_or_leaves_no_order():
    venue = Venue()
    venue.send("ask", 4_700, 100, by=venue.other)
    known = len(venue.user.orders)

    assert refusal(venue.send("bid", 4_700, 101, **FOK))[0] == "fill_or_kill_insufficient_resting_volume"
    assert len(venue.user.orders) == known
    assert accepted(venue.send("bid", 4_700, 100, **FOK)).status == "executed"


def test_fill_or_kill_does_not_count_on_ones_own_orders():
    venue = Venue()
    venue.send("ask", 4_700, 100)

    assert refusal(venue.send("bid", 4_700, 100, **FOK))[0] == "fill_or_kill_insufficient_resting_volume"


@pytest.mark.parametrize(("prevention", "filled_e2"), [("taker_at_cross", 0), ("maker", 200)])
def test_fill_or_kill_is_never_cut_in_two_by_ones_own_order(prevention: str, filled_e2: int):
    venue = Venue()
    venue.send("ask", 4_500, 100, by=venue.other)
    venue.send("ask", 4_600, 100)
    venue.send("ask", 4_700, 100, by=venue.other)
    sent = venue.send("bid", 4_700, 200, self_trade_prevention=prevention, **FOK)

    if filled_e2:
        assert accepted(sent).status == "executed"
    else:
        assert refusal(sent)[0] == "fill_or_kill_insufficient_resting_volume"
    assert venue.position_e2() == filled_e2


def test_fill_or_kill_fills_in_full_though_it_triggers_its_own_group():
    venue = Venue()
    group = venue.engine.create_group(venue.user, limit_e2=100, exchange_index=0, now_us=NOW_US)
    for price_e4 in (4_500, 4_600, 4_700):
        venue.send("ask", price_e4, 100, by=venue.other)
    order = accepted(venue.send("bid", 4_700, 300, order_group_id=group.group_id, **FOK))

    assert (order.filled_e2, order.status, group.is_triggered) == (300, "executed", True)


def test_fill_or_kill_fills_in_full_though_it_triggers_the_group_of_those_it_meets():
    venue = Venue()
    group = venue.engine.create_group(venue.user, limit_e2=100, exchange_index=0, now_us=NOW_US)
    makers = [accepted(venue.send("ask", 4_700, 200, order_group_id=group.group_id)) for _ in range(3)]
    order = accepted(venue.send("bid", 4_700, 500, by=venue.other, **FOK))

    assert (order.filled_e2, order.status) == (500, "executed")
    assert [(maker.status, maker.filled_e2) for maker in makers] == [
        ("executed", 200),
        ("executed", 200),
        ("canceled", 100),
    ]
    assert group.is_triggered


def test_another_order_gets_no_more_of_a_group_than_triggers_it():
    venue = Venue()
    group = venue.engine.create_group(venue.user, limit_e2=100, exchange_index=0, now_us=NOW_US)
    for _ in range(3):
        venue.send("ask", 4_700, 200, order_group_id=group.group_id)
    order = accepted(venue.send("bid", 4_700, 500, by=venue.other, time_in_force="immediate_or_cancel"))

    assert (order.filled_e2, order.status) == (200, "canceled")


def test_post_only_is_refused_where_it_would_cross():
    venue = Venue()
    venue.send("ask", 4_700, 100, by=venue.other)

    assert refusal(venue.send("bid", 4_700, 100, post_only=True)) == ("invalid_order", "post only cross")
    assert accepted(venue.send("bid", 4_690, 100, post_only=True)).status == "resting"


def test_an_amend_does_not_let_post_only_cross():
    venue = Venue()
    venue.send("ask", 4_700, 100, by=venue.other)
    order = accepted(venue.send("bid", 4_600, 100, post_only=True))
    change = Amendment(4_700, 100, order.request.client_order_id, None)
    refused = venue.engine.amend(order, change, now_us=NOW_US)

    assert refused == Refusal("invalid_order", "post only cross")
    assert (order.status, order.price_e4) == ("resting", 4_600)


def test_reduce_only_is_ioc_and_capped_to_the_position():
    venue = Venue()
    filled(venue, "bid", 4_700, 200)
    venue.send("bid", 4_600, 900, by=venue.other)
    assert refusal(venue.send("ask", 4_600, 500, reduce_only=True))[0] == "invalid_order"

    order = accepted(venue.send("ask", 4_600, 500, reduce_only=True, **IOC))
    nothing = accepted(venue.send("ask", 4_600, 500, reduce_only=True, **IOC))

    assert (order.filled_e2, venue.position_e2()) == (200, 0)
    assert (nothing.filled_e2, nothing.last_update_reason) == (0, "ReduceOnlyCancel")


def test_self_trade_taker_at_cross_ends_the_taker_and_keeps_its_fills():
    venue = Venue()
    venue.send("ask", 4_600, 100, by=venue.other)
    own = accepted(venue.send("ask", 4_700, 100))
    taker = accepted(venue.send("bid", 4_700, 300))

    assert (taker.filled_e2, taker.status, taker.last_update_reason) == (100, "canceled", "SelfTradeCancel")
    assert own.status == "resting"


def test_self_trade_maker_cancels_the_resting_order_and_goes_on():
    venue = Venue()
    own = accepted(venue.send("ask", 4_600, 100))
    venue.send("ask", 4_700, 100, by=venue.other)
    taker = accepted(venue.send("bid", 4_700, 300, self_trade_prevention="maker"))

    assert (own.status, own.last_update_reason) == ("canceled", "SelfTradeCancel")
    assert (taker.filled_e2, taker.status) == (100, "resting")


def test_an_order_expires_with_its_reason():
    venue = Venue()
    expires_s = NOW_US // 10**6 + 60
    order = accepted(venue.send("bid", 4_700, 100, expires_s=expires_s))
    venue.engine.expire(now_us=expires_s * 10**6)

    assert (order.status, order.last_update_reason) == ("canceled", "ExpiryCancel")
    assert refusal(venue.send("bid", 4_700, 100, expires_s=NOW_US // 10**6 - 1))[0] == "invalid_order"


def test_an_amended_expiry_is_the_one_that_counts():
    venue = Venue()
    soon_s = NOW_US // 10**6 + 60
    order = accepted(venue.send("bid", 4_700, 100, expires_s=soon_s))
    change = Amendment(4_700, 100, order.request.client_order_id, soon_s + 60)
    assert venue.engine.amend(order, change, now_us=NOW_US) is None

    venue.engine.expire(now_us=soon_s * 10**6)
    assert order.status == "resting"
    venue.engine.expire(now_us=(soon_s + 60) * 10**6)
    assert order.last_update_reason == "ExpiryCancel"


def test_amend_and_decrease_say_their_reason():
    venue = Venue()
    order = accepted(venue.send("bid", 4_700, 300))
    change = Amendment(4_600, 300, order.request.client_order_id, None)
    venue.engine.amend(order, change, now_us=NOW_US)
    venue.engine.decrease(order, 100, now_us=NOW_US)
    venue.engine.decrease(order, 200, now_us=NOW_US)

    assert venue.news.orders[-3:] == [
        ("resting", "Amend"),
        ("resting", "Decrease"),
        ("canceled", "Decrease"),
    ]


@at_desk()
async def test_the_close_cancels_what_rests_and_refuses_every_operation(desk: Desk):
    created = await desk.rest()
    desk.exchange.lifecycle.close_market(desk.listed, now_us=desk.exchange.now_us())
    account = desk.exchange.members[desk.client.key_id].account
    order = account.orders[created["order_id"]]
    path = f"/portfolio/events/orders/{created['order_id']}"
    amended = {"ticker": desk.ticker, "side": "bid", "price": "0.4400", "count": "2.00"}
    answers = [
        await desk.create(),
        await desk.cancel(created["order_id"]),
        await desk.call("POST", f"{path}/amend", body=amended),
        await desk.call("POST", f"{path}/decrease", body={"reduce_by": "1.00"}),
    ]

    assert (order.status, order.last_update_reason) == ("canceled", "CloseCancel")
    assert [(status, body["error"]["code"]) for status, body in answers] == [(400, "market_inactive")] * 4


def test_a_pause_cancels_the_orders_that_asked_for_it():
    venue = Venue()
    leaves = accepted(venue.send("bid", 4_700, 100, cancel_on_pause=True))
    stays = accepted(venue.send("bid", 4_700, 100))
    venue.engine.halt(now_us=NOW_US)

    assert (leaves.status, leaves.last_update_reason) == ("canceled", "HaltCancel")
    assert stays.status == "resting"


@at_desk()
async def test_an_exchange_pause_stops_cancels_too(desk: Desk):
    created = await desk.rest()
    desk.exchange.pause_exchange()
    answers = [await desk.create(), await desk.cancel(created["order_id"])]
    answers.append(await desk.call("DELETE", "/portfolio/events/orders"))

    assert [(status, body["error"]["code"]) for status, body in answers] == [(409, "exchange_is_paused")] * 3


@pytest.mark.parametrize(("method", "path"), [("PUT", "/trigger"), ("PUT", "/limit"), ("DELETE", "")])
@at_desk()
async def test_an_exchange_pause_stops_the_cancels_of_a_group_too(desk: Desk, method: str, path: str):
    groups = "/portfolio/order_groups"
    _, group = await desk.call("POST", f"{groups}/create", body={"contracts_limit": 9})
    created = await desk.rest(order_group_id=group["order_group_id"])
    asked = (method, f"{groups}/{group['order_group_id']}{path}")
    desk.exchange.pause_exchange()
    status, body = await desk.call(*asked, body={"contracts_limit": 1})
    desk.exchange.hours.resume()

    assert (status, body["error"]["code"]) == (409, "exchange_is_paused")
    assert (await desk.order(created["order_id"]))["status"] == "resting"
    assert (await desk.call(*asked, body={"contracts_limit": 1}))[0] == 200


def test_a_group_over_its_limit_in_15_seconds_is_triggered():
    venue = Venue()
    group = venue.engine.create_group(venue.user, limit_e2=300, exchange_index=0, now_us=NOW_US)
    orders = [accepted(venue.send("bid", 4_700, 200, order_group_id=group.group_id)) for _ in range(4)]
    venue.send("ask", 4_700, 200, by=venue.other)
    venue.send("ask", 4_700, 200, by=venue.other, now_us=NOW_US + 15_000_000)
    assert not group.is_triggered  # the first fill has left the window

    venue.send("ask", 4_700, 200, by=venue.other, now_us=NOW_US + 29_999_999)

    assert group.is_triggered
    assert [order.status for order in orders] == ["executed"] * 3 + ["canceled"]
    assert [change for _, change in venue.news.groups] == ["created", "triggered"]


def test_what_a_user_does_to_a_book_stays():
    venue = Venue()
    venue.send("ask", 4_700, 500, by=venue.other)
    venue.send("bid", 4_700, 200)
    venue.send("bid", 4_600, 300)

    assert venue.listed.book.no_bids() == [(5_300, 300)]
    assert venue.listed.book.yes_bids() == [(4_600, 300)]


# --- 7.3 fees ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fee_type", "taker_e6", "maker_e6"),
    [
        ("quadratic", 174_400, 0),
        ("quadratic_with_maker_fees", 174_400, 43_600),
        ("quadratic_with_combo_maker_fees", 174_400, 87_200),
        ("flat", 174_400, 0),
    ],
)
def test_a_fee_type_has_its_rates(fee_type, taker_e6, maker_e6):
    taker, maker = Venue(fee_type=fee_type), Venue(fee_type=fee_type)
    taker.send("ask", 4_700, 1000, by=taker.other)
    taker.send("bid", 4_700, 1000)
    maker.send("bid", 4_700, 1000)
    maker.send("ask", 4_700, 1000, by=maker.other)

    assert (taker.user.fees_e6, maker.user.fees_e6) == (taker_e6, maker_e6)


def test_the_fee_is_the_same_for_the_yes_and_the_no_leg():
    fees = [
        trade_fee_e6(listed().market, price_e4=price_e4, count_e2=700, is_taker=True)
        for price_e4 in (1_300, 8_700)
    ]

    assert fees[0] == fees[1]


def test_the_multiplier_of_the_series_scales_the_fee():
    venue = Venue()
    venue.listed.market = replace(venue.listed.market, fee_multiplier_e4=5_000)
    filled(venue, "bid", 4_700, 1000)

    assert venue.user.fees_e6 == 87_200  # half of 174 370, rounded up


@pytest.mark.parametrize(("age_us", "taker_e6"), [(4_999_999, 87_200), (5_000_000, 174_400)])
def test_a_combo_trade_against_a_young_order_swaps_the_fees(age_us, taker_e6):
    venue = Venue(fee_type="quadratic_with_combo_maker_fees")
    venue.listed.mve_collection_ticker = "KXMVESPORTS-R"
    venue.send("ask", 4_700, 1000, by=venue.other)
    venue.send("bid", 4_700, 1000, now_us=NOW_US + age_us)

    assert venue.user.fees_e6 == taker_e6


def test_step_1_rounds_the_formula_up_to_a_hundredth_of_a_cent():
    market = listed().market

    assert trade_fee_e6(market, price_e4=4_700, count_e2=1000, is_taker=True) == 174_400  # of 174 370
    assert trade_fee_e6(market, price_e4=5_000, count_e2=1, is_taker=True) == 200  # of 175


def test_step_2_floors_the_change_of_cash_to_the_precision():
    """Cash −4.70005 and a fee of 0.1744: −4.87445 becomes −4.8745, the difference is a rounding fee."""
    assert charge(-4_700_050, 174_400, rounding_e6=0) == (174_450, 50)


def test_step_3_pays_a_whole_cent_back_once_the_accumulator_is_full():
    assert charge(-4_700_050, 174_400, rounding_e6=9_950) == (164_450, 0)
    assert charge(-50, 100, rounding_e6=9_950) == (150, 10_000)  # never below nothing: it waits


def test_the_accumulator_is_carried_from_taker_to_maker_fills():
    venue = Venue()
    venue.send("ask", 4_710, 1, by=venue.other)
    order = accepted(venue.send("bid", 4_710, 2))
    venue.send("ask", 4_710, 1, by=venue.other)

    assert order.rounding_e6 == 180  # 90 of each: a cash change of 0.004710 has too many digits
    assert venue.user.cash_e6[0] % 100 == 0


def test_step_4_the_net_fee_is_the_fee_cost_of_the_fill():
    venue = Venue()
    order = filled(venue, "bid", 4_700, 1000)

    assert venue.news.fills[0].fee_e6 == order.taker_fees_e6 == 174_400
    assert venue.user.cash_e6[0] == 100_000_000 - 4_874_400


# --- 7.4 lifecycle -----------------------------------------------------------------------------------


async def status_of(desk: Desk) -> str:
    _, body = await desk.call("GET", f"/markets/{desk.ticker}")
    return body["market"]["status"]


async def is_listed_as(desk: Desk, word: str) -> bool:
    query = {"status": word, "tickers": desk.ticker}
    _, body = await desk.call("GET", "/markets", query=query)
    return bool(body["markets"])


@pytest.mark.parametrize(
    ("status", "word"),
    [
        ("initialized", "unopened"),
        ("active", "open"),
        ("inactive", "paused"),
        ("closed", "closed"),
        ("determined", "closed"),
        ("disputed", "closed"),
        ("amended", "closed"),
        ("finalized", "settled"),
    ],
)
@at_desk()
async def test_a_status_is_found_by_its_filter(desk: Desk, status: str, word: str):
    desk.listed.become(status, now_us=desk.exchange.now_us())

    assert await status_of(desk) == status
    for other in ("unopened", "open", "paused", "closed", "settled"):
        assert await is_listed_as(desk, other) is (other == word)


@pytest.mark.parametrize(
    "status", ["initialized", "inactive", "closed", "determined", "disputed", "amended", "finalized"]
)
@at_desk()
async def test_only_an_active_market_trades(desk: Desk, status: str):
    desk.listed.become(status, now_us=desk.exchange.now_us())
    answer, body = await desk.create()

    assert (answer, body["error"]["code"]) == (400, "market_inactive")


@at_desk()
async def test_orders_in_a_paused_market_can_be_cancelled(desk: Desk):
    created = await desk.rest()
    desk.listed.become("inactive", now_us=desk.exchange.now_us())

    assert (await desk.cancel(created["order_id"]))[0] == 200


@pytest.mark.parametrize(
    ("value_e4", "result", "revenue"), [(10_000, "yes", 200), (0, "no", 0), (2_500, "scalar", 50)]
)
@at_desk()
async def test_a_settled_market_pays_its_value_to_yes(desk: Desk, value_e4: int, result: str, revenue: int):
    await desk.rest("ask", "0.4500", by=desk.other)
    await desk.rest("bid", "0.4500")
    desk.exchange.lifecycle.settle_market(desk.listed, now_us=desk.exchange.now_us(), value_e4=value_e4)
    _, body = await desk.call("GET", "/portfolio/settlements")
    settled = body["settlements"][0]

    assert await status_of(desk) == "finalized"
    assert (settled["market_result"], settled["revenue"]) == (result, revenue)


@at_desk()
async def test_no_is_paid_the_rest_of_the_dollar(desk: Desk):
    await desk.rest("ask", "0.4500", by=desk.other)
    await desk.rest("bid", "0.4500")
    desk.exchange.lifecycle.settle_market(desk.listed, now_us=desk.exchange.now_us(), value_e4=2_500)
    _, body = await desk.other.call("GET", "/portfolio/settlements")

    assert (body["settlements"][0]["no_count_fp"], body["settlements"][0]["revenue"]) == ("2.00", 150)


@at_desk()
async def test_settlement_is_told_on_the_lifecycle_channel(desk: Desk):
    async with desk.client.listener() as listener:
        await listener.subscribe("market_lifecycle_v2")
        desk.exchange.lifecycle.settle_market(desk.listed, now_us=desk.exchange.now_us(), value_e4=0)
        kinds = []
        async with asyncio.timeout(5):
            while "settled" not in kinds:
                kinds.append((await listener.next("market_lifecycle_v2"))["msg"]["event_type"])

    assert kinds[-2:] == ["determined", "settled"]


# --- 7.5 conventions of profit and loss --------------------------------------------------------------


def test_cost_is_averaged_and_profit_is_realised_on_the_closed_part():
    venue = Venue()
    filled(venue, "bid", 4_000, 100)
    filled(venue, "bid", 6_000, 100)
    filled(venue, "ask", 7_000, 100)
    body = position_body(venue.listed, venue.user.holdings[TICKER])

    assert body["market_exposure_dollars"] == "0.5000"
    assert body["realized_pnl_dollars"] == "0.2000"
    assert body["fees_paid_dollars"] == "0.0483"  # apart


def test_a_flip_closes_first_and_opens_at_the_price_of_the_fill():
    venue = Venue()
    filled(venue, "bid", 4_000, 100)
    filled(venue, "ask", 7_000, 300)
    body = position_body(venue.listed, venue.user.holdings[TICKER])

    assert (body["position_fp"], body["market_exposure_dollars"]) == ("-2.00", "0.6000")
    assert body["realized_pnl_dollars"] == "0.3000"


@at_desk()
async def test_portfolio_value_does_not_vanish_between_close_and_settlement(desk: Desk):
    async def value() -> int:
        return (await desk.call("GET", "/portfolio/balance"))[1]["portfolio_value"]

    await desk.rest("ask", "0.4700", by=desk.other)
    await desk.rest("bid", "0.4700")
    now_us, lifecycle = desk.exchange.now_us(), desk.exchange.lifecycle
    lifecycle.close_market(desk.listed, now_us=now_us)
    closed = await value()
    desk.listed.settlement_value_e4 = 10_000
    determined = await value()
    lifecycle.settle_market(desk.listed, now_us=now_us, value_e4=10_000)

    assert (closed, determined, await value()) == (94, 200, 0)


def test_portfolio_value_marks_yes_at_the_best_bid_and_no_at_the_best_no_bid():
    yes, no = Venue(), Venue()
    for venue, side in ((yes, "bid"), (no, "ask")):
        filled(venue, side, 5_000, 100)
        venue.send("bid", 4_000, 100, by=venue.other)
        venue.send("ask", 7_000, 100, by=venue.other)
    values = [
        balance_body(venue.user, venue.engine.markets, None, NOW_US)["portfolio_value"] for venue in (yes, no)
    ]

    assert values == [40, 30]
