"""A feed against real WebSocket servers on loopback."""

import asyncio
import base64
import hashlib
import json
import queue
import select
import socket
import sys
import threading
import time
from dataclasses import dataclass, field
from http import HTTPStatus

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from websockets.exceptions import ConnectionClosed
from websockets.frames import Opcode
from websockets.sync.server import ServerConnection, serve

from kalshi_client.signing_clock import SigningClock
from kalshi_client.stream.backoff import Backoff
from kalshi_client.stream.feed import Feed
from kalshi_client.stream.holding import ClientMissing, describe_failure
from kalshi_client.stream.inbox import Connected, Disconnected, FeedEnded, Frames, Overflowed
from trading.venue_time import UNMEASURED

AT_ONCE = Backoff(base_s=0.001, cap_s=0.01, refusal_s=0.001)
WS_PATH = "/trade-api/ws/v2"


@dataclass
class Exchange:
    """A WebSocket server whose connections are handed to the test."""

    url: str = ""
    handshakes: list = field(default_factory=list)
    refuse: list = field(default_factory=list)  # (status, body) of the next handshakes
    connections: queue.Queue = field(default_factory=queue.Queue)

    def accept(self):
        return self.connections.get(timeout=20)


@pytest.fixture
def exchange():
    told = Exchange()

    def process_request(connection, request):
        told.handshakes.append(request)
        if told.refuse:
            status, body = told.refuse.pop(0)
            return connection.respond(status, body)
        return None

    def handler(connection):
        told.connections.put(connection)
        connection.closed = threading.Event()
        connection.commands = queue.Queue()
        try:
            for message in connection:
                connection.commands.put(message)
        except ConnectionClosed:
            pass
        connection.closed.set()

    with serve(handler, "127.0.0.1", 0, process_request=process_request, compression=None) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        told.url = f"ws://127.0.0.1:{server.socket.getsockname()[1]}{WS_PATH}"
        yield told
        server.shutdown()
        thread.join(5)


@pytest.fixture(params=["websockets", "picows"])
def make_feed(signer, request):
    """The same feed whichever library holds its connections."""
    if request.param == "picows":
        pytest.importorskip("picows")
    made = []

    def make(*urls, **keywords):
        usual = {"silence_s": 20, "backoff": AT_ONCE, "client": request.param}
        feed = Feed(urls, signer, **{**usual, **keywords})
        made.append(feed)
        return feed

    yield make
    for feed in made:
        feed.close()


def receive(feed, enough, limit=2_000):
    """Everything up to the first moment that ``enough(items)`` holds."""
    items = []
    deadline = time.monotonic() + 10
    while not enough(items):
        ready = select.select([feed], [], [], max(0.0, deadline - time.monotonic()))[0]
        assert ready, f"nothing more came after {items[-5:]}"
        items += feed.drain(limit)
    return items


def has(kind, count=1):
    return lambda items: sum(isinstance(item, kind) for item in items) >= count


def frames(items):
    return [data for item in items if isinstance(item, Frames) for data in item.data]


def has_frames(count):
    return lambda items: len(frames(items)) >= count


def test_frames_arrive_in_order_with_their_generation_and_time(exchange, make_feed):
    feed = make_feed(exchange.url, clock=SigningClock(lambda: 1_795_345_393_123_456))
    connection = exchange.accept()
    connection.send("text")
    connection.send(b"binary")

    items = receive(feed, has_frames(2))

    assert items[0] == Connected(0, 1)
    assert frames(items) == [b"text", b"binary"]
    for item in items[1:]:
        assert (item.connection, item.generation, item.received_us) == (0, 1, 1_795_345_393_123_456)


def test_all_that_is_drained_is_handed_to_the_keeper_too(exchange, make_feed):
    kept = []
    feed = make_feed(exchange.url, keep=kept.extend)
    exchange.accept().send("text")

    items = receive(feed, has_frames(1))

    assert kept == items


