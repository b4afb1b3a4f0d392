"""The lookups that clients make beside the markets are answered in the shapes of the official package."""

from __future__ import annotations

import pytest

from tests.simulator.protocol.desk import Desk, at_desk
from tests.simulator.protocol.reads import read

EMPTY = {
    "/milestones": {"milestones": [], "cursor": ""},
    "/structured_targets": {"structured_targets": [], "cursor": ""},
    "/incentive_programs": {"incentive_programs": [], "next_cursor": ""},
    "/search/filters_by_sport": {"filters_by_sports": {}, "sport_ordering": []},
}


@pytest.mark.parametrize("path", EMPTY)
@at_desk()
async def test_what_the_exchange_does_not_keep_is_an_empty_list(desk: Desk, path: str):
    assert await read(desk, path) == EMPTY[path]


@at_desk()
async def test_every_category_is_told_with_its_tags(desk: Desk):
    tags = (await read(desk, "/search/tags_by_categories"))["tags_by_categories"]

    assert tags == {series.category: [] for series in desk.exchange.world.series.values()}


@at_desk()
async def test_an_account_sees_its_own_key_and_nobody_elses(desk: Desk):
    status, body = await desk.call("GET", "/api_keys")
    unsigned, _ = await desk.call("GET", "/api_keys", signed=False)

    assert (status, unsigned) == (200, 401)
    (key,) = body["api_keys"]
    assert key["api_key_id"] == desk.client.key_id
    assert key["scopes"] == ["read", "write"]
