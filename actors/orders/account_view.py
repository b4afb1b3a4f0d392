"""What do the Selector and the page see of the account?

Everything here is derived from the fold and from the last marks; nothing is kept but sums.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from actors.messages import AccountObserved
from actors.orders.order_execution import OrderExecution
from trading.ledger import Ledger
from trading.market import format_count_e2, format_money_e6, format_price_e4
from trading.observation import Resting
from trading.order_desk import OrderDesk, order_label
from trading.orders import Order
from trading.portfolio import mark_e6

COUNTED: Final = ("sent", "resting", "filled", "canceled", "rejected", "unknown", "in_flight", "not_sent")

Mark = Callable[[str], tuple[int | None, int | None] | None]
"""Best YES and NO bid of a ticker, None for a missing side, and None alone for a book never seen."""


class AccountView:
    """Sums over the account as of the last ``update``."""

    def __init__(self, floor_e6: int) -> None:
        self.equity_e6 = 0
        self.portfolio_value_e6 = 0
        self.unrealised_e6 = 0
        self._floor_e6 = floor_e6
        self._opening_e6: int | None = None  # equity when it was first known

    def update(self, ledger: Ledger, mark: Mark) -> None:
        """Value what is held at the best bid of the outcome held, or at cost before any was seen.

        At zero, a start would look like a loss of everything held, and halt for it.
        """
        value_e6 = cost_e6 = 0
        for ticker, position in ledger.positions.items():
            if position.position_e2:
                bids = mark(ticker)
                if bids is None:
                    value_e6 += position.cost_e6
                else:
                    value_e6 += mark_e6(position, yes_bid_e4=bids[0], no_bid_e4=bids[1])
                cost_e6 += position.cost_e6
        self.portfolio_value_e6 = value_e6
        self.unrealised_e6 = value_e6 - cost_e6
        self.equity_e6 = ledger.cash_e6() + value_e6
        if self._opening_e6 is None:
            self._opening_e6 = self.equity_e6

    def observed(
        self, desk: OrderDesk, *, version: int, granted: int, outcomes: list[tuple[str, str]]
    ) -> AccountObserved:
        """What the Selector needs to ask only for what can be had."""
        resting: dict[str, Resting] = {}
        for order in desk.ledger.open_orders():
            others = resting.get(order.ticker, Resting())
            left_e2 = order.count_e2 - order.filled_e2
            resting[order.ticker] = others.joined_by(order.side, order.price_e4, left_e2)
        positions = {t: p.position_e2 for t, p in desk.ledger.positions.items() if p.position_e2}
        return AccountObserved(version, positions, resting, sorted(desk.blocked()), granted, outcomes)

    def telemetry(self, execution: OrderExecution, *, tables: bool) -> dict[str, Any]:
        """Money as decimal strings of dollars; open orders and their counts only when asked for."""
        desk = execution.desk
        ledger = desk.ledger
        session_e6 = self.equity_e6 - (self._opening_e6 or 0)
        values: dict[str, Any] = {
            "balance": {
                "available": format_money_e6(ledger.available_e6()),
                "reserved": format_money_e6(ledger.reserve_e6()),
                "total": format_money_e6(ledger.cash_e6()),
                "portfolio_value": format_money_e6(self.portfolio_value_e6),
                "floor": format_money_e6(self._floor_e6),
            },
            "pnl": {
                "realised": format_money_e6(ledger.realised_e6),
                "unrealised": format_money_e6(self.unrealised_e6),
                "fees": format_money_e6(ledger.fees_e6),
                "session": format_money_e6(session_e6),
            },
            "refused": dict(execution.refused),
            "left_out": dict(execution.left_out.counts),
            "latency_ms": {"decision_to_ack": execution.latency.summary()},
        }
        if tables:
            counts = ledger.order_counts(desk.in_flight)
            values["orders"] = {state: counts[state] for state in COUNTED}
            values["open_orders"] = [_row(order, desk) for order in ledger.open_orders()]
        return values


def _row(order: Order, desk: OrderDesk) -> dict[str, Any]:
    return {
        "order": order_label(order.client_order_id, order.order_id),
        "client_order_id": order.client_order_id,
        "ticker": order.ticker,
        "action": order.intent.action if order.intent else "",
        "side": order.side,
        "price": format_price_e4(order.price_e4),
        "count": format_count_e2(order.count_e2),
        "filled": format_count_e2(order.filled_e2),
        "state": order.state(desk.in_flight),
    }
