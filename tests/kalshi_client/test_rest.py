"""Reads to the last page or an error; writes that say what they proved."""

import json
import threading
from urllib.parse import parse_qs, urlsplit

import pytest

from kalshi_client.errors import (
    MalformedAnswer,
    NotFound,
    RateLimited,
    RequestFailed,
    Unauthorized,
    UnexpectedAnswer,
    VenueUnavailable,
)
from kalshi_client.rest.calls import Between
from kalshi_client.rest.client import RestClient
from kalshi_client.rest.outcomes import CreateOrder
from kalshi_client.rest.read_budget import MOST_REFUSALS, Pacing
from kalshi_client.rest.throttle import CANCEL_ORDER, CREATE_ORDER
from kalshi_client.rest.transport import Timeouts
from tests.kalshi_client.conftest import known_destination

NYC, BOS = "KXRAIN-26DEC31-NYC", "KXRAIN-26DEC31-BOS"
ORDER_ID = "0f3c1d52-70d4-4f4a-8f0e-6a1d2b3c4d5e"
OURS = "rl1-1a2b3c4d-sq7x9-12"
ORDER = CreateOrder(NYC, "bid", 1000, 4500, "good_till_canceled", OURS, 0, True, 1795345453)
DAY = Between(1_795_305_600, 1_795_392_000)
PATIENT = Timeouts(connect_s=20, read_s=20, whole_s=20)  # this machine may be busy with something else
IMPATIENT = Timeouts(connect_s=20, read_s=0.2, whole_s=1)


def made(venue, signer, timeouts):
    client = RestClient(
        venue.url,
        signer,
        timeouts=timeouts,
        pacing=Pacing(wait=lambda _: None),
        orders=known_destination(venue.url, signer),
    )
    yield client
    client.close()


@pytest.fixture
def client(venue, signer):
    yield from made(venue, signer, PATIENT)


@pytest.fixture
def impatient_client(venue, signer):
    yield from made(venue, signer, IMPATIENT)


@pytest.fixture
def told(venue, golden):
    """Let the venue answer with a golden file."""

    def tell(name):
        record = golden(f"rest_{name}")
        venue.answers(record["status"], record["body"])

    return tell


def query_of(request):
    return parse_qs(urlsplit(request.path).query)


