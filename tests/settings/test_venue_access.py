import ast
import select
import socket
from dataclasses import replace
from functools import partial

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from kalshi_client.environment import PUBLISHED_VENUES
from kalshi_client.errors import KeyFileError, RateLimited, VenueUnavailable, WriteRefused
from kalshi_client.signing_clock import SigningClock
from kalshi_client.stream.inbox import Disconnected
from settings.venue_access import (
    VenueAccess,
    account_feed_for,
    account_rest_for,
    feed_for,
    is_one_venue,
    rest_for,
    signer_for,
)
from tests.tracked_files import ROOT

PATIENCE_S = 10.0


@pytest.fixture
def closed_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


@pytest.fixture
def venue(tmp_path, closed_port):
    """A venue that is down."""
    key = tmp_path / "key.pem"
    key.touch(mode=0o600)
    key.write_bytes(
        Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    return VenueAccess(
        name="loopback",
        rest_url=f"http://127.0.0.1:{closed_port}/trade-api/v2",
        ws_url=f"ws://127.0.0.1:{closed_port}/trade-api/ws/v2",
        key_id="key-1",
        private_key_path=str(key),
        reads_per_s=1_000,
    )


def test_the_key_is_read_from_its_path_and_signs(venue):
    signer = signer_for(venue)

    assert signer.key_id == "key-1"
    assert signer.headers("GET", "/x", timestamp_ms=1)["KALSHI-ACCESS-SIGNATURE"]


@pytest.mark.parametrize(
    ("changes", "is_one"),
    [
        pytest.param({}, True, id="the same"),
        pytest.param({"key_id": "key-2", "reads_per_s": 1}, True, id="another key at the same addresses"),
        pytest.param({"ws_url": "ws://127.0.0.1:1/trade-api/ws/v2"}, False, id="other books"),
        pytest.param({"rest_url": "http://127.0.0.1:1/trade-api/v2"}, False, id="other orders"),
    ],
)
def test_two_venues_are_one_where_their_addresses_are(venue, changes, is_one):
    assert is_one_venue(venue, replace(venue, **changes)) == is_one


def test_a_key_that_is_not_there_is_said_to_be_missing(venue, tmp_path):
    with pytest.raises(KeyFileError):
        rest_for(replace(venue, private_key_path=str(tmp_path / "none.pem")))


@pytest.mark.parametrize("client_of", [rest_for, account_rest_for])
def test_a_client_of_a_venue_that_is_down_knows_that_nothing_was_sent(venue, client_of):
    result = client_of(venue).cancel_order("v1", "RAIN-NYC", 0)

    assert result.outcome == "not_sent"


def test_a_client_keeps_the_venues_pace(venue):
    rest = rest_for(replace(venue, reads_per_s=0.01))
    with pytest.raises(VenueUnavailable):
        rest.markets()

    with pytest.raises(RateLimited, match="the next 100 s"):
        rest.markets()


def test_a_feed_opens_every_connection_it_was_asked_for(venue):
    feed = feed_for(venue, 2, silence_s=5.0, clock=SigningClock())
    lost = set()
    try:
        while len(lost) < 2:
            readable, _, _ = select.select([feed.fileno()], [], [], PATIENCE_S)
            assert readable, "the feed said nothing"
            lost |= {item.connection for item in feed.drain() if isinstance(item, Disconnected)}
    finally:
        feed.close()

    assert lost == {0, 1}


@pytest.mark.parametrize(
    "make", [account_rest_for, partial(account_feed_for, connections=1, silence_s=5, clock=SigningClock())]
)
def test_nothing_that_trades_is_made_for_an_address_that_takes_no_orders(venue, make):
    production = PUBLISHED_VENUES["production"]

    with pytest.raises(WriteRefused, match="orders never go to production"):
        make(replace(venue, rest_url=production.rest_url, ws_url=production.ws_url))


def test_whoever_speaks_to_the_execution_venue_makes_it_prove_itself_first():
    """By ``account_rest_for`` and ``account_feed_for``; the other two are for venues that only show data."""
    shown = {"rest_for", "feed_for", "signer_for"}
    traders = [
        *(ROOT / "execution").glob("*.py"),
        ROOT / "actors/order_manager.py",
        ROOT / "actors/fill_processor.py",
    ]
    found = {
        (path.name, name.name)
        for path in traders
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and node.module == "settings.venue_access"
        for name in node.names
        if name.name in shown
    }

    assert found == set()
