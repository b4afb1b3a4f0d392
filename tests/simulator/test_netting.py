from __future__ import annotations

from itertools import product

import hypothesis.strategies as st
import pytest
from hypothesis import given

from simulator.engine.accounts.netting import pays, sure_payout_e6
from tests.simulator.protocol.desk import Desk, at_desk

POSITIONS = st.lists(st.integers(-500, 500), min_size=1, max_size=5)
NETTING = "/portfolio/subaccounts/netting"
ORDERS = "/portfolio/events/orders"


def sure_e6(kind, positions_e2: list[int]) -> int:
    """Of positions alone, with nothing resting."""
    return sure_payout_e6(kind, [pays(position_e2, ()) for position_e2 in positions_e2])


def worst_e6(positions_e2: list[int], outcomes) -> int:
    """By trying every outcome."""
    return (
        min(
            sum(
                max(0, held) if happens else max(0, -held)
                for held, happens in zip(positions_e2, case, strict=True)
            )
            for case in outcomes
        )
        * 10_000
    )


@given(POSITIONS)
def test_of_exclusive_outcomes_at_most_one_happens(positions_e2):
    every = product([False, True], repeat=len(positions_e2))
    outcomes = [case for case in every if sum(case) <= 1]

    assert sure_e6("exclusive", positions_e2) == worst_e6(positions_e2, outcomes)


@given(POSITIONS)
def test_a_step_of_a_ladder_happens_only_after_those_before_it(positions_e2):
    every = product([False, True], repeat=len(positions_e2))
    outcomes = [case for case in every if list(case) == sorted(case, reverse=True)]

    assert sure_e6("ladder", positions_e2) == worst_e6(positions_e2, outcomes)


@pytest.mark.parametrize("kind", ["independent", "scalar"])
def test_other_events_promise_nothing(kind):
    assert sure_e6(kind, [-100, -100]) == 0


async def balance(desk: Desk) -> tuple[str, int]:
    _, body = await desk.call("GET", "/portfolio/balance")
    return body["balance_dollars"], body["portfolio_value"]


async def enable(desk: Desk, enabled: bool = True):  # noqa: FBT001, FBT002
    return await desk.call("PUT", NETTING, body={"subaccount_number": 0, "enabled": enabled})


async def buy_no(desk: Desk, ticker: str, price: str):
    """2.00 NO at one minus a YES price."""
    await desk.other.order(ticker, "bid", price)
    return await desk.client.order(ticker, "ask", price)


def exclusive_tickers(desk: Desk) -> tuple[str, str]:
    """Two markets of an exclusive event whose books are empty."""
    world, engine = desk.exchange.world, desk.exchange.engine
    event = next(event for event in world.events.values() if event.kind == "exclusive")
    for ticker in event.market_tickers[:2]:
        for order in world.markets[ticker].book.orders():
            engine.cancel(order, now_us=desk.exchange.now_us())
    return event.market_tickers[0], event.market_tickers[1]


@at_desk()
async def test_netting_is_off_until_it_is_enabled(desk: Desk):
    async def configs():
        _, body = await desk.call("GET", NETTING)
        return body["netting_configs"]

    assert await configs() == [{"subaccount_number": 0, "exchange_index": 0, "enabled": False}]
    assert (await enable(desk))[0] == 200
    assert await configs() == [{"subaccount_number": 0, "exchange_index": 0, "enabled": True}]


@at_desk()
async def test_no_in_two_exclusive_markets_gives_a_dollar_back(desk: Desk):
    """NO at 0.60 and 0.70 costs 0.30 a pair, as in the venue's own example."""
    first, second = exclusive_tickers(desk)
    await buy_no(desk, first, "0.4000")
    await buy_no(desk, second, "0.3000")
    apart = await balance(desk)
    await enable(desk)

    assert (apart[0], apart[1]) == ("997.3370", 0)  # 2.60 and the fees
    assert await balance(desk) == ("999.3370", -200)


@at_desk()
async def test_a_netted_position_cannot_be_sold_without_the_cash_that_came_back(desk: Desk):
    first, second = exclusive_tickers(desk)
    await buy_no(desk, first, "0.4000")
    await buy_no(desk, second, "0.3000")
    await enable(desk)
    account = desk.exchange.members[desk.client.key_id].account
    account.move_cash(0, -account.available_e6(0) + 100_000)
    status, body = await desk.client.order(first, "bid", "0.9900")  # brings 0.01 and frees 1.00 of duty

    assert (status, body["error"]["code"]) == (400, "insufficient_balance")
    assert (await enable(desk, enabled=False))[0] == 400


@at_desk()
async def test_netting_ends_when_nothing_was_spent_of_it(desk: Desk):
    first, second = exclusive_tickers(desk)
    await buy_no(desk, first, "0.4000")
    await buy_no(desk, second, "0.3000")
    await enable(desk)

    assert (await enable(desk, enabled=False))[0] == 200
    assert (await balance(desk))[0] == "997.3370"


@at_desk()
async def test_the_request_needs_both_its_fields(desk: Desk):
    for body in ({}, {"enabled": True}, {"subaccount_number": 3, "enabled": True}):
        assert (await desk.call("PUT", NETTING, body=body))[0] == 400
