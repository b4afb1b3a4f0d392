"""The checks of risk, each by itself: it yields every reason against the order."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Final

from trading.actions import OPENING, Action, Intent, book_side, legality_refusal
from trading.execution_price import Pricing, as_decided
from trading.ledger import Ledger
from trading.market import ONE_DOLLAR_E4, Market
from trading.refusals import RiskRefusal
from trading.shard_marks import CLOSING_ONLY
from trading.valuation import event_exposure_e6, market_exposure_e6, total_exposure_e6
from trading.venue_time import ClockOffset


@dataclass(frozen=True, slots=True)
class RiskLimits:
    balance_floor_e6: int
    balance_resume_e6: int
    max_contracts_per_order_e2: int
    max_position_e2: int
    max_exposure_per_market_e6: int
    max_exposure_per_event_e6: int
    max_exposure_e6: int
    max_open_orders: int
    stop_before_close_us: int
    max_clock_offset_us: int


@dataclass(frozen=True, slots=True)
class RiskView:
    """All that a verdict depends on besides the intent and the limits."""

    now_us: int
    clock: ClockOffset  # of the execution venue
    ledger: Ledger
    market: Market | None  # as the execution venue describes it
    untradable: str | None  # why this market's book may not be traded on, or only to close; None: it may
    lease_valid: bool
    stream_reconciled: bool
    venue_paused: bool  # on the market's shard, or its account has not been checked since
    state: str  # of trading, by the Supervisor's word
    equity_e6: int
    reduce_only: bool
    halted: bool
    open_orders: int  # ours, and foreign ones that are managed as ours
    in_flight: Collection[str] = ()  # Order.key of attempts whose answer is on its way
    pricing: Pricing = as_decided  # on the execution venue's book


Check = Callable[[Intent, RiskView, RiskLimits], Iterator[RiskRefusal]]
"""The reasons against an intent, the gravest first."""

STATES_THAT_SEND: Final = frozenset({"trading", "reduce_only"})


def _check_permits(_intent: Intent, view: RiskView, limits: RiskLimits) -> Iterator[RiskRefusal]:
    if view.halted or view.state == "halted":
        yield "halted"
    if view.state == "paused":
        yield "paused"
    if view.venue_paused:
        yield "venue_paused"
    if view.state not in (*STATES_THAT_SEND, "halted", "paused"):
        yield "not_trading"
    if view.clock.is_beyond(limits.max_clock_offset_us):
        yield "clock_offset"
    if not view.lease_valid:
        yield "no_lease"
    if not view.stream_reconciled:
        yield "not_reconciled"


def _check_market(intent: Intent, view: RiskView, limits: RiskLimits) -> Iterator[RiskRefusal]:
    market = view.market
    if market is None:
        yield "unknown_market"
        return
    if market.status != "active":
        yield "market_inactive"
    # A reduction that cannot rest may go on to the last moment.
    is_last_exit = intent.action not in OPENING and intent.time_in_force == "immediate_or_cancel"
    stop_us = 0 if is_last_exit else limits.stop_before_close_us
    if view.clock.to_venue_us(view.now_us) >= market.close_us - stop_us:
        yield "closing_soon"
    if view.untradable in CLOSING_ONLY:
        if intent.action in OPENING:
            yield CLOSING_ONLY[view.untradable]
    elif view.untradable is not None:
        yield "market_untradable"


def _check_order(intent: Intent, _view: RiskView, _limits: RiskLimits) -> Iterator[RiskRefusal]:
    if intent.action is Action.HOLD or intent.side != book_side(intent.action):
        yield "side_mismatch"
    if intent.count_e2 <= 0:
        yield "no_count"
    if not 0 < intent.price_e4 < ONE_DOLLAR_E4:
        yield "no_price"


def _check_grid(intent: Intent, view: RiskView, _limits: RiskLimits) -> Iterator[RiskRefusal]:
    """Of the price that is sent, by the execution venue's own grid."""
    if view.market is None or not view.market.grid.contains(intent.price_e4):
        yield "off_grid"


