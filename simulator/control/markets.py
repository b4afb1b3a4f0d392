"""Control: which market gets another price grid or another name? (loopback only)"""

from __future__ import annotations

from typing import Final

import msgspec
from aiohttp import web

from simulator.surface.rest.access import CONTROL_PREFIX, EXCHANGE
from simulator.surface.rest.errors import Declined, json_answer
from simulator.surface.rest.market_bodies import market_body
from trading.market import PriceGrid

MOST_CHARACTERS: Final = 200
_NOT_CLOSED: Final = ("initialized", "active", "inactive")

routes = web.RouteTableDef()


class MarketRequest(msgspec.Struct, forbid_unknown_fields=True):
    """A market and what is to be new about it."""

    market: str
    price_level_structure: str = ""
    yes_sub_title: str = ""


@routes.post(f"{CONTROL_PREFIX}/markets")
async def change_market(request: web.Request) -> web.Response:
    """Both changes are told on the lifecycle channel; the answer is the market as it is then."""
    exchange = request.app[EXCHANGE]
    try:
        asked = msgspec.json.decode(await request.read(), type=MarketRequest)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Declined("bad_request", str(error)) from None
    listed, now_us = exchange.world.markets.get(asked.market), exchange.now_us()
    if listed is None:
        raise Declined("market_not_found")
    if listed.status_at(now_us) not in _NOT_CLOSED:
        raise Declined("market_inactive")
    if asked.price_level_structure and not _is_grid(asked.price_level_structure):
        raise Declined("invalid_parameters", "no such price_level_structure")
    if len(asked.yes_sub_title) > MOST_CHARACTERS:
        raise Declined("invalid_parameters", f"a yes_sub_title has at most {MOST_CHARACTERS} characters")
    if asked.price_level_structure:
        exchange.lifecycle.change_grid(listed, asked.price_level_structure, now_us=now_us)
    if asked.yes_sub_title:
        exchange.lifecycle.rename(listed, asked.yes_sub_title, now_us=now_us)
    return json_answer({"market": market_body(listed, now_us)})


def _is_grid(structure: str) -> bool:
    try:
        PriceGrid.named(structure)
    except KeyError:
        return False
    return True
