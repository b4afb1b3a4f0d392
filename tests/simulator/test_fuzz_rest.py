"""Whatever is asked over REST is answered, in the venue's shapes, and never with a 500."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from urllib.parse import quote

import aiohttp
from yarl import URL

from simulator.surface.rest.access import CONTROL_PREFIX, REST_PREFIX, WS_PATH
from simulator.surface.server import build_app
from tests.simulator.conversation import Client, talk
from tests.simulator.nonsense import BROKEN_BODIES, Nonsense

REQUESTS = 1_500
ANSWER_S = 10.0
READS = ("GET",)


def fuzz(conversation) -> None:
    """Run a conversation that knows every route of the exchange."""

    async def run(client: Client) -> None:
        app = build_app(client.exchange, with_control=True)
        routes = {(route.method, route.resource.canonical) for route in app.router.routes()}
        # The upgrade has a test of its own, and an armed fault would excuse everything after it.
        left_out = (WS_PATH, f"{CONTROL_PREFIX}/faults")
        chosen = sorted(route for route in routes if route[0] != "HEAD" and route[1] not in left_out)
        await conversation(client, chosen)

    talk(run)


async def ask(client: Client, method: str, path: str, query, body: bytes) -> tuple[int, bytes, str]:
    url = URL(client.served.rest_url.removesuffix(REST_PREFIX) + path, encoded=True).with_query(query)
    headers = client.headers(method, path) | {"Content-Type": "application/json"}
    timeout = aiohttp.ClientTimeout(total=ANSWER_S)
    async with client.http.request(method, url, headers=headers, data=body, timeout=timeout) as answer:
        return answer.status, await answer.read(), answer.content_type


def judge(asked: str, status: int, answer: bytes, content_type: str) -> None:
    assert status < 500, asked
    if status == 204:
        assert answer == b"", asked
        return
    assert content_type == "application/json", asked
    body = json.loads(answer)
    if status >= 400:
        error = body.get("error", body)
        assert isinstance(error, str) or error["code"], asked


def test_a_broken_body_is_refused_by_everything_that_reads_one():
    async def conversation(client: Client, routes) -> None:
        for method, template in routes:
            for body in BROKEN_BODIES if method not in READS else ():
                path = template.replace("{", "").replace("}", "")
                judge(f"{method} {path} {body[:40]!r}", *await ask(client, method, path, [], body))

    fuzz(conversation)


def test_a_body_that_is_not_compressed_as_it_says_is_refused_with_faults_armed_or_not():
    async def conversation(client: Client) -> None:
        path = f"{REST_PREFIX}/portfolio/events/orders"
        url = URL(client.served.rest_url.removesuffix(REST_PREFIX) + path)
        fault = {"kind": "error_5xx", "where": "reads", "market": "KXNONE"}
        for arm in (False, True):
            if arm:
                assert (await client.control("POST", "/faults", fault))[0] == 201
            headers = client.headers("POST", path) | {"Content-Encoding": "gzip"}
            async with client.http.post(url, headers=headers, data=b"plain") as answer:
                assert answer.status == 400
                assert (await answer.json())["code"] == "bad_request"

    talk(conversation)


def test_anything_asked_is_answered_in_the_venues_shape():
    async def conversation(client: Client, routes) -> None:
        nonsense, statuses, orders, groups = Nonsense(seed=7), Counter(), [], []
        world = client.exchange.world
        known = {
            "ticker": list(world.markets)[:3],
            "event_ticker": list(world.events)[:2],
            "series_ticker": list(world.series)[:2],
            "order_id": orders,
            "group_id": groups,
            "order_group_id": groups,
        }
        everything = [word for words in known.values() for word in words]
        reads = [route for route in routes if route[0] in READS]
        writes = [route for route in routes if route[0] not in READS]
        for _ in range(REQUESTS):
            method, template = nonsense.rng.choice(nonsense.rng.choice((reads, writes)))
            path = "/".join(quote(part, safe="") for part in nonsense.path(template, known))
            query = nonsense.query(everything, at=template)
            body = b"" if method in READS else nonsense.body(known)
            answer = await ask(client, method, path, query, body)
            judge(f"{method} {path} {query} {body[:300]!r}", *answer)
            statuses[method, answer[0]] += 1
            made = json.loads(answer[1]) if answer[0] == 201 else {}
            for name, ids in (("order_id", orders), ("order_group_id", groups)):
                ids[:] = [*ids[-3:], made[name]] if name in made else ids
        status, _, _ = await ask(client, "GET", f"{REST_PREFIX}/exchange/status", [], b"")

        assert status == 200
        assert {
            *(("GET", 200), ("GET", 400), ("POST", 201), ("POST", 400), ("POST", 404)),
            *(("PUT", 200), ("PUT", 404), ("DELETE", 200), ("DELETE", 204), ("DELETE", 404)),
        } <= set(statuses)

    fuzz(conversation)


async def raw(client: Client, sent: bytes) -> bytes:
    """The answer to bytes on the port, to the end of the connection."""
    url = URL(client.served.rest_url)
    reader, writer = await asyncio.open_connection(url.host, url.port)
    writer.write(sent)
    writer.write_eof()
    try:
        return await asyncio.wait_for(reader.read(), ANSWER_S)
    except ConnectionError:
        return b""
    finally:
        writer.close()


def test_what_is_no_http_is_refused_and_the_connection_ended():
    async def conversation(client: Client) -> None:
        head = b"GET /trade-api/v2/exchange/status HTTP/1.1\r\nHost: a\r\n"
        for sent in (
            b"\x00\xff\x00\xff\r\n\r\n",
            b"GET\r\n\r\n",
            b"GET / HTTP/9.9\r\n\r\n",
            head + b"Content-Length: x\r\n\r\n",
            head + b"Content-Length: -1\r\n\r\n",
            head + b"X: " + b"a" * 200_000 + b"\r\n\r\n",
            head + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
            head + b"KALSHI-ACCESS-KEY: \xff\xfe\r\n\r\n",
            head,
            b"POST /trade-api/v2/portfolio/events/orders HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n{",
        ):
            answer = await raw(client, sent)
            assert b" 500 " not in answer.split(b"\r\n")[0], sent
        assert (await client.call("GET", "/exchange/status"))[0] == 200

    talk(conversation)
