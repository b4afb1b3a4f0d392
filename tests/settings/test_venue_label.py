"""The names under which people are shown where data come from and orders go."""

import pytest

from kalshi_client.environment import OLDER_ADDRESSES, PUBLISHED_VENUES
from settings.venue_label import venue_label


def label(name, rest_url, ws_url, *, is_stand_in=False):
    return venue_label(name, (rest_url, ws_url), is_stand_in=is_stand_in)


@pytest.mark.parametrize("venue", ["production", "demo"])
@pytest.mark.parametrize("addresses", [PUBLISHED_VENUES, OLDER_ADDRESSES], ids=["recommended", "older"])
def test_a_venue_at_an_address_that_kalshi_documents_is_its_name_alone(venue, addresses):
    assert label(venue, addresses[venue].rest_url, addresses[venue].ws_url) == venue


@pytest.mark.parametrize(
    ("rest_url", "ws_url", "shown"),
    [
        ("https://a.example/trade-api/v2", "wss://a.example/x", "demo at https://a.example and wss://a.example"),
        (PUBLISHED_VENUES["demo"].rest_url, "wss://b.example:8/x", "demo at wss://b.example:8"),
        (PUBLISHED_VENUES["production"].rest_url, PUBLISHED_VENUES["demo"].ws_url,
         "demo at https://external-api.kalshi.com"),
        ("http://127.0.0.1:9/trade-api/v2", "http://127.0.0.1:9/x", "demo at http://127.0.0.1:9"),
    ],
)  # fmt: skip
def test_another_address_stands_beside_the_name(rest_url, ws_url, shown):
    assert label("demo", rest_url, ws_url) == shown


def test_a_password_in_an_address_is_not_shown():
    assert "secret" not in label("demo", "https://me:secret@a.example/x", "wss://me:secret@a.example/x")


def test_a_stand_in_says_that_it_is_one():
    assert label("production", "http://127.0.0.1:9/x", "ws://127.0.0.1:9/x", is_stand_in=True) == (
        "production (stand-in on this machine)"
    )


def test_a_loopback_exchange_is_shown_with_its_address_only_when_it_is_elsewhere():
    assert label("loopback", "http://127.0.0.1:9/x", "ws://localhost:9/x") == "loopback"
    assert label("loopback", "http://10.0.0.1:9/x", "ws://127.0.0.1:9/x") == "loopback at http://10.0.0.1:9"
