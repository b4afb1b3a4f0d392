"""The requests that leave, the answers that come back, and the requests that can never leave."""

import ssl
import threading

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st
from requests.adapters import HTTPAdapter

from kalshi_client.errors import WriteRefused
from kalshi_client.rest.order_destination import OrderDestination
from kalshi_client.rest.outcomes import Answer, NoAnswer
from kalshi_client.rest.transport import Timeouts, Transport, may_have_left, wait_s
from kalshi_client.signing_clock import SigningClock
from tests.kalshi_client.conftest import known_destination

PATIENT = Timeouts(connect_s=20, read_s=20, whole_s=20)  # this machine may be busy with something else
IMPATIENT = Timeouts(connect_s=20, read_s=0.2, whole_s=0.3)
ORDERS = "/portfolio/events/orders"


def made(venue, signer, timeouts):
    transport = Transport(
        venue.url,
        signer,
        timeouts=timeouts,
        clock=SigningClock(lambda: 1795345393123_000),
        orders=known_destination(venue.url, signer),
    )
    yield transport
    transport.close()


@pytest.fixture
def transport(venue, signer):
    yield from made(venue, signer, PATIENT)


@pytest.fixture
def impatient_transport(venue, signer):
    yield from made(venue, signer, IMPATIENT)


def post(transport):
    return transport.attempt("POST", ORDERS, body=b"{}", signed=True)


def get(transport, **keywords):
    return transport.attempt("GET", "/exchange/status", signed=False, **keywords)


def test_whole_answer_comes_back_whatever_its_status(venue, transport):
    venue.answers(503, {"error": "later"})

    assert post(transport) == Answer(503, b'{"error": "later"}')


@pytest.mark.parametrize(
    ("retry_after", "date", "seconds"),
    [
        ("7", "", 7.0),
        ("Sun, 22 Nov 2026 11:03:13 GMT", "Sun, 22 Nov 2026 11:03:03 GMT", 10.0),
        ("Sun, 22 Nov 2026 11:03:13 GMT", "Sun, 22 Nov 2026 11:04:00 GMT", 0.0),
        ("Sun, 22 Nov 2026 11:03:13 GMT", "", 0.0),
        ("soon", "Sun, 22 Nov 2026 11:03:03 GMT", 0.0),
        ("", "", 0.0),
    ],
)
def test_a_time_to_come_back_is_counted_by_the_clock_that_named_it(retry_after, date, seconds):
    assert wait_s(retry_after, date) == seconds


def test_one_connection_serves_many_requests(venue, transport):
    for _ in range(5):
        venue.answers(200, {"ok": True})
        assert isinstance(post(transport), Answer)

    assert venue.connections == 1


def test_each_thread_has_a_connection_of_its_own(venue, transport):
    for _ in range(2):
        venue.answers(200, {})
    post(transport)

    thread = threading.Thread(target=post, args=(transport,))
    thread.start()
    thread.join(5)

    assert venue.connections == 2


def test_signature_is_sent_only_when_asked_for_and_leaves_the_query_out(venue, transport):
    venue.answers(200, {})
    venue.answers(200, {})
    get(transport, query=[("limit", "1")])
    transport.attempt("GET", "/portfolio/fills", query=[("limit", "1")], signed=True)

    unsigned, signed = venue.requests
    assert "KALSHI-ACCESS-KEY" not in unsigned.headers
    assert signed.path == "/trade-api/v2/portfolio/fills?limit=1"
    assert signed.headers["KALSHI-ACCESS-KEY"] == "key-1"
    assert signed.headers["KALSHI-ACCESS-TIMESTAMP"] == "1795345393123"


def test_redirect_is_not_followed(venue, transport):
    venue.answers(307, b"", Location=venue.url + "/elsewhere")

    assert post(transport).status == 307
    assert len(venue.requests) == 1


@pytest.mark.parametrize(
    ("status", "location", "host"),
    [
        (307, "https://user:secret@evil.example:444/portfolio?key=1", "evil.example"),
        (308, "/elsewhere", "127.0.0.1"),
        (302, "https://evil\xa0.example/", ""),
        (302, "http://[", ""),
        (307, "https://*.example/", "*.example"),
        (307, "https://", ""),
        (302, "", ""),
        (201, "https://evil.example/", ""),
    ],
)
def test_the_host_that_a_redirect_names_is_told_and_nothing_else_of_it(
    venue, transport, status, location, host
):
    venue.answers(status, b"", Location=location)

    assert post(transport).redirected_to == host


