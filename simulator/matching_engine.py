"""What does a command do to the books and accounts, and who has to hear of it?

Price-time priority over one YES book per market. No clock and no network: times are arguments,
news goes to a listener while it happens.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Iterable
from typing import Final, Protocol

from simulator.account import Account
from simulator.fees import charge, trade_fee_e6
from simulator.ids import Ids
from simulator.listing import ListedMarket
from simulator.order_checks import find_refusal
from simulator.orders import Fill, NewOrder, Order, Refusal, Trade
from trading.market import BookSide

TAPE_LENGTH: Final = 20_000  # trades


class Listener(Protocol):
    """Hears everything in the order in which it happens; must not change anything."""

    def book_changed(
        self, cause: Order, side: BookSide, *, price_e4: int, delta_e2: int, now_us: int
    ) -> None:
        """A level of a side changed by ``delta_e2``, because of the order ``cause``."""

    def traded(self, trade: Trade) -> None: ...

    def filled(self, fill: Fill) -> None: ...

    def order_changed(self, order: Order) -> None: ...


class MatchingEngine:
    """The exchange's one writer of books, orders, positions and cash."""

    def __init__(self, markets: Iterable[ListedMarket], ids: Ids, listener: Listener) -> None:
        self.markets = {listed.ticker: listed for listed in markets}
        self.accounts: list[Account] = []
        self.tape: deque[Trade] = deque(maxlen=TAPE_LENGTH)  # oldest first
        self.deltas = 0  # book changes so far
        self.fees_e6 = 0  # what the exchange earned
        self._ids = ids
        self._listener = listener
        self._orders = 0
        self._trades = 0
        self._expiries: list[tuple[int, int, Order]] = []  # heap of (expires_s, number, order)
        self._closings = sorted(self.markets.values(), key=lambda listed: -listed.market.close_us)

    def open_account(self, cash_e6: int, *, shard: int = 0, is_counterparty: bool = False) -> Account:
        account = Account(self._ids.user(len(self.accounts)), is_counterparty, {shard: cash_e6})
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
        return order

    def cancel(self, order: Order, *, now_us: int, reason: str = "") -> int:
        """Take a resting order off the book; returns the count taken, 0 if it was gone."""
        if order.status != "resting":
            return 0
        reduced_e2 = order.remaining_e2
        order.account.unrest(order)
        order.market.book.reduce(order, reduced_e2)
        order.status = "canceled"
        order.updated_us = now_us
        order.last_update_reason = reason
        self._tell_level(order, order, -reduced_e2, now_us)
        self._settle_account(order)
        return reduced_e2

    def cancel_all(self, account: Account, *, now_us: int) -> int:
        """Cancel every resting order of an account; returns how many."""
        orders = [order for resting in account.resting.values() for order in resting.values()]
        for order in orders:
            self.cancel(order, now_us=now_us)
        return len(orders)

    def expire(self, *, now_us: int) -> None:
        """Cancel what rests past its expiration time or in a market that has closed."""
        while self._expiries and self._expiries[0][0] * 1_000_000 <= now_us:
            self.cancel(heapq.heappop(self._expiries)[2], now_us=now_us, reason="ExpiryCancel")
        while self._closings and self._closings[-1].market.close_us <= now_us:
            for order in self._closings.pop().book.orders():
                self.cancel(order, now_us=now_us, reason="CloseCancel")

    def _accept(self, account: Account, listed: ListedMarket, new: NewOrder, now_us: int) -> Order:
        self._orders += 1
        # Nobody looks up a counterparty's order, and a UUID costs more than the rest of this.
        order_id = "" if account.is_counterparty else self._ids.order(self._orders)
        order = Order(self._orders, order_id, account, listed, new, new.count_e2, now_us, now_us)
        if not account.is_counterparty:
            account.keep(order)
        return order

    def _match(self, taker: Order, now_us: int) -> None:
        book = taker.market.book
        uncapped_e2 = taker.remaining_e2
        if taker.request.reduce_only:
            taker.remaining_e2 = min(uncapped_e2, self._closable_e2(taker))
        if taker.remaining_e2 < uncapped_e2:
            taker.last_update_reason = "ReduceOnlyCancel"
        while taker.remaining_e2:
            maker = book.first_crossing(taker.side, taker.price_e4)
            if maker is None:
                return
            if maker.account is not taker.account:
                self._trade(taker, maker, now_us)
            elif taker.request.self_trade_prevention == "maker":
                self.cancel(maker, now_us=now_us, reason="SelfTradeCancel")
            else:
                taker.status = "canceled"
                taker.last_update_reason = "SelfTradeCancel"
                return

    def _closable_e2(self, order: Order) -> int:
        position_e2 = order.account.holdings[order.market.ticker].position_e2
        return max(0, -position_e2 if order.side == "bid" else position_e2)

    def _trade(self, taker: Order, maker: Order, now_us: int) -> None:
        listed, price_e4 = taker.market, maker.price_e4
        count_e2 = min(taker.remaining_e2, maker.remaining_e2)
        self._trades += 1
        listed.last_price_e4 = price_e4
        listed.last_count_e2 = count_e2
        listed.volume_e2 += count_e2
        taker.remaining_e2 -= count_e2
        listed.book.reduce(maker, count_e2)
        if maker.remaining_e2 == 0:
            maker.status = "executed"
            maker.account.unrest(maker)
        trade = Trade(self._trades, listed, price_e4, count_e2, taker.side, now_us)
        self.tape.append(trade)
        self._tell_level(taker, maker, -count_e2, now_us)
        self._listener.traded(trade)
        self._fill(taker, trade, is_taker=True)
        self._fill(maker, trade, is_taker=False)
        self._settle_account(maker)

    def _fill(self, order: Order, trade: Trade, *, is_taker: bool) -> None:
        listed, account = trade.market, order.account
        market, holding = listed.market, account.holdings[listed.ticker]
        long_before_e2 = max(0, holding.position_e2)
        cost_before_e6 = holding.traded_e6
        cash_e6 = holding.apply(order.side, trade.price_e4, trade.count_e2)
        listed.open_interest_e2 += max(0, holding.position_e2) - long_before_e2
        trade_fee = trade_fee_e6(market, price_e4=trade.price_e4, count_e2=trade.count_e2, is_taker=is_taker)
        fee_e6, order.rounding_e6 = charge(cash_e6, trade_fee, rounding_e6=order.rounding_e6)
        holding.pay(fee_e6)
        holding.updated_us = order.updated_us = trade.at_us
        account.move_cash(market.exchange_index, cash_e6 - fee_e6)
        self.fees_e6 += fee_e6
        order.filled_e2 += trade.count_e2
        order.last_update_reason = "Trade"
        if is_taker:
            order.taker_cost_e6 += holding.traded_e6 - cost_before_e6
            order.taker_fees_e6 += fee_e6
        else:
            order.maker_cost_e6 += holding.traded_e6 - cost_before_e6
            order.maker_fees_e6 += fee_e6
        if not account.is_counterparty:
            fill = Fill(
                trade.number,
                self._ids.trade(trade.number),
                order,
                trade.price_e4,
                trade.count_e2,
                fee_e6,
                is_taker,
                holding.position_e2,
                trade.at_us,
            )
            account.fills.append(fill)
            self._listener.filled(fill)

    def _rest_or_end(self, order: Order, now_us: int) -> None:
        request = order.request
        if order.filled_e2 == request.count_e2:
            order.status = "executed"
        elif order.status == "canceled" or request.time_in_force != "good_till_canceled":
            order.status = "canceled"
            order.remaining_e2 = 0
        else:
            order.market.book.rest(order)
            order.account.rest(order)
            if request.expires_s is not None:
                heapq.heappush(self._expiries, (request.expires_s, order.number, order))
            self._tell_level(order, order, order.remaining_e2, now_us)
        self._settle_account(order)

    def _tell_level(self, cause: Order, resting: Order, delta_e2: int, now_us: int) -> None:
        self.deltas += 1
        self._listener.book_changed(
            cause, resting.side, price_e4=resting.price_e4, delta_e2=delta_e2, now_us=now_us
        )

    def _settle_account(self, order: Order) -> None:
        """The end of a change to one order: reserve follows, its owner hears."""
        if not order.account.is_counterparty:
            order.account.reserve_again(order.market.market)
            self._listener.order_changed(order)