@pytest.mark.parametrize(
    ("name", "read", "path", "signed"),
    [
        ("exchange_status", lambda c: c.exchange_status(), "/exchange/status", True),
        ("user_data_timestamp", lambda c: c.user_data_timestamp(), "/exchange/user_data_timestamp", True),
        ("account_limits", lambda c: c.account_limits(), "/account/limits", True),
        ("api_keys", lambda c: c.api_keys(), "/api_keys", True),
        ("endpoint_costs", lambda c: c.endpoint_costs(), "/account/endpoint_costs", False),
        ("balance", lambda c: c.balance(), "/portfolio/balance", True),
        ("positions", lambda c: c.positions(), "/portfolio/positions", True),
        ("orders", lambda c: c.orders(), "/portfolio/orders", True),
        ("order", lambda c: c.order(ORDER_ID), f"/portfolio/orders/{ORDER_ID}", True),
        ("fills", lambda c: c.fills(), "/portfolio/fills", True),
        ("settlements", lambda c: c.settlements(), "/portfolio/settlements", True),
        ("markets", lambda c: c.markets(), "/markets", False),
        ("market", lambda c: c.market(NYC), f"/markets/{NYC}", True),
        ("orderbook", lambda c: c.orderbook(NYC), f"/markets/{NYC}/orderbook", True),
        ("events", lambda c: c.events(["KXRAIN-26DEC31"]), "/events", False),
        ("event", lambda c: c.event("KXRAIN-26DEC31"), "/events/KXRAIN-26DEC31", False),
        ("series", lambda c: c.series("KXRAIN"), "/series/KXRAIN", False),
        ("exchange_schedule", lambda c: c.exchange_schedule(), "/exchange/schedule", False),
        ("historical_cutoff", lambda c: c.historical_cutoff(), "/historical/cutoff", True),
        ("orderbooks", lambda c: c.orderbooks([NYC, BOS]), "/markets/orderbooks", True),
        ("trades", lambda c: c.trades(), "/markets/trades", False),
        ("candlesticks", lambda c: c.candlesticks("KXRAIN", NYC, DAY, minutes=1), f"/series/KXRAIN/markets/{NYC}/candlesticks", False),  # noqa: E501  # one row a read
        ("candlesticks_batch", lambda c: c.candlesticks_of([NYC, BOS], DAY, minutes=60), "/markets/candlesticks", False),  # noqa: E501  # one row a read
        ("historical_candlesticks", lambda c: c.historical_candlesticks(NYC, DAY, minutes=1440), f"/historical/markets/{NYC}/candlesticks", True),  # noqa: E501  # one row a read
        ("event", lambda c: c.event_with_markets("KXRAIN-26DEC31"), "/events/KXRAIN-26DEC31", False),
        ("events", lambda c: c.events_with_markets(), "/events", False),
        ("series_list", lambda c: c.series_list(category="Climate and Weather"), "/series", False),
        ("series_fee_changes", lambda c: c.series_fee_changes(), "/series/fee_changes", False),
        ("event_fee_changes", lambda c: c.event_fee_changes(), "/events/fee_changes", False),
        ("positions", lambda c: c.position_records(), "/portfolio/positions", True),
        ("queue_position", lambda c: c.queue_position(ORDER_ID), f"/portfolio/orders/{ORDER_ID}/queue_position", True),  # noqa: E501  # one row a read
        ("queue_positions", lambda c: c.queue_positions(), "/portfolio/orders/queue_positions", True),
        ("order_groups", lambda c: c.order_groups(), "/portfolio/order_groups", True),
        ("order_group", lambda c: c.order_group("g/1"), "/portfolio/order_groups/g%2F1", True),
        ("orders", lambda c: c.historical_orders(), "/historical/orders", True),
        ("fills", lambda c: c.historical_fills(), "/historical/fills", True),
        ("positions", lambda c: c.historical_positions(), "/historical/positions", True),
        ("trades", lambda c: c.historical_trades(), "/historical/trades", True),
        ("markets", lambda c: c.historical_markets(), "/historical/markets", True),
        ("market", lambda c: c.historical_market(NYC), f"/historical/markets/{NYC}", True),
    ],
)  # fmt: skip  # one row a read
def test_read_asks_where_the_protocol_says_and_understands_the_answer(
    client, venue, told, name, read, path, signed
):
    told(name)

    assert read(client)

    [request] = venue.requests
    assert urlsplit(request.path).path == "/trade-api/v2" + path
    assert ("KALSHI-ACCESS-SIGNATURE" in request.headers) is signed


def test_client_without_a_key_reads_the_public_part(venue, told):
    told("exchange_status")

    assert RestClient(venue.url, None).exchange_status().trading_active
    assert "KALSHI-ACCESS-KEY" not in venue.requests[0].headers


def test_pause_is_read_from_a_503(client, told):
    told("exchange_status_paused")

    status = client.exchange_status()

    assert status.exchange_active
    assert not status.trading_active


# --- paging --------------------------------------------------------------------------------------


def test_list_is_read_to_its_end(client, venue, golden):
    rows = golden("rest_fills")["body"]["fills"]
    venue.answers(200, {"fills": rows, "cursor": "a/b+c="})
    venue.answers(200, {"fills": [], "cursor": "second"})
    venue.answers(200, {"fills": [rows[0] | {"trade_id": "another"}]})

    fills = client.fills(min_ts_s=1795345000)

    assert len(fills) == 2
    first, second, third = map(query_of, venue.requests)
    assert first == {"min_ts": ["1795345000"], "limit": ["1000"]}
    assert second["cursor"] == ["a/b+c="]
    assert third == {**first, "cursor": ["second"]}


@pytest.mark.parametrize("cursors", [["a", "a"], ["a", "b", "a"]])
def test_cursor_that_repeats_is_an_error_not_a_loop(client, venue, cursors):
    for cursor in cursors:
        venue.answers(200, {"orders": [], "cursor": cursor})

    with pytest.raises(UnexpectedAnswer, match="endless_pages"):
        client.orders()


def test_listing_without_an_end_is_an_error(client, venue, monkeypatch):
    monkeypatch.setattr("kalshi_client.rest.calls.MAX_PAGES", 3)
    for n in range(5):
        venue.answers(200, {"orders": [], "cursor": f"c{n}"})

    with pytest.raises(UnexpectedAnswer, match="endless_pages"):
        client.orders()


