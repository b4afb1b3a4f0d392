"""Proves to a trader that it speaks to the exchange that made its key, before the trader signs anything.

The private halves of the keys made here are held by this exchange and by their users alone. So a signature
by one of them, over a challenge that the trader has just drawn, cannot come from Kalshi nor from anything
that forwards to it. The signed text begins with words, and that of a request with digits: none is taken for
the other.
"""

from __future__ import annotations

import asyncio
import base64
import re
from functools import partial
from typing import Final

from aiohttp import web

from simulator.access.credentials import KeyFolder, KeyGone
from simulator.surface.rest.access import EXCHANGE
from simulator.surface.rest.errors import Declined, json_answer

PROOF_PATH: Final = "/exchange-proof"
PROOF_PREFIX: Final = "kalshi-rl-trader exchange proof 1"
KEYS: Final = web.AppKey("keys", KeyFolder)
_CHALLENGE: Final = re.compile("[0-9a-f]{64}")

routes = web.RouteTableDef()


@routes.get(PROOF_PATH)
async def prove(request: web.Request) -> web.Response:
    """``?challenge=`` (64 hexadecimal digits) ``&key_id=``: both and the world's id, signed with that key."""
    exchange = request.app[EXCHANGE]
    challenge, key_id = request.query.get("challenge", ""), request.query.get("key_id", "")
    if not _CHALLENGE.fullmatch(challenge):
        raise Declined("bad_request", "challenge must be 64 hexadecimal digits")
    member = exchange.members.get(key_id)
    if member is None:
        raise Declined("not_found", "no such key_id")
    world_id = str(exchange.ids.world_id)
    text = "\n".join((PROOF_PREFIX, challenge, key_id, world_id)).encode()
    sign = partial(request.app[KEYS].sign, member.name, text, public_key=exchange.public_keys[key_id])
    try:
        signature = await asyncio.to_thread(sign)
    except KeyGone:
        raise Declined("not_found", "the private key is not here any more") from None
    return json_answer({"world_id": world_id, "signature": base64.b64encode(signature).decode()})
