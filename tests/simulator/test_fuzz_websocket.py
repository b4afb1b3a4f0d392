"""Whatever is sent over a WebSocket, the exchange answers or closes, and lives on."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import random

import aiohttp
import pytest
from yarl import URL

from simulator.surface.websocket.channels import CHANNELS
from tests.simulator.conversation import WS, Client, talk
from tests.simulator.nonsense import BROKEN_BODIES, Nonsense

ANSWER_S = 10.0
ROUNDS, COMMANDS = 30, 40
LAST_ID = 10**9
PARAMS = [
    *("channels", "market_ticker", "market_tickers", "market_id", "market_ids", "sids", "sid", "action"),
    *("use_yes_price", "send_initial_snapshot", "skip_ticker_ack", "shard_factor", "shard_key", "index_ids"),
]
CMDS = ["subscribe", "unsubscribe", "update_subscription", "list_subscriptions", "login"]
ACTIONS = ["add_markets", "delete_markets", "get_snapshot", "sell"]


def command(nonsense: Nonsense, tickers: list[str]) -> bytes:
    """Nearly a command."""
    rng = nonsense.rng
    params: dict[str, object] = {
        "channels": rng.sample([*CHANNELS, "weather"], k=rng.randint(0, 3)),
        "market_tickers": rng.sample([*tickers, "KXNONE"], k=rng.randint(0, 3)),
        "sids": [rng.randint(1, 6)],
        "action": rng.choice(ACTIONS),
    }
    for _ in range(rng.choice((0, 0, 1, 2))):
        params[rng.choice(PARAMS)] = nonsense.value()
    sent = {"id": rng.randint(0, 100), "cmd": rng.choice(CMDS), "params": params}
    for _ in range(rng.choice((0, 0, 0, 1))):
        sent[rng.choice(("id", "cmd", "params", "colour"))] = nonsense.value()
    return json.dumps(sent).encode()


def test_a_connection_survives_any_message_and_answers_the_next():
    async def conversation(client: Client) -> None:
        nonsense, tickers = Nonsense(seed=7), list(client.exchange.world.markets)[:5]
        rng, kinds = nonsense.rng, set()
        for _ in range(ROUNDS):
            async with client.listener() as listener:
                for _ in range(COMMANDS):
                    sent = rng.choice(BROKEN_BODIES) if rng.random() < 0.2 else command(nonsense, tickers)
                    if rng.random() < 0.2:
                        await listener.socket.send_bytes(sent + rng.randbytes(rng.choice((0, 0, 5))))
                    else:
                        await listener.socket.send_str(sent.decode(errors="replace"))
                await listener.socket.send_json({"id": LAST_ID, "cmd": "list_subscriptions"})
                while (message := await listener.next()).get("id") != LAST_ID:
                    kinds.add(message["type"])
                assert message["type"] == "ok"
        assert {"subscribed", "unsubscribed", "ok", "error", "orderbook_snapshot"} <= kinds

    talk(conversation)


def upgrade(client: Client, url: URL) -> bytes:
    headers = client.headers("GET", WS) | {
        "Host": f"{url.host}:{url.port}",
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"GET {WS} HTTP/1.1\r\n{lines}\r\n".encode()


@pytest.mark.parametrize(
    "frames",
    [
        pytest.param(b"\x81\x02{}", id="not masked"),
        pytest.param(b"\x83\x80\0\0\0\0", id="reserved opcode"),
        pytest.param(b"\xf1\x80\0\0\0\0", id="reserved bits"),
        pytest.param(b"\x89\xfe\x01\x00\0\0\0\0" + b"a" * 256, id="ping too long"),
        pytest.param(b"\x80\x80\0\0\0\0", id="continuation of nothing"),
        pytest.param(b"\x81\xff\xff\xff\xff\xff\xff\xff\xff\xff\0\0\0\0", id="endless length"),
        pytest.param(b"\x81\xff\0\0\0\0\x7f\xff\xff\xff\0\0\0\0aaaa", id="two gigabytes announced"),
        pytest.param(b"\x81\x82\0\0\0\0\xff\xfe", id="not UTF-8"),
        pytest.param(b"\x88\x81\0\0\0\0a", id="close with half a code"),
        *(pytest.param(random.Random(seed).randbytes(5_000), id=f"random bytes {seed}") for seed in range(8)),
    ],
)
def test_bytes_that_are_no_frames_end_that_connection_alone(frames):
    async def conversation(client: Client) -> None:
        url = URL(client.served.ws_url)
        async with client.listener() as bystander:
            reader, writer = await asyncio.open_connection(url.host, url.port)
            writer.write(upgrade(client, url))
            assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101")
            writer.write(frames)
            writer.write_eof()
            await asyncio.wait_for(reader.read(), ANSWER_S)
            writer.close()
            await bystander.command("list_subscriptions")

            assert (await bystander.next())["type"] == "ok"

    talk(conversation)


@pytest.mark.parametrize(
    "changed",
    [
        {"Sec-WebSocket-Version": "0"},
        {"Sec-WebSocket-Key": "short"},
        {"Upgrade": "h2c"},
        {"Connection": "close"},
    ],
)
def test_an_upgrade_that_is_none_is_refused(changed):
    async def conversation(client: Client) -> None:
        url = client.served.ws_url.replace("ws:", "http:")
        headers = client.headers("GET", WS) | {
            "Connection": "Upgrade",
            "Upgrade": "websocket",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
        }
        timeout = aiohttp.ClientTimeout(total=ANSWER_S)
        async with client.http.get(url, headers=headers | changed, timeout=timeout) as answer:
            assert answer.status in (400, 426)
            assert answer.content_type == "application/json"

    talk(conversation)
