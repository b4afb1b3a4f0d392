"""The exchange as a client meets it, over real sockets on loopback."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from uuid import uuid4

import aiohttp
import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519

from simulator.exchange import Exchange
from simulator.start import start_exchange
from simulator.surface.server import serve
from tests.simulator.conversation import REST, WS, Client, first_market, talk


def test_an_order_lives_from_create_to_cancel():
    async def conversation(client: Client) -> None:
        market = await first_market(client)
        status, created = await client.order(
            market["ticker"], "bid", market["yes_bid_dollars"], client_order_id="rl1-a"
        )
        assert (status, created["remaining_count"]) == (201, "2.00")

        path = f"/portfolio/events/orders/{created['order_id']}"
        query = {"market_ticker": market["ticker"], "exchange_index": 0}
        status, canceled = await client.call("DELETE", path, query=query)
        assert (status, canceled["reduced_by"]) == (200, "2.00")
        assert (await client.call("DELETE", path, query=query))[0] == 404

        status, read = await client.call("GET", f"/portfolio/orders/{created['order_id']}")
        assert (status, read["order"]["status"]) == (200, "canceled")

    talk(conversation)


def test_the_ledger_is_the_sum_of_what_was_done():
    async def conversation(client: Client) -> None:
        market = await first_market(client)
        terms = {"time_in_force": "immediate_or_cancel", "client_order_id": "rl1-b"}
        status, created = await client.order(market["ticker"], "bid", "0.9900", **terms)
        assert (status, created["fill_count"]) == (201, "2.00")
        assert (await client.order(market["ticker"], "bid", "0.9900", **terms))[0] == 409

        _, ledger = await client.control("GET", "/ledger")
        _, balance = await client.call("GET", "/portfolio/balance")
        _, fills = await client.call("GET", "/portfolio/fills")
        assert ledger["client_order_ids"] == {"rl1-b": 2}
        assert ledger["order_requests"] == 2
        assert ledger["positions"] == {market["ticker"]: "2.00"}
        assert ledger["fills"] == fills["fills"]
        assert (ledger["cash"], ledger["reserved"]) == (balance["balance_dollars"], "0.0000")

    talk(conversation)


def test_who_does_not_sign_gets_public_data_only():
    async def conversation(client: Client) -> None:
        assert (await client.call("GET", "/markets", signed=False))[0] == 200
        assert (await client.call("GET", "/portfolio/balance", signed=False))[0] == 401

    talk(conversation)


def test_a_bad_signature_is_refused_on_a_public_path_too():
    async def conversation(client: Client) -> None:
        headers = client.headers("GET", f"{REST}/exchange/status", signed_path="/elsewhere")
        url = f"{client.served.rest_url}/exchange/status"
        async with client.http.get(url, headers=headers) as answer:
            assert answer.status == 401
            assert (await answer.json())["error"]["code"] == "authentication_error"

    talk(conversation)


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/exchange/status", "rest_exchange_status"),
        ("/account/limits", "rest_account_limits"),
        ("/account/endpoint_costs", "rest_endpoint_costs"),
    ],
)
def test_the_state_and_the_limits_are_word_for_word(path, name):
    wanted = json.loads((Path(__file__).parents[1] / "wire" / f"{name}.json").read_text())["body"]

    async def conversation(client: Client) -> None:
        assert await client.call("GET", path) == (200, wanted)

    talk(conversation, tier="basic")


def test_an_event_comes_with_its_markets():
    async def conversation(client: Client) -> None:
        market = await first_market(client)
        _, body = await client.call("GET", f"/events/{market['event_ticker']}", signed=False)
        assert market["ticker"] in [nested["ticker"] for nested in body["markets"]]
        _, series = await client.call("GET", f"/series/{body['event']['series_ticker']}", signed=False)
        assert series["series"]["fee_type"] == "quadratic"

    talk(conversation)


def test_an_unsigned_upgrade_is_refused():
    async def conversation(client: Client) -> None:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await client.http.ws_connect(client.served.ws_url)
        assert refused.value.status == 401

    talk(conversation)


def test_an_empty_bucket_is_answered_with_the_string_shape():
    async def conversation(client: Client) -> None:
        market = await first_market(client)
        orders = (client.order(market["ticker"], "bid", "0.0100") for _ in range(60))
        answers = await asyncio.gather(*orders)  # at once: a bucket fills again while it is being emptied
        refused = [answer for answer in answers if answer[0] != 201]
        assert refused
        assert refused == [(429, {"error": "too many requests"})] * len(refused)
        assert len(answers) - len(refused) >= 10

    talk(conversation, tier="basic")


def test_pages_cover_everything_once():
    async def conversation(client: Client) -> None:
        tickers, cursor = [], ""
        while True:
            _, body = await client.call("GET", "/markets", signed=False, query={"limit": 7, "cursor": cursor})
            tickers += [market["ticker"] for market in body["markets"]]
            cursor = body["cursor"]
            if not cursor:
                break
        assert len(tickers) == len(set(tickers)) == 40

    talk(conversation)


def test_a_hundred_books_fit_in_one_request():
    async def conversation(client: Client) -> None:
        market = await first_market(client)
        query = [("tickers", market["ticker"])] * 100
        status, body = await client.call("GET", "/markets/orderbooks", signed=False, query=query)
        assert (status, len(body["orderbooks"])) == (200, 100)

    talk(conversation)


@pytest.mark.parametrize(
    ("terms", "status", "code"),
    [
        ({"ticker": None}, 400, "missing_parameters"),
        ({"side": None}, 400, "invalid_order"),
        ({"price": "0.10001"}, 400, "invalid_order"),
        ({"client_order_id": "a.b"}, 400, "invalid_parameters"),
        ({"ticker": "KXNONE"}, 404, "market_not_found"),
        ({"count": "999999.00"}, 400, "insufficient_balance"),
    ],
)
def test_a_wrong_order_is_refused_in_the_nested_shape(terms, status, code):
    async def conversation(client: Client) -> None:
        market = await first_market(client)
        answer = await client.order(market["ticker"], "bid", "0.1000", **terms)
        assert (answer[0], answer[1]["error"]["code"]) == (status, code)

    talk(conversation)


def test_a_wrong_json_type_is_refused_in_the_flat_shape():
    async def conversation(client: Client) -> None:
        market = await first_market(client)
        status, body = await client.order(market["ticker"], "bid", "0.1000", count=2)
        assert (status, body["code"]) == (400, "bad_request")

    talk(conversation)


def test_unknown_paths_and_methods_are_answered_in_the_venues_shape():
    async def conversation(client: Client) -> None:
        status, body = await client.call("GET", "/nowhere")
        assert (status, body["error"]["code"]) == (404, "not_found")
        url = f"{client.served.rest_url}/portfolio/orders"
        async with client.http.put(url, headers=client.headers("PUT", f"{REST}/portfolio/orders")) as answer:
            assert (answer.status, answer.headers["Allow"]) == (405, "GET,HEAD")
            assert (await answer.json())["error"]["code"] == "method_not_allowed"

    talk(conversation)


def test_the_control_api_is_shut_unless_asked_for():
    async def conversation(client: Client) -> None:
        assert client.served.control_url is None
        url = client.served.rest_url.replace(REST, "/control/ledger")
        async with client.http.get(url) as answer:
            assert answer.status == 404

    talk(conversation, with_control=False)


def test_the_flow_can_be_started_and_told_over_the_socket():
    async def conversation(client: Client) -> None:
        market = await first_market(client)
        async with client.http.ws_connect(client.served.ws_url, headers=client.headers("GET", WS)) as socket:
            params = {"channels": ["orderbook_delta", "user_orders"], "market_ticker": market["ticker"]}
            await socket.send_json({"id": 1, "cmd": "subscribe", "params": params})
            await client.control("POST", "/flow", {"rate": 2000})
            kinds = set()
            while "orderbook_delta" not in kinds:
                kinds.add((await socket.receive_json(timeout=10))["type"])
            assert kinds >= {"subscribed", "orderbook_snapshot", "orderbook_delta"}

    talk(conversation)


def test_a_nonsense_rate_is_refused():
    async def conversation(client: Client) -> None:
        for body in ({"rate": -1}, {}, {"rate": "fast"}, []):
            assert (await client.control("POST", "/flow", body))[0] == 400

    talk(conversation)


def test_a_stopping_exchange_says_goodbye():
    async def run() -> None:
        exchange = start_exchange(uuid4(), markets=1, seed=7, rate=0)
        key = ed25519.Ed25519PrivateKey.generate()
        member = exchange.enroll(key.public_key(), balance_e6=0, tier="basic")
        async with aiohttp.ClientSession() as http:
            async with serve(exchange, port=0, with_control=False) as served:
                client = Client(http, served, key, member.key_id)
                socket = await http.ws_connect(served.ws_url, headers=client.headers("GET", WS))
                goodbye = asyncio.create_task(socket.receive())
                await asyncio.sleep(0)
            assert (await goodbye).data == aiohttp.WSCloseCode.GOING_AWAY

    asyncio.run(run())


def test_an_exchange_that_cannot_go_on_ends_instead_of_standing_still(monkeypatch, capsys):
    def broken(*_args, **_terms):
        raise ZeroDivisionError("of the test")

    monkeypatch.setattr(Exchange, "step", broken)

    async def conversation(client: Client) -> None:
        while True:
            await client.call("GET", "/exchange/status", signed=False)

    with pytest.raises(SystemExit) as ended:
        talk(conversation)
    assert ended.value.code == 70
    assert "of the test" in capsys.readouterr().err


def test_a_mistake_of_the_exchange_is_logged_and_one_of_its_client_is_not(monkeypatch, caplog):
    monkeypatch.setattr("simulator.surface.rest.exchange_state.rfc3339_us", lambda _: 1 / 0)

    async def conversation(client: Client) -> None:
        host, port = client.served.rest_url.split("/")[2].split(":")
        _, writer = await asyncio.open_connection(host, int(port))
        writer.write(b"GET / HTTP/9.9\r\n\r\n")
        writer.close()
        async with client.http.get(f"{client.served.rest_url}/exchange/user_data_timestamp") as answer:
            assert answer.status == 500

    with caplog.at_level("ERROR", logger="aiohttp.server"):
        talk(conversation)
    assert len(caplog.records) == 1
