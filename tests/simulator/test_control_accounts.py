"""Accounts and the calendar, as the control API changes them."""

from __future__ import annotations

import asyncio
import stat
from pathlib import Path
from uuid import uuid4

import aiohttp
import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from simulator.access.credentials import KeyFolder
from simulator.start import start_exchange
from simulator.surface.server import serve
from tests.simulator.conversation import Client, first_market, talk


class RsaSigner:
    """Signs as the protocol wants RSA keys to (1.2)."""

    def __init__(self, key: rsa.RSAPrivateKey) -> None:
        self._key = key

    def sign(self, text: bytes) -> bytes:
        return self._key.sign(text, padding.PSS(padding.MGF1(SHA256()), 32), SHA256())


def talk_with_keys(folder: Path, conversation) -> None:
    async def run() -> None:
        exchange, keys = start_exchange(uuid4(), markets=12, seed=7, rate=0), KeyFolder(folder)
        key = ed25519.Ed25519PrivateKey.generate()
        member = exchange.enroll(key.public_key(), balance_e6=10**9, tier="unlimited", name="first")
        async with (
            serve(exchange, port=0, with_control=True, keys=keys) as served,
            aiohttp.ClientSession() as http,
        ):
            await conversation(Client(http, served, key, member.key_id))

    asyncio.run(run())


def new_client(client: Client, made: dict) -> Client:
    path = Path(made["private_key_path"])
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    key = load_pem_private_key(path.read_bytes(), password=None)
    signer = RsaSigner(key) if isinstance(key, rsa.RSAPrivateKey) else key
    return Client(client.http, client.served, signer, made["key_id"])


def test_accounts_made_at_the_same_time_have_names_and_keys_of_their_own(tmp_path):
    async def conversation(client: Client) -> None:
        unnamed = [client.control("POST", "/accounts") for _ in range(3)]
        named = [client.control("POST", "/accounts", {"name": "bob"}) for _ in range(2)]
        answers = await asyncio.gather(*unnamed, *named)
        made = [body for status, body in answers if status == 201]

        assert sorted(status for status, _ in answers) == [201, 201, 201, 201, 400]
        assert len({each["name"] for each in made}) == 4
        for each in made:
            assert (await new_client(client, each).call("GET", "/portfolio/balance"))[0] == 200

    talk_with_keys(tmp_path, conversation)


@pytest.mark.parametrize("kind", ["rsa", "ed25519"])
def test_an_account_made_over_the_control_api_trades_at_once(tmp_path, kind):
    async def conversation(client: Client) -> None:
        terms = {"name": "bob", "balance": "12.5", "tier": "expert", "key_type": kind}
        status, made = await client.control("POST", "/accounts", terms)
        assert (status, made["cash"]) == (201, "12.5000")
        bob = new_client(client, made)

        _, balance = await bob.call("GET", "/portfolio/balance")
        assert balance["balance_dollars"] == "12.5000"
        _, limits = await bob.call("GET", "/account/limits")
        assert limits["usage_tier"] == "expert"
        market = await first_market(bob)
        assert (await bob.order(market["ticker"], "bid", "0.0100"))[0] == 201
        _, theirs = await client.call("GET", "/portfolio/orders")
        assert theirs["orders"] == []
        _, ledger = await client.control("GET", f"/ledger?key_id={made['key_id']}")
        assert len(ledger["orders"]) == 1

    talk_with_keys(tmp_path, conversation)


def test_a_key_without_the_write_scope_reads_and_is_forbidden_the_rest(tmp_path):
    async def conversation(client: Client) -> None:
        _, made = await client.control("POST", "/accounts", {"scopes": ["read"], "key_type": "ed25519"})
        reader = new_client(client, made)

        assert made["scopes"] == ["read"]
        assert (await reader.call("GET", "/portfolio/balance"))[0] == 200
        async with reader.listener() as listener:
            await listener.subscribe("fill")
        market = await first_market(reader)
        status, body = await reader.order(market["ticker"], "bid", "0.0100")
        assert (status, body["error"]["code"]) == (403, "forbidden")
        assert (await reader.call("DELETE", "/portfolio/events/orders"))[0] == 403

    talk_with_keys(tmp_path, conversation)


def test_accounts_trade_with_each_other(tmp_path):
    async def conversation(client: Client) -> None:
        _, made = await client.control("POST", "/accounts", {"key_type": "ed25519"})
        other = new_client(client, made)
        ticker = (await first_market(client))["ticker"]
        price = (await first_market(client))["yes_bid_dollars"]
        best = f"{float(price) + 0.001:.4f}"
        assert (await client.order(ticker, "bid", best, count="1.00"))[0] == 201

        await other.order(ticker, "ask", best, count="1.00", time_in_force="immediate_or_cancel")

        for each, position in ((client, "1.00"), (other, "-1.00")):
            _, ledger = await each.control("GET", f"/ledger?key_id={each.key_id}")
            assert ledger["positions"] == {ticker: position}

    talk_with_keys(tmp_path, conversation)


@pytest.mark.parametrize(
    "terms",
    [
        {"name": "../x"},
        {"name": "first"},
        {"tier": "gold"},
        {"balance": "-1"},
        {"balance": "much"},
        {"colour": "red"},
        {"key_type": "dsa"},
        {"scopes": ["write"]},
        {"scopes": ["admin"]},
    ],
)
def test_a_nonsense_account_is_refused(tmp_path, terms):
    async def conversation(client: Client) -> None:
        assert (await client.control("POST", "/accounts", terms))[0] == 400
        _, listed = await client.control("GET", "/accounts")
        assert [account["name"] for account in listed["accounts"]] == ["first"]

    talk_with_keys(tmp_path, conversation)


def test_a_compressed_calendar_closes_markets_and_lists_new_ones():
    async def conversation(client: Client) -> None:
        async with client.listener() as listener:
            await listener.subscribe("market_lifecycle_v2")
            assert (await client.control("POST", "/clock", {"speed": 20_000}))[1]["speed"] == 20_000
            wanted = {"close_date_updated", "created", "activated", "determined", "settled"}
            while wanted:
                wanted.discard((await listener.next("market_lifecycle_v2"))["msg"]["event_type"])

        _, settled = await client.call("GET", "/markets", query={"status": "settled"})
        for ended in settled["markets"]:
            value = float(ended["settlement_value_dollars"])
            result = {0.0: "no", 1.0: "yes"}.get(value, "scalar")
            is_scalar = ended["market_type"] == "scalar"
            assert (ended["status"], ended["result"]) == ("finalized", "scalar" if is_scalar else result)
            assert 0 <= value <= 1

    talk(conversation)


def test_the_wires_clock_is_not_compressed():
    async def conversation(client: Client) -> None:
        await client.control("POST", "/clock", {"speed": 1_000_000})
        assert (await client.call("GET", "/portfolio/balance"))[0] == 200  # signed with the true time

    talk(conversation)


@pytest.mark.parametrize("body", [{"speed": 0}, {"speed": -1}, {"speed": "fast"}, {}, {"speed": 1e9}, []])
def test_a_nonsense_speed_is_refused(body):
    async def conversation(client: Client) -> None:
        assert (await client.control("POST", "/clock", body))[0] == 400

    talk(conversation)
