"""The account as the Selector and the page see it, derived from the fold and from the last marks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from execution.order_execution import OrderExecution
from trading.decision import Account, LedgerPoint
from trading.foreign_orders import owner_of
from trading.ledger import Ledger
from trading.market import format_count_e2, format_money_e6, format_price_e4
from trading.observation import Resting
from trading.order_desk import OrderDesk
from trading.orders import Order
from trading.session_tally import FillCounts
from trading.valuation import Mark, Valuation, marked_e6, valuation, worths_e6

COUNTED: Final = (
    *("sent", "carried", "resting", "filled", "canceled", "rejected", "unknown", "in_flight", "not_sent"),
    *("awaiting_fills", "foreign_canceled"),
)


class AccountWorth(NamedTuple):
    """An account's worth, in money_e6."""

    cash: int  # with what resting orders reserve
    available: int
    held: int
    gain: int  # since equity was first known
    by_market: dict[str, int]
    """Of what is held."""


class AccountView:
    """The account as of the last ``update``."""

    def __init__(self, floor_e6: int) -> None:
        self.worth = Valuation(0, 0, 0)
        self._floor_e6 = floor_e6
        self._opening_e6: int | None = None  # equity when it was first known
        self._unseen: set[str] = set()  # markets held then, of which no book has been seen yet

    def update(self, ledger: Ledger, mark: Mark) -> None:
        """Value everything anew."""
        self.worth = valuation(ledger, mark)
        if self._opening_e6 is None:
            self._opening_e6 = self.worth.equity
            held = [ticker for ticker, position in ledger.positions.items() if position.position_e2]
            self._unseen = {
                ticker for ticker in held if marked_e6(ledger.position(ticker), mark(ticker)) is None
            }
        self._opening_e6 += self._carried_over_e6(ledger, mark)

    def _carried_over_e6(self, ledger: Ledger, mark: Mark) -> int:
        """The unrealised gain of what was carried over and is seen for the first time: none of the session's.

        Until its book is seen it counts at cost.
        """
        carried_e6 = 0
        for ticker in tuple(self._unseen):
            position = ledger.position(ticker)
            worth_e6 = marked_e6(position, mark(ticker))
            if worth_e6 is not None:
                self._unseen.discard(ticker)
                carried_e6 += worth_e6 - position.cost_e6
        return carried_e6

    @property
    def _gain_e6(self) -> int:
        return self.worth.equity - (self._opening_e6 or 0)

    def valued(self, ledger: Ledger, mark: Mark) -> AccountWorth:
        """The account at these marks, by market; what ``telemetry`` tells of it is the same."""
        self.update(ledger, mark)
        return AccountWorth(
            cash=ledger.cash_e6(),
            available=ledger.available_e6(),
            held=self.worth.held,
            gain=self._gain_e6,
            by_market=worths_e6(ledger, mark),
        )

    def telemetry(self, execution: OrderExecution, *, tables: bool) -> dict[str, Any]:
        """Money as decimal strings of dollars; open orders and their counts only when asked for."""
        desk = execution.desk
        ledger = desk.ledger
        values: dict[str, Any] = {
            "balance": {
                "available": format_money_e6(ledger.available_e6()),
                "reserved": format_money_e6(ledger.reserve_e6()),
                "total": format_money_e6(ledger.cash_e6()),
                "portfolio_value": format_money_e6(self.worth.held),
                "floor": format_money_e6(self._floor_e6),
            },
            "pnl": {
                "realised": format_money_e6(ledger.realised_e6),
                "unrealised": format_money_e6(self.worth.unrealised),
                "fees": format_money_e6(ledger.fees_e6),
                "session": format_money_e6(self._gain_e6),
            },
            "left_out": dict(execution.left_out.counts),
            "latency_ms": {"decision_to_ack": execution.latency.summary()},
        }
        if tables:
            counts = ledger.order_counts(desk.in_flight)
            values["orders"] = {state: counts[state] for state in COUNTED}
            values["orders"]["foreign"] = len(desk.foreign_resting())
            values["fills"] = _fill_counts(ledger.fill_counts())
            values["open_orders"] = rows_of(ledger.open_orders(), desk)
        return values


def _fill_counts(counts: FillCounts) -> dict[str, Any]:
    ours = {"count": counts.ours.count, "contracts": format_count_e2(counts.ours.count_e2)}
    return {**ours, "foreign": counts.foreign.count}


def rows_of(orders: Iterable[Order], desk: OrderDesk) -> list[dict[str, Any]]:
    """Orders as the page shows them."""
    return [_row(order, desk) for order in orders]


def _row(order: Order, desk: OrderDesk) -> dict[str, Any]:
    return {
        "order": desk.ids.label(order.client_order_id if order.is_ours else "", order.order_id),
        "owner": owner_of(order, desk.ids),
        "client_order_id": order.client_order_id if order.is_ours else "",
        "order_id": order.order_id,
        "ticker": order.ticker,
        "action": order.intent.action if order.intent else "",
        "side": order.side,
        "price": format_price_e4(order.price_e4),
        "count": format_count_e2(order.count_e2),
        "filled": format_count_e2(order.filled_e2),
        "state": order.state(desk.in_flight),
    }


class AccountShown:
    """The account as the Selector is shown it, made anew only where an order or a position has changed."""

    def __init__(self, desk: OrderDesk) -> None:
        self._desk = desk
        self._positions: dict[str, int] = {}  # those that are not flat
        self._resting: dict[str, Resting] = {}
        self._blocked: set[str] = set()

    def now(self, ledgers: tuple[LedgerPoint, ...]) -> Account:
        """The Selector's view of the account; ``ledgers`` is the point to which the desk has folded."""
        ledger = self._desk.ledger
        moved = ledger.take_moved()
        if moved is None:
            self._positions.clear()
            self._resting.clear()
            self._blocked.clear()
            moved = {*ledger.positions, *ledger.with_orders()}
        for ticker in moved:
            if position_e2 := ledger.position(ticker).position_e2:
                self._positions[ticker] = position_e2
            else:
                self._positions.pop(ticker, None)
            orders = ledger.orders_in(ticker)
            if orders:
                self._resting[ticker] = resting_of(orders)
            else:
                self._resting.pop(ticker, None)
            if any(order.is_fate_open for order in orders):
                self._blocked.add(ticker)
            else:
                self._blocked.discard(ticker)
        blocked = tuple(sorted(self._blocked))
        return Account(ledgers, dict(self._positions), dict(self._resting), blocked)


def resting_of(orders: Iterable[Order]) -> Resting:
    """The orders of one market together.

    One that is over holds its side, with nothing left of it, until its fills are told: ``risk`` takes no
    other order there before that.
    """
    found = Resting()
    for order in orders:
        left_e2 = 0 if order.is_terminal else order.count_e2 - order.filled_e2
        found = found.joined_by(order.side, order.price_e4, left_e2)
    return found
