"""What does a fault of the venue itself change, and what is put back when it ends?"""

from __future__ import annotations

from simulator.exchange import Exchange
from simulator.faults import Fault


def begin(exchange: Exchange, fault: Fault) -> None:
    """Make it so, at once. Raises Refused if the market named is not listed."""
    if fault.kind == "clock_skew":
        exchange.skew_us = fault.skew_ms * 1000


def lift(exchange: Exchange, fault: Fault) -> None:
    """Put back what can be; a market that was closed or settled stays so."""
    if fault.kind == "clock_skew":
        exchange.skew_us = 0
