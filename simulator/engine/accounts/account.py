"""An account of the exchange: its cash, its positions, its orders and what they hold back."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import NamedTuple

from simulator.engine.accounts.holding import Holding
from simulator.engine.accounts.netting import Netting
from simulator.engine.accounts.owner import Owner
from simulator.engine.accounts.reserve import claim_e6, closing_e6
from simulator.engine.accounts.settlement import Settlement
from simulator.engine.matching.order_groups import OrderGroup
from simulator.engine.matching.orders import Order
from simulator.engine.matching.trades import Fill
from trading.market import BookSide, Market


class CashTransfer(NamedTuple):
    """Cash that went from one shard to another."""

    number: int  # of the account's, from 1
    transfer_id: str
    client_id: str
    source: int
    target: int
    amount_e6: int
    at_us: int


@dataclass(slots=True, eq=False)
class Account(Owner):
    """An owner's possessions. A counterparty has no credit limit and keeps no history."""

    cash_e6: dict[int, int]  # by shard, reserved cash included
    holdings: defaultdict[str, Holding] = field(default_factory=lambda: defaultdict(Holding))
    orders: dict[str, Order] = field(default_factory=dict)  # by order_id, oldest first
    used_client_order_ids: set[str] = field(default_factory=set)
    received_client_order_ids: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    order_requests: int = 0
    resting: dict[str, dict[int, Order]] = field(default_factory=dict)  # by ticker
    fills: list[Fill] = field(default_factory=list)
    settlements: list[Settlement] = field(default_factory=list)
    transfers: list[CashTransfer] = field(default_factory=list)
    groups: dict[str, OrderGroup] = field(default_factory=dict)  # by order_group_id
    netting: Netting | None = None  # None = not enabled
    _claims_e6: dict[int, int] = field(default_factory=dict)  # by number of the resting order
    _claimed_by_ticker: dict[str, int] = field(default_factory=dict)
    _reserved_by_ticker: dict[str, int] = field(default_factory=dict)
    _reserved_by_shard: defaultdict[int, int] = field(default_factory=lambda: defaultdict(int))

    def available_e6(self, shard: int) -> int:
        return self.cash_e6.get(shard, 0) - self._reserved_by_shard[shard] + self.credit_e6(shard)

    def credit_e6(self, shard: int) -> int:
        """The sure payout of netted positions, handed out already."""
        return 0 if self.netting is None else self.netting.credit_e6(self.holdings, self._claims, shard)

    @property
    def reserved_e6(self) -> int:
        return sum(self._reserved_by_shard.values())

    @property
    def fees_e6(self) -> int:
        return sum(holding.fees_e6 for holding in self.holdings.values())

    def move_cash(self, shard: int, change_e6: int) -> None:
        self.cash_e6[shard] = self.cash_e6.get(shard, 0) + change_e6

    def can_afford(
        self, market: Market, side: BookSide, *, price_e4: int, count_e2: int, instead_of: Order | None = None
    ) -> bool:
        """Whether the market's reserve with one more order stays within the cash of its shard."""
        ticker, new = market.ticker, (side, price_e4, count_e2)
        needed_e6 = self._claimed_by_ticker.get(ticker, 0) + claim_e6(market, new)
        if instead_of is not None:
            needed_e6 -= self._claims_e6.get(instead_of.number, 0)
        then = [*self._claims(ticker, without=instead_of), new]
        position_e2 = self.holdings[ticker].position_e2
        if position_e2:
            needed_e6 -= closing_e6(position_e2, then)
        more_e6 = needed_e6 - self._reserved_by_ticker.get(ticker, 0)
        if self.netting is not None:
            more_e6 += self.netting.loss_e6(self.holdings, self._claims, ticker, then)
        return more_e6 <= max(0, self.available_e6(market.exchange_index))

    def closable_e2(self, ticker: str, side: BookSide) -> int:
        """Contracts of the position that an order of this side would close."""
        position_e2 = self.holdings[ticker].position_e2
        return max(0, -position_e2 if side == "bid" else position_e2)

    def keep(self, order: Order) -> None:
        """Remember an order that was accepted."""
        self.orders[order.order_id] = order
        if order.request.client_order_id:
            self.used_client_order_ids.add(order.request.client_order_id)

    def rest(self, order: Order) -> None:
        """A counterparty's orders are known to their book alone."""
        if self.is_counterparty:
            return
        self.resting.setdefault(order.market.ticker, {})[order.number] = order
        if order.group is not None:
            order.group.resting[order.order_id] = None

    def unrest(self, order: Order) -> None:
        if self.is_counterparty:
            return
        self.resting.get(order.market.ticker, {}).pop(order.number, None)
        if order.group is not None:
            order.group.resting.pop(order.order_id, None)

    def reserve_again(self, order: Order) -> None:
        """Bring the reserve of a market up to a change of one order in it, or of the position."""
        market = order.market.market
        ticker, shard = market.ticker, market.exchange_index
        claimed_e6 = self._claimed_by_ticker.get(ticker, 0) - self._claims_e6.pop(order.number, 0)
        if order.number in self.resting.get(ticker, {}):
            claim = claim_e6(market, (order.side, order.price_e4, order.remaining_e2))
            self._claims_e6[order.number] = claim
            claimed_e6 += claim
        self._claimed_by_ticker[ticker] = reserved_e6 = claimed_e6
        position_e2 = self.holdings[ticker].position_e2
        if position_e2:
            reserved_e6 -= closing_e6(position_e2, self._claims(ticker))
        self._reserved_by_shard[shard] += reserved_e6 - self._reserved_by_ticker.get(ticker, 0)
        self._reserved_by_ticker[ticker] = reserved_e6

    def _claims(self, ticker: str, *, without: Order | None = None) -> list[tuple[BookSide, int, int]]:
        resting = self.resting.get(ticker, {}).values()
        return [(order.side, order.price_e4, order.remaining_e2) for order in resting if order is not without]
