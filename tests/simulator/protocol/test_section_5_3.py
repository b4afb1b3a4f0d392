"""Protocol 5.3, errors: a test for each code that this exchange can give."""

from __future__ import annotations

import json

import pytest

from simulator.choices import Choices
from simulator.surface.websocket.command_errors import CHANNEL_ERROR, ERROR_TEXTS, OVERFLOW
from simulator.surface.websocket.commands import CommandSession
from simulator.surface.websocket.subscriptions import Sink
from tests.simulator.protocol.desk import Desk, at_desk
from tests.simulator.protocol.sockets import connected, heard, said

# Connections are signed before they open, commands are obeyed at once, and no channel takes match ids.
NEVER_GIVEN = {9, 18, 23}
RETIRED = {6, 16, 17}
BOOK, COMMUNICATIONS = {"channels": ["orderbook_delta"]}, {"channels": ["communications"]}

MISTAKES = [
    (1, "[1, 2]"),
    (2, {"cmd": "subscribe"}),
    (3, {"cmd": "subscribe", "params": {}}),
    (4, {"cmd": "unsubscribe", "params": {}}),
    (5, {"cmd": "dance", "params": {}}),
    (7, {"cmd": "unsubscribe", "params": {"sids": [99]}}),
    (8, {"cmd": "subscribe", "params": {"channels": ["ticker_v2"]}}),
    (11, {"cmd": "subscribe", "params": {"channels": ["fill"], "market_tickers": "KXA"}}),
    (11, {"cmd": "subscribe", "params": {"channels": ["fill"], "use_yes_price": "yes"}}),
    (12, {"cmd": "update_subscription", "params": {"sids": [1, 2], "action": "add_markets"}}),
    (13, {"cmd": "update_subscription", "params": {"sid": 1, "action": "swap_markets"}}),
    (14, {"cmd": "subscribe", "params": BOOK}),
    (14, {"cmd": "update_subscription", "params": {"sid": 1, "action": "add_markets"}}),
    (15, {"cmd": "update_subscription", "params": {"sid": 1}}),
    (19, {"cmd": "subscribe", "params": COMMUNICATIONS | {"shard_factor": 0}}),
    (20, {"cmd": "subscribe", "params": COMMUNICATIONS | {"shard_key": 1}}),
    (21, {"cmd": "subscribe", "params": COMMUNICATIONS | {"shard_factor": 2, "shard_key": 2}}),
    (22, {"cmd": "subscribe", "params": COMMUNICATIONS | {"shard_factor": 101}}),
    (24, {"cmd": "subscribe", "params": {"channels": ["cfbenchmarks_value"]}}),
    (28, {"cmd": "subscribe", "params": {"channels": ["pyth_value"]}}),
]


@pytest.mark.parametrize(("code", "command"), MISTAKES)
@at_desk()
async def test_a_mistake_is_answered_with_its_code_and_text(desk: Desk, code: int, command):
    async with connected(desk) as socket:
        await said(socket, "subscribe", 1, channels=["fill"])
        text = command if isinstance(command, str) else json.dumps({"id": 5} | command)
        await socket.socket.send_str(text)
        (error,) = await heard(socket, 1)

        assert (error["type"], error["msg"]["code"]) == ("error", code)
        assert error["msg"]["msg"] == ERROR_TEXTS[code]
        assert error.get("id") == (None if code == 1 else 5)


def test_every_code_is_given_or_cannot_be():
    given = {code for code, _ in MISTAKES} | {CHANNEL_ERROR, OVERFLOW, 26, 27}

    assert given | NEVER_GIVEN == set(ERROR_TEXTS)
    assert RETIRED.isdisjoint(ERROR_TEXTS)


@at_desk()
async def test_an_unknown_market_is_named(desk: Desk):
    async with connected(desk) as socket:
        params = {"channels": ["orderbook_delta"], "market_tickers": [desk.ticker, "KXNONE"]}
        (error,) = await said(socket, "subscribe", 1, **params)

        assert error == {
            "id": 1,
            "type": "error",
            "msg": {"code": 11, "msg": "Invalid parameter", "market_tickers": ["KXNONE"]},
        }


@at_desk()
async def test_an_error_about_a_subscription_takes_a_number_of_it(desk: Desk):
    async with connected(desk) as socket:
        await said(socket, "subscribe", 2, channels=["orderbook_delta"], market_ticker=desk.ticker)
        change = {"sid": 1, "action": "add_markets", "market_tickers": ["KXNONE"]}
        (error,) = await said(socket, "update_subscription", 1, **change)

        assert (error["id"], error["sid"], error["seq"]) == (2, 1, 2)


@at_desk()
async def test_more_markets_than_a_subscription_holds_are_refused_with_26(desk: Desk):
    desk.exchange.choices = Choices(most_markets_per_subscription=2)
    names = list(desk.exchange.world.markets)
    async with connected(desk) as socket:
        (error,) = await said(socket, "subscribe", 1, channels=["trade"], market_tickers=names[:3])
        assert error["msg"]["code"] == 26
        await said(socket, "subscribe", 1, channels=["trade"], market_tickers=names[:2])
        change = {"sid": 1, "action": "add_markets", "market_tickers": names[:3]}
        (error,) = await said(socket, "update_subscription", 1, **change)
        assert (error["msg"]["code"], error["sid"]) == (26, 1)


@at_desk()
async def test_more_markets_than_a_session_holds_are_refused_with_26(desk: Desk):
    desk.exchange.choices = Choices(most_markets_per_session=3)
    names = list(desk.exchange.world.markets)
    async with connected(desk) as socket:
        await said(socket, "subscribe", 1, channels=["trade"], market_tickers=names[:2])
        (error,) = await said(socket, "subscribe", 1, channels=["ticker"], market_tickers=names[:2])
        assert error["msg"]["code"] == 26


@at_desk()
async def test_commands_faster_than_the_limit_are_refused_with_27(desk: Desk):
    desk.exchange.choices = Choices(most_commands_per_s=2)
    async with connected(desk) as socket:
        for _ in range(3):
            await socket.command("list_subscriptions")
        first, second, third = await heard(socket, 3)

        assert (first["type"], second["type"]) == ("ok", "ok")
        assert (third["id"], third["msg"]["code"]) == (3, 27)


@pytest.mark.parametrize("code", [CHANNEL_ERROR, OVERFLOW])
@at_desk()
async def test_a_terminal_error_ends_its_subscription(desk: Desk, code: int):
    """Reached from inside: nothing that a client sends asks for one."""
    told: list[dict] = []

    class Mailbox(Sink):
        def send(self, payload: bytes) -> None:
            told.append(json.loads(payload))

    exchange = desk.exchange
    account = exchange.members[desk.client.key_id].account
    session = CommandSession(account, Mailbox(), exchange.publisher, exchange.world.markets, exchange.now_us)
    subscribe = {"channels": ["orderbook_delta"], "market_ticker": desk.ticker}
    session.receive(json.dumps({"id": 1, "cmd": "subscribe", "params": subscribe}))
    session.end_subscriptions(code)
    await desk.rest()

    assert told[2:] == [
        {"sid": 1, "seq": 2, "type": "error", "msg": {"code": code, "msg": ERROR_TEXTS[code]}}
    ]
