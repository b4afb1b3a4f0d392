"""Keeps an exchange written down while it trades.

The journal takes notes of the news that it hears. A commit writes all that changed in one go: before an
answer leaves and at the end of every step, and so before anybody is told what a crash could take back.
"""

# ruff: noqa: ARG002  a listener is told more than the journal notes

from __future__ import annotations

from typing import Any, Final

from simulator.access.credentials import public_pem
from simulator.engine.accounts.account import Account
from simulator.engine.accounts.settlement import Settlement
from simulator.engine.catalogue.listing import Event
from simulator.engine.matching.order_groups import GroupChange, OrderGroup
from simulator.engine.matching.orders import Order
from simulator.engine.matching.tape import MOST_TRADES
from simulator.engine.matching.traded_market import TradedMarket
from simulator.engine.matching.trades import Fill, Trade
from simulator.exchange import Exchange
from simulator.member import Member
from simulator.state import records
from simulator.state.changes import Changes, NotedCounts, NotedIds
from simulator.state.store import Row, StateStore
from trading.market import BookSide

MEMORY_EVERY: Final = 50  # commits; what the order flow remembers may be so much older than its orders
_FORGET_EVERY: Final = 100_000  # trades


class Journal:
    """Writes one exchange into one store."""

    def __init__(self, store: StateStore) -> None:
        self._store = store
        self._changes = Changes()
        self._members: list[Member] = []  # not written yet
        self._fee_changes: dict[str, int] = {}  # how many of each kind
        self._commits = 0
        self._forgot_at = 0  # trade

    def book_changed(
        self,
        listed: TradedMarket,
        cause: Order,
        side: BookSide,
        *,
        price_e4: int,
        delta_e2: int,
        now_us: int,
    ) -> None:
        self._changes.books[listed.ticker] = listed

    def traded(self, trade: Trade) -> None:
        self._note_market(trade.market)
        self._changes.traded.add(trade.market.ticker)
        self._changes.trades.append(trade)

    def filled(self, account: Account, fill: Fill) -> None:
        self._changes.fills.append(fill)

    def settled(self, account: Account, settlement: Settlement) -> None:
        self._changes.settlements.append((account, settlement))

    def order_changed(self, order: Order) -> None:
        self._changes.orders[order.number] = order
        if order.group is not None:
            self._changes.groups[order.group.group_id] = order.group

    def group_changed(self, group: OrderGroup, change: GroupChange, *, now_us: int) -> None:
        self._changes.groups[group.group_id] = group

    def market_changed(self, listed: TradedMarket, kind: str, now_us: int) -> None:
        self._note_market(listed)
        if kind == "settled":
            self._changes.traded.add(listed.ticker)  # a settlement ends the counterparties' positions too

    def event_listed(self, event: Event, *, is_combo: bool) -> None:
        self._changes.events[event.ticker] = event
        self._changes.series[event.series.ticker] = event.series

    def event_fee_changed(
        self, _event_ticker: str, *, fee_type: str | None, multiplier_e4: int | None
    ) -> None:
        """All changes of fees are written together (``_note_fee_changes``)."""

    def note_everything(self, exchange: Exchange) -> None:
        """Nothing of a new exchange is written yet."""
        self._changes.series |= exchange.world.series
        self._changes.events |= exchange.world.events
        self._changes.markets |= exchange.world.markets
        self._changes.books |= exchange.world.markets
        exchange.lifecycle.changed.update(exchange.lifecycle.courses)

    def take_in(self, member: Member) -> None:
        """Keep a new user."""
        self._members.append(member)

    def follow(self, account: Account) -> None:
        """Note from now on which client order ids there are."""
        account.used_client_order_ids = NotedIds(account.used_client_order_ids)
        account.received_client_order_ids = NotedCounts(account.received_client_order_ids)

    def commit(self, exchange: Exchange, *, is_last: bool = False) -> None:
        """Write what has changed."""
        changes, self._changes = self._changes, Changes()
        self._note_fee_changes(exchange, changes)
        has_opened = bool(exchange.lifecycle.changed)  # the flow must know every event that trades
        rows = [*self._course_rows(exchange, changes), *changes.rows(exchange.engine.accounts)]
        rows += [_member_row(exchange, member) for member in self._members]
        rows.append(Row("exchange", "", exchange_body(exchange)))
        if is_last or has_opened or self._commits % MEMORY_EVERY == 0:
            rows.append(Row("flow", "", exchange.flow.memory()))
        self._commits += 1
        self._members.clear()
        self._store.write(rows, [(trade.number, records.trade_body(trade)) for trade in changes.trades])
        if changes.trades and changes.trades[-1].number - self._forgot_at > _FORGET_EVERY:
            self._forgot_at = changes.trades[-1].number
            self._store.forget_trades(upto=self._forgot_at - MOST_TRADES)

    def _note_market(self, listed: TradedMarket) -> None:
        self._changes.markets[listed.ticker] = listed

    def _note_fee_changes(self, exchange: Exchange, changes: Changes) -> None:
        """They are rare and touch any number of markets."""
        state = exchange.fee_changes.state()
        known = {name: len(each) for name, each in state.items() if name != "made"}
        if known != self._fee_changes:
            self._fee_changes = known
            changes.series |= exchange.world.series
            changes.markets |= exchange.world.markets

    def _course_rows(self, exchange: Exchange, changes: Changes) -> list[Row]:
        """An event that has moved on takes its markets with it: not every status is told."""
        lifecycle, world, rows = exchange.lifecycle, exchange.world, []
        for ticker in lifecycle.changed:
            for name in world.events[ticker].market_tickers:
                changes.markets[name] = world.markets[name]
            course = lifecycle.courses.get(ticker)
            rows.append(Row("course", ticker, None if course is None else records.course_body(course)))
        lifecycle.changed.clear()
        return rows


def _member_row(exchange: Exchange, member: Member) -> Row:
    body = {
        "account": member.account.number,
        "name": member.name,
        "tier": member.tier.name,
        "can_write": member.can_write,
        "public_pem": public_pem(exchange.public_keys[member.key_id]),
    }
    return Row("member", member.key_id, body)


def exchange_body(exchange: Exchange) -> dict[str, Any]:
    """The state of the exchange as a whole."""
    world, lifecycle = exchange.world, exchange.lifecycle
    return {
        "world_id": str(exchange.ids.world_id),
        "seed": world.seed,
        "shards": world.shards,
        "personality": exchange.personality.name,
        "activity": exchange.activity,
        "rate": exchange.rate,
        "missing_share": world.names.missing_share,
        "renamed_share": world.names.renamed_share,
        "names_salt": world.names.salt,
        "fills_per_min": exchange.counterparty.fills_per_min if exchange.counterparty else 0.0,
        "writes": exchange.writes,
        "calendar": lifecycle.calendar.state(),
        "flowed_us": exchange.flowed_us,
        "last_close_us": world.last_close_us,
        "engine": exchange.engine.counters(),
        "fee_changes": exchange.fee_changes.state(),
    }
