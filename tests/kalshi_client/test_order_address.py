"""Orders go to two kinds of address, written in one way each."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalshi_client.environment import PUBLISHED_VENUES
from kalshi_client.errors import WriteRefused
from kalshi_client.order_address import OrderAddress, order_address, order_address_problem

PATH = "/trade-api/v2"
DEMO = OrderAddress("https", "demo-api.kalshi.co", 443, has_to_prove_itself=False)
OWN = OrderAddress("http", "127.0.0.1", 9000, has_to_prove_itself=True)

PRODUCTION = [
    "https://external-api.kalshi.com",
    "https://API.ELECTIONS.KALSHI.COM",
    "https://api.elections.kalshi.com.",
    "https://api.elections.kalshi.com:443",
    "https://demo-api.kalshi.co@api.elections.kalshi.com",
    "https://api.elections.kalshi.com@demo-api.kalshi.co",
    "https://api.elections.kalshi.com#demo-api.kalshi.co",
    "https://api.elections.kalshi.com\\@demo-api.kalshi.co",
    "https://api.elections.kalshi%2Ecom",
    "https://api.elections.%6Balshi.com",
    "wss://external-api-ws.kalshi.com",
    "http://api.elections.kalshi.com:8080",
]
NEITHER = [
    "https://kalshi.com.kalshi.co.evil",
    "https://demo-api.kalshi.co.evil",
    "https://notkalshi.co",
    "https://evil.example",
    "https://user:password@demo-api.kalshi.co",
    "https://demo-api.kalshi.co:8443",
    "https://demo-api.kalshi.co.",
    "https://DEMO-API.KALSHI.CO",
    "https://demo-api.kalshi%2Eco",
    "https://demo-api.kalshi\u3002co",  # another dot
    "https://demo-api.\u043aalshi.co",  # another k
    "https://xn--alshi-3ve.co",
    "http://demo-api.kalshi.co",  # not encrypted
    "ws://demo-api.kalshi.co",
    "ftp://demo-api.kalshi.co",
    "https://127.0.0.1:9000",
    "http://localhost:9000",  # a name may resolve elsewhere
    "http://127.0.0.1",
    "http://127.0.0.1:0",
    "http://127.0.0.1:70000",
    "http://127.0.0.2:9000",
    "http://127.1:9000",
    "http://2130706433:9000",
    "http://0x7f.0.0.1:9000",
    "http://[::1]:9000",
    "http://[::ffff:127.0.0.1]:9000",
    "http://10.0.0.1:9000",
    "http://127.0.0.1:9000@evil.example",
    "http://127.0.0.1:9000\n.evil.example",
    "//demo-api.kalshi.co",
    "demo-api.kalshi.co",
    "",
]


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("https://demo-api.kalshi.co", DEMO),
        ("https://demo-api.kalshi.co:443", DEMO),
        ("wss://demo-api.kalshi.co", DEMO),
        ("http://127.0.0.1:9000", OWN),
        ("ws://127.0.0.1:9000", OWN),
    ],
)
def test_two_kinds_of_address_take_orders(url, address):
    assert order_address(url + PATH) == address


@pytest.mark.parametrize("url", PRODUCTION)
def test_production_is_refused_by_its_name(url):
    assert order_address_problem(url + PATH) == "is a production host, and orders never go to production"


@pytest.mark.parametrize("url", NEITHER)
def test_every_other_address_is_refused_with_what_is_taken(url):
    problem = order_address_problem(url + PATH)

    assert "https addresses under kalshi.co, and to exchanges of this program at 127.0.0.1" in problem
    assert "password" not in problem


@pytest.mark.parametrize("tail", ["?a=1", "#a", "/..", "/%2e%2e/x", "/a@b", "\\x", " ", "\n", ";x"])
def test_a_path_holds_nothing_that_could_be_read_differently(tail):
    assert order_address_problem(f"https://demo-api.kalshi.co{PATH}{tail}")


def test_the_published_demo_venue_takes_orders_and_production_does_not():
    demo, production = PUBLISHED_VENUES["demo"], PUBLISHED_VENUES["production"]

    assert [order_address_problem(url) for url in (demo.rest_url, demo.ws_url)] == ["", ""]
    assert all(order_address_problem(url) for url in (production.rest_url, production.ws_url))


@given(st.text(max_size=30))
def test_no_text_makes_another_host_of_kalshi_co(text):
    with contextlib.suppress(WriteRefused):
        host = order_address(f"https://{text}").host

        assert host == "kalshi.co" or host.endswith(".kalshi.co")
