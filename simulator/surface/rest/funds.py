"""REST: where does an account's cash lie, and how is it moved between shards? (protocol 3.4, 3.5)

CHOICE: the starting cash was never deposited, nothing can be withdrawn, and there is one subaccount.
"""

from __future__ import annotations

from typing import Final

from aiohttp import web

from simulator.engine.accounts.account import Account, CashTransfer
from simulator.exchange import Exchange
from simulator.surface.rest.access import EXCHANGE, REST_PREFIX, member_of
from simulator.surface.rest.errors import Declined, json_answer
from simulator.surface.rest.market_bodies import Body
from simulator.surface.rest.paging import page
from simulator.surface.rest.request_body import Fields, read_fields, require_primary
from trading.market import format_money_e6

TRANSFERS: Final = f"{REST_PREFIX}/portfolio/intra_exchange_instance_transfers"
_EVENT_CONTRACTS: Final = "event_contract"  # the one instance there is; the other is for margin trading
_CENTICENT_E6: Final = 100
_TYPES: Final[dict[str, type]] = {
    "client_transfer_id": str,
    "source": str,
    "destination": str,
    "amount": int,
    "source_exchange_shard": int,
    "destination_exchange_shard": int,
    "source_subaccount": int,
    "destination_subaccount": int,
}

routes = web.RouteTableDef()


@routes.get(f"{REST_PREFIX}/portfolio/deposits")
async def deposits(_: web.Request) -> web.Response:
    return json_answer({"deposits": [], "cursor": ""})


@routes.get(f"{REST_PREFIX}/portfolio/withdrawals")
async def withdrawals(_: web.Request) -> web.Response:
    return json_answer({"withdrawals": [], "cursor": ""})


@routes.get(f"{REST_PREFIX}/portfolio/summary/total_resting_order_value")
async def total_resting_order_value(_: web.Request) -> web.Response:
    """For members who clear for others, and no account here is one."""
    raise Declined("forbidden", "FCM members only")


@routes.get(f"{REST_PREFIX}/portfolio/subaccounts/balances")
async def subaccount_balances(request: web.Request) -> web.Response:
    account, now_s = member_of(request).account, request.app[EXCHANGE].now_us() // 1_000_000
    balances = [
        {
            "subaccount_number": 0,
            "exchange_index": shard,
            "balance": format_money_e6(account.available_e6(shard)),
            "updated_ts": now_s,
        }
        for shard in sorted(account.cash_e6)
    ]
    return json_answer({"subaccount_balances": balances})


@routes.get(f"{REST_PREFIX}/portfolio/subaccounts/transfers")
async def subaccount_transfers(_: web.Request) -> web.Response:
    return json_answer({"transfers": [], "cursor": ""})


@routes.post(f"{REST_PREFIX}/portfolio/intra_exchange_instance_transfer")
async def transfer(request: web.Request) -> web.Response:
    """Move available cash from one shard to another at once; the same client id moves it once."""
    exchange, account = request.app[EXCHANGE], member_of(request).account
    fields = read_fields(await request.read(), _TYPES)
    named = fields.get("client_transfer_id", "")
    made = next((each for each in account.transfers if named and each.client_id == named), None)
    if made is None:
        made = _move(exchange, account, fields, named)
    return json_answer({"transfer_id": made.transfer_id})


@routes.get(TRANSFERS)
async def transfers(request: web.Request) -> web.Response:
    """Newest first."""
    made = reversed(member_of(request).account.transfers)
    rows, cursor = page(request, made, lambda each: each.number)
    return json_answer({"transfers": [_transfer_body(each) for each in rows], "cursor": cursor})


@routes.get(f"{TRANSFERS}/{{transfer_id}}")
async def one_transfer(request: web.Request) -> web.Response:
    for each in member_of(request).account.transfers:
        if each.transfer_id == request.match_info["transfer_id"]:
            return json_answer({"transfer": _transfer_body(each)})
    raise Declined("not_found")


def _move(exchange: Exchange, account: Account, fields: Fields, named: str) -> CashTransfer:
    if not {"source", "destination", "amount"} <= set(fields):
        raise Declined("missing_parameters", "source, destination and amount are required")
    if {fields["source"], fields["destination"]} != {_EVENT_CONTRACTS}:
        raise Declined("invalid_parameters", f"source and destination must be {_EVENT_CONTRACTS}")
    for end in ("source", "destination"):
        require_primary(fields.get(f"{end}_subaccount"))
    source, target = (fields.get(f"{end}_exchange_shard", 0) for end in ("source", "destination"))
    amount_e6 = fields["amount"] * _CENTICENT_E6
    if source == target or not {source, target} <= set(account.cash_e6) or amount_e6 <= 0:
        raise Declined("invalid_parameters", "an amount above 0 goes from one shard to another")
    if amount_e6 > account.available_e6(source):
        raise Declined("insufficient_balance")
    account.move_cash(source, -amount_e6)
    account.move_cash(target, amount_e6)
    number = len(account.transfers) + 1
    name = exchange.ids.transfer(account.user_id, number)
    made = CashTransfer(number, name, named, source, target, amount_e6, exchange.now_us())
    account.transfers.append(made)
    return made


def _transfer_body(made: CashTransfer) -> Body:
    return {
        "transfer_id": made.transfer_id,
        "source": _EVENT_CONTRACTS,
        "destination": _EVENT_CONTRACTS,
        "source_exchange_shard": made.source,
        "destination_exchange_shard": made.target,
        "amount": format_money_e6(made.amount_e6),
        "status": "complete",
        "created_ts": made.at_us // 1_000_000,
    }
