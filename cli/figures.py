"""The key figures of a session as a terminal shows them: pure text from the JSON of /rl/status."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from trading.venue_time import ClockOffset
from web.freshness import stale_sources
from web.venues import troubles

ACTIONS: Final = ("HOLD", "BUY_YES", "SELL_YES", "BUY_NO", "SELL_NO")
ORDER_STATES: Final = ("sent", "resting", "filled", "canceled", "rejected", "unknown")
SELDOM: Final = (
    ("carried", "carried over from before"),
    ("awaiting_fills", "whose fills were not all told yet"),
    ("foreign", "not ours resting"),
    ("foreign_canceled", "not ours canceled"),
)
SAME_CLOCK_MS: Final = 2_000
LATENCIES: Final = (
    ("decision_to_ack", "decision to answer"),
    ("fill_to_position", "fill to position"),
    ("state_to_page", "state to page"),
)


def figures(status: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Names and texts, one a line."""
    environment, markets, balance = status["environment"], status["markets"], status["balance"]
    reason = f" ({status['state_reason']})" if status["state_reason"] else ""
    rate = (
        "" if markets["deltas_per_s"] is None else f", {markets['deltas_per_s']:,.0f} book changes a second"
    )
    degraded = f", {count(markets['degraded'])} degraded" if markets.get("degraded") else ""
    return [
        ("session", f"{status['session']}, {duration(status['uptime_s'])}"),
        ("state", f"{status['state']}{reason}"),
        *ages(status["ages_s"]),
        ("data/orders", where(environment)),
        *clock(status.get("clock")),
        *venue_troubles(status.get("venues")),
        ("markets", f"{count(markets['live'])} of {count(markets['subscribed'])} live{degraded}{rate}"),
        *missing(markets["discovery"]),
        ("decisions", decisions(status["decisions"])),
        ("refused", refused(status["decisions"])),
        ("orders", counted(status["orders"], ORDER_STATES)),
        ("fills", filled(status["fills"])),
        ("positions", count(status["positions"])),
        ("cash", f"{money(balance['available'])} available, {money(balance['reserved'])} reserved"),
        ("P&L", profit(status["pnl"])),
        ("latency", latencies(status["latency_ms"])),
        ("checked", checked(status["reconciliation"])),
    ]


def where(environment: Mapping[str, Any]) -> str:
    """Where data come from and orders go, and whether a script trades against them."""
    scripted = "; a scripted counterparty fills the orders" if environment["counterparty"] else ""
    return f"{environment['data_label']} / {environment['execution_label']}{scripted}"


def ages(ages_s: Mapping[str, float]) -> list[tuple[str, str]]:
    """A line about figures that are old, if there are any."""
    stale = stale_sources(ages_s)
    told = ", ".join(f"{source} {age_s} s" for source, age_s in stale.items())
    return [("OLD FIGURES", f"{told} ago")] if stale else []


def clock(figures: Mapping[str, int | None] | None) -> list[tuple[str, str]]:
    """A line about the execution venue's clock, if it is another than this machine's."""
    offset_ms = (figures or {}).get("offset_ms")
    if offset_ms is None or abs(offset_ms) <= SAME_CLOCK_MS:
        return []
    return [("clock", f"the venue's is {ClockOffset(offset_ms * 1_000, offset_ms * 1_000)}")]


def venue_troubles(found: Mapping[str, Mapping[str, Any]] | None) -> list[tuple[str, str]]:
    """A line for each venue that something is wrong with."""
    return [(f"{role} venue", sentence) for role, sentence in troubles(found or {})]


def missing(discovery: Mapping[str, Any] | None) -> list[tuple[str, str]]:
    """A line for each name of the configuration that is not traded."""
    found = (discovery or {}).get("missing") or ()
    return [("not traded", f"{each['setting']}: {each['sentence']}") for each in found]


def decisions(found: Mapping[str, Any]) -> str:
    total = found["total"]
    if not total:
        return count(total)
    shares = ", ".join(f"{action} {100 * found[action] / total:.2f} %" for action in ACTIONS)
    return f"{count(total)}: {shares}"


def refused(found: Mapping[str, Any]) -> str:
    """The decisions that were not sent, the most frequent reason first."""
    reasons = sorted((found.get("refused") or {}).items(), key=lambda each: -each[1])
    return ", ".join(f"{reason.replace('_', ' ')} {count(number)}" for reason, number in reasons) or "–"


def filled(fills: Mapping[str, Any]) -> str:
    contracts = "–" if fills["contracts"] is None else f"{float(fills['contracts']):,.2f}".removesuffix(".00")
    others = f"; {count(fills['foreign'])} of orders that are not ours" if fills.get("foreign") else ""
    return f"{count(fills['count'])} ({contracts} contracts{others})"


def profit(pnl: Mapping[str, Any]) -> str:
    whole_life = ", ".join(f"{money(pnl[key])} {key}" for key in ("realised", "fees"))
    return (
        f"{money(pnl['session'])} this session, {money(pnl['unrealised'])} unrealised now"
        f" (in the account's life: {whole_life})"
    )


def latencies(found: Mapping[str, Any]) -> str:
    told = [
        f"{name} {summary['p50']:.1f} / {summary['p99']:.1f} ms"
        for key, name in LATENCIES
        if (summary := found.get(key)) and summary["p50"] is not None
    ]
    return ", ".join(told) + " (median / 99 of 100)" if told else "–"


def checked(reconciliation: Mapping[str, Any]) -> str:
    if not reconciliation["at"]:
        return "not against the venue yet"
    differences = reconciliation["differences"]
    listed = differences if isinstance(differences, list | tuple) else [differences] if differences else []
    read_at = datetime.fromtimestamp(reconciliation["at"] / 1e6, UTC).astimezone()  # this machine's clock
    found = f"differs in {', '.join(map(str, listed))}" if listed else "no differences to the venue"
    left_out = ", ".join(
        f"{count:,} × {kind}" for kind, count in (reconciliation.get("left_out") or {}).items()
    )
    return f"{found} at {read_at:%H:%M:%S}" + (f"; left out: {left_out}" if left_out else "")


def counted(orders: Mapping[str, Any], states: Sequence[str]) -> str:
    """Orders of the session by state; what is seldom there at all only when it is."""
    told = [f"{count(orders[state])} {state}" for state in states]
    told += [f"{count(orders[key])} {words}" for key, words in SELDOM if orders.get(key)]
    return ", ".join(told)


def count(number: int | None) -> str:
    return "–" if number is None else f"{number:,}"


def money(text: str | None) -> str:
    """A decimal string of dollars, to the cent."""
    if text is None:
        return "–"
    return f"{'-' if text.startswith('-') else ''}${abs(float(text)):,.2f}"


def duration(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}h {minutes}m {rest}s" if hours else f"{minutes}m {rest}s" if minutes else f"{rest}s"
