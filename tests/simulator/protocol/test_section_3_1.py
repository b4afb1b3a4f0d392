"""Protocol 3.1, the exchange: a test for each row of its table."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from simulator.choices import Choices
from simulator.engine.calendar.trading_hours import weekly_pause_end_us
from tests.simulator.protocol.desk import Desk, at_desk
from tests.simulator.protocol.reads import read

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
CUTOFFS = {
    "market_settled_ts",
    "trades_created_ts",
    "orders_updated_ts",
    "market_positions_last_updated_ts",
}


@at_desk(shards=2)
async def test_exchange_status_tells_of_every_shard(desk: Desk):
    body = await read(desk, "/exchange/status")
    state = {"exchange_active": True, "trading_active": True, "intra_exchange_transfers_active": True}
    statuses = body.pop("exchange_index_statuses")

    assert body == state
    assert [shard.pop("exchange_index") for shard in statuses] == [0, 1]
    assert all(isinstance(shard.pop("description"), str) for shard in statuses)
    assert statuses == [state, state]


@at_desk()
async def test_exchange_status_tells_of_a_trading_pause_and_its_end(desk: Desk):
    desk.exchange.pause_trading(until_us=desk.exchange.now_us() + 60_000_000)
    body = await read(desk, "/exchange/status")

    assert (body["exchange_active"], body["trading_active"]) == (True, False)
    assert body["exchange_estimated_resume_time"].endswith("Z")


@at_desk()
async def test_exchange_status_comes_with_503_while_the_exchange_is_paused(desk: Desk):
    desk.exchange.pause_exchange()
    status, body = await desk.call("GET", "/exchange/status", signed=False)

    assert status == 503
    assert (body["exchange_active"], body["trading_active"]) == (False, False)
    assert len(body["exchange_index_statuses"]) == 1


@at_desk()
async def test_exchange_schedule_has_the_hours_of_every_day(desk: Desk):
    schedule = (await read(desk, "/exchange/schedule"))["schedule"]
    (hours,) = schedule["standard_hours"]

    assert schedule["maintenance_windows"] == []
    assert set(hours) == {"start_time", "end_time", *DAYS}
    assert all(set(session) == {"open_time", "close_time"} for day in DAYS for session in hours[day])
    assert hours["start_time"] < hours["end_time"]


@at_desk()
async def test_exchange_schedule_has_a_pause_whose_end_is_known(desk: Desk):
    desk.exchange.pause_exchange(until_us=desk.exchange.now_us() + 60_000_000)
    (window,) = (await read(desk, "/exchange/schedule"))["schedule"]["maintenance_windows"]

    assert window["start_datetime"] < window["end_datetime"]


@at_desk(choices=Choices(weekly_pause=True))
async def test_the_weekly_pause_is_kept_and_scheduled_if_so_chosen(desk: Desk):
    def at(hour: int, minute: int) -> int:  # EST: five hours behind UTC
        return int(datetime(2026, 11, 26, hour + 5, minute, tzinfo=UTC).timestamp()) * 1_000_000

    active = []
    desk.exchange.hours.resume()  # whatever day it is today
    for hour, minute in ((2, 59), (3, 0), (4, 59), (5, 0)):
        desk.exchange.keep_hours(at(hour, minute))
        active.append(desk.exchange.hours.trading_active)
    schedule = (await read(desk, "/exchange/schedule"))["schedule"]

    assert active == [True, False, False, True]
    assert schedule["standard_hours"][0]["thursday"] == [
        {"open_time": "00:00", "close_time": "03:00"},
        {"open_time": "05:00", "close_time": "23:59"},
    ]


@pytest.mark.parametrize(
    ("at", "end"),
    [
        (datetime(2026, 7, 2, 7, 30, tzinfo=UTC), datetime(2026, 7, 2, 9, tzinfo=UTC)),  # in summer
        (datetime(2026, 7, 2, 9, 0, tzinfo=UTC), None),
        (datetime(2026, 7, 3, 7, 30, tzinfo=UTC), None),  # a Friday
    ],
)
def test_the_weekly_pause_follows_the_clock_of_new_york(at: datetime, end: datetime | None):
    end_us = None if end is None else int(end.timestamp()) * 1_000_000

    assert weekly_pause_end_us(int(at.timestamp()) * 1_000_000) == end_us


@at_desk()
async def test_user_data_timestamp_is_the_present(desk: Desk):
    before_us = desk.exchange.now_us()
    as_of = datetime.fromisoformat((await read(desk, "/exchange/user_data_timestamp"))["as_of_time"])

    assert before_us <= as_of.timestamp() * 1e6 + 1 <= desk.exchange.now_us() + 1


@at_desk(tier="basic")
async def test_account_limits_are_those_of_the_tier(desk: Desk):
    assert (await desk.call("GET", "/account/limits"))[1] == {
        "usage_tier": "basic",
        "read": {"refill_rate": 200, "bucket_capacity": 600},
        "write": {"refill_rate": 100, "bucket_capacity": 100},
        "grants": [],
    }
    assert (await desk.call("GET", "/account/limits", signed=False))[0] == 401


@at_desk()
async def test_endpoint_costs_are_public(desk: Desk):
    body = await read(desk, "/account/endpoint_costs")
    costs = {(cost["method"], cost["path"]): cost["cost"] for cost in body["endpoint_costs"]}

    assert body["default_cost"] == 10
    assert costs["DELETE", "/trade-api/v2/portfolio/events/orders/{order_id}"] == 2


@at_desk()
async def test_historical_cutoff_lies_as_far_back_as_chosen(desk: Desk):
    body = await read(desk, "/historical/cutoff")
    since = datetime.now(UTC) - timedelta(seconds=desk.exchange.choices.archive_after_s)

    assert set(body) == CUTOFFS
    for text in body.values():
        assert abs(datetime.fromisoformat(text) - since) < timedelta(seconds=5)
