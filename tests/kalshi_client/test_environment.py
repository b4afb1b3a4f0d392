"""Orders cannot be addressed to the real-money exchange."""

import pytest

from kalshi_client.environment import (
    OLDER_ADDRESSES,
    PUBLISHED_VENUES,
    assert_order_host,
    is_production_host,
    is_published,
)
from kalshi_client.errors import ProductionOrderRefused


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
def test_production_host_is_refused_orders(host):
    assert is_production_host(host)
    with pytest.raises(ProductionOrderRefused, match="production"):
        assert_order_host(host)


@pytest.mark.parametrize(
    "host",
    ["external-api.demo.kalshi.co", "demo-api.kalshi.co", "127.0.0.1", "localhost", "notkalshi.com"],
)
def test_other_hosts_take_orders(host):
    assert not is_production_host(host)
    assert_order_host(host)


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
