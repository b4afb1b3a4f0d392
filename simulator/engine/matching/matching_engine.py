"""The commands that the exchange obeys, and their effect on books and accounts."""

from __future__ import annotations

import heapq

from simulator.engine.accounts.account import Account
from simulator.engine.calendar.trading_hours import TradingHours
from simulator.engine.ids import Ids
from simulator.engine.matching.listener import Listener
from simulator.engine.matching.matching import Matching
from simulator.engine.matching.order_checks import find_amend_refusal, find_refusal
from simulator.engine.matching.order_groups import OrderGroup
from simulator.engine.matching.orders import Amendment, NewOrder, Order, Refusal
from simulator.engine.matching.traded_market import TradedMarket


class MatchingEngine(Matching):
    """The exchange's one writer of books, orders, positions and cash."""

    def __init__(self, markets: dict[str, TradedMarket], ids: Ids, listener: Listener) -> None:
        super().__init__(markets, ids, listener)
        self.hours = TradingHours()
        self._orders = 0
        self._groups = 0
        self._expiries: list[tuple[int, int, Order]] = []  # heap of (expires_s, number, order)

    def open_account(self, cash_e6: int, *, shard: int = 0, is_counterparty: bool = False) -> Account:
        number = len(self.accounts)
        account = Account(number, self._ids.user(number), is_counterparty, {shard: cash_e6})
        self.accounts.append(account)
        return account

    def place(self, account: Account, new: NewOrder, *, now_us: int) -> Order | Refusal:
        """Judge, match and rest one order. A refusal changes nothing, save that a killed
        fill-or-kill has used up its client_order_id."""
        listed = self.markets.get(new.ticker)
        refusal = find_refusal(listed, account, new, now_us=now_us)
        if refusal is not None or listed is None:
            refusal = refusal or Refusal("market_not_found")
            if refusal.code == "fill_or_kill_insufficient_resting_volume" and new.client_order_id:
                account.used_client_order_ids.add(new.client_order_id)
            return refusal
        order = self._accept(account, listed, new, now_us)
        self._match(order, now_us)
        self._rest_or_end(order, now_us)
        self._expect_expiry(order)
        return order

    def amend(self, order: Order, change: Amendment, *, now_us: int) -> Refusal | None:
        """Change a resting order. It keeps its place in the queue unless its price changes or its
        size grows; then it may trade like a new one (protocol 3.3)."""
        listed, account = self.markets[order.market.ticker], self.accounts[order.owner.number]
        refusal = find_amend_refusal(listed, account, order, change, now_us=now_us)
        if refusal is not None:
            return refusal
        old, more_e2 = order.request, change.count_e2 - order.request.count_e2
        account.used_client_order_ids.add(change.client_order_id)
        order.updated_us, order.last_update_reason = now_us, "Amend"
        if change.price_e4 == old.price_e4 and more_e2 <= 0:
            self._shrink(order, -more_e2, now_us)
            order.request = old._replace(**change._asdict())
            self._settle_account(order)
        else:
            self._leave_book(order, order.remaining_e2, now_us)
            order.request = old._replace(**change._asdict())
            order.remaining_e2 = change.count_e2 - order.filled_e2
            self._match(order, now_us)
            self._rest_or_end(order, now_us)
        if change.expires_s != old.expires_s:
            self._expect_expiry(order)
        return None

    def decrease(self, order: Order, count_e2: int, *, now_us: int) -> None:
        """Take contracts off a resting order, which keeps its place; all of them cancel it."""
        if count_e2 >= order.remaining_e2:
            self.cancel(order, now_us=now_us, reason="Decrease")
            return
        order.updated_us, order.last_update_reason = now_us, "Decrease"
        self._shrink(order, count_e2, now_us)
        order.request = order.request._replace(count_e2=order.request.count_e2 - count_e2)
        self._settle_account(order)

    def cancel_all(self, account: Account, *, now_us: int) -> int:
        """Cancel every resting order of an account; returns how many."""
        orders = [order for resting in account.resting.values() for order in resting.values()]
        for order in orders:
            self.cancel(order, now_us=now_us)
        return len(orders)

    def create_group(
        self, account: Account, *, limit_e2: int, exchange_index: int, now_us: int
    ) -> OrderGroup:
        self._groups += 1
        group = OrderGroup(self._ids.group(self._groups), account, exchange_index, limit_e2)
        account.groups[group.group_id] = group
        self._listener.group_changed(group, "created", now_us=now_us)
        return group

    def limit_group(self, group: OrderGroup, limit_e2: int, *, now_us: int) -> None:
        """A limit below what was filled in the current window triggers the group."""
        group.limit_e2 = limit_e2
        self._listener.group_changed(group, "limit_updated", now_us=now_us)
        if group.is_over_limit(now_us=now_us):
            self.trigger_group(group, now_us=now_us)

    def reset_group(self, group: OrderGroup, *, now_us: int) -> None:
        group.reset()
        self._listener.group_changed(group, "reset", now_us=now_us)

    def delete_group(self, group: OrderGroup, *, now_us: int) -> None:
        """Cancel the group's orders and forget it."""
        del self.accounts[group.owner.number].groups[group.group_id]
        self._cancel_group(group, now_us)
        self._listener.group_changed(group, "deleted", now_us=now_us)

    def expire(self, *, now_us: int) -> None:
        """Cancel what rests past its expiration time."""
        while self._expiries and self._expiries[0][0] * 1_000_000 <= now_us:
            expires_s, _, order = heapq.heappop(self._expiries)
            if order.request.expires_s == expires_s:  # an amend may have moved it
                self.cancel(order, now_us=now_us, reason="ExpiryCancel")

    def close_market(self, listed: TradedMarket, *, now_us: int) -> None:
        """Nothing rests in a market that has closed."""
        for order in listed.book.orders():
            self.cancel(order, now_us=now_us, reason="CloseCancel")

    def halt(self, *, now_us: int, shard: int | None = None) -> None:
        """Cancel what wants to rest through no pause of the exchange, or of this shard (protocol 7.2)."""
        for account in self.accounts:
            resting = [order for orders in account.resting.values() for order in orders.values()]
            if shard is not None:
                resting = [order for order in resting if order.market.market.exchange_index == shard]
            self._cancel_for_pause(resting, now_us)

    def halt_market(self, listed: TradedMarket, *, now_us: int) -> None:
        """The same for the pause of one market."""
        self._cancel_for_pause(listed.book.orders(), now_us)

    def counters(self) -> dict[str, int]:
        """The numbers of its orders, trades and groups so far, and its earnings."""
        return {
            "orders": self._orders,
            "trades": self._trades,
            "groups": self._groups,
            "deltas": self.deltas,
            "fees_e6": self.fees_e6,
        }

    def recall(self, counters: dict[str, int]) -> None:
        self._orders, self._trades, self._groups = (counters[name] for name in ("orders", "trades", "groups"))
        self.deltas, self.fees_e6 = counters["deltas"], counters["fees_e6"]

    def readmit(self, order: Order) -> None:
        """Let an order of an earlier run rest again, behind those readmitted before."""
        self._rest(order)
        self._expect_expiry(order)

    def _cancel_for_pause(self, orders: list[Order], now_us: int) -> None:
        for order in orders:
            if order.request.cancel_on_pause:
                self.cancel(order, now_us=now_us, reason="HaltCancel")

    def _accept(self, account: Account, listed: TradedMarket, new: NewOrder, now_us: int) -> Order:
        self._orders += 1
        # Nobody looks up a counterparty's order, and a UUID costs more than the rest of this.
        order_id = "" if account.is_counterparty else self._ids.order(self._orders)
        order = Order(self._orders, order_id, account, listed, new, new.count_e2, now_us, now_us)
        order.group = account.groups.get(new.order_group_id)
        if not account.is_counterparty:
            account.keep(order)
        return order

    def _expect_expiry(self, order: Order) -> None:
        if order.request.expires_s is not None and order.status == "resting":
            heapq.heappush(self._expiries, (order.request.expires_s, order.number, order))
