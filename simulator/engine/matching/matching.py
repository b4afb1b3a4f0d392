"""Lets an order meet the book, and tells the news of it.

Price-time priority over one YES book per market. No clock and no network: times are arguments,
news goes to a listener while it happens.
"""

from __future__ import annotations

from simulator.engine.accounts.account import Account
from simulator.engine.accounts.booking import are_rates_swapped, book_fill
from simulator.engine.accounts.fees import ROUNDING
from simulator.engine.ids import Ids
from simulator.engine.matching.listener import Listener
from simulator.engine.matching.order_book import OrderBook
from simulator.engine.matching.order_groups import OrderGroup
from simulator.engine.matching.orders import Order, OrderStatus
from simulator.engine.matching.tape import Tape
from simulator.engine.matching.traded_market import TradedMarket
from simulator.engine.matching.trades import Fill, Trade


class Matching:
    """The effect of an accepted command on books and accounts."""

    def __init__(self, markets: dict[str, TradedMarket], ids: Ids, listener: Listener) -> None:
        self.markets = markets  # shared with the list of the exchange
        self.accounts: list[Account] = []
        self.tape = Tape()
        self.deltas = 0  # book changes so far
        self.fees_e6 = 0  # what the exchange earned
        self.partial_ioc_status: OrderStatus = "canceled"
        self.rounding = ROUNDING
        self._ids = ids
        self._listener = listener
        self._trades = 0

    def ahead_e2(self, order: Order) -> int:
        """Contracts that must trade before a resting order does."""
        return self.markets[order.market.ticker].book.ahead_e2(order)

    def cancel(self, order: Order, *, now_us: int, reason: str = "") -> int:
        """Take a resting order off the book; returns the count taken, 0 if it was gone."""
        if order.status != "resting":
            return 0
        reduced_e2 = order.remaining_e2
        order.status = "canceled"
        order.updated_us = now_us
        order.last_update_reason = reason
        self._leave_book(order, reduced_e2, now_us)
        self._settle_account(order)
        return reduced_e2

    def trigger_group(self, group: OrderGroup, *, now_us: int) -> None:
        """Cancel the group's orders and refuse new ones until a reset."""
        if group.is_triggered:
            return
        group.is_triggered = True
        self._listener.group_changed(group, "triggered", now_us=now_us)
        self._cancel_group(group, now_us)

    def _cancel_group(self, group: OrderGroup, now_us: int) -> None:
        orders = self.accounts[group.owner.number].orders
        for order_id in list(group.resting):
            self.cancel(orders[order_id], now_us=now_us)

    def _match(self, taker: Order, now_us: int) -> None:
        """CHOICE: what was promised in full fills in full, so the groups that a fill-or-kill brings above
        their limits, its own and those of the orders it meets, are triggered after it."""
        held: dict[OrderGroup, None] | None = {} if taker.request.time_in_force == "fill_or_kill" else None
        self._cross(taker, now_us, held)
        for group in held or ():
            self.trigger_group(group, now_us=now_us)

    def _cross(self, taker: Order, now_us: int, held: dict[OrderGroup, None] | None) -> None:
        """``held`` takes the groups that are triggered later; None = they are at once."""
        book = self.markets[taker.market.ticker].book
        uncapped_e2 = taker.remaining_e2
        if taker.request.reduce_only:
            account = self.accounts[taker.owner.number]
            closable_e2 = account.closable_e2(taker.market.ticker, taker.side)
            taker.remaining_e2 = min(uncapped_e2, closable_e2)
        if taker.remaining_e2 < uncapped_e2:
            taker.last_update_reason = "ReduceOnlyCancel"
        while taker.remaining_e2:
            if taker.group is not None and taker.group.is_triggered:
                taker.status = "canceled"
                return
            maker = book.first_crossing(taker.side, taker.price_e4)
            if maker is None:
                return
            if maker.owner is not taker.owner:
                trade = self._trade(taker, maker, book, now_us)
                self._watch_group(taker.group, trade, held)
                self._watch_group(maker.group, trade, held)
            elif taker.request.self_trade_prevention == "maker":
                self.cancel(maker, now_us=now_us, reason="SelfTradeCancel")
            else:
                taker.status = "canceled"
                taker.last_update_reason = "SelfTradeCancel"
                return

    def _trade(self, taker: Order, maker: Order, book: OrderBook, now_us: int) -> Trade:
        listed, price_e4 = self.markets[taker.market.ticker], maker.price_e4
        count_e2 = min(taker.remaining_e2, maker.remaining_e2)
        self._trades += 1
        listed.last_price_e4 = price_e4
        listed.last_count_e2 = count_e2
        listed.volume_e2 += count_e2
        taker.remaining_e2 -= count_e2
        book.reduce(maker, count_e2)
        if maker.remaining_e2 == 0:
            maker.status = "executed"
            self.accounts[maker.owner.number].unrest(maker)
        trade = Trade(self._trades, listed, price_e4, count_e2, taker.side, now_us)
        self.tape.append(trade)
        self._tell_level(taker, maker, -count_e2, now_us)
        self._listener.traded(trade)
        is_swapped = are_rates_swapped(maker, now_us)
        self._fill(taker, trade, is_taker=True, pays_taker_rate=not is_swapped)
        self._fill(maker, trade, is_taker=False, pays_taker_rate=is_swapped)
        self._settle_account(maker)
        return trade

    def _fill(self, order: Order, trade: Trade, *, is_taker: bool, pays_taker_rate: bool) -> None:
        account = self.accounts[order.owner.number]
        fee_e6 = book_fill(
            account, order, trade, is_taker=is_taker, pays_taker_rate=pays_taker_rate, rounding=self.rounding
        )
        self.fees_e6 += fee_e6
        if account.is_counterparty:
            return
        fill = Fill(
            trade.number,
            self._ids.trade(trade.number),
            order,
            trade.price_e4,
            trade.count_e2,
            fee_e6,
            is_taker,
            account.holdings[order.market.ticker].position_e2,
            trade.at_us,
        )
        account.fills.append(fill)
        self._listener.filled(account, fill)

    def _watch_group(
        self, group: OrderGroup | None, trade: Trade, held: dict[OrderGroup, None] | None
    ) -> None:
        if group is None:
            return
        group.record(trade.count_e2, now_us=trade.at_us)
        if not group.is_over_limit(now_us=trade.at_us):
            return
        if held is None:
            self.trigger_group(group, now_us=trade.at_us)
        else:
            held[group] = None

    def _rest_or_end(self, order: Order, now_us: int) -> None:
        """The rest of an order after its match stays in the book if it may."""
        request = order.request
        if order.filled_e2 == request.count_e2:
            order.status = "executed"
        elif order.status == "canceled" or request.time_in_force != "good_till_canceled":
            is_ioc = request.time_in_force == "immediate_or_cancel"
            order.status = self.partial_ioc_status if is_ioc and order.filled_e2 else "canceled"
            order.remaining_e2 = 0
        else:
            self._rest(order)
            self._tell_level(order, order, order.remaining_e2, now_us)
        self._settle_account(order)

    def _rest(self, order: Order) -> None:
        self.markets[order.market.ticker].book.rest(order)
        self.accounts[order.owner.number].rest(order)

    def _leave_book(self, order: Order, count_e2: int, now_us: int) -> None:
        self.accounts[order.owner.number].unrest(order)
        self._shrink(order, count_e2, now_us)

    def _shrink(self, order: Order, count_e2: int, now_us: int) -> None:
        if count_e2:
            self.markets[order.market.ticker].book.reduce(order, count_e2)
            self._tell_level(order, order, -count_e2, now_us)

    def _tell_level(self, cause: Order, resting: Order, delta_e2: int, now_us: int) -> None:
        self.deltas += 1
        self._listener.book_changed(
            self.markets[cause.market.ticker],
            cause,
            resting.side,
            price_e4=resting.price_e4,
            delta_e2=delta_e2,
            now_us=now_us,
        )

    def _settle_account(self, order: Order) -> None:
        """The end of a change to one order: reserve follows, its owner hears."""
        if not order.owner.is_counterparty:
            self.accounts[order.owner.number].reserve_again(order)
            self._listener.order_changed(order)