def test_page_that_fails_fails_the_list(client, venue, told):
    venue.answers(200, {"orders": [], "cursor": "next"})
    told("error_market_not_found")

    with pytest.raises(NotFound):
        client.orders()


def test_named_markets_are_asked_for_in_batches(client, venue):
    for _ in range(3):
        venue.answers(200, {"markets": [], "cursor": ""})

    client.markets(tickers=[f"K{n}" for n in range(250)])

    sizes = [len(query_of(request)["tickers"][0].split(",")) for request in venue.requests]
    assert sizes == [100, 100, 50]


def test_open_markets_of_named_series_are_asked_for_series_by_series(client, venue):
    for _ in range(2):
        venue.answers(200, {"markets": [], "cursor": ""})

    client.markets(series=["KXRAIN", "KXSNOW"])

    assert [query_of(request)["series_ticker"] for request in venue.requests] == [["KXRAIN"], ["KXSNOW"]]


def test_market_that_cannot_be_read_is_counted_and_left_out(client, venue, golden):
    body = golden("rest_markets")["body"]
    body["markets"][0]["close_time"] = "soon"
    venue.answers(200, body)

    assert [market.ticker for market in client.markets()] == [BOS]
    [reason] = client.malformed_rows.take_new()
    assert NYC in reason
    assert "close_time" in reason
    venue.answers(200, body)
    client.markets()
    assert client.malformed_rows.counts == {reason: 2}
    assert client.malformed_rows.take_new() == []


def test_a_list_that_money_depends_on_fails_with_the_row_and_the_field(client, venue, golden):
    body = golden("rest_orders")["body"]
    del body["orders"][1]["remaining_count_fp"]
    venue.answers(200, body)

    with pytest.raises(MalformedAnswer) as raised:
        client.orders()

    assert body["orders"][1]["order_id"] in raised.value.detail
    assert "remaining_count_fp is missing" in raised.value.detail


# --- errors of reads -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "kind", "code"),
    [
        ("error_unauthorized", Unauthorized, "authentication_error"),
        ("error_clock", Unauthorized, "header_timestamp_expired"),
        ("error_market_not_found", NotFound, "market_not_found"),
        ("error_limit_out_of_range", UnexpectedAnswer, "invalid_parameters"),
        ("create_order_malformed", UnexpectedAnswer, "bad_request"),
    ],
)
def test_error_of_each_shape_is_raised_with_its_code(client, told, name, kind, code):
    told(name)

    with pytest.raises(kind) as raised:
        client.balance()

    assert raised.value.code == code
    assert "/portfolio/balance" in str(raised.value)


def test_read_that_is_refused_for_its_tokens_again_and_again_gives_up(client, venue, told):
    for _ in range(3):  # the account's limits are asked for as well
        for _ in range(MOST_REFUSALS + 1):
            told("error_too_many_requests")

    with pytest.raises(RateLimited) as raised:
        client.balance()

    assert raised.value.code == "too many requests"
    assert len([r for r in venue.requests if r.path.endswith("/balance")]) == MOST_REFUSALS + 1


@pytest.mark.parametrize(
    ("status", "kind"),
    [(500, VenueUnavailable), (503, VenueUnavailable), (408, VenueUnavailable), (403, Unauthorized)]
    + [(status, UnexpectedAnswer) for status in (201, 302, 418)],
)
def test_status_alone_decides_when_the_body_says_nothing(client, venue, status, kind):
    venue.answers(status, b"<html>")

    with pytest.raises(kind):
        client.balance()


@pytest.mark.parametrize("body", [b"", b"<html>", b"{}", b'{"balance":1}', b"[" * 50_000])
def test_body_of_another_shape_is_unexpected(client, venue, body):
    venue.answers(200, body)

    with pytest.raises(UnexpectedAnswer, match="malformed"):
        client.balance()


def test_no_answer_means_unavailable(client, venue, signer, closed_port):
    venue.truncates(200, b"{", promised=10)
    with pytest.raises(VenueUnavailable):
        client.balance()
    with pytest.raises(VenueUnavailable) as raised:
        RestClient(f"http://127.0.0.1:{closed_port}", signer).balance()
    assert raised.value.status == 0


def test_every_failure_of_a_read_is_one_family():
    kinds = (Unauthorized, NotFound, RateLimited, VenueUnavailable, UnexpectedAnswer)

    assert all(issubclass(kind, RequestFailed) for kind in kinds)