def _check_standing_orders(intent: Intent, view: RiskView, _limits: RiskLimits) -> Iterator[RiskRefusal]:
    ledger = view.ledger
    orders = ledger.orders_in(intent.ticker)
    for order in orders:
        if order.is_unsent or order.is_unresolved:
            yield "in_flight" if order.key in view.in_flight else "unresolved_order"
    position_e2 = ledger.position(intent.ticker).position_e2
    illegal = legality_refusal(intent.action, position_e2, {order.side for order in orders})
    if illegal is not None:
        yield illegal


def _check_closable(intent: Intent, view: RiskView, _limits: RiskLimits) -> Iterator[RiskRefusal]:
    if closable_e2(intent, view) == 0:
        yield "position_differs"  # by the venue's figure it would open a position


def closable_e2(intent: Intent, view: RiskView) -> int:
    """Contracts that an order may close, by our count and by what is proven of the venue's."""
    position_e2 = view.ledger.position(intent.ticker).position_e2
    return view.ledger.differences.closable_e2(intent.ticker, position_e2)


def _check_differences(intent: Intent, view: RiskView, _limits: RiskLimits) -> Iterator[RiskRefusal]:
    differences = view.ledger.differences
    if differences.of_cash is not None:
        yield "cash_differs"
    if differences.of_position(intent.ticker):
        yield "position_differs"


def _check_open_orders(_intent: Intent, view: RiskView, limits: RiskLimits) -> Iterator[RiskRefusal]:
    if view.open_orders >= limits.max_open_orders:
        yield "max_open_orders"


def _check_floor(_intent: Intent, view: RiskView, limits: RiskLimits) -> Iterator[RiskRefusal]:
    if view.reduce_only or view.state == "reduce_only":
        yield "reduce_only"
    # Here as well as in the Supervisor's state, so that the floor holds without the Supervisor.
    if min(view.ledger.available_e6(), view.equity_e6) < limits.balance_floor_e6:
        yield "balance_floor"


def _check_size(intent: Intent, view: RiskView, limits: RiskLimits) -> Iterator[RiskRefusal]:
    if intent.count_e2 > limits.max_contracts_per_order_e2:
        yield "max_contracts_per_order"
    if view.ledger.position(intent.ticker).held_e2 + intent.count_e2 > limits.max_position_e2:
        yield "max_position"


def _check_money(intent: Intent, view: RiskView, limits: RiskLimits) -> Iterator[RiskRefusal]:
    ledger, market = view.ledger, view.market
    if market is None:
        yield "unknown_market"
        return
    added_e6 = ledger.added_reserve_e6(
        intent.ticker, intent.side, price_e4=intent.price_e4, count_e2=intent.count_e2
    )
    if market_exposure_e6(ledger, intent.ticker) + added_e6 > limits.max_exposure_per_market_e6:
        yield "max_exposure_per_market"
    if event_exposure_e6(ledger, market.event_ticker) + added_e6 > limits.max_exposure_per_event_e6:
        yield "max_exposure_per_event"
    if total_exposure_e6(ledger) + added_e6 > limits.max_exposure_e6:
        yield "max_exposure"
    if ledger.available_e6(market.exchange_index) < added_e6:
        yield "insufficient_cash"


# Cheapest and gravest first; each may rely on those before it.
EVERY_ORDER: Final[tuple[Check, ...]] = (
    _check_permits,
    _check_market,
    _check_order,
    _check_standing_orders,
)
"""Before the price that is sent is known."""

OPENING_ORDER: Final[tuple[Check, ...]] = (
    _check_grid,
    _check_differences,
    _check_open_orders,
    _check_floor,
    _check_size,
    _check_money,
)
CLOSING_ORDER: Final[tuple[Check, ...]] = (_check_grid, _check_closable)
