"""A row of a list that changes while its pages are read comes once, as it was read last."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalshi_client.rest.calls import Calls
from kalshi_client.rest.client import RestClient
from kalshi_client.rest.read_budget import Pacing
from kalshi_client.rest.rows_read import RowsRead
from kalshi_client.wire.account import OrdersBody
from kalshi_client.wire.bodies import RowsPage

LISTS: list[tuple[str, str, str, Callable[[RestClient], Any]]] = [
    ("orders", "orders", "order_id", lambda c: c.orders()),
    ("orders", "orders", "order_id", lambda c: c.historical_orders()),
    ("fills", "fills", "trade_id", lambda c: c.fills()),
    ("fills", "fills", "trade_id", lambda c: c.historical_fills()),
    ("positions", "market_positions", "ticker", lambda c: c.positions()),
    ("positions", "market_positions", "ticker", lambda c: c.position_records()[0]),
    ("positions", "event_positions", "event_ticker", lambda c: c.position_records()[1]),
    ("positions", "market_positions", "ticker", lambda c: c.historical_positions()),
    ("settlements", "settlements", "ticker", lambda c: c.settlements()),
    ("markets", "markets", "ticker", lambda c: c.markets()),
    ("markets", "markets", "ticker", lambda c: c.historical_markets()),
    ("events", "events", "event_ticker", lambda c: c.events()),
    ("events", "events", "event_ticker", lambda c: c.events_with_markets()),
    ("trades", "trades", "trade_id", lambda c: c.trades()),
    ("trades", "trades", "trade_id", lambda c: c.historical_trades()),
    ("event_fee_changes", "event_fee_changes", "id", lambda c: c.event_fee_changes()),
]


@pytest.fixture
def client(venue, signer):
    made = RestClient(venue.url, signer, pacing=Pacing(unsigned_per_s=100_000))
    yield made
    made.close()


def pages_of(golden, name, rows, key):
    """Three rows on two pages: the second one is on both, for one came in at the front."""
    body = golden(f"rest_{name}")["body"]
    row = body[rows][0]
    first, second, third = (row | {key: f"KX-{letter}"} for letter in "ABC")
    return (body | {rows: [first, second], "cursor": "2"}, body | {rows: [second, third], "cursor": ""})


@pytest.mark.parametrize(("name", "rows", "key", "read"), LISTS)
def test_a_row_on_two_pages_comes_once(client, venue, golden, name, rows, key, read):
    for page in pages_of(golden, name, rows, key):
        venue.answers(200, page)

    assert len(read(client)) == 3


def test_of_a_row_that_changed_between_its_pages_the_later_one_counts(client, venue, golden):
    first, second = pages_of(golden, "orders", "orders", "order_id")
    second["orders"][0] |= {"status": "executed", "fill_count_fp": "10.00", "remaining_count_fp": "0.00"}
    venue.answers(200, first)
    venue.answers(200, second)

    orders = client.orders()

    assert [(order.order_id, order.status) for order in orders] == [
        ("KX-A", "resting"),
        ("KX-B", "executed"),
        ("KX-C", "resting"),
    ]


def test_two_stories_of_one_fill_are_both_told(client, venue, golden):
    """A fill never changes: which of them is true is not for a list to decide."""
    body = golden("rest_fills")["body"]
    other = copy.deepcopy(body)
    other["fills"][0]["count_fp"] = "5.00"
    venue.answers(200, body | {"cursor": "2"})
    venue.answers(200, other)

    assert [fill.count_e2 for fill in client.fills()] == [400, 500]


@given(start=st.lists(st.integers(0, 50), unique=True), arrivals=st.lists(st.integers(0, 3), max_size=12))
def test_whatever_comes_in_meanwhile_every_row_of_the_start_is_there_once(start, arrivals):
    """A venue that counts its rows from the front, newest first."""
    listed, new, size = list(start), iter(range(100, 200)), 3

    class Shifting(Calls):
        def __init__(self):
            self.asked = 0
            self.rows_read = RowsRead()

        def _get(self, _template, _kind, query=(), **_):
            at = int(dict(query).get("cursor", 0))
            rows, more = listed[at : at + size], at + size < len(listed)
            for _ in range(arrivals[self.asked] if self.asked < len(arrivals) else 0):
                listed.insert(0, next(new))
            self.asked += 1
            return RowsPage(rows, str(at + size) if more else "")

    found = Shifting()._rows("/portfolio/orders", OrdersBody, key=lambda row: row)

    assert len(found) == len(set(found))
    assert set(found) >= set(start)
