"""Protocol 3.3, the archive: a test for each of its paths. A record is live or archived, never both."""

from __future__ import annotations

import pytest

from simulator.choices import Choices
from tests.simulator.protocol.desk import Desk, at_desk
from tests.simulator.protocol.reads import read, refused

SECOND_US = 1_000_000


async def grow_old(desk: Desk) -> None:
    """A settled position, a filled, a canceled and a resting order; then ten seconds pass."""
    desk.exchange.choices = Choices(archive_after_s=5)
    await desk.rest("ask", "0.4700", by=desk.other)
    await desk.rest("bid", "0.4700", client_order_id="filled")
    canceled = await desk.rest("bid", "0.4500", client_order_id="canceled")
    await desk.cancel(canceled["order_id"])
    others = [m for m in desk.exchange.world.markets.values() if m is not desk.listed]
    await desk.client.order(others[0].ticker, "bid", "0.0100", client_order_id="resting")
    desk.exchange.lifecycle.settle_market(desk.listed, now_us=desk.exchange.now_us(), value_e4=10_000)
    desk.exchange.skew_us = 10 * SECOND_US


async def rows(desk: Desk, path: str, kind: str, **query) -> list[dict]:
    status, body = await desk.call("GET", path, query=query)
    assert status == 200, body
    return body[kind]


@at_desk()
async def test_everything_is_live_at_first(desk: Desk):
    await grow_old(desk)
    desk.exchange.skew_us = 0

    for kind in ("orders", "fills"):
        assert await rows(desk, f"/portfolio/{kind}", kind)
        assert await rows(desk, f"/historical/{kind}", kind) == []
    assert await rows(desk, "/historical/positions", "market_positions") == []
    assert await rows(desk, "/historical/markets", "markets") == []
    assert await rows(desk, "/historical/trades", "trades") == []


@at_desk()
async def test_historical_orders_have_ended_and_resting_ones_stay(desk: Desk):
    await grow_old(desk)
    live = await rows(desk, "/portfolio/orders", "orders")
    moved = await rows(desk, "/historical/orders", "orders")

    assert [order["client_order_id"] for order in live] == ["resting"]
    assert [order["client_order_id"] for order in moved] == ["canceled", "filled"]
    assert len(await rows(desk, "/historical/orders", "orders", ticker=desk.ticker, limit=1)) == 1
    status, _ = await desk.call("GET", f"/portfolio/orders/{moved[0]['order_id']}")
    assert status == 404


@at_desk()
async def test_historical_fills_go_by_their_time(desk: Desk):
    await grow_old(desk)

    assert await rows(desk, "/portfolio/fills", "fills") == []
    (fill,) = await rows(desk, "/historical/fills", "fills", ticker=desk.ticker)
    assert fill["count_fp"] == "2.00"


@at_desk()
async def test_historical_positions_are_settled_ones(desk: Desk):
    await grow_old(desk)

    assert await rows(desk, "/portfolio/positions", "market_positions", settlement_status="all") == []
    (position,) = await rows(desk, "/historical/positions", "market_positions")
    assert (position["ticker"], position["position_fp"]) == (desk.ticker, "0.00")
    assert len(await rows(desk, "/portfolio/settlements", "settlements")) == 1


@at_desk()
async def test_historical_markets_are_settled_ones(desk: Desk):
    await grow_old(desk)

    assert await refused(desk, f"/markets/{desk.ticker}") == (404, "market_not_found")
    (market,) = (await read(desk, "/historical/markets", tickers=desk.ticker))["markets"]
    assert market["status"] == "finalized"
    assert (await read(desk, f"/historical/markets/{desk.ticker}"))["market"] == market
    event = await read(desk, f"/events/{desk.listed.market.event_ticker}")
    assert desk.ticker not in [nested["ticker"] for nested in event["markets"]]


@at_desk()
async def test_a_live_market_is_not_in_the_archive(desk: Desk):
    path = f"/historical/markets/{desk.ticker}"
    assert await refused(desk, path) == (404, "market_not_found")
    query = {"start_ts": 0, "end_ts": 1, "period_interval": 1}
    assert await refused(desk, f"{path}/candlesticks", **query) == (404, "market_not_found")


@at_desk()
async def test_historical_trades_go_by_their_time(desk: Desk):
    await grow_old(desk)
    assert (await read(desk, "/markets/trades", ticker=desk.ticker))["trades"] == []
    assert len((await read(desk, "/historical/trades", ticker=desk.ticker))["trades"]) == 1

    desk.exchange.skew_us = 0
    assert len((await read(desk, "/markets/trades", ticker=desk.ticker))["trades"]) == 1
    assert (await read(desk, "/historical/trades", ticker=desk.ticker))["trades"] == []


@at_desk()
async def test_historical_candlesticks_have_names_without_suffixes(desk: Desk):
    await grow_old(desk)
    now_s = desk.exchange.now_us() // SECOND_US
    query = {"start_ts": now_s - 600, "end_ts": now_s + 600, "period_interval": 1}
    body = await read(desk, f"/historical/markets/{desk.ticker}/candlesticks", **query)
    candle = body["candlesticks"][0]

    assert body["ticker"] == desk.ticker
    assert set(candle) == {"end_period_ts", "yes_bid", "yes_ask", "price", "volume", "open_interest"}
    assert set(candle["yes_bid"]) == {"open", "low", "high", "close"}
    assert set(candle["price"]) == {"open", "low", "high", "close", "mean", "previous"}
    assert (candle["price"]["close"], candle["volume"]) == ("0.4700", "2.00")


@pytest.mark.parametrize("kind", ["orders", "fills", "positions"])
@at_desk()
async def test_an_accounts_archive_must_be_signed_for(desk: Desk, kind: str):
    assert await refused(desk, f"/historical/{kind}") == (401, "authentication_error")
