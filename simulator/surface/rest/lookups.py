"""REST: what clients look up beside the markets, often at their start (protocol 8 names some of it).

There are no milestones, structured targets and incentive programmes here, which their lists say.
"""

from __future__ import annotations

from aiohttp import web

from simulator.surface.rest.access import EXCHANGE, REST_PREFIX, member_of
from simulator.surface.rest.errors import json_answer

routes = web.RouteTableDef()


@routes.get(f"{REST_PREFIX}/milestones")
async def milestones(_: web.Request) -> web.Response:
    return json_answer({"milestones": [], "cursor": ""})


@routes.get(f"{REST_PREFIX}/structured_targets")
async def structured_targets(_: web.Request) -> web.Response:
    return json_answer({"structured_targets": [], "cursor": ""})


@routes.get(f"{REST_PREFIX}/incentive_programs")
async def incentive_programs(_: web.Request) -> web.Response:
    return json_answer({"incentive_programs": [], "next_cursor": ""})


@routes.get(f"{REST_PREFIX}/search/tags_by_categories")
async def tags_by_categories(request: web.Request) -> web.Response:
    """Every category that has a series; no series has tags."""
    categories = dict.fromkeys(series.category for series in request.app[EXCHANGE].world.series.values())
    return json_answer({"tags_by_categories": {category: [] for category in categories}})


@routes.get(f"{REST_PREFIX}/search/filters_by_sport")
async def filters_by_sport(_: web.Request) -> web.Response:
    return json_answer({"filters_by_sports": {}, "sport_ordering": []})


@routes.get(f"{REST_PREFIX}/api_keys")
async def api_keys(request: web.Request) -> web.Response:
    """An account has one."""
    member = member_of(request)
    scopes = ["read", "write"] if member.can_write else ["read"]
    return json_answer({"api_keys": [{"api_key_id": member.key_id, "name": member.name, "scopes": scopes}]})
