"""Every golden body decodes to the record it stands for; errors are read in all three shapes."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalshi_client.wire import account, exchange, listings, markets, portfolio
from kalshi_client.wire.bodies import RowsPage, read, read_error
from kalshi_client.wire.records import ApiError
from kalshi_client.wire.values import Malformed
from tests.kalshi_client.golden_bodies import BOS, TABLE, TAPERED
from trading.coherence import Strike

KINDS = {name: kind for name, kind, _ in TABLE if kind is not portfolio.PortfolioBody}
OLD_ORDER = {"side", "action", "type", "outcome_side", "no_price_dollars"}
OLD_MARKET = {"liquidity_dollars", "fractional_trading_enabled"}
NOT_NEEDED = {  # deprecated, or said by another field as well (protocol 4.4, 10)
    "order": OLD_ORDER,
    "orders": OLD_ORDER,
    "fills": {"side", "action", "outcome_side", "no_price_dollars", "market_ticker", "fill_id"},
    "trades": {"taker_side", "taker_outcome_side", "no_price_dollars"},
    "market": OLD_MARKET,
    "market_combo": OLD_MARKET,
    "markets": OLD_MARKET,
    "positions": {"resting_orders_count"},
}


def without(node, gone):
    """The same body less these keys, and with one more that nobody knows, at every depth."""
    if isinstance(node, list):
        return [without(item, gone) for item in node]
    if not isinstance(node, dict):
        return node
    return {key: without(item, gone) for key, item in node.items() if key not in gone} | {"news": [{}]}


def body_of(golden, name):
    return json.dumps(golden(f"rest_{name}")["body"]).encode()


@pytest.mark.parametrize(("name", "kind", "value"), TABLE, ids=[row[1].__name__ for row in TABLE])
def test_golden_body_decodes(golden, name, kind, value):
    assert read(body_of(golden, name), kind) == value


@pytest.mark.parametrize(("name", "kind", "value"), TABLE, ids=[row[1].__name__ for row in TABLE])
def test_deprecated_fields_are_not_needed_and_unknown_ones_are_skipped(golden, name, kind, value):
    body = without(golden(f"rest_{name}")["body"], NOT_NEEDED.get(name, set()))
    if name == "market_combo":
        del body["market"]["custom_strike"]["news"]  # kept as it is told

    assert read(json.dumps(body).encode(), kind) == value


def test_finalized_market_says_how_it_ended(golden):
    market = read(body_of(golden, "market_finalized"), markets.MarketBody)

    assert (market.status, market.result, market.settlement_value_e4) == ("finalized", "yes", 10_000)


@pytest.mark.parametrize("name", ["orders", "fills", "positions", "settlements", "trades", "events"])
def test_null_list_is_an_empty_page(name):
    kind = KINDS[name]
    key = "market_positions" if name == "positions" else name

    assert read(json.dumps({key: None}).encode(), kind) == RowsPage([], "")


# What the venue does not say of these is read as the usual, or as not told.
SAYS_NOTHING = {"endpoint_costs", "historical_cutoff", "order_group"}


@pytest.mark.parametrize("name", sorted(KINDS.keys() - SAYS_NOTHING))
def test_empty_object_is_malformed(name):
    kind = KINDS[name]

    assert isinstance(read(b"{}", kind), Malformed)


def test_a_fill_is_named_and_timed_by_whichever_field_is_left(golden):
    body = golden("rest_fills")["body"]
    row = body["fills"][0]
    row |= {"trade_id": None, "created_time": None}
    [fill] = read(json.dumps(body).encode(), account.FillsBody).rows
    assert (fill.trade_id, fill.ts_ms) == (row["fill_id"], 1000 * row["ts"])

    for gone in ("fill_id", "ts"):
        broken = {"fills": [row | {gone: None}]}
        found = read(json.dumps(broken).encode(), account.FillsBody)
        assert isinstance(found, Malformed)
        assert gone in found.reason


def test_cash_is_read_from_either_field_and_never_taken_for_none(golden):
    body = golden("rest_balance")["body"]
    whole = read(json.dumps(body).encode(), portfolio.BalanceBody)
    del body["balance_breakdown"]
    assert read(json.dumps(body).encode(), portfolio.BalanceBody) == whole

    del body["balance_dollars"]
    assert isinstance(read(json.dumps(body).encode(), portfolio.BalanceBody), Malformed)


def test_an_event_or_series_that_cannot_be_read_does_not_hide_the_others(golden):
    for name, rows, kind in (
        ("events", "events", listings.EventsBody),
        ("events", "events", listings.EventsMarketsBody),
        ("series_list", "series", listings.SeriesListBody),
    ):
        body = golden(f"rest_{name}")["body"]
        body[rows].append({"event_ticker": "KXBROKEN", "ticker": "KXBROKEN"})

        found = read(json.dumps(body).encode(), kind)
        good, broken = found.rows if isinstance(found, RowsPage) else found

        assert not isinstance(good, Malformed)
        assert "KXBROKEN" in broken.reason


@pytest.mark.parametrize(
    ("name", "key", "value"),
    [
        ("orders", "yes_price_dollars", "NaN"),
        ("orders", "yes_price_dollars", "1.0000"),
        ("orders", "fill_count_fp", "-1.00"),
        ("orders", "status", "weird"),
        ("orders", "book_side", None),
        ("fills", "fee_cost", "-0.0100"),
        ("fills", "count_fp", "1e3"),
        ("fills", "trade_id", ""),
    ],
)
def test_impossible_value_makes_the_whole_page_malformed(golden, name, key, value):
    kind = KINDS[name]
    body = golden(f"rest_{name}")["body"]
    body[name][0][key] = value

    assert isinstance(read(json.dumps(body).encode(), kind), Malformed)


def test_market_that_cannot_be_read_does_not_hide_the_others(golden):
    body = golden("rest_markets")["body"]
    body["markets"][0]["price_ranges"] = [{"start": "0.0000", "end": "1.0000", "step": "0.0000"}]

    broken, good = read(json.dumps(body).encode(), markets.MarketsBody).rows

    assert isinstance(broken, Malformed)
    assert good.ticker == BOS


def test_grid_comes_from_the_name_when_no_ranges_are_given(golden):
    body = golden("rest_market")["body"]
    del body["market"]["price_ranges"]
    assert read(json.dumps(body).encode(), markets.MarketBody).grid == TAPERED

    body["market"]["price_level_structure"] = "banded_centi_cent"
    assert isinstance(read(json.dumps(body).encode(), markets.MarketBody), Malformed)


@pytest.mark.parametrize("strike", [None, "4", True, 10**400, [4]])
def test_a_strike_of_no_known_form_hides_no_market(golden, strike):
    body = golden("rest_market")["body"]
    body["market"] |= {"floor_strike": strike, "cap_strike": 4, "strike_type": 7}

    assert read(json.dumps(body).encode(), markets.MarketBody).strike == Strike("", None, 4.0)


@pytest.mark.parametrize(
    ("result", "value", "told_e4", "is_rounded"),
    [
        ("yes", None, 10_000, False),
        ("no", None, 0, False),
        ("scalar", 37, 3_700, True),
        ("scalar", 100, 10_000, True),
        ("scalar", None, None, True),
        ("void", 50, 5_000, True),
        (None, 50, 5_000, True),
    ],
)
def test_a_settlement_says_whether_its_value_is_exact(golden, result, value, told_e4, is_rounded):
    body = golden("rest_settlements")["body"]
    body["settlements"][0] |= {"market_result": result, "value": value}

    [row] = read(json.dumps(body).encode(), portfolio.SettlementsBody).rows

    assert (row.value_e4, row.is_rounded) == (told_e4, is_rounded)


@pytest.mark.parametrize(
    ("name", "rows"),
    [("fills",) * 2, ("orders",) * 2, ("settlements",) * 2, ("positions", "market_positions")],
)
def test_a_record_of_another_subaccount_says_so_under_either_name(golden, name, rows):
    body = golden(f"rest_{name}")["body"]
    for key in ("subaccount", "subaccount_number"):
        body[rows][0] |= {"subaccount": None, "subaccount_number": None, key: 3}
        assert read(json.dumps(body).encode(), KINDS[name]).rows[0].subaccount == 3

    body[rows][0] |= {"subaccount": 3, "subaccount_number": 4}
    assert isinstance(read(json.dumps(body).encode(), KINDS[name]), Malformed)


def test_paused_shards_are_named(golden):
    body = golden("rest_exchange_status")["body"]
    body["exchange_index_statuses"].append(
        {"exchange_index": 2, "exchange_active": True, "trading_active": False}
    )

    assert read(json.dumps(body).encode(), exchange.StatusBody).paused_shards == {2}


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("create_order_post_only_cross", ApiError("invalid_order", "post only cross")),
        ("create_order_malformed", ApiError("bad_request", "body cannot be parsed")),
        ("error_too_many_requests", ApiError("too many requests", "")),
        ("error_unauthorized", ApiError("authentication_error", "NOT_FOUND")),
        ("error_clock", ApiError("header_timestamp_expired", "header timestamp expired")),
    ],
)
def test_error_is_read_in_each_shape(golden, name, error):
    assert read_error(body_of(golden, name)) == error


@pytest.mark.parametrize("body", [b"", b"<html>502</html>", b"[]", b"null", b'{"error":5}', b"{"])
def test_error_body_of_no_known_shape_says_nothing(body):
    assert read_error(body) == ApiError("", "")


@given(st.binary(max_size=200), st.sampled_from([row[1] for row in TABLE]))
def test_random_bytes_never_raise(body, kind):
    read(body, kind)
    read_error(body)


def test_order_that_tells_no_last_change_is_not_taken_for_as_old_as_its_creation(golden):
    body = golden("rest_order")["body"]
    del body["order"]["last_update_time"]

    order = read(json.dumps(body).encode(), account.OrderBody)

    assert (order.ts_ms, order.created_ms) == (0, 1795345393123)
