"""Protocol 5.4, sequence numbers: a test for each row of its table."""

from __future__ import annotations

from simulator.choices import Choices
from tests.simulator.protocol.desk import Desk, at_desk
from tests.simulator.protocol.sockets import connected, heard, said


@at_desk()
async def test_a_sid_has_one_counter_for_all_its_markets(desk: Desk):
    names = list(desk.exchange.world.markets)[:2]
    async with connected(desk) as socket:
        first = await said(socket, "subscribe", 3, channels=["orderbook_delta"], market_tickers=names)
        for name in names:
            await desk.client.order(name, "bid", "0.0100")
        deltas = await heard(socket, 2)

        assert [message["seq"] for message in (*first[1:], *deltas)] == [1, 2, 3, 4]
        assert [delta["msg"]["market_ticker"] for delta in deltas] == names


@at_desk()
async def test_each_sid_counts_for_itself(desk: Desk):
    async with connected(desk) as socket:
        channels = ["orderbook_delta", "trade"]
        await said(socket, "subscribe", 3, channels=channels, market_ticker=desk.ticker)
        await desk.rest("ask", "0.4700", by=desk.other)
        await desk.rest("bid", "0.4700")
        numbered = {(m["sid"], m["seq"]) for m in await heard(socket, 3)}

        assert numbered == {(1, 2), (1, 3), (2, 1)}


@at_desk()
async def test_tickers_fills_orders_and_positions_carry_no_number(desk: Desk):
    async with connected(desk) as socket:
        await said(socket, "subscribe", 4, channels=["ticker", "fill", "user_orders", "market_positions"])
        await desk.rest("ask", "0.4700", by=desk.other)
        await desk.rest("bid", "0.4700")
        kinds = {}
        while len(kinds) < 4:
            message = await socket.next()
            kinds[message["type"]] = message

        assert set(kinds) == {"ticker", "fill", "user_order", "market_position"}
        assert all("seq" not in message for message in kinds.values())


@at_desk()
async def test_an_ok_takes_a_number_of_its_own(desk: Desk):
    first, second = list(desk.exchange.world.markets)[:2]
    async with connected(desk) as socket:
        await said(socket, "subscribe", 2, channels=["orderbook_delta"], market_ticker=first)
        change = {"sid": 1, "action": "add_markets", "market_ticker": second}
        ok, snapshot = await said(socket, "update_subscription", 2, **change)

        assert (ok["seq"], snapshot["seq"]) == (2, 3)


@at_desk()
async def test_an_ok_repeats_the_last_number_if_so_chosen(desk: Desk):
    desk.exchange.choices = Choices(ok_takes_number=False)
    first, second = list(desk.exchange.world.markets)[:2]
    async with connected(desk) as socket:
        await said(socket, "subscribe", 2, channels=["orderbook_delta"], market_ticker=first)
        change = {"sid": 1, "action": "add_markets", "market_ticker": second}
        ok, snapshot = await said(socket, "update_subscription", 2, **change)

        assert (ok["seq"], snapshot["seq"]) == (1, 2)
