"""A body that is wrong anywhere is Malformed or says what it said; it never breaks the reader."""

from __future__ import annotations

import copy
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalshi_client.wire.bodies import RowsPage, read
from kalshi_client.wire.values import Malformed
from tests.kalshi_client.conftest import golden
from tests.kalshi_client.golden_bodies import TABLE

NONSENSE = st.sampled_from(
    [
        "",
        "NaN",
        "-1.00",
        "1e3",
        "0.00001",
        "9" * 30,
        -1,
        2**70,
        1.5,
        True,
        [],
        {},
        [[]],
        "2026-11-22T11:03:13",
    ]
)


def leaves(node, path=()):
    """The path of everything in a body that is not itself a body."""
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in items:
        yield (*path, key)
        yield from leaves(value, (*path, key))


@pytest.mark.parametrize(("name", "kind", "value"), TABLE, ids=[row[1].__name__ for row in TABLE])
@given(data=st.data())
def test_nonsense_anywhere_is_read_without_breaking(name, kind, value, data):
    body = copy.deepcopy(golden(f"rest_{name}")["body"])
    *above, last = data.draw(st.sampled_from(sorted(leaves(body), key=str)))
    node = body
    for key in above:
        node = node[key]
    node[last] = data.draw(NONSENSE)

    found = read(json.dumps(body).encode(), kind)

    # Whatever is read has the form of the right answer.
    assert isinstance(found, Malformed | type(value))


# What no account, order or market can be, in each kind of body, where it is needed.
IMPOSSIBLE = [
    ("exchange_schedule", ("schedule", "standard_hours", 0, "monday", 0, "open_time"), "25:00"),
    ("exchange_status", ("exchange_index_statuses", 0, "exchange_index"), -1),
    ("account_limits", ("read", "refill_rate"), 0),
    ("market", ("market", "price_ranges", 0, "step"), "0.0000"),
    ("market", ("market", "close_time"), "yesterday"),
    ("market", ("market", "exchange_index"), -1),
    ("candlesticks", ("candlesticks", 0, "end_period_ts"), -1),
    ("orderbook", ("orderbook_fp", "yes_dollars", 0, 0), "1.0000"),
    ("orderbooks", ("orderbooks", 0, "orderbook_fp", "no_dollars", 0, 1), "-5.00"),
    ("trades", ("trades", 0, "count_fp"), "0.00"),
    ("trades", ("trades", 0, "taker_book_side"), "yes"),
    ("event", ("event", "fee_multiplier_override"), -0.5),
    ("series", ("series", "fee_multiplier"), 1e9),
    ("series_fee_changes", ("series_fee_change_arr", 0, "fee_multiplier"), -1),
    ("event_fee_changes", ("event_fee_changes", 0, "scheduled_ts"), 5),
    ("queue_position", ("queue_position_fp",), "-1.00"),
    ("queue_positions", ("queue_positions", 0, "order_id"), ""),
    ("balance", ("balance_dollars",), "99999999999.0000"),
    ("positions", ("market_positions", 0, "position_fp"), "1.234"),
    ("settlements", ("settlements", 0, "settled_time"), "soon"),
    ("settlements", ("settlements", 0, "value"), 101),
    ("order_group", ("orders", 0), ""),
]


@pytest.mark.parametrize(("name", "path", "value"), IMPOSSIBLE)
def test_impossible_value_is_malformed(name, path, value):
    body = golden(f"rest_{name}")["body"]
    node = body
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = value
    if path == ("balance_dollars",):
        del body["balance_breakdown"]
    kind = next(row[1] for row in TABLE if row[0] == name)

    assert isinstance(read(json.dumps(body).encode(), kind), Malformed)


def test_page_of_rows_keeps_its_cursor():
    for name, kind, value in TABLE:
        if isinstance(value, RowsPage):
            body = golden(f"rest_{name}")["body"] | {"cursor": "next"}
            assert read(json.dumps(body).encode(), kind).cursor == "next"
