"""An account in recorded markets: its orders fill as one assumption of ``trading.queue_model`` says.

Risk, ledger and portfolio are those of the live path; the events that a venue would have made are made here.
An order joins its queue as it is decided, and nobody in the record answers to it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from execution.account_view import AccountShown
from trading.actions import Intent
from trading.book import Book
from trading.decision import Account, LedgerPoint
from trading.events import (
    AccountOpened,
    FillSeen,
    IntentRecorded,
    LedgerEvent,
    OrderSeen,
    Refused,
    SettlementSeen,
)
from trading.fees import maker_fee_e6, taker_fee_e6
from trading.ledger import Ledger
from trading.market import Market
from trading.market_map import MarketMap
from trading.order_desk import OrderDesk, Permits
from trading.order_ids import OrderIds
from trading.queue_model import Assumption, LevelSeen, QueuedOrder, TradeSeen, level_seen
from trading.risk import RiskLimits, balance_state
from trading.translation import account_to_data, intents_to_execution
from trading.valuation import Mark, Valuation, valuation
from trading.venue_time import TOGETHER

_NOWHERE: Final = (LedgerPoint("", 0), LedgerPoint("", 0))


@dataclass(slots=True)
class _Resting:
    recorded: IntentRecorded
    ticker: str  # of the data venue
    queued: QueuedOrder
    filled_e2: int = 0


class SimulatedAccount:
    """One account under one assumption; tickers outside are the data venue's."""

    def __init__(
        self,
        assumption: Assumption,
        opened: AccountOpened,
        limits: RiskLimits,
        markets: Mapping[str, Market],
        names: MarketMap,
        *,
        order_ttl_us: int,
    ) -> None:
        """``markets`` are by execution ticker, and known before anything is sent in them."""
        self.assumption: Final = assumption
        self.sent = 0
        self.filled_e2 = 0
        self.refused: Counter[str] = Counter()
        self._markets = markets
        self._limits = limits
        self._names = names
        self._resting: dict[str, dict[str, _Resting]] = {}  # by ticker, then by our name of the order
        self._reduce_only = False
        self._count_of_fills = 0
        ids = OrderIds("simulated")
        self._desk = OrderDesk(Ledger(markets), limits, markets=markets, ids=ids, order_ttl_us=order_ttl_us)
        self._shown = AccountShown(self._desk)
        self.take(opened)

    @property
    def ledger(self) -> Ledger:
        return self._desk.ledger

    def take(self, event: LedgerEvent) -> None:
        """Take an event that happens to the account without its doing; no order outlives its market."""
        self._desk.take(event)
        if isinstance(event, SettlementSeen):
            ticker = self._names.to_data(event.ticker) or event.ticker
            for resting in list(self._resting.get(ticker, {}).values()):
                self._end(resting, "canceled", event.at_us)

    def account(self) -> Account:
        """As the strategy is shown it."""
        return account_to_data(self._shown.now(_NOWHERE), self._names)

    def resting_in(self) -> list[str]:
        """Markets in which an order waits to be filled."""
        return list(self._resting)

    # --- orders ----------------------------------------------------------------------------------

    def ask(
        self,
        intents: tuple[Intent, ...],
        book_of: Callable[[str], Book],
        untradable: Mapping[str, str],
        mark: Mark,
        *,
        now_us: int,
    ) -> None:
        """Risk judges each of them, and what it approves goes to its market."""
        if not intents:
            return
        worth = valuation(self.ledger, mark)
        state = balance_state(
            self.ledger.available_e6(),
            worth.equity,
            was_reduce_only=self._reduce_only,
            limits=self._limits,
        )
        self._reduce_only = state.reduce_only
        translated = intents_to_execution(intents, self._names)
        self.refused["unknown_market"] += len(translated.untranslated)
        for intent in translated.intents:
            ticker = self._names.to_data(intent.ticker) or intent.ticker
            permits = _permits(untradable.get(ticker), worth, state.reduce_only, state.halted)
            event = self._desk.decide(intent, permits, now_us=now_us)[0]
            if isinstance(event, Refused):
                self.refused[event.reason] += 1
            elif isinstance(event, IntentRecorded):
                self._place(event, ticker, book_of(ticker), now_us)

    def _place(self, order: IntentRecorded, ticker: str, book: Book, now_us: int) -> None:
        self.sent += 1
        name = order.client_order_id
        self._desk.answered(
            name, "accepted", now_us=now_us, order_id=f"of-{name}", remaining_e2=order.count_e2
        )
        seen = level_seen(book, order.side, order.price_e4)
        queued = QueuedOrder(order.side, order.price_e4, order.count_e2, level_e2=seen.level_e2)
        resting = _Resting(order, ticker, queued)
        self._resting.setdefault(ticker, {})[name] = resting
        if seen.meeting_e2:  # it takes what is there
            queued.book(seen)
            self._fill(resting, now_us, is_taker=True)
        if order.expiration_s is None and name in self._resting.get(ticker, {}):
            self._end(resting, "canceled", now_us)

    def book_changed(self, ticker: str, book: Book, *, now_us: int) -> None:
        """The book of a market in which something rests is another one."""
        self.expire_in(ticker, now_us)
        levels: dict[tuple[str, int], LevelSeen] = {}
        for resting in list(self._resting.get(ticker, {}).values()):
            order = resting.recorded
            at = (order.side, order.price_e4)
            if at not in levels:
                levels[at] = level_seen(book, order.side, order.price_e4)
            resting.queued.book(levels[at])
            self._fill(resting, now_us)

    def traded(self, ticker: str, trade: TradeSeen, *, now_us: int) -> None:
        """A public trade in a market in which something rests."""
        self.expire_in(ticker, now_us)
        for resting in list(self._resting.get(ticker, {}).values()):
            resting.queued.trade(trade)
            self._fill(resting, now_us)

    def expire(self, now_us: int) -> None:
        """End the orders whose time is over."""
        for ticker in list(self._resting):
            self.expire_in(ticker, now_us)

    def expire_in(self, ticker: str, now_us: int) -> None:
        """End those of one market."""
        for resting in list(self._resting.get(ticker, {}).values()):
            ends_s = resting.recorded.expiration_s
            if ends_s is not None and ends_s * 1_000_000 <= now_us:
                self._end(resting, "canceled", ends_s * 1_000_000)

    def _fill(self, resting: _Resting, now_us: int, *, is_taker: bool = False) -> None:
        fills = resting.queued.fills()
        filled_e2 = fills.under(self.assumption)
        count_e2 = filled_e2 - resting.filled_e2
        if count_e2 <= 0:
            return
        order = resting.recorded
        resting.filled_e2 = filled_e2
        self.filled_e2 += count_e2
        self._count_of_fills += 1
        fee = taker_fee_e6 if is_taker else maker_fee_e6
        self._desk.take(
            FillSeen(
                at_us=now_us,
                trade_id=f"t{self._count_of_fills}",
                order_id=f"of-{order.client_order_id}",
                client_order_id=order.client_order_id,
                ticker=order.ticker,
                exchange_index=order.exchange_index,
                side=order.side,
                price_e4=order.price_e4,
                count_e2=count_e2,
                fee_e6=fee(self._markets.get(order.ticker), price_e4=order.price_e4, count_e2=count_e2),
                is_taker=is_taker,
                ts_ms=now_us // 1_000,
            )
        )
        if filled_e2 >= order.count_e2:
            self._end(resting, "executed", now_us)

    def _end(self, resting: _Resting, status: str, now_us: int) -> None:
        order = resting.recorded
        self._desk.take(
            OrderSeen(
                at_us=now_us,
                order_id=f"of-{order.client_order_id}",
                client_order_id=order.client_order_id,
                ticker=order.ticker,
                exchange_index=order.exchange_index,
                side=order.side,
                price_e4=order.price_e4,
                status=status,
                initial_e2=order.count_e2,
                fill_e2=resting.filled_e2,
                remaining_e2=0,
            )
        )
        orders = self._resting[resting.ticker]
        del orders[order.client_order_id]
        if not orders:
            del self._resting[resting.ticker]


def _permits(untradable: str | None, worth: Valuation, reduce_only: bool, halted: bool) -> Permits:  # noqa: FBT001  both of one state
    return Permits(
        clock=TOGETHER,
        lease_valid=True,
        state="trading",
        stream_reconciled=True,
        venue_paused=False,
        untradable=untradable,
        equity_e6=worth.equity,
        reduce_only=reduce_only,
        halted=halted,
    )
