import time
from collections import Counter

import pytest

from execution import order_calls
from execution.order_calls import ExecutionReads, Lookup, look_up, send
from kalshi_client.rest.outcomes import CreateOrder
from kalshi_client.wire.records import EventRecord, MarketRecord, SeriesRecord
from tests.execution.fake_venue import FakeVenue, order_message
from tests.trading.example_facts import OURS, TICKER, recorded
from trading.market import PriceGrid


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
            subaccount=0,
        )
    ]


def test_an_intent_that_is_too_old_is_not_sent(venue):
    result = send(venue, recorded(), time.monotonic() - 0.001)

    assert (result.outcome, result.code) == ("not_sent", "too_late")
    assert venue.calls == []


def test_freshness_is_read_before_what_it_vouches_for(venue):
    look_up(venue, TICKER, OURS, "")

    assert venue.calls == ["user_data_timestamp", "orders", "archived orders"]


def test_the_archive_is_not_asked_for_what_is_live(venue):
    venue.resting["v"] = order_message(order_id="v", client_order_id=OURS)

    assert look_up(venue, TICKER, OURS, "").order is venue.resting["v"]
    assert look_up(venue, TICKER, OURS, "v").order is venue.resting["v"]
    assert "archived orders" not in venue.calls


def test_an_order_that_moved_to_the_archive_is_found_by_either_name(venue):
    venue.now_us = 77
    executed = order_message(order_id="v", client_order_id=OURS, status="executed")
    venue.archived_orders = {"w": order_message(order_id="w"), "v": executed}

    assert look_up(venue, TICKER, OURS, "") == Lookup(executed, 77)
    assert look_up(venue, TICKER, "desk-2", "v") == Lookup(executed, 77)


def test_of_several_orders_that_bear_a_name_the_oldest_is_found(venue):
    for created_ms in (30, 10, 20):
        order = order_message(order_id=f"v{created_ms}", client_order_id=OURS, created_ms=created_ms)
        venue.resting[order.order_id] = order

    found = look_up(venue, TICKER, OURS, "").order

    assert found is venue.resting["v10"]


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


def test_an_order_of_another_subaccount_is_left_out_and_named(venue):
    venue.resting["v"] = order_message(order_id="v", client_order_id=OURS, subaccount=2)

    assert look_up(venue, TICKER, OURS, "") == Lookup(None, 0, Counter({"order of subaccount 2": 1}))
    assert look_up(venue, TICKER, "", "v").order is None


class Listing:
    """Two open markets and a closed one of one event and series, and what was asked of them."""

    def __init__(self):
        self.asked = []

    def markets(self, *, status="open", tickers=None):
        self.asked.append(status if tickers is None else tuple(tickers))
        statuses = {"A": "active", "B": "active", "C": "closed"}
        wanted = [t for t in statuses if (statuses[t] == "active" if tickers is None else t in tickers)]
        grid = PriceGrid.named("deci_cent")
        return [MarketRecord(t, "E", statuses[t], grid, 0, 9, 0, "", None) for t in wanted]

    def events(self, _tickers):
        return [EventRecord("E", "S", "", None)]

    def series(self, _ticker):
        return SeriesRecord("S", "quadratic", 10_000)


@pytest.mark.parametrize(
    ("most_by_name", "asked"), [(3, [("A", "C", "X")]), (2, ["open", ("C", "X")])], ids=["few", "many"]
)
def test_markets_are_read_by_name_or_where_they_are_many_by_the_listing(monkeypatch, most_by_name, asked):
    monkeypatch.setattr(order_calls, "MOST_BY_NAME", most_by_name)
    listing = Listing()

    found = ExecutionReads(listing).markets(["A", "C", "X"])

    assert {ticker: market.status for ticker, market in found.items()} == {"A": "active", "C": "closed"}
    assert listing.asked == asked
