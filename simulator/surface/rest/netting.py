"""REST: does an account get collateral back over the markets of an event? (protocol 7.1)

CHOICE: off until enabled, as for a new member of the venue; it then holds for all positions at once.
"""

from __future__ import annotations

from typing import Final

from aiohttp import web

from simulator.engine.accounts.netting import Netting
from simulator.surface.rest.access import EXCHANGE, REST_PREFIX, member_of
from simulator.surface.rest.errors import Declined, json_answer
from simulator.surface.rest.request_body import read_fields, require_primary

NETTING: Final = f"{REST_PREFIX}/portfolio/subaccounts/netting"

routes = web.RouteTableDef()


@routes.get(NETTING)
async def subaccount_netting(request: web.Request) -> web.Response:
    account = member_of(request).account
    config = {"subaccount_number": 0, "enabled": account.netting is not None}
    shards = sorted(account.cash_e6)
    return json_answer({"netting_configs": [config | {"exchange_index": shard} for shard in shards]})


@routes.put(NETTING)
async def change_subaccount_netting(request: web.Request) -> web.Response:
    account, world = member_of(request).account, request.app[EXCHANGE].world
    fields = read_fields(await request.read(), {"subaccount_number": int, "enabled": bool})
    if len(fields) < 2:
        raise Declined("missing_parameters", "subaccount_number and enabled are required")
    require_primary(fields["subaccount_number"])
    if fields["enabled"]:
        account.netting = Netting(world.events, world.markets)
    elif any(account.available_e6(shard) < account.credit_e6(shard) for shard in account.cash_e6):
        raise Declined("insufficient_balance", "what netting has handed out is spent")
    else:
        account.netting = None
    return json_answer({})
