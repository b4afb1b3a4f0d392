"""A peer's cost to the page is bounded: deadlines on a clock that the test moves, and hostile bytes."""

import asyncio
import socket

import pytest
from uvicorn.config import Config
from uvicorn.server import ServerState
from websockets.exceptions import ConnectionClosed

from web.connection_limits import (
    MOST_CONNECTIONS,
    MOST_FRAMES,
    REQUEST_WITHIN_S,
    TAKEN_WITHIN_S,
    PageConnection,
)

UPGRADE = (
    b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)
HOST = b"Host: 127.0.0.1\r\n"


class Clock(asyncio.SelectorEventLoop):
    """An event loop whose time stands still until it is moved."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def time(self) -> float:
        return self.now

    def move(self, seconds: float) -> None:
        self.now += seconds
        self.call_soon(self.stop)
        self.run_forever()


class Transport(asyncio.Transport):
    def __init__(self) -> None:
        super().__init__()
        self.aborted = False

    def abort(self) -> None:
        self.aborted = True

    def close(self) -> None:
        pass

    def is_closing(self) -> bool:
        return self.aborted

    def write(self, data: bytes) -> None:
        pass

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        pass


async def no_answer(_scope, receive, _send):
    """Reads the request and goes on thinking."""
    while True:
        if (await receive())["type"] == "http.disconnect":
            return


@pytest.fixture
def clock():
    loop = Clock()
    asyncio.set_event_loop(loop)  # a WebSocket takes the current one
    yield loop
    for task in asyncio.all_tasks(loop):
        task.cancel()
    loop.move(0)
    asyncio.set_event_loop(None)
    loop.close()


def opened(clock, state=None):
    config = Config(no_answer, http=PageConnection, log_config=None)
    connection = PageConnection(config, state or ServerState(), {}, clock)
    connection.connection_made(Transport())
    return connection


def test_headers_that_come_a_byte_at_a_time_are_cut_off(clock):
    connection = opened(clock)
    connection.data_received(b"GET /rl/status HTTP/1.1\r\n")
    for _ in range(9):
        clock.move(REQUEST_WITHIN_S / 10)
        connection.data_received(b"X")
    assert not connection.transport.aborted

    clock.move(REQUEST_WITHIN_S / 5)
    assert connection.transport.aborted


def test_a_body_that_comes_a_byte_at_a_time_is_cut_off(clock):
    connection = opened(clock)
    connection.data_received(b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 1000\r\n\r\n")
    clock.move(REQUEST_WITHIN_S / 2)
    connection.data_received(b"x")

    clock.move(REQUEST_WITHIN_S)
    assert connection.transport.aborted


def test_a_connection_on_which_nothing_is_asked_is_cut_off(clock):
    connection = opened(clock)

    clock.move(REQUEST_WITHIN_S + 1)
    assert connection.transport.aborted


def test_a_whole_request_may_take_its_time_to_be_answered(clock):
    connection = opened(clock)
    connection.data_received(b"GET / HTTP/1.1\r\n" + HOST + b"\r\n")

    clock.move(REQUEST_WITHIN_S * 10)
    assert not connection.transport.aborted


def test_a_page_on_its_socket_is_not_cut_off(clock):
    connection = opened(clock)
    connection.data_received(b"GET /rl/ws HTTP/1.1\r\n" + HOST + UPGRADE + b"\r\n")

    clock.move(REQUEST_WITHIN_S + 1)  # and no ping is due yet
    assert not connection.transport.aborted


def test_an_answer_that_nobody_reads_is_given_up(clock):
    connection = opened(clock)
    connection.data_received(b"GET / HTTP/1.1\r\n" + HOST + b"\r\n")
    connection.pause_writing()
    clock.move(TAKEN_WITHIN_S / 2)
    connection.resume_writing()
    connection.pause_writing()
    clock.move(TAKEN_WITHIN_S * 0.9)
    assert not connection.transport.aborted

    clock.move(TAKEN_WITHIN_S)
    assert connection.transport.aborted


def test_one_connection_too_many_is_hung_up_on(clock):
    state = ServerState()
    connections = [opened(clock, state) for _ in range(MOST_CONNECTIONS + 1)]

    assert [c.transport.aborted for c in connections] == [False] * MOST_CONNECTIONS + [True]


def answer_to(served, request: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", served.server.port), timeout=5) as plain:
        plain.sendall(request)
        return plain.recv(4096).partition(b"\r\n")[0]


@pytest.mark.parametrize("path", [b"/rl/status", b"/rl-trader", b"/rl/static/page.js", b"/rl/health", b"/no"])
@pytest.mark.parametrize("host", [b"[bad", b"[::1]]", b"a@127.0.0.1", b"127.0.0.1:x", b"127.0.0.1/x", b""])
def test_a_host_that_is_no_name_is_a_bad_request(served, path, host, caplog):
    assert answer_to(served, b"GET %b HTTP/1.1\r\nHost: %b\r\n\r\n" % (path, host)).split()[1] == b"400"
    assert not [record for record in caplog.records if record.exc_info]


@pytest.mark.parametrize(
    ("request_line", "headers", "code"),
    [
        (b"GET /rl/ws", b"Host: [bad\r\n", b"400"),
        (b"GET /rl/ws", HOST + b"Origin: http://[bad\r\n", b"403"),
        (b"GET /rl/ws", HOST + b"Cookie: a/b=c\r\n", b"101"),
        (b"GET /rl/ws", HOST + b"X: " + b"a" * 9000 + b"\r\n", b"400"),
        (b"GET /rl/ws", HOST + b"X: a\r\n" * 200, b"400"),
        (b"GET /rl/ws?" + b"a" * 9000, HOST, b"400"),
    ],
)
def test_a_hostile_upgrade_is_answered_without_a_traceback(served, request_line, headers, code, caplog):
    answer = answer_to(served, request_line + b" HTTP/1.1\r\n" + headers + UPGRADE + b"\r\n")

    assert answer.split()[1] == code
    assert not [record for record in caplog.records if record.exc_info]


def read_on(page) -> None:
    while True:
        page.recv(timeout=5)


@pytest.mark.parametrize(
    ("frames", "code"),
    [
        (b"\x81\x82\x00\x00\x00\x00\xff\xfe", 1007),  # text that is no UTF-8
        (b"\x01\x80\x00\x00\x00\x00" + b"\x00\x80\x00\x00\x00\x00" * (MOST_FRAMES + 1), 1009),
        (b"\x81\x02hi", 1002),  # without a mask
    ],
)
def test_hostile_frames_close_the_socket_with_a_code(served, frames, code, caplog):
    with served.socket() as page:
        page.socket.sendall(frames)
        with pytest.raises(ConnectionClosed) as closed:
            read_on(page)

    assert closed.value.rcvd.code == code
    assert not [record for record in caplog.records if record.exc_info]


def test_json_nested_without_end_closes_the_socket(served, caplog):
    with served.socket() as page:
        page.send("[" * 4000)
        with pytest.raises(ConnectionClosed) as closed:
            read_on(page)

    assert closed.value.rcvd.code == 1008
    assert not [record for record in caplog.records if record.exc_info]
