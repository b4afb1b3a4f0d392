"""The record of one account's end of one market (protocol 7.4)."""

from __future__ import annotations

from typing import NamedTuple

from simulator.engine.catalogue.listing import ListedMarket


class Settlement(NamedTuple):
    """One account's end of one market."""

    number: int  # of this account, from 1
    market: ListedMarket
    result: str
    value_e4: int  # what one YES paid
    yes_count_e2: int
    yes_cost_e6: int
    no_count_e2: int
    no_cost_e6: int
    revenue_e6: int
    fee_e6: int  # paid on the position while it was opened
    at_us: int
