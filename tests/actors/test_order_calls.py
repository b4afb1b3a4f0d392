import time

import pytest

from actors.orders.order_calls import Lookup, look_up, send
from kalshi_client.rest.outcomes import CreateOrder
from tests.actors.fake_venue import FakeVenue, order_message
from tests.trading.example_facts import OURS, TICKER, recorded


@pytest.fixture
def venue():
    return FakeVenue()


def test_an_order_is_sent_as_it_was_recorded(venue, monkeypatch):
    sent = []
    monkeypatch.setattr(venue, "create_order", sent.append)

    send(venue, recorded(exchange_index=2), time.monotonic() + 60)

    assert sent == [
        CreateOrder(
            ticker=TICKER,
            side="bid",
            count_e2=1_000,
            price_e4=4_000,
            time_in_force="good_till_canceled",
            client_order_id=OURS,
            exchange_index=2,
            post_only=True,
            expiration_s=60,
        )
    ]


def test_an_intent_that_is_too_old_is_not_sent(venue):
    result = send(venue, recorded(), time.monotonic() - 0.001)

    assert (result.outcome, result.code) == ("not_sent", "too_late")
    assert venue.calls == []


def test_freshness_is_read_before_what_it_vouches_for(venue):
    look_up(venue, TICKER, OURS, "")

    assert venue.calls == ["user_data_timestamp", "orders"]


def test_an_order_without_the_venues_id_is_found_by_ours(venue):
    venue.now_us = 77
    venue.ended["v"] = order_message(order_id="v", client_order_id=OURS, status="executed")

    assert look_up(venue, TICKER, OURS, "") == Lookup(venue.ended["v"], 77)


def test_a_foreign_order_is_found_by_the_venues_id(venue):
    venue.resting["v"] = order_message(order_id="v", client_order_id="")
    venue.resting["w"] = order_message(order_id="w", client_order_id="")

    assert look_up(venue, TICKER, "", "w").order is venue.resting["w"]


def test_no_other_order_is_taken_for_it(venue):
    venue.resting["v"] = order_message(order_id="v", client_order_id="somebody-1")
    venue.resting["w"] = order_message(order_id="w", client_order_id=OURS, ticker="RAIN-LA")

    assert look_up(venue, TICKER, OURS, "").order is None
