"""Over TLS a venue is spoken to only if its certificate is vouched for."""

import socket
import time
from urllib.parse import urlsplit

import pytest

from kalshi_client.errors import VenueUnavailable
from kalshi_client.rest.client import RestClient
from kalshi_client.stream import holding
from kalshi_client.stream.backoff import Backoff
from kalshi_client.stream.feed import Feed
from kalshi_client.stream.inbox import Connected, Disconnected, Frames
from kalshi_client.stream.news_session import news_session
from tests.kalshi_client.loopback import loopback
from tests.kalshi_client.tls_venue import make_certificates, tls_in_front_of

PATIENCE_S = 10.0
CLIENTS = ["websockets", "picows"]


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    return make_certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="module")
def venue(certificates):
    """The exchange, a member's key, and the port of its TLS end."""
    with loopback(markets=3) as exchange:
        signer = exchange.enroll()._transport._signer
        with tls_in_front_of(urlsplit(exchange.served.ws_url).port, certificates[1]) as port:
            yield exchange, signer, port


@pytest.fixture
def trusting(monkeypatch, certificates):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates[0]))


@pytest.fixture
def make_feed():
    made = []

    def make(port, signer, client):
        if client == "picows":
            pytest.importorskip("picows")
        url = f"wss://127.0.0.1:{port}/trade-api/ws/v2"
        backoff = Backoff(base_s=60.0, cap_s=60.0)
        made.append(Feed([url], signer, silence_s=20, client=client, backoff=backoff))
        return made[-1]

    yield make
    for feed in made:
        feed.close()


def next_item(feed):
    assert feed.wait(PATIENCE_S)
    return feed.drain()[0]


@pytest.mark.parametrize("client", CLIENTS)
def test_a_feed_speaks_over_tls_to_a_venue_that_ssl_cert_file_vouches_for(venue, trusting, make_feed, client):
    _, signer, port = venue
    feed = make_feed(port, signer, client)
    assert next_item(feed) == Connected(0, 1)

    session = news_session()
    for command in session.connected():
        feed.send(0, 1, command)
    item = next_item(feed)

    assert isinstance(item, Frames)
    for frame in item.data:
        session.receive(frame)
    assert session.is_subscribed


@pytest.mark.parametrize("client", CLIENTS)
def test_a_feed_refuses_a_venue_that_nobody_vouches_for(venue, make_feed, client):
    _, signer, port = venue

    item = next_item(make_feed(port, signer, client))

    assert isinstance(item, Disconnected)
    assert "CERTIFICATE_VERIFY_FAILED" in item.reason


@pytest.mark.parametrize("client", CLIENTS)
def test_a_venue_that_never_answers_the_tls_handshake_is_given_up_in_time(
    signer, make_feed, client, monkeypatch
):
    for module in ("websockets_client", "picows_client"):
        monkeypatch.setattr(f"kalshi_client.stream.{module}.OPEN_TIMEOUT_S", 0.5, raising=False)
    with socket.create_server(("127.0.0.1", 0)) as mute:
        began = time.monotonic()
        item = next_item(make_feed(mute.getsockname()[1], signer, client))

    assert isinstance(item, Disconnected)
    assert time.monotonic() - began < holding.OPEN_TIMEOUT_S / 2


def test_rest_speaks_over_tls_to_a_venue_that_ssl_cert_file_vouches_for(venue, trusting):
    _, signer, port = venue
    client = RestClient(f"https://127.0.0.1:{port}/trade-api/v2", signer)

    assert client.balance().available_e6
    client.close()


def test_rest_refuses_a_venue_that_nobody_vouches_for_and_sends_no_order(venue):
    exchange, signer, port = venue
    client = RestClient(f"https://127.0.0.1:{port}/trade-api/v2", signer)

    with pytest.raises(VenueUnavailable, match="CERTIFICATE_VERIFY_FAILED"):
        client.balance()
    assert client.create_order(exchange.bid()).outcome == "not_sent"
    client.close()