def test_handshake_is_signed_afresh_each_time(exchange, make_feed, rsa_key):
    times = iter(range(1_000_000, 9_000_000, 1_000))
    feed = make_feed(exchange.url, clock=SigningClock(lambda: next(times)))
    exchange.accept().close()
    exchange.accept()
    receive(feed, has(Connected, 2))

    stamps = []
    for request in exchange.handshakes[:2]:
        stamp = request.headers["KALSHI-ACCESS-TIMESTAMP"]
        stamps.append(stamp)
        rsa_key.public_key().verify(
            base64.b64decode(request.headers["KALSHI-ACCESS-SIGNATURE"]),
            f"{stamp}GET{WS_PATH}".encode(),
            padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=32),
            hashes.SHA256(),
        )
    assert stamps[0] != stamps[1]


def test_it_reconnects_for_ever_and_the_generation_rises(exchange, make_feed):
    feed = make_feed(exchange.url)
    for _ in range(10):
        exchange.accept().close()

    items = receive(feed, has(Connected, 11))

    generations = [item.generation for item in items if isinstance(item, Connected)]
    assert generations == list(range(1, 12))
    ended = [item for item in items if isinstance(item, Disconnected)]
    assert [item.generation for item in ended[:10]] == list(range(1, 11))
    assert not any(item.is_refusal for item in ended)


def test_venue_that_is_not_there_yet_is_found_when_it_comes(make_feed, closed_port):
    feed = make_feed(f"ws://127.0.0.1:{closed_port}{WS_PATH}")
    failed = receive(feed, has(Disconnected, 3))
    assert all(item.generation == 0 for item in failed)

    with serve(lambda connection: connection.recv(), "127.0.0.1", closed_port) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        items = receive(feed, has(Connected))
        feed.close()
        server.shutdown()
        thread.join(5)

    assert items[-1] == Connected(0, 1)


def test_refusal_is_told_with_its_code_and_tried_again(exchange, make_feed):
    body = json.dumps({"error": {"code": "authentication_error", "details": "NOT_FOUND"}})
    exchange.refuse += [(HTTPStatus.UNAUTHORIZED, body), (HTTPStatus.SERVICE_UNAVAILABLE, "later")]
    feed = make_feed(exchange.url)

    items = receive(feed, has(Connected))

    assert items == [
        Disconnected(0, 0, "401 authentication_error", True),
        Disconnected(0, 0, "503", False),
        Connected(0, 1),
    ]


