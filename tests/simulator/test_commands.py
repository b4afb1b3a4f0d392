"""The conversation of one connection, without a network."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from simulator.engine.matching.matching_engine import MatchingEngine
from simulator.engine.matching.orders import NewOrder
from simulator.surface.websocket.commands import CommandSession
from simulator.surface.websocket.subscriptions import Publisher, Sink
from tests.simulator.builders import IDS, NOW_US, TICKER, listed

OTHER = "KXRAIN-26DEC31-BOS"
WIRE = Path(__file__).parents[1] / "wire"


class Mailbox(Sink):
    def __init__(self) -> None:
        self.messages: list[Any] = []

    def send(self, payload: bytes) -> None:
        self.messages.append(json.loads(payload))

    def take(self) -> list[Any]:
        taken, self.messages = self.messages, []
        return taken


class Connection:
    def __init__(self) -> None:
        self.publisher = Publisher(IDS)
        self.engine = MatchingEngine({TICKER: listed(), OTHER: listed(OTHER)}, IDS, self.publisher)
        self.user = self.engine.open_account(10**9)
        self.other = self.engine.open_account(0, is_counterparty=True)
        self.mailbox = Mailbox()
        self.session = self.connect(self.mailbox)

    def connect(self, mailbox: Mailbox) -> CommandSession:
        return CommandSession(self.user, mailbox, self.publisher, self.engine.markets, lambda: NOW_US)

    def say(self, command: Any) -> list[Any]:
        self.session.receive(command if isinstance(command, str | bytes) else json.dumps(command))
        return self.mailbox.take()

    def subscribe(self, *channels: str, **params: Any) -> list[Any]:
        return self.say({"id": 1, "cmd": "subscribe", "params": {"channels": channels, **params}})

    def send(self, side, price_e4: int, *, by=None, ticker: str = TICKER, client_order_id: str = "c1"):
        new = NewOrder(ticker, side, price_e4, 100, client_order_id=client_order_id)
        return self.engine.place(by or self.user, new, now_us=NOW_US)


@pytest.fixture
def connection() -> Connection:
    return Connection()


def test_subscribed_comes_before_the_snapshots(connection):
    connection.send("bid", 4700)
    said = connection.subscribe("orderbook_delta", market_tickers=[TICKER, OTHER])

    assert said[0] == {"id": 1, "type": "subscribed", "msg": {"channel": "orderbook_delta", "sid": 1}}
    assert [(m["type"], m["seq"], m["msg"]["market_ticker"]) for m in said[1:]] == [
        ("orderbook_snapshot", 1, TICKER),
        ("orderbook_snapshot", 2, OTHER),
    ]
    assert said[1]["msg"]["yes_dollars_fp"] == [["0.4700", "1.00"]]
    assert said[1]["msg"]["no_dollars_fp"] == []


def test_every_channel_has_its_own_sid(connection):
    said = connection.subscribe("fill", "user_orders")

    assert [m["msg"]["sid"] for m in said] == [1, 2]
    assert {m["id"] for m in said} == {1}


def test_one_counter_runs_through_all_markets_and_the_ok(connection):
    connection.subscribe("orderbook_delta", market_ticker=TICKER)
    update = {"action": "add_markets", "sids": [1], "market_tickers": [OTHER]}
    said = connection.say({"id": 2, "cmd": "update_subscription", "params": update})
    connection.send("bid", 4700, by=connection.other)
    connection.send("bid", 4700, by=connection.other, ticker=OTHER)
    said += connection.mailbox.take()

    assert [(m["type"], m["seq"]) for m in said] == [
        ("ok", 2),
        ("orderbook_snapshot", 3),
        ("orderbook_delta", 4),
        ("orderbook_delta", 5),
    ]
    assert said[0]["msg"] == {"market_tickers": sorted([TICKER, OTHER])}


def test_subscribing_again_keeps_the_sid_and_merges_the_markets(connection):
    connection.subscribe("orderbook_delta", market_ticker=TICKER)
    said = connection.subscribe("orderbook_delta", market_tickers=[TICKER, OTHER])

    assert said[0]["msg"]["sid"] == 1
    assert [m["msg"]["market_ticker"] for m in said[1:]] == [TICKER, OTHER]


def test_a_deleted_market_is_silent_and_the_rest_is_not(connection):
    connection.subscribe("orderbook_delta", market_tickers=[TICKER, OTHER])
    update = {"action": "delete_markets", "sid": 1, "market_ticker": TICKER}
    said = connection.say({"id": 2, "cmd": "update_subscription", "params": update})
    connection.send("bid", 4700, by=connection.other)
    connection.send("bid", 4700, by=connection.other, ticker=OTHER)

    assert said[0]["msg"]["market_tickers"] == [OTHER]
    assert [m["msg"]["market_ticker"] for m in connection.mailbox.take()] == [OTHER]


def test_a_requested_snapshot_carries_the_id_and_takes_a_number(connection):
    connection.subscribe("orderbook_delta", market_ticker=TICKER)
    update = {"action": "get_snapshot", "sids": [1], "market_tickers": [TICKER]}
    (said,) = connection.say({"id": 9, "cmd": "update_subscription", "params": update})

    assert (said["id"], said["type"], said["seq"]) == (9, "orderbook_snapshot", 2)


@pytest.mark.parametrize(("yes_price", "price"), [(False, "0.5200"), (True, "0.4800")])
def test_no_levels_are_priced_as_the_subscription_asked(connection, yes_price, price):
    connection.send("ask", 4800, by=connection.other)
    said = connection.subscribe("orderbook_delta", market_ticker=TICKER, use_yes_price=yes_price)
    connection.send("ask", 4800, by=connection.other)
    (delta,) = connection.mailbox.take()

    assert said[1]["msg"]["no_dollars_fp"] == [[price, "1.00"]]
    assert (delta["msg"]["side"], delta["msg"]["price_dollars"]) == ("no", price)


def test_only_the_account_that_caused_a_delta_sees_its_client_order_id(connection):
    connection.subscribe("orderbook_delta", market_ticker=TICKER)
    stranger = Mailbox()
    theirs = CommandSession(
        connection.engine.open_account(0), stranger, connection.publisher, connection.engine.markets, int
    )
    subscribe = {"channels": ["orderbook_delta"], "market_ticker": TICKER}
    theirs.receive(json.dumps({"id": 1, "cmd": "subscribe", "params": subscribe}))
    connection.send("bid", 4700, client_order_id="mine")

    assert connection.mailbox.take()[-1]["msg"]["client_order_id"] == "mine"
    assert "client_order_id" not in stranger.take()[-1]["msg"]


def test_private_channels_tell_an_account_of_itself_alone(connection):
    connection.subscribe("fill", "user_orders", "market_positions")
    connection.send("ask", 4800, by=connection.other)
    connection.send("bid", 4800, client_order_id="mine")
    said = connection.mailbox.take()

    assert [m["type"] for m in said] == ["fill", "market_position", "user_order"]
    assert all("seq" not in m for m in said)
    assert said[0]["msg"]["client_order_id"] == "mine"
    assert said[0]["msg"]["post_position_fp"] == "1.00"
    assert said[2]["msg"]["status"] == "executed"


def test_trades_are_numbered_and_tickers_are_not(connection):
    connection.subscribe("ticker", "trade")
    connection.send("ask", 4800, by=connection.other)
    connection.send("bid", 4800)
    connection.publisher.send_due_tickers(NOW_US)
    trade, ticker = connection.mailbox.take()

    assert (trade["type"], trade["seq"]) == ("trade", 1)
    assert (ticker["type"], ticker["msg"]["price_dollars"]) == ("ticker", "0.4800")


def test_an_unsubscribed_channel_is_silent(connection):
    connection.subscribe("orderbook_delta", market_ticker=TICKER)
    said = connection.say({"id": 5, "cmd": "unsubscribe", "params": {"sids": [1]}})
    connection.send("bid", 4700)

    assert said == [{"id": 5, "sid": 1, "seq": 2, "type": "unsubscribed"}]
    assert connection.mailbox.take() == []


def test_subscriptions_are_listed(connection):
    connection.subscribe("fill")

    assert connection.say({"id": 4, "cmd": "list_subscriptions"}) == [
        {"id": 4, "type": "ok", "msg": [{"channel": "fill", "sid": 1}]}
    ]


def test_an_overflow_ends_every_subscription_with_error_25(connection):
    connection.subscribe("orderbook_delta", market_ticker=TICKER)
    connection.session.overflow()
    connection.send("bid", 4700)

    assert connection.mailbox.take() == [
        {"sid": 1, "seq": 2, "type": "error", "msg": {"code": 25, "msg": "Subscription buffer overflow"}}
    ]


@pytest.mark.parametrize(
    ("command", "code"),
    [
        pytest.param("{bad", 1, id="not JSON"),
        pytest.param(b"\xff", 1, id="not UTF-8"),
        pytest.param([], 1, id="not an object"),
        pytest.param({"id": 1, "cmd": "subscribe"}, 2, id="no params"),
        pytest.param({"id": 1, "cmd": "subscribe", "params": {}}, 3, id="no channels"),
        pytest.param({"id": 1, "cmd": "unsubscribe", "params": {}}, 4, id="no sids"),
        pytest.param({"id": 1, "cmd": "dance"}, 5, id="unknown command"),
        pytest.param({"id": 1, "cmd": "unsubscribe", "params": {"sids": [9]}}, 7, id="unknown sid"),
        pytest.param({"id": 1, "cmd": "subscribe", "params": {"channels": ["x"]}}, 8, id="unknown channel"),
        pytest.param(
            {"id": 1, "cmd": "subscribe", "params": {"channels": ["fill"], "market_ticker": "KXNO"}},
            11,
            id="unknown market",
        ),
        pytest.param({"id": 1, "cmd": "update_subscription", "params": {"sids": [1, 2]}}, 12, id="two sids"),
        pytest.param(
            {"id": 1, "cmd": "update_subscription", "params": {"sid": 1, "action": "x"}}, 13, id="bad action"
        ),
        pytest.param(
            {"id": 1, "cmd": "subscribe", "params": {"channels": ["orderbook_delta"]}}, 14, id="no market"
        ),
        pytest.param({"id": 1, "cmd": "update_subscription", "params": {"sid": 1}}, 15, id="no action"),
    ],
)
def test_a_mistake_is_answered_with_its_code(connection, command, code):
    connection.subscribe("fill")
    (said,) = connection.say(command)

    assert (said["type"], said["msg"]["code"]) == ("error", code)


def test_commands_in_bytes_are_as_good_as_text(connection):
    assert connection.say(b'{"id":4,"cmd":"list_subscriptions"}')[0]["type"] == "ok"


def test_replies_have_the_fields_of_the_golden_frames(connection):
    update = {"action": "add_markets", "sid": 1, "market_tickers": [OTHER]}
    sent = {
        "ws_subscribed": connection.subscribe("orderbook_delta", market_ticker=TICKER)[0],
        "ws_ok": connection.say({"id": 2, "cmd": "update_subscription", "params": update})[0],
        "ws_ok_skip_ticker_ack": connection.say(
            {
                "id": 9,
                "cmd": "update_subscription",
                "params": update | {"action": "delete_markets", "skip_ticker_ack": True},
            }
        )[0],
        "ws_error_market_tickers": connection.say(
            {"id": 6, "cmd": "update_subscription", "params": update | {"market_tickers": ["KXNONE"]}}
        )[0],
        "ws_ok_list_subscriptions": connection.say({"id": 4, "cmd": "list_subscriptions"})[0],
        "ws_unsubscribed": connection.say({"id": 5, "cmd": "unsubscribe", "params": {"sids": [1]}})[0],
        "ws_error": connection.say({"id": 3, "cmd": "unsubscribe", "params": {"sids": [1]}})[0],
    }

    for name, message in sent.items():
        wanted = json.loads((WIRE / f"{name}.json").read_text())["frame"]
        assert message.keys() == wanted.keys()
        assert (message["id"], message["type"]) == (wanted["id"], wanted["type"])
        assert type(message.get("msg")) is type(wanted.get("msg"))


def test_null_in_a_commands_params_is_the_same_as_absent(connection):
    """Clients that write all fields of a class have nulls in what they do not use."""
    (told, snapshot) = connection.subscribe(
        "orderbook_delta", market_ticker=None, market_tickers=[TICKER], market_ids=None, use_yes_price=None
    )
    more = {"sid": None, "sids": [1], "action": "add_markets", "market_ticker": OTHER, "market_tickers": None}
    (added, _) = connection.say({"id": 2, "cmd": "update_subscription", "params": more})
    (ended,) = connection.say({"id": 3, "cmd": "unsubscribe", "params": {"sid": 1, "sids": None}})

    assert [told["type"], snapshot["type"]] == ["subscribed", "orderbook_snapshot"]
    assert added["msg"]["market_tickers"] == [OTHER, TICKER]
    assert ended["type"] == "unsubscribed"
