"""The changes since the last commit, as rows to write."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from simulator.engine.accounts.account import Account
from simulator.engine.accounts.settlement import Settlement
from simulator.engine.catalogue.listing import Event, Series
from simulator.engine.matching.order_groups import OrderGroup
from simulator.engine.matching.orders import Order
from simulator.engine.matching.traded_market import TradedMarket
from simulator.engine.matching.trades import Fill, Trade
from simulator.state import records
from simulator.state.store import Row


class NotedIds(set[str]):
    """Client order ids, and which of them are not written down yet."""

    def __init__(self, ids: set[str] | None = None) -> None:
        super().__init__(ids or ())
        self.fresh: set[str] = set()

    def add(self, name: str) -> None:
        super().add(name)
        self.fresh.add(name)


class NotedCounts(defaultdict[str, int]):
    """The number of receipts of each id, and the counts that are not written down yet."""

    def __init__(self, counts: Mapping[str, int] | None = None) -> None:
        super().__init__(int, counts or {})
        self.fresh: set[str] = set()

    def __setitem__(self, name: str, count: int) -> None:
        super().__setitem__(name, count)
        self.fresh.add(name)


@dataclass(slots=True)
class Changes:
    """Things to write, each once however often it changed."""

    series: dict[str, Series] = field(default_factory=dict)
    events: dict[str, Event] = field(default_factory=dict)
    markets: dict[str, TradedMarket] = field(default_factory=dict)
    books: dict[str, TradedMarket] = field(default_factory=dict)
    traded: set[str] = field(default_factory=set)  # markets in which positions changed
    orders: dict[int, Order] = field(default_factory=dict)
    groups: dict[str, OrderGroup] = field(default_factory=dict)
    fills: list[Fill] = field(default_factory=list)
    settlements: list[tuple[Account, Settlement]] = field(default_factory=list)
    trades: list[Trade] = field(default_factory=list)

    def rows(self, accounts: Sequence[Account]) -> Iterator[Row]:
        """The rows to write. Later ones may refer to earlier ones."""
        for ticker, series in self.series.items():
            yield Row("series", ticker, records.series_body(series))
        for ticker, event in self.events.items():
            yield Row("event", ticker, records.event_body(event))
        for ticker, listed in self.markets.items():
            yield Row("market", ticker, records.market_body(listed))
        for account in accounts:
            yield from self._account_rows(account)
        for group_id, group in self.groups.items():
            is_deleted = group_id not in accounts[group.owner.number].groups
            yield Row("group", group_id, None if is_deleted else records.group_body(group))
        for order_number in sorted(self.orders):
            order = self.orders[order_number]
            yield Row("order", str(order_number), records.order_body(order))
        for ticker, listed in self.books.items():
            yield Row("book", ticker, records.book_body(listed) or None)
        for fill in self.fills:
            number = fill.order.owner.number
            yield Row("fill", f"{number}:{fill.number}", records.fill_body(fill))
        for account, settlement in self.settlements:
            key = f"{account.number}:{settlement.number}"
            yield Row("settlement", key, records.settlement_body(settlement))

    def _account_rows(self, account: Account) -> Iterator[Row]:
        number = account.number
        yield Row("account", str(number), records.account_body(account))
        for ticker in self.traded:
            holding = account.holdings.get(ticker)
            if holding is not None:
                yield Row("holding", f"{number}:{ticker}", records.holding_body(holding))
        used, received = account.used_client_order_ids, account.received_client_order_ids
        if isinstance(used, NotedIds) and isinstance(received, NotedCounts):
            for name in used.fresh | received.fresh:
                seen: dict[str, Any] = {"received": received.get(name, 0), "used": name in used}
                yield Row("client_order_id", f"{number}:{name}", seen)
            used.fresh.clear()
            received.fresh.clear()
