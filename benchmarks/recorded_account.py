"""The account of a session that is recorded without processes: what OrderManager and FillProcessor do in it.

The venue's answers and fills are the caller's; the clock too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

from execution.account_view import AccountShown
from persistence import account_files
from persistence.outbox import Outbox
from settings.config import Config
from trading.actions import Intent
from trading.decision import Account, LedgerPoint
from trading.events import (
    AccountOpened,
    FillProcessorEvent,
    FillSeen,
    IntentRecorded,
    OrderManagerEvent,
    OrderSeen,
    Refused,
)
from trading.fees import maker_fee_e6
from trading.ledger import Ledger
from trading.market import Market
from trading.market_map import MarketMap
from trading.order_desk import OrderDesk, Permits
from trading.order_ids import OrderIds
from trading.orders import Order
from trading.translation import account_to_data, intents_to_execution
from trading.venue_time import TOGETHER

ACCOUNT8: Final = "0a1b2c3d"


class RecordedAccount:
    """Both outboxes of an account, and the desk that folds them."""

    def __init__(
        self, folder: Path, config: Config, markets: Mapping[str, Market], names: MarketMap, now_us: int
    ) -> None:
        self.now_us = now_us
        self.asked = self.filled = 0
        self._config = config
        self._markets = markets
        self._names = names
        self._manager = Outbox(folder / account_files.ORDER_MANAGER, "OrderManager")
        self._processor = Outbox(folder / account_files.FILL_PROCESSOR, "FillProcessor")
        self._filled_e2: dict[str, int] = {}  # by order
        if not self._processor.last_seq:
            self._processor.append([(AccountOpened(now_us, ACCOUNT8, {0: 10_000_000_000}), None)])
        self.restart()

    def told(self) -> Account:
        """The account as OrderManager tells it."""
        points = (
            LedgerPoint(self._manager.outbox_id, self._manager.last_seq),
            LedgerPoint(self._processor.outbox_id, self._known_facts),
        )
        return account_to_data(self._shown.now(points), self._names)

    # --- OrderManager ----------------------------------------------------------------------------

    def restart(self) -> None:
        """A new OrderManager folds both outboxes anew."""
        ids = OrderIds.of(ACCOUNT8, self._manager.outbox_id)
        ledger, ttl_us = Ledger(self._markets), self._config.risk.order_ttl_us()
        self._desk = OrderDesk(
            ledger, self._config.limits(), markets=self._markets, ids=ids, order_ttl_us=ttl_us
        )
        self._shown = AccountShown(self._desk)
        for _, event in self._manager.events():
            self._desk.take(event)
        self._known_facts = 0  # of FillProcessor's
        self.take_facts()

    def judge(self, intents: Iterable[Intent]) -> tuple[list[Order], list[str]]:
        """The orders that are sent of these, and the decisions that risk refuses."""
        events: list[OrderManagerEvent] = []
        for intent in intents_to_execution(intents, self._names).intents:
            events += self._desk.decide(intent, self._permits(), now_us=self.now_us)
        self._manager.append([(event, None) for event in events])
        sent = [event.client_order_id for event in events if isinstance(event, IntentRecorded)]
        self.asked += len(sent)
        refused = [event.decision for event in events if isinstance(event, Refused)]
        return [self._desk.ledger.orders[name] for name in sent], refused

    def _permits(self) -> Permits:
        return Permits(
            clock=TOGETHER,
            lease_valid=True,
            state="trading",
            stream_reconciled=True,
            venue_paused=False,
            untradable=None,
            equity_e6=self._desk.ledger.available_e6(),
            reduce_only=False,
            halted=False,
        )

    def answer(self, order: Order, *, is_accepted: bool = True) -> None:
        """The venue answers the attempt."""
        outcome, order_id = ("accepted", f"venue-{order.key}") if is_accepted else ("rejected", "")
        left_e2 = order.count_e2 if is_accepted else 0
        event = self._desk.answered(
            order.key,
            outcome,  # type: ignore[arg-type]  # one of the two
            now_us=self.now_us,
            order_id=order_id,
            remaining_e2=left_e2,
        )
        self._manager.append([(event, None)])

    @property
    def ledger(self) -> Ledger:
        """OrderManager's."""
        return self._desk.ledger

    def filled_of(self, order: Order) -> int:
        """Contracts (count_e2) of the order that the venue has filled."""
        return self._filled_e2.get(order.key, 0)

    @property
    def resting(self) -> list[Order]:
        """Orders that OrderManager knows to rest, the oldest first."""
        return [order for order in self._desk.ledger.open_orders() if order.is_resting]

    # --- FillProcessor ---------------------------------------------------------------------------

    def fill(self, order: Order, count_e2: int) -> None:
        """The venue fills so much of an order, at its price; OrderManager does not know it yet."""
        self.filled += 1
        fee_e6 = maker_fee_e6(self._markets[order.ticker], price_e4=order.price_e4, count_e2=count_e2)
        fill = FillSeen(
            at_us=self.now_us,
            trade_id=f"t{self._processor.last_seq}",
            order_id=order.order_id,
            client_order_id=order.key,
            ticker=order.ticker,
            exchange_index=0,
            side=order.side,
            price_e4=order.price_e4,
            count_e2=count_e2,
            fee_e6=fee_e6,
            is_taker=False,
            ts_ms=self.now_us // 1_000,
        )
        filled_e2 = self._filled_e2[order.key] = self._filled_e2.get(order.key, 0) + count_e2
        self._record(
            [fill, self._seen(order, "executed" if filled_e2 >= order.count_e2 else "resting", filled_e2)]
        )

    def end(self, order: Order) -> None:
        """The order's time is over."""
        self._record([self._seen(order, "canceled", self._filled_e2.get(order.key, 0))])

    def _seen(self, order: Order, status: str, filled_e2: int) -> OrderSeen:
        left_e2 = order.count_e2 - filled_e2 if status == "resting" else 0
        return OrderSeen(
            self.now_us,
            order.order_id,
            order.key,
            order.ticker,
            0,
            order.side,
            order.price_e4,
            status,
            order.count_e2,
            filled_e2,
            left_e2,
        )

    def _record(self, events: Sequence[FillProcessorEvent]) -> None:
        self._processor.append([(event, None) for event in events])

    def take_facts(self) -> None:
        """OrderManager takes in what FillProcessor has recorded."""
        for seq, event in self._processor.events(self._known_facts):
            self._desk.take(event)
            self._known_facts = seq

    def close(self) -> None:
        for outbox in (self._manager, self._processor):
            outbox.close()
