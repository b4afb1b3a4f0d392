"""Risk: whether an intent may become an order, and how large.

One verdict on one intent, from the fold of both outboxes, the permits others hold and fixed limits.
An order that reduces a position is held to the permits, the market and the price, never to cash,
exposure or the floor: those are reasons to reduce.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Final, NamedTuple

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


@dataclass(frozen=True, slots=True)
class Approved:
    """The only thing an order is made from. ``count_e2`` may be less than was asked."""

    intent: Intent  # at the price that the execution venue's book allows
    count_e2: int
    is_opening: bool


@dataclass(frozen=True, slots=True)
class Refused:
    reason: RiskRefusal


class BalanceState(NamedTuple):
    reduce_only: bool
    halted: bool


Check = Callable[[Intent, RiskView, RiskLimits], RiskRefusal | None]

STATES_THAT_SEND: Final = frozenset({"trading", "reduce_only"})


def judge(intent: Intent, view: RiskView, limits: RiskLimits) -> Approved | Refused:
    """The first reason to refuse it, or the approved order.

    An opening order is refused when it is too large; a closing one is made smaller.
    """
    reason = _first_reason(_EVERY_ORDER, intent, view, limits)
    if reason is not None:
        return Refused(reason)
    priced = view.pricing(intent)
    if isinstance(priced, str):
        return Refused(priced)
    is_opening = priced.action in OPENING
    reason = _first_reason((_check_grid, *(_OPENING_ORDER if is_opening else ())), priced, view, limits)
    if reason is not None:
        return Refused(reason)
    count_e2 = priced.count_e2
    if not is_opening:
        position_e2 = view.ledger.position(priced.ticker).position_e2
        closable_e2 = view.ledger.differences.closable_e2(priced.ticker, position_e2)
        if closable_e2 == 0:
            return Refused("position_differs")  # by the venue's figure it would open a position
        count_e2 = min(count_e2, closable_e2, limits.max_contracts_per_order_e2)
    return Approved(priced, count_e2, is_opening)


def _first_reason(
    checks: Iterable[Check], intent: Intent, view: RiskView, limits: RiskLimits
) -> RiskRefusal | None:
    for check in checks:
        reason = check(intent, view, limits)
        if reason is not None:
            return reason
    return None


def balance_state(
    available_e6: int, equity_e6: int, *, was_reduce_only: bool, limits: RiskLimits
) -> BalanceState:
    """Reduce only below the floor, until available cash is back at the resume level; halt by equity."""
    threshold_e6 = limits.balance_resume_e6 if was_reduce_only else limits.balance_floor_e6
    return BalanceState(reduce_only=available_e6 < threshold_e6, halted=equity_e6 < limits.balance_floor_e6)


def _check_permits(_intent: Intent, view: RiskView, limits: RiskLimits) -> RiskRefusal | None:
    if view.halted or view.state == "halted":
        return "halted"
    if view.state == "paused":
        return "paused"
    if view.venue_paused:
        return "venue_paused"
    if view.state not in STATES_THAT_SEND:
        return "not_trading"
    if view.clock.is_beyond(limits.max_clock_offset_us):
        return "clock_offset"
    if not view.lease_valid:
        return "no_lease"
    if not view.stream_reconciled:
        return "not_reconciled"
    return None


def _check_market(intent: Intent, view: RiskView, limits: RiskLimits) -> RiskRefusal | None:
    market = view.market
    if market is None:
        return "unknown_market"
    if market.status != "active":
        return "market_inactive"
    # A reduction that cannot rest may go on to the last moment.
    is_last_exit = intent.action not in OPENING and intent.time_in_force == "immediate_or_cancel"
    stop_us = 0 if is_last_exit else limits.stop_before_close_us
    if view.clock.to_venue_us(view.now_us) >= market.close_us - stop_us:
        return "closing_soon"
    if view.untradable in CLOSING_ONLY:
        return CLOSING_ONLY[view.untradable] if intent.action in OPENING else None
    return None if view.untradable is None else "market_untradable"


def _check_order(intent: Intent, _view: RiskView, _limits: RiskLimits) -> RiskRefusal | None:
    if intent.action is Action.HOLD or intent.side != book_side(intent.action):
        return "side_mismatch"
    if intent.count_e2 <= 0:
        return "no_count"
    return None if 0 < intent.price_e4 < ONE_DOLLAR_E4 else "no_price"


def _check_grid(intent: Intent, view: RiskView, _limits: RiskLimits) -> RiskRefusal | None:
    """Of the price that is sent, by the execution venue's own grid."""
    on_grid = view.market is not None and view.market.grid.contains(intent.price_e4)
    return None if on_grid else "off_grid"


def _check_standing_orders(intent: Intent, view: RiskView, _limits: RiskLimits) -> RiskRefusal | None:
    ledger = view.ledger
    orders = ledger.orders_in(intent.ticker)
    for order in orders:
        if order.is_unsent or order.is_unresolved:
            return "in_flight" if order.key in view.in_flight else "unresolved_order"
    position_e2 = ledger.position(intent.ticker).position_e2
    return legality_refusal(intent.action, position_e2, {order.side for order in orders})


def _check_differences(intent: Intent, view: RiskView, _limits: RiskLimits) -> RiskRefusal | None:
    differences = view.ledger.differences
    if differences.of_cash is not None:
        return "cash_differs"
    return "position_differs" if differences.of_position(intent.ticker) else None


def _check_open_orders(_intent: Intent, view: RiskView, limits: RiskLimits) -> RiskRefusal | None:
    return "max_open_orders" if view.open_orders >= limits.max_open_orders else None


def _check_floor(_intent: Intent, view: RiskView, limits: RiskLimits) -> RiskRefusal | None:
    if view.reduce_only or view.state == "reduce_only":
        return "reduce_only"
    # Here as well as in the Supervisor's state, so that the floor holds without the Supervisor.
    if min(view.ledger.available_e6(), view.equity_e6) < limits.balance_floor_e6:
        return "balance_floor"
    return None


def _check_size(intent: Intent, view: RiskView, limits: RiskLimits) -> RiskRefusal | None:
    if intent.count_e2 > limits.max_contracts_per_order_e2:
        return "max_contracts_per_order"
    if view.ledger.position(intent.ticker).held_e2 + intent.count_e2 > limits.max_position_e2:
        return "max_position"
    return None


def _check_money(intent: Intent, view: RiskView, limits: RiskLimits) -> RiskRefusal | None:
    ledger, market = view.ledger, view.market
    if market is None:
        return "unknown_market"
    added_e6 = ledger.added_reserve_e6(
        intent.ticker, intent.side, price_e4=intent.price_e4, count_e2=intent.count_e2
    )
    if market_exposure_e6(ledger, intent.ticker) + added_e6 > limits.max_exposure_per_market_e6:
        return "max_exposure_per_market"
    if event_exposure_e6(ledger, market.event_ticker) + added_e6 > limits.max_exposure_per_event_e6:
        return "max_exposure_per_event"
    if total_exposure_e6(ledger) + added_e6 > limits.max_exposure_e6:
        return "max_exposure"
    if ledger.available_e6(market.exchange_index) < added_e6:
        return "insufficient_cash"
    return None


# Cheapest and gravest first; each may rely on those before it.
_EVERY_ORDER: Final[tuple[Check, ...]] = (
    _check_permits,
    _check_market,
    _check_order,
    _check_standing_orders,
)
_OPENING_ORDER: Final[tuple[Check, ...]] = (
    _check_differences,
    _check_open_orders,
    _check_floor,
    _check_size,
    _check_money,
)
