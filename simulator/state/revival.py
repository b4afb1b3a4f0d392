"""An exchange that goes on where an earlier run of it stopped, however that ended."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from simulator.access.credentials import read_public_pem
from simulator.choices import Choices
from simulator.engine.accounts.account import Account, CashTransfer
from simulator.engine.accounts.netting import Netting
from simulator.engine.calendar.schedule import Calendar
from simulator.engine.catalogue.listed_names import ListedNames
from simulator.engine.catalogue.world import World
from simulator.engine.ids import Ids
from simulator.engine.matching.orders import Order
from simulator.exchange import Exchange
from simulator.personality import PERSONALITIES
from simulator.start import assemble
from simulator.state import records
from simulator.state.store import StateStore


def revive(store: StateStore, *, choices: Choices, now_us: int, clock_offset_us: int = 0) -> Exchange | None:
    """The exchange a store holds, trading on; None if it holds none yet. ``now_us`` is by its clock."""
    kept = next((body for _, body in store.read("exchange")), None)
    if kept is None:
        return None
    personality = PERSONALITIES[kept["personality"]]
    # Names, counterparty and writes are not in what was written before there were any.
    names = ListedNames(
        kept.get("names_salt", ""), kept.get("missing_share", 0.0), kept.get("renamed_share", 0.0)
    )
    ids, topics = Ids(UUID(kept["world_id"])), personality.topics()
    world = _read_world(store, World(ids, kept["seed"], kept["shards"], topics, names))
    world.last_close_us.update(kept["last_close_us"])
    exchange = assemble(
        world,
        Calendar.recalled(tuple(kept["calendar"])),
        store,
        rate=kept["rate"],
        activity=kept["activity"],
        personality=personality,
        choices=choices,
        clock_offset_us=clock_offset_us,
        flowed_us=kept["flowed_us"],
    )
    exchange.writes = kept.get("writes", 0)
    exchange.engine.recall(kept["engine"])
    _go_on(store, exchange, kept, now_us=now_us)
    return exchange


def _go_on(store: StateStore, exchange: Exchange, kept: dict[str, Any], *, now_us: int) -> None:
    """Accounts, orders, trades, courses and the order flow as they were."""
    world, lifecycle, flow = exchange.world, exchange.lifecycle, exchange.flow
    memory = next(body for _, body in store.read("flow"))
    exchange.let_trade(kept.get("fills_per_min", 0.0), lives=memory["lives"] + 1)
    exchange.fee_changes.recall(kept["fee_changes"])
    _read_accounts(store, exchange)
    _read_orders(store, exchange)
    for trade in store.trades(after=0):
        read = records.read_trade(trade, world.markets)
        exchange.engine.tape.append(read)
        exchange.publisher.candlesticks.traded(read)
    lifecycle.resume(records.read_course(body, world.events[key]) for key, body in store.read("course"))
    lifecycle.changed.clear()
    flow.recall(memory, lifecycle.openings(now_us=now_us))


def _read_world(store: StateStore, world: World) -> World:
    world.series |= {key: records.read_series(body) for key, body in store.read("series")}
    world.events |= {key: records.read_event(body, world.series) for key, body in store.read("event")}
    world.markets |= {key: records.read_market(key, body) for key, body in store.read("market")}
    return world


def _read_accounts(store: StateStore, exchange: Exchange) -> None:
    """The order flow has opened its own accounts, the first ones; users follow in their old order."""
    engine, world = exchange.engine, exchange.world
    for key, body in store.read("account"):
        number = int(key)
        account = engine.accounts[number] if number < len(engine.accounts) else engine.open_account(0)
        account.cash_e6 = dict(body["cash_e6"])
        account.order_requests = body["order_requests"]
        account.transfers = [CashTransfer(*each) for each in body.get("transfers", ())]
        account.netting = Netting(world.events, world.markets) if body["is_netting"] else None
    for key, body in store.read("holding"):
        account, ticker = _of_account(key, engine.accounts)
        account.holdings[ticker] = records.read_holding(body)
    for key, body in store.read("client_order_id"):
        account, name = _of_account(key, engine.accounts)
        if body["used"]:
            account.used_client_order_ids.add(name)
        if body["received"]:
            account.received_client_order_ids[name] = body["received"]
    for key_id, body in store.read("member"):
        account, public_key = engine.accounts[body["account"]], read_public_pem(body["public_pem"])
        terms = {name: body[name] for name in ("tier", "name")}
        exchange.admit(key_id, public_key, account, **terms, can_write=body.get("can_write", True))


def _of_account(key: str, accounts: Sequence[Account]) -> tuple[Account, str]:
    number, _, name = key.partition(":")
    return accounts[int(number)], name


def _read_orders(store: StateStore, exchange: Exchange) -> None:
    engine, markets = exchange.engine, exchange.world.markets
    groups = {key: records.read_group(body, engine.accounts) for key, body in store.read("group")}
    for group in groups.values():
        engine.accounts[group.owner.number].groups[group.group_id] = group
    orders: dict[int, Order] = {}
    for _, body in store.read("order"):
        order = records.read_order(body, engine.accounts, markets, groups)
        orders[order.number] = order
        engine.accounts[order.owner.number].orders[order.order_id] = order
    for ticker, rows in store.read("book"):
        for row in rows:
            engine.readmit(_resting(row, ticker, orders, exchange))
    for account in engine.accounts:
        resting = [] if account.is_counterparty else account.resting.values()
        for order in (order for orders in resting for order in orders.values()):
            account.reserve_again(order)
    _read_history(store, exchange)


def _resting(row: Any, ticker: str, orders: dict[int, Order], exchange: Exchange) -> Order:
    if isinstance(row, int):
        return orders[row]
    return records.read_quote(row, exchange.world.markets[ticker], exchange.engine.accounts)


def _read_history(store: StateStore, exchange: Exchange) -> None:
    accounts, markets = exchange.engine.accounts, exchange.world.markets
    for key, body in store.read("fill"):
        account, _ = _of_account(key, accounts)
        account.fills.append(records.read_fill(body, account))
    for key, body in store.read("settlement"):
        account, _ = _of_account(key, accounts)
        account.settlements.append(records.read_settlement(body, markets))
