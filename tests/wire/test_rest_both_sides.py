"""The exchange's REST answers have the fields of the golden bodies, and no others."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.kalshi_client.loopback import loopback
from tests.simulator.test_golden_frames import assert_same_shape

WIRE = Path(__file__).parent

# Optional, and not said of the markets and events of this exchange.
NOT_SAID = {
    "early_close_condition",
    "custom_strike",
    "cap_strike",
    "floor_strike",
    "volume_fp",
    "last_updated_ts",
}


def golden(name: str) -> Any:
    return json.loads((WIRE / f"rest_{name}.json").read_text())["body"]


@pytest.fixture(scope="module")
def answers():
    """The body of a path, on an exchange where everything has happened once."""
    with loopback() as venue:
        client, other = venue.enroll(), venue.enroll()
        group = client.create_order_group(10_000)
        other.create_order(venue.bid(4600, side="ask"))
        other.create_order(venue.bid(4700, "offered", side="ask"))
        client.create_order(venue.bid(4600, "bought"))
        resting = client.create_order(venue.bid(4500, "resting", order_group_id=group.group_id))
        at_us = venue.exchange.now_us() + 3_600_000_000
        changes = venue.exchange.fee_changes
        terms = {"multiplier_e4": 5_000, "at_us": at_us}
        venue.do(lambda: changes.schedule_series(venue.series_ticker, fee_type="quadratic", **terms))
        venue.do(
            lambda: changes.schedule_event(
                venue.event_ticker, venue.series_ticker, fee_type="quadratic", **terms
            )
        )
        now_s = venue.exchange.now_us() // 1_000_000
        named = {
            "ticker": venue.ticker,
            "series": venue.series_ticker,
            "event": venue.event_ticker,
            "order": resting.order_id,
            "group": group.group_id,
            "span": f"start_ts={now_s - 120}&end_ts={now_s + 120}&period_interval=1",
        }

        def body(path: str) -> Any:
            answer = client._transport.attempt("GET", path.format(**named), signed=True)
            assert answer.status == 200, answer.body
            return json.loads(answer.body)

        yield body


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("exchange_status", "/exchange/status"),
        ("user_data_timestamp", "/exchange/user_data_timestamp"),
        ("account_limits", "/account/limits"),
        ("api_keys", "/api_keys"),
        ("endpoint_costs", "/account/endpoint_costs"),
        ("historical_cutoff", "/historical/cutoff"),
        ("market", "/markets/{ticker}"),
        ("orderbook", "/markets/{ticker}/orderbook"),
        ("orderbooks", "/markets/orderbooks?tickers={ticker}"),
        ("trades", "/markets/trades?ticker={ticker}"),
        ("candlesticks", "/series/{series}/markets/{ticker}/candlesticks?{span}"),
        ("candlesticks_batch", "/markets/candlesticks?market_tickers={ticker}&{span}"),
        ("events", "/events?tickers={event}"),
        ("series", "/series/{series}?include_volume=true"),
        ("series_fee_changes", "/series/fee_changes"),
        ("event_fee_changes", "/events/fee_changes"),
        ("balance", "/portfolio/balance"),
        ("positions", "/portfolio/positions"),
        ("orders", "/portfolio/orders"),
        ("order", "/portfolio/orders/{order}"),
        ("queue_position", "/portfolio/orders/{order}/queue_position"),
        ("queue_positions", "/portfolio/orders/queue_positions"),
        ("fills", "/portfolio/fills"),
        ("order_groups", "/portfolio/order_groups"),
        ("order_group", "/portfolio/order_groups/{group}"),
    ],
)
def test_exchange_answers_with_the_fields_of_the_golden_body(answers, name, path):
    assert_same_shape(without_optional(answers(path)), without_optional(golden(name)))


def without_optional(node: Any) -> Any:
    if isinstance(node, list):
        return [without_optional(item) for item in node]
    if not isinstance(node, dict):
        return node
    return {key: without_optional(item) for key, item in node.items() if key not in NOT_SAID}


def test_archive_answers_with_candlesticks_without_suffixes():
    with loopback() as venue:
        client = venue.enroll()
        venue.enroll().create_order(venue.bid(4600, side="ask"))
        client.create_order(venue.bid(4600))
        venue.settle()
        venue.archive_everything()
        now_s = venue.exchange.now_us() // 1_000_000
        path = f"/historical/markets/{venue.ticker}/candlesticks"
        query = {"start_ts": now_s - 120, "end_ts": now_s + 120, "period_interval": 1}

        answer = client._transport.attempt(
            "GET", path, query=[(k, str(v)) for k, v in query.items()], signed=True
        )

    assert_same_shape(json.loads(answer.body), golden("historical_candlesticks"))


def test_writes_are_answered_with_the_fields_of_the_golden_bodies():
    with loopback() as venue:
        client = venue.enroll()
        heard: dict[str, Any] = {}
        attempt = client._transport.attempt

        def listen(*arguments, **keywords):
            answer = attempt(*arguments, **keywords)
            heard["last"] = json.loads(answer.body)
            return answer

        client._transport.attempt = listen
        order = venue.bid(count_e2=1_000)

        def said(result: Any) -> Any:
            assert result
            return heard["last"]

        bodies = {
            "order_group_created": said(client.create_order_group(10_000)),
            "order_group_limit": said(client.limit_order_group(client.order_groups()[0].group_id, 20_000)),
            "create_orders": said(
                client.create_orders([order, replace(order, client_order_id="b", price_e4=4_503)])
            ),
            "decrease_order": said(
                client.decrease_order(client.orders()[0].order_id, venue.ticker, 0, by_e2=100)
            ),
        }

    for name, body in bodies.items():
        assert_same_shape(body, golden(name))
