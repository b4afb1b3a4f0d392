"""The result of a session, the last lines of a run, and the reason for its end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from cli.errors import CLEAN, STOPPED_BY_RISK
from cli.figures import (
    ORDER_STATES,
    checked,
    count,
    counted,
    decisions,
    duration,
    filled,
    latencies,
    money,
    profit,
    refused,
)

WIDTH: Final = 10
EXPIRES: Final = "each expires at the venue by itself"


def closing_report(status: Mapping[str, Any], *, why: str, log: Path, killed: Sequence[int]) -> list[str]:
    """Its lines, for people; ``why`` is what ended it."""
    rows = [("session", f"{status['session']}, {duration(status['uptime_s'])}; {why}")]
    if status["balance"]["available"] is None:
        rows.append(("orders", "none: it ended before it could trade"))
    else:
        rows += _figures(status)
    rows.append(("log", str(log)))
    if killed:
        rows.append(("warning", f"did not stop in time and was killed: {', '.join(map(str, killed))}"))
    return [f"{name:<{WIDTH}} {text}" for name, text in rows]


def _figures(status: Mapping[str, Any]) -> list[tuple[str, str]]:
    orders, fills, balance = status["orders"], status["fills"], status["balance"]
    told = counted(orders, [state for state in ORDER_STATES if state != "resting"])
    if orders["resting"]:
        told += f", {count(orders['resting'])} left resting: not known to be canceled"
    worth = f"{money(balance['available'])} available, {money(balance['portfolio_value'])} in positions"
    return [
        ("decisions", decisions(status["decisions"])),
        ("refused", refused(status["decisions"])),
        ("orders", told),
        ("fills", filled(fills)),
        ("P&L", profit(status["pnl"])),
        ("balance", worth),
        ("latency", latencies(status["latency_ms"])),
        ("checked", checked(status["reconciliation"])),
    ]


def ending(status: Mapping[str, Any], *, state: str, reason: str) -> tuple[int, str]:
    """The exit code, and a line about it unless it is clean.

    ``status`` is the last there is; ``state`` and ``reason`` are from before the stop, which is clean only
    if OrderManager has said that nothing is left.
    """
    orders = status["orders"]
    left = (orders["resting"] or 0) + (orders["unknown"] or 0)
    if left:
        return STOPPED_BY_RISK, f"{count(left)} orders are not known to be over; {EXPIRES}"
    rows = {row["name"]: row["state"] for row in status["actors"] or ()}
    if (orders["sent"] or orders["carried"]) and rows.get("OrderManager") != "stopped":
        return STOPPED_BY_RISK, f"OrderManager did not stop in order, and orders may rest; {EXPIRES}"
    if state == "halted":
        return STOPPED_BY_RISK, f"stopped while halted: {reason}"
    return CLEAN, ""
