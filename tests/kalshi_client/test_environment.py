"""The names that mean the real-money exchange, and the published addresses."""

import pytest

from kalshi_client.environment import (
    OLDER_ADDRESSES,
    PUBLISHED_VENUES,
    is_production_host,
    is_published,
)


@pytest.mark.parametrize(
    "host",
    [
        "external-api.kalshi.com",
        "external-api-ws.kalshi.com",
        "api.elections.kalshi.com",
        "trading-api.kalshi.com",
        "kalshi.com",
        "API.Elections.KALSHI.com",
        "api.elections.kalshi.com.",
    ],
)
def test_everything_under_kalshi_com_is_production(host):
    assert is_production_host(host)


@pytest.mark.parametrize(
    "host",
    ["external-api.demo.kalshi.co", "demo-api.kalshi.co", "127.0.0.1", "localhost", "notkalshi.com"],
)
def test_nothing_else_is(host):
    assert not is_production_host(host)


def test_published_addresses_have_the_documented_prefixes():
    for urls in (*PUBLISHED_VENUES.values(), *OLDER_ADDRESSES.values()):
        assert urls.rest_url.startswith("https://")
        assert urls.rest_url.endswith("/trade-api/v2")
        assert urls.ws_url.startswith("wss://")
        assert urls.ws_url.endswith("/trade-api/ws/v2")


@pytest.mark.parametrize("url", ["https://demo-api.kalshi.co/trade-api/v2", PUBLISHED_VENUES["demo"].ws_url])
def test_an_address_is_published_for_its_own_venue_alone(url):
    assert is_published("demo", url)
    assert not is_published("production", url)
    assert not is_published("demo", f"{url}/more")
