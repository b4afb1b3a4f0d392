"""The orders and fills of a session since a moment: the fold of what its two ledgers record."""

from __future__ import annotations

from dataclasses import dataclass, field

from trading.events import Answered, FillSeen, IntentRecorded, LedgerEvent, SendStarted, SettlementSeen
from trading.order_ids import OrderIds
from trading.refusals import venue_words


@dataclass(slots=True)
class SentOrder:
    """An order from its decision to the venue's answer; times by this machine's clock."""

    intent: IntentRecorded
    sent_us: int | None = None
    answered_us: int | None = None
    outcome: str = ""  # of events.SendOutcome; empty before the answer
    order_id: str = ""
    code: str = ""
    detail: str = ""

    @property
    def said(self) -> str:
        """Why the venue took it not, or may have taken it not."""
        return venue_words(self.code, self.detail)

    @property
    def label(self) -> str:
        """The name that log and page give it."""
        account = self.intent.client_order_id.split("-")[1]
        return OrderIds(account).label(self.intent.client_order_id)


@dataclass(slots=True)
class RecordedOrders:
    """The fold of both ledgers; what was recorded before ``since_us`` is not in it."""

    since_us: int
    orders: dict[str, SentOrder] = field(default_factory=dict)  # by client_order_id
    fills: dict[str, FillSeen] = field(default_factory=dict)  # by trade_id
    settlements: int = 0

    def apply(self, event: LedgerEvent) -> None:
        """Take in one event; any of an order that is not known here is of an earlier one."""
        if event.at_us < self.since_us:
            return
        match event:
            case IntentRecorded():
                self.orders[event.client_order_id] = SentOrder(event)
            case SendStarted() if order := self.orders.get(event.client_order_id):
                order.sent_us = event.at_us
            case Answered() if order := self.orders.get(event.client_order_id):
                order.answered_us, order.outcome = event.at_us, event.outcome
                order.order_id, order.code, order.detail = event.order_id, event.code, event.detail
            case FillSeen():
                self.fills[event.trade_id] = event
            case SettlementSeen():
                self.settlements += 1

    def sent(self) -> list[SentOrder]:
        """The orders of which at least a byte may have left, in their order."""
        return [order for order in self.orders.values() if order.sent_us and order.outcome != "not_sent"]
