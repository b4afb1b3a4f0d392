"""The cost of one client to the exchange is bounded."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest

from simulator.surface import connection_limits, server
from simulator.surface.connection_limits import STUCK_S, Doorkeeper, StuckConnections
from tests.simulator.conversation import Client, talk


class Transport(asyncio.Transport):
    def __init__(self, waiting: int = 0) -> None:
        super().__init__()
        self.waiting, self.aborted = waiting, False

    def get_write_buffer_size(self) -> int:
        return self.waiting

    def abort(self) -> None:
        self.aborted = True


async def connect(client: Client) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    url = urlsplit(client.served.rest_url)
    return await asyncio.open_connection(url.hostname, url.port)


def test_headers_that_come_a_byte_at_a_time_are_cut_off(monkeypatch):
    monkeypatch.setattr(server, "KEEP_OPEN_S", 0.1)

    async def conversation(client: Client) -> None:
        reader, writer = await connect(client)
        writer.write(b"GET / HTTP/1.1\r\nX:")
        asked = asyncio.create_task(reader.read())
        while not asked.done():
            writer.write(b"a")
            await asyncio.wait([asked], timeout=0.02)
        writer.close()

    talk(conversation)


def test_a_body_that_does_not_come_is_no_longer_waited_for(monkeypatch):
    monkeypatch.setattr(connection_limits, "BODY_WITHIN_S", 0.05)
    monkeypatch.setattr(server, "LINGER_S", 0.05)

    async def conversation(client: Client) -> None:
        reader, writer = await connect(client)
        writer.write(b"POST /control/flow HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n\r\nx")
        assert (await reader.read()).startswith(b"HTTP/1.1 408")  # read to its end: it is closed
        writer.close()

    talk(conversation)


def test_a_client_that_leaves_in_the_middle_of_its_body_is_no_mistake_of_ours(caplog):
    async def conversation(client: Client) -> None:
        _, writer = await connect(client)
        writer.write(b"POST /control/flow HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n\r\nx")
        await client.control("GET", "/clock")  # the first one is being read by now
        writer.close()
        await writer.wait_closed()
        await client.control("GET", "/clock")

    talk(conversation)
    assert not [record for record in caplog.records if record.exc_info]


def test_a_body_nested_without_end_is_refused_while_a_fault_is_armed(caplog):
    async def conversation(client: Client) -> None:
        await client.control("POST", "/faults", {"kind": "lost_response", "where": "cancel", "count": 1})
        await client.control("POST", "/faults", {"kind": "error_5xx", "where": "create", "phase": "before"})
        path = "/trade-api/v2/portfolio/events/orders"
        headers = client.headers("POST", path) | {"Content-Type": "application/json"}
        url = f"{client.served.rest_url}/portfolio/events/orders"
        async with client.http.post(url, data="[" * 100_000, headers=headers) as answer:
            assert answer.status == 500

    talk(conversation)
    assert not [record for record in caplog.records if record.exc_info]


@pytest.mark.parametrize(("open_now", "is_let_in"), [(1, True), (2, False)])
def test_who_finds_no_descriptor_left_is_hung_up_on(open_now, is_let_in):
    class Server:
        connections = [object()] * open_now

        def __call__(self):
            return "let in"

    met = Doorkeeper(Server(), most=2)()

    assert (met == "let in") is is_let_in
    if not is_let_in:
        transport = Transport()
        met.connection_made(transport)
        assert transport.aborted


def test_who_takes_nothing_of_an_answer_is_cut_off_and_who_takes_a_little_is_not():
    stuck, slow, idle = Transport(1000), Transport(1000), Transport()
    exchange = SimpleNamespace(connections=[SimpleNamespace(transport=t) for t in (stuck, slow, idle)])
    looking = StuckConnections()

    looking.look(exchange, 0.0)
    slow.waiting = 999
    looking.look(exchange, STUCK_S - 1)
    assert not stuck.aborted

    looking.look(exchange, STUCK_S)
    assert [t.aborted for t in (stuck, slow, idle)] == [True, False, False]
