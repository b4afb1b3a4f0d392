"""Control: the accounts that trade here (loopback only)."""

from __future__ import annotations

import asyncio
from typing import Final, Literal

import msgspec
from aiohttp import web

from simulator.access.credentials import KeyFolder, KeyKind, is_name
from simulator.access.tokens import TIERS
from simulator.exchange import Exchange
from simulator.member import Member
from simulator.surface.proof import KEYS
from simulator.surface.rest.access import CONTROL_PREFIX, EXCHANGE
from simulator.surface.rest.errors import Declined, json_answer
from simulator.surface.rest.market_bodies import Body
from trading.market import NumberError, format_money_e6, parse_money_e6

MAKING: Final = web.AppKey("making", asyncio.Lock)  # one account at a time: a name is taken once
_DEFAULT_BALANCE: Final = "10000"

routes = web.RouteTableDef()


class AccountRequest(msgspec.Struct, forbid_unknown_fields=True):
    """The body of POST /control/accounts; money in dollars, as text or a whole number."""

    name: str = ""
    balance: str | int = _DEFAULT_BALANCE
    tier: str = "basic"
    key_type: KeyKind = "rsa"
    scopes: frozenset[Literal["read", "write"]] = frozenset(("read", "write"))


@routes.post(f"{CONTROL_PREFIX}/accounts")
async def open_account(request: web.Request) -> web.Response:
    """A fresh key and an account that trades with it at once."""
    exchange, keys = request.app[EXCHANGE], request.app[KEYS]
    asked, balance_e6 = _read(await request.read())
    async with request.app[MAKING]:
        name = asked.name or exchange.next_name()
        if any(member.name == name for member in exchange.members.values()):
            raise Declined("invalid_parameters", "the name is taken")
        # Making an RSA key takes a tenth of a second: the books go on meanwhile.
        public_key = await asyncio.to_thread(keys.make, name, asked.key_type)
        member = exchange.enroll(
            public_key, balance_e6=balance_e6, tier=asked.tier, name=name, can_write="write" in asked.scopes
        )
    return json_answer(member_body(member, keys), status=201)


@routes.get(f"{CONTROL_PREFIX}/accounts")
async def accounts(request: web.Request) -> web.Response:
    exchange: Exchange = request.app[EXCHANGE]
    bodies = [member_body(member, request.app[KEYS]) for member in exchange.members.values()]
    return json_answer({"accounts": bodies})


def member_body(member: Member, keys: KeyFolder) -> Body:
    return {
        "name": member.name,
        "key_id": member.key_id,
        "private_key_path": str(keys.path_of(member.name)),
        "tier": member.tier.name,
        "scopes": ["read", "write"] if member.can_write else ["read"],
        "cash": format_money_e6(sum(member.account.cash_e6.values())),
    }


def _read(body: bytes) -> tuple[AccountRequest, int]:
    try:
        asked = msgspec.json.decode(body or b"{}", type=AccountRequest)
        balance_e6 = parse_money_e6(str(asked.balance))
    except (msgspec.DecodeError, UnicodeDecodeError, NumberError) as error:
        raise Declined("bad_request", str(error)) from None
    if asked.name and not is_name(asked.name):
        raise Declined("invalid_parameters", "a name is 1 to 40 letters, digits, - or _")
    if asked.tier not in TIERS:
        raise Declined("invalid_parameters", f"tier must be one of {', '.join(TIERS)}")
    if "read" not in asked.scopes:
        raise Declined("invalid_parameters", "a key without the scope read is of no use")
    if balance_e6 < 0:
        raise Declined("invalid_parameters", "balance must not be negative")
    return asked, balance_e6
