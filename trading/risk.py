"""Risk: whether an intent may become an order, and how large.

One verdict on one intent, from the fold of both outboxes, the permits others hold and fixed limits.
An order that reduces a position is held to the permits, the market and the price, never to cash,
exposure or the floor: those are reasons to reduce.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from trading.actions import OPENING, Intent
from trading.refusals import RiskRefusal
from trading.risk_checks import (
    CLOSING_ORDER,
    EVERY_ORDER,
    OPENING_ORDER,
    STATES_THAT_SEND,
    Check,
    RiskLimits,
    RiskView,
    closable_e2,
)

__all__ = [
    "STATES_THAT_SEND",
    "Approved",
    "BalanceState",
    "RiskLimits",
    "RiskRefused",
    "RiskView",
    "all_reasons",
    "balance_state",
    "judge",
]


@dataclass(frozen=True, slots=True)
class Approved:
    """The only thing an order is made from. ``count_e2`` may be less than was asked."""

    intent: Intent  # at the price that the execution venue's book allows
    count_e2: int
    is_opening: bool


@dataclass(frozen=True, slots=True)
class RiskRefused:
    reason: RiskRefusal


class BalanceState(NamedTuple):
    reduce_only: bool
    halted: bool


def judge(intent: Intent, view: RiskView, limits: RiskLimits) -> Approved | RiskRefused:
    """The first reason to refuse it, or the approved order.

    An opening order is refused when it is too large; a closing one is made smaller.
    """
    reason = next(_reasons(EVERY_ORDER, intent, view, limits), None)
    if reason is not None:
        return RiskRefused(reason)
    priced = view.pricing(intent)
    if isinstance(priced, str):
        return RiskRefused(priced)
    is_opening = priced.action in OPENING
    reason = next(_reasons(_priced_order(priced), priced, view, limits), None)
    if reason is not None:
        return RiskRefused(reason)
    count_e2 = priced.count_e2
    if not is_opening:
        count_e2 = min(count_e2, closable_e2(priced, view), limits.max_contracts_per_order_e2)
    return Approved(priced, count_e2, is_opening)


def all_reasons(intent: Intent, view: RiskView, limits: RiskLimits) -> list[RiskRefusal]:
    """All that speaks against it now, of which ``judge`` tells the first; empty when it is approved."""
    found = list(_reasons(EVERY_ORDER, intent, view, limits))
    if view.market is None:
        return found  # whatever follows is reckoned by its terms
    priced = view.pricing(intent)
    if isinstance(priced, str):
        found.append(priced)
        priced = intent
    found += _reasons(_priced_order(priced), priced, view, limits)
    return list(dict.fromkeys(found))


def _priced_order(priced: Intent) -> tuple[Check, ...]:
    return OPENING_ORDER if priced.action in OPENING else CLOSING_ORDER


def _reasons(
    checks: Iterable[Check], intent: Intent, view: RiskView, limits: RiskLimits
) -> Iterator[RiskRefusal]:
    for check in checks:
        yield from check(intent, view, limits)


def balance_state(
    available_e6: int, equity_e6: int, *, was_reduce_only: bool, limits: RiskLimits
) -> BalanceState:
    """Reduce only below the floor, until available cash is back at the resume level; halt by equity."""
    threshold_e6 = limits.balance_resume_e6 if was_reduce_only else limits.balance_floor_e6
    return BalanceState(reduce_only=available_e6 < threshold_e6, halted=equity_e6 < limits.balance_floor_e6)
