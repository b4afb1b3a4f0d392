"""The owner of an order: all that the book needs to know of an account."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True, eq=False)
class Owner:
    """A member of the exchange, or a counterparty of its own."""

    number: int  # its place among the exchange's accounts, from 0
    user_id: str
    is_counterparty: bool