def test_id_from_the_venue_cannot_lead_to_another_path(client, venue, told):
    told("order")

    client.order("../balance?x=1")

    assert venue.requests[0].path == "/trade-api/v2/portfolio/orders/..%2Fbalance%3Fx%3D1"


def test_account_costs_are_used(client, told):
    told("endpoint_costs")

    costs = client.endpoint_costs()

    assert (costs.of(CREATE_ORDER), costs.of(CANCEL_ORDER)) == (10, 2)


# --- writes --------------------------------------------------------------------------------------


def test_order_is_posted_once_with_our_id(client, venue, told):
    told("create_order_resting")

    result = client.create_order(ORDER)

    assert (result.outcome, result.order_id, result.remaining_e2) == ("accepted", ORDER_ID, 1000)
    [request] = venue.requests
    assert (request.method, request.path) == ("POST", "/trade-api/v2/portfolio/events/orders")
    assert json.loads(request.body)["client_order_id"] == OURS
    assert "KALSHI-ACCESS-SIGNATURE" in request.headers


def test_cancel_names_market_and_shard(client, venue, told):
    told("cancel_order")

    assert client.cancel_order(ORDER_ID, NYC, 0).reduced_by_e2 == 600

    [request] = venue.requests
    assert (request.method, request.body) == ("DELETE", b"")
    assert query_of(request) == {"market_ticker": [NYC], "exchange_index": ["0"]}


def test_wrong_ids_prove_nothing(client, venue, golden):
    ack = golden("rest_create_order_resting")["body"]
    venue.answers(201, {**ack, "client_order_id": "other"})
    venue.answers(200, {"order_id": "other", "reduced_by": "1.00"})

    assert client.create_order(ORDER).outcome == "unknown"
    assert client.cancel_order(ORDER_ID, NYC, 0).outcome == "unknown"


def test_write_whose_answer_was_lost_is_unknown_and_never_repeated(impatient_client, venue):
    over = threading.Event()
    venue.resets()
    venue.truncates(201, b'{"order_id":"x"', promised=200)
    venue.stays_silent(over)

    outcomes = [impatient_client.create_order(ORDER).outcome for _ in range(3)]
    over.set()

    assert outcomes == ["unknown"] * 3
    assert len(venue.requests) == 3


def test_refused_connection_is_not_sent(signer, closed_port):
    url = f"http://127.0.0.1:{closed_port}/trade-api/v2"
    client = RestClient(url, signer, orders=known_destination(url, signer))

    assert client.create_order(ORDER).outcome == "not_sent"
    assert client.cancel_order(ORDER_ID, NYC, 0).outcome == "not_sent"


def test_client_that_shows_data_sends_no_order(venue, signer):
    client = RestClient(venue.url, signer)

    result = client.create_order(ORDER)

    assert result.outcome == "not_sent"
    assert "this venue only shows data" in result.detail
    assert client.cancel_order(ORDER_ID, NYC, 0).outcome == "not_sent"
    assert venue.connections == 0


@pytest.mark.parametrize(
    ("told", "waited"),
    [
        pytest.param({"Retry-After": "7"}, [7.0], id="seconds"),
        pytest.param({"Retry-After": "Wed, 25 Nov 2020 11:00:00 GMT"}, [], id="a time that has passed"),
        pytest.param({}, [], id="Kalshi's own"),
    ],
)
def test_a_refused_read_is_not_sent_before_it_was_said_to(venue, told, waited):
    waits: list[float] = []
    venue.answers(429, {"error": "too many requests"}, **told)
    venue.answers(200, {"as_of_time": "2026-11-25T11:00:00Z"})
    client = RestClient(venue.url, None, pacing=Pacing(unsigned_per_s=1_000, wait=waits.append))

    client.user_data_timestamp()

    assert [wait_s for wait_s in waits if wait_s > 1] == waited
    assert len(venue.requests) == 2


def test_a_read_that_was_told_to_stay_away_too_long_fails_at_once(venue):
    waits: list[float] = []
    venue.answers(429, {"error": "too many requests"}, **{"Retry-After": "3600"})
    client = RestClient(venue.url, None, pacing=Pacing(unsigned_per_s=1_000, wait=waits.append))

    with pytest.raises(RateLimited):
        client.user_data_timestamp()
    assert (waits, len(venue.requests)) == ([], 1)
