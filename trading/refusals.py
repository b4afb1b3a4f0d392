"""The reasons for which a decision is not carried out: one list for all that check it.

A decision is checked twice: as it is taken, on the account that the Selector was shown
(``trading.decision``), and before it becomes an order, on the newest there is (``trading.risk``).
docs/architecture.md says of each reason what it means.
"""

from __future__ import annotations

from typing import Literal

from trading.shard_marks import ClosingOnly

LegalityRefusal = Literal["nothing_held", "opposite_held", "already_resting"]
"""The position or an own order forbids the action."""

PriceRefusal = Literal["no_price", "crossed_book"]
"""The book shows no price for it."""

ExecutionPriceRefusal = Literal["no_execution_book", "no_execution_price", "crossed_book"]
"""The book of the venue that executes shows no price for it (``trading.execution_price``)."""

DecisionRefusal = Literal[LegalityRefusal, PriceRefusal, "in_flight", "write_budget"]
"""Known as the decision is taken, so nothing is asked for."""

RiskRefusal = Literal[
    LegalityRefusal,
    ClosingOnly,
    ExecutionPriceRefusal,
    "halted",
    "paused",
    "not_trading",
    "no_lease",
    "not_reconciled",
    "venue_paused",
    "clock_offset",
    "unknown_market",
    "market_untradable",
    "market_inactive",
    "closing_soon",
    "side_mismatch",
    "no_count",
    "no_price",
    "off_grid",
    "in_flight",
    "unresolved_order",
    "position_differs",
    "cash_differs",
    "max_open_orders",
    "reduce_only",
    "balance_floor",
    "max_contracts_per_order",
    "max_position",
    "max_exposure_per_market",
    "max_exposure_per_event",
    "max_exposure",
    "insufficient_cash",
]
"""Known before the order is written down, so nothing is sent."""

Refusal = Literal[DecisionRefusal, RiskRefusal]


def venue_words(code: str, detail: str) -> str:
    """The venue's own reason for taking no order, by the same name everywhere: its detail, else its code."""
    return detail or code
