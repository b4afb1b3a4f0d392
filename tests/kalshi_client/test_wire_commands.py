"""Every command of the protocol is written as its golden frame."""

import json

import pytest

from kalshi_client.wire import commands
from tests.kalshi_client.golden_values import BOS, CHI, NYC, NYC_ID, WIRE

PUBLIC = ["trade", "market_lifecycle_v2", "multivariate_market_lifecycle"]

COMMANDS = [
    (
        "cmd_subscribe_orderbook",
        commands.subscribe(1, ["orderbook_delta"], tickers=[NYC, BOS]),
    ),
    ("cmd_subscribe_private", commands.subscribe(1, ["fill", "user_orders"])),
    ("cmd_subscribe_public", commands.subscribe(3, PUBLIC)),
    (
        "cmd_subscribe_ticker",
        commands.subscribe(
            2, ["ticker"], market_ids=[NYC_ID], send_initial_snapshot=True, skip_ticker_ack=True
        ),
    ),
    ("cmd_unsubscribe", commands.unsubscribe(5, [1])),
    ("cmd_add_markets", commands.add_markets(2, 1, [CHI])),
    (
        "cmd_add_markets_by_id",
        commands.add_markets(10, 2, market_ids=[NYC_ID], send_initial_snapshot=True, skip_ticker_ack=True),
    ),
    ("cmd_delete_markets", commands.delete_markets(3, 1, [BOS])),
    ("cmd_get_snapshot", commands.get_snapshot(4, 1, [NYC, BOS])),
    ("cmd_list_subscriptions", commands.list_subscriptions(6)),
]


@pytest.mark.parametrize(("name", "command"), COMMANDS)
def test_command_is_the_golden_one(name, command):
    assert json.loads(command) == json.loads((WIRE / f"{name}.json").read_text())["frame"]


def test_every_golden_command_can_be_written():
    assert {name for name, _ in COMMANDS} == {path.stem for path in WIRE.glob("cmd_*.json")}


def test_scale_of_the_no_side_is_said_only_to_the_book_channel():
    assert b"use_yes_price" not in commands.subscribe(1, ["trade", "ticker"])
    assert json.loads(commands.subscribe(1, ["trade", "orderbook_delta"]))["params"]["use_yes_price"] is False
