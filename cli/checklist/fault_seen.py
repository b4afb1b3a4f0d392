"""The outcome of a fault, and its line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from cli.checklist.comparison import Comparison
from cli.checklist.lines import Line, line
from cli.checklist.order_lines import differences

RECOVERED_WITHIN_S: Final = 30.0
COMPARED: Final = ("position", "realised", "order", "cash")


@dataclass(frozen=True, slots=True)
class FaultSeen:
    """A fault that was made, and what was seen of it."""

    name: str
    made: str  # how
    expected: str
    seen: str
    as_expected: bool
    recovered_s: float | None  # until orders were accepted again; None: they were not
    ledger: Comparison  # with the exchange's own, afterwards
    fills: int  # in that ledger
    twice: tuple[str, ...]  # client_order_ids that the exchange received more than once


def fault_line(fault: FaultSeen) -> Line:
    """As expected, recovered in time, and equal to the exchange's ledger afterwards."""
    told = fault.ledger.tell(COMPARED)
    recovered = (
        "no order was accepted again"
        if fault.recovered_s is None
        else f"recovered in {fault.recovered_s:.1f} s"
    )
    sent_twice = f"; sent twice: {', '.join(fault.twice)}" if fault.twice else ""
    figure = (
        f"{fault.seen}; {recovered}; {told.equal:,} figures equal to the ledger at {fault.fills:,} fills"
        f"{differences(told.different)}{sent_twice}"
    )
    is_quick = fault.recovered_s is not None and fault.recovered_s < RECOVERED_WITHIN_S
    holds = fault.as_expected and is_quick and not told.different and not fault.twice
    limit = f"{fault.expected}; recovered in {RECOVERED_WITHIN_S:.0f} s; ledger equal; nothing sent twice"
    if not fault.ledger.is_settled:
        return line(fault.name, f"{figure}; the account never stood still", limit, holds=False)
    return line(fault.name, figure, limit, holds=holds)