def test_environment_proxies_are_not_obeyed(venue, transport, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    venue.answers(200, {})

    assert isinstance(get(transport), Answer)


@pytest.mark.parametrize("cut", [0, 5])
def test_truncated_body_is_no_answer_and_the_order_may_have_been_taken(venue, transport, cut):
    venue.truncates(201, b'{"order_id"'[:cut], promised=100)

    result = post(transport)

    assert isinstance(result, NoAnswer)
    assert result.sent


@pytest.mark.parametrize("method", ["POST", "DELETE", "GET"])
def test_reset_is_no_answer_and_nothing_is_sent_again(venue, transport, method):
    venue.resets()

    result = transport.attempt(method, ORDERS, signed=True)

    assert isinstance(result, NoAnswer)
    assert result.sent
    assert len(venue.requests) == 1


def test_threads_that_come_and_go_leave_no_connection_behind(venue, transport):
    for _ in range(3):
        venue.answers(200, b"{}")
        thread = threading.Thread(target=get, args=(transport,))
        thread.start()
        thread.join()

    assert venue.connections == 3
    assert len(transport._sessions) == 0


def test_silence_is_no_answer_and_nothing_is_sent_again(venue, impatient_transport):
    over = threading.Event()
    venue.stays_silent(over)

    result = post(impatient_transport)
    over.set()

    assert isinstance(result, NoAnswer)
    assert result.sent
    assert len(venue.requests) == 1


@pytest.mark.parametrize("part", ["headers", "body"])
def test_answer_that_comes_drop_by_drop_ends_in_time(venue, impatient_transport, part):
    over = threading.Event()
    venue.drips(over, part=part)

    result = get(impatient_transport)
    over.set()

    assert isinstance(result, NoAnswer)
    assert "timed out" in result.detail
    venue.answers(200, b"{}")
    assert isinstance(get(impatient_transport), Answer)


def test_body_over_the_limit_is_not_kept(venue, transport, monkeypatch):
    monkeypatch.setattr("kalshi_client.rest.transport.MAX_BODY_BYTES", 1000)
    venue.answers(200, b" " * 2000)

    assert "too long" in get(transport).detail


def unsent(url, signer, **keywords):
    transport = Transport(url, signer, timeouts=PATIENT, clock=SigningClock(lambda: 1_000), **keywords)
    result = post(transport) if "orders" in keywords else get(transport)
    transport.close()
    return result


def test_refused_connection_sent_nothing(signer, closed_port):
    url = f"http://127.0.0.1:{closed_port}/trade-api/v2"
    result = unsent(url, signer, orders=known_destination(url, signer))

    assert isinstance(result, NoAnswer)
    assert not result.sent


def test_name_that_does_not_resolve_sent_nothing(signer):
    assert not unsent("http://no-such-host.invalid/trade-api/v2", signer).sent


@pytest.mark.parametrize("url", ["http:///trade-api/v2", "ftp://127.0.0.1/x", "127.0.0.1:1", ""])
def test_address_that_is_none_sent_nothing(signer, url):
    assert not unsent(url, signer).sent


PRODUCTION = [
    "https://external-api.kalshi.com/trade-api/v2",
    "http://api.elections.kalshi.com:8080/trade-api/v2",
    "https://API.ELECTIONS.KALSHI.COM./trade-api/v2",
    "https://demo-api.kalshi.co@api.elections.kalshi.com/trade-api/v2",
    "https://api.elections.kalshi.com#demo-api.kalshi.co/trade-api/v2",
]
DEMO = "https://external-api.demo.kalshi.co/trade-api/v2"


@pytest.fixture
def no_network(monkeypatch):
    """Any attempt to use a connection is recorded instead of made."""
    used = []

    def record(self, request, **keywords):
        pool = self.get_connection_with_tls_context(request, keywords["verify"], {}, None)
        used.append(pool.host)
        raise requests.ConnectionError("the test stops here")

    monkeypatch.setattr(HTTPAdapter, "send", record)
    return used


@pytest.mark.parametrize("url", [*PRODUCTION, DEMO, "http://127.0.0.1:1/trade-api/v2"])
@pytest.mark.parametrize("method", ["POST", "DELETE", "PUT", "PATCH"])
def test_no_write_leaves_a_client_that_shows_data(signer, no_network, url, method):
    transport = Transport(url, signer, timeouts=PATIENT, clock=SigningClock(lambda: 1_000))

    result = transport.attempt(method, ORDERS, body=b"{}", signed=True)

    assert isinstance(result, NoAnswer)
    assert not result.sent
    assert "this venue only shows data" in result.detail
    assert no_network == []


@pytest.mark.parametrize("url", [*PRODUCTION, "http://external-api.demo.kalshi.co/x", "http://127.0.0.1:2/x"])
def test_write_is_refused_even_if_the_url_was_changed_after_construction(signer, no_network, url):
    transport = Transport(
        DEMO,
        signer,
        timeouts=PATIENT,
        clock=SigningClock(lambda: 1_000),
        orders=OrderDestination(DEMO, signer),
    )
    transport.rest_url = url

    result = post(transport)

    assert isinstance(result, NoAnswer)
    assert not result.sent
    assert "is not where this client's orders go" in result.detail
    assert no_network == []


def test_write_to_the_demo_venue_leaves(signer, no_network):
    transport = Transport(
        DEMO,
        signer,
        timeouts=PATIENT,
        clock=SigningClock(lambda: 1_000),
        orders=OrderDestination(DEMO, signer),
    )

    post(transport)

    assert no_network == ["external-api.demo.kalshi.co"]


def test_reads_from_production_are_allowed(signer, no_network):
    transport = Transport(PRODUCTION[0], signer, timeouts=PATIENT, clock=SigningClock(lambda: 1_000))

    get(transport)

    assert no_network == ["external-api.kalshi.com"]


@pytest.mark.parametrize(
    ("error", "left"),
    [
        (requests.exceptions.ConnectTimeout(), False),
        (requests.exceptions.InvalidURL(), False),
        (requests.exceptions.SSLError(ssl.SSLCertVerificationError()), False),
        (WriteRefused("kalshi.com"), False),
        (requests.exceptions.SSLError(ssl.SSLError("record")), True),
        (requests.exceptions.ReadTimeout(), True),
        (requests.exceptions.ConnectionError(ConnectionResetError()), True),
        (requests.exceptions.ChunkedEncodingError(), True),
        (BrokenPipeError(), True),
        (ConnectionRefusedError(), True),  # bare, it does not say when
        (ValueError(), True),
    ],
)
def test_only_failures_that_cannot_come_later_prove_that_nothing_left(error, left):
    assert may_have_left(error) is left


@given(st.integers(0, 3))
def test_causes_that_refer_to_each_other_end(depth):
    first, second = ValueError(), OSError()
    first.__cause__, second.__cause__ = second, first

    assert may_have_left(first)