def test_a_wrong_clock_is_corrected_by_what_the_venue_says_its_time_is(exchange, make_feed):
    body = json.dumps({"error": {"code": "header_timestamp_expired"}})
    exchange.refuse += [(HTTPStatus.UNAUTHORIZED, body)]
    wrong_us = (time.time_ns() // 1_000) + 3_600_000_000
    feed = make_feed(exchange.url, clock=SigningClock(lambda: wrong_us))

    items = receive(feed, has(Connected))

    assert items[0] == Disconnected(0, 0, "401 header_timestamp_expired", False)
    stamps = [int(request.headers["KALSHI-ACCESS-TIMESTAMP"]) for request in exchange.handshakes]
    assert stamps[0] == wrong_us // 1_000
    assert abs(stamps[1] - time.time() * 1_000) < 60_000


def test_the_handshake_tells_the_venues_time_although_it_refused_nothing(exchange, make_feed):
    clock = SigningClock(lambda: time.time_ns() // 1_000 + 20_000_000)

    receive(make_feed(exchange.url, clock=clock), has(Connected))

    offset = clock.offset()
    assert offset.least_us <= -20_000_000 <= offset.most_us
    assert offset != UNMEASURED


def test_redirect_carries_the_signature_nowhere(exchange, make_feed):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        elsewhere = f"ws://127.0.0.1:{listener.getsockname()[1]}/"

        def redirect(connection, request):
            response = connection.respond(HTTPStatus.TEMPORARY_REDIRECT, "")
            response.headers["Location"] = elsewhere
            return response

        with serve(lambda _: None, "127.0.0.1", 0, process_request=redirect) as server:
            thread = threading.Thread(target=server.serve_forever, daemon=True)
            thread.start()
            feed = make_feed(f"ws://127.0.0.1:{server.socket.getsockname()[1]}{WS_PATH}")
            items = receive(feed, has(Disconnected, 2))
            feed.close()
            server.shutdown()
            thread.join(5)

        assert {item.reason for item in items} == {"307"}
        assert not select.select([listener], [], [], 0)[0]


def test_command_reaches_its_own_generation_only(exchange, make_feed):
    feed = make_feed(exchange.url)
    first = exchange.accept()
    receive(feed, has(Connected))
    feed.send(0, 1, b'{"id":1}')
    assert first.commands.get(timeout=20) == '{"id":1}'  # a text frame
    first.close()
    second = exchange.accept()
    receive(feed, has(Connected))

    feed.send(0, 1, b'{"id":"late"}')
    feed.send(0, 2, b'{"id":2}')

    assert second.commands.get(timeout=20) == '{"id":2}'


def test_connection_is_replaced_on_demand(exchange, make_feed):
    feed = make_feed(exchange.url)
    first = exchange.accept()
    receive(feed, has(Connected))

    feed.reconnect(0)

    assert first.closed.wait(5)
    assert receive(feed, has(Connected))[-1] == Connected(0, 2)


def test_a_connection_can_be_opened_while_others_stand(exchange, make_feed):
    feed = make_feed()

    assert feed.open(exchange.url) == 0
    exchange.accept()
    assert feed.open(exchange.url) == 1
    exchange.accept().send("hello")

    items = receive(feed, has_frames(1))
    assert [item.connection for item in items if isinstance(item, Connected)] == [0, 1]


def test_a_library_that_is_missing_is_said_with_what_to_install(signer, monkeypatch):
    monkeypatch.setitem(sys.modules, "picows", None)
    monkeypatch.delitem(sys.modules, "kalshi_client.stream.picows_client", raising=False)
    monkeypatch.delattr("kalshi_client.stream.picows_client", raising=False)

    with pytest.raises(ClientMissing, match=r"pip install '\.\[fast\]'"):
        Feed([], signer, silence_s=20, client="picows")


def test_one_connection_fails_without_the_others(exchange, make_feed, closed_port):
    feed = make_feed(f"ws://127.0.0.1:{closed_port}{WS_PATH}", exchange.url)
    exchange.accept().send("hello")

    items = receive(feed, lambda items: has(Frames)(items) and has(Disconnected, 3)(items))

    assert {item.connection for item in items if isinstance(item, Disconnected)} == {0}
    assert {item.connection for item in items if isinstance(item, Frames)} == {1}


def test_slow_reader_loses_the_connection_not_the_memory(exchange, make_feed):
    feed = make_feed(exchange.url, capacity=10)
    connection = exchange.accept()
    for n in range(50):
        try:
            connection.send(str(n))
        except ConnectionClosed:
            break
    assert connection.closed.wait(5)
    exchange.accept()  # it is back before anything was read

    items = receive(feed, has(Connected, 2))

    assert items[:3] == [
        Connected(0, 1),
        Overflowed(0, 1),
        Disconnected(0, 1, "the reader was too slow", False),
    ]
    assert not any(isinstance(item, Frames) for item in items)


def test_wakes_are_coalesced(exchange, make_feed):
    feed = make_feed(exchange.url)
    connection = exchange.accept()
    receive(feed, has(Connected))
    started = time.monotonic()
    for n in range(3_000):
        connection.send(str(n))

    wakes, count = 0, 0
    while count < 3_000:
        assert select.select([feed], [], [], 5)[0]
        wakes += 1
        count += len(frames(feed.drain(100_000)))

    assert wakes <= 100 * (time.monotonic() - started) + 2


@pytest.fixture
def silent_venue():
    """Completes the handshake and never says or answers anything again."""
    accepted = []
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def run():
            while not over.is_set():
                try:
                    peer, _ = listener.accept()
                except OSError:
                    return
                accepted.append(peer)
                request = peer.recv(65_536).decode()
                key = request.lower().partition("sec-websocket-key: ")[0]
                key = request[len(key) + len("sec-websocket-key: ") :].partition("\r\n")[0]
                digest = hashlib.sha1(f"{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11".encode()).digest()
                peer.sendall(
                    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                    b"Connection: Upgrade\r\nSec-WebSocket-Accept: " + base64.b64encode(digest) + b"\r\n\r\n"
                )

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        yield f"ws://127.0.0.1:{listener.getsockname()[1]}{WS_PATH}"
        over.set()
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(5)
        for peer in accepted:
            peer.close()


def test_silent_connection_is_given_up_and_opened_again(silent_venue, make_feed):
    feed = make_feed(silent_venue, silence_s=0.2)

    items = receive(feed, has(Connected, 2))

    [ended] = [item for item in items if isinstance(item, Disconnected)]
    assert "fell silent" in ended.reason


def test_quiet_market_is_not_silence(make_feed):
    pings = threading.Semaphore(0)

    class CountsPings(ServerConnection):
        def process_event(self, event):
            if getattr(event, "opcode", None) is Opcode.PING:  # the handshake is an event too
                pings.release()
            super().process_event(event)

    with serve(lambda connection: connection.recv(), "127.0.0.1", 0, create_connection=CountsPings) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        feed = make_feed(f"ws://127.0.0.1:{server.socket.getsockname()[1]}{WS_PATH}", silence_s=0.1)
        receive(feed, has(Connected))
        for _ in range(8):  # four periods of silence, two pings each
            assert pings.acquire(timeout=20)

        assert feed.drain() == []
        feed.close()
        server.shutdown()
        thread.join(5)


def test_closing_ends_the_thread_and_the_connection(exchange, make_feed):
    feed = make_feed(exchange.url)
    connection = exchange.accept()
    receive(feed, has(Connected))

    feed.close()
    feed.close()
    feed.send(0, 1, b"late")
    feed.reconnect(0)

    assert connection.closed.wait(5)
    assert not [thread for thread in threading.enumerate() if thread.name == "feed"]


def test_closing_while_the_venue_is_away_ends_the_thread(make_feed, closed_port):
    feed = make_feed(f"ws://127.0.0.1:{closed_port}{WS_PATH}", backoff=Backoff())
    receive(feed, has(Disconnected))

    feed.close()

    assert not [thread for thread in threading.enumerate() if thread.name == "feed"]


# --- what ends a feed, and what does not -------------------------------------------------------------


def held_by(monkeypatch, hold):
    monkeypatch.setattr("kalshi_client.stream.feed.holder", lambda _client: hold)


def test_a_feed_that_breaks_says_so_to_whoever_reads_it(signer, monkeypatch):
    async def hold(_url, _headers, listener, *, silence_s):
        listener.opened(None, date="")
        raise ConnectionError("closed")

    def broken(*_args, **_more):
        raise ZeroDivisionError

    held_by(monkeypatch, hold)
    monkeypatch.setattr(Backoff, "delay_s", broken)
    monkeypatch.setattr(threading, "excepthook", lambda _args: None)
    feed = Feed(["ws://127.0.0.1:1/"], signer, silence_s=20)
    feed._thread.join(5)

    assert select.select([feed.fileno()], [], [], 0)[0]
    with pytest.raises(FeedEnded, match="ZeroDivisionError"):
        feed.drain()
    feed.close()


def test_a_connection_whose_library_is_cancelled_from_within_opens_again(signer, monkeypatch):
    attempts = queue.Queue()

    async def hold(_url, _headers, _listener, *, silence_s):
        attempts.put(silence_s)
        raise asyncio.CancelledError

    held_by(monkeypatch, hold)
    feed = Feed(["ws://127.0.0.1:1/"], signer, silence_s=20, backoff=AT_ONCE)

    for _ in range(3):
        attempts.get(timeout=20)
    feed.close()
    assert not feed._thread.is_alive()


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (ConnectionRefusedError(111, "Connect call failed ('127.0.0.1', 9)"), "the connection is refused"),
        (TimeoutError("timed out during opening handshake"), "no answer in time"),
        (socket.gaierror(-2, "Name or service not known"), "the name of the host is not found"),
        (OSError("something else"), "OSError: something else"),
    ],
)
def test_why_a_connection_failed_is_told_in_words(error, told):
    assert describe_failure(error) == (told, False)
