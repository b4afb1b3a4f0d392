"""OrderManager's word to others: what keeps orders back, and the figures for people."""

from __future__ import annotations

from typing import Any

from execution.clock_notes import figures
from execution.manager_parts import ManagerParts
from execution.opening import ReadingVenue, Recovering
from execution.trading_phase import Trading
from trading.events import SessionValued

Phase = ReadingVenue | Recovering | Trading


def reasons(parts: ManagerParts, phase: Phase, now: float) -> dict[str, str]:
    """Why not every order may be sent, by the state that it asks for."""
    found = phase.reasons()
    if not isinstance(phase, Trading):
        return found
    if parts.markets.takes_none:
        found["starting"] = "the execution venue trades none of the markets that were chosen"
    if why := parts.venue.holds_all(parts.markets.shards):
        found["reconciling"] = f"{parts.label}: {why}"
    if too_far := parts.clock_notes.refusal(parts.rest.clock_offset()):
        found["reconciling"] = f"{parts.label}: {too_far}"
    for state, why in parts.data.reasons(now).items():
        found[state] = f"{found[state]}; {why}" if state in found else why
    if parts.latch.reason:
        found["halted"] = parts.latch.reason
    return found


def why(parts: ManagerParts, phase: Phase, data_ticker: str) -> dict[str, Any]:
    """The facts that keep orders of one market back now."""
    ticker = parts.names.to_execution(data_ticker)
    facts: dict[str, Any] = {
        "execution_ticker": ticker,
        "starting": phase.reasons().get("starting"),
    }
    if ticker is not None:
        held_back = parts.latch.reason or parts.permits.state_reason
        facts |= phase.why(ticker, parts.permits.mark(ticker), parts.terms, held_back)
    return facts


def telemetry(parts: ManagerParts, phase: Phase, now: float, *, tables: bool) -> dict[str, Any]:
    """The figures for the page; open orders and their counts only when asked for."""
    offset = parts.rest.clock_offset()
    condition = parts.venue.condition(
        parts.markets.shards,
        clock=parts.clock_notes.refusal(offset),
        starting=phase.reasons().get("starting", ""),
        books=parts.books.trouble,
    )
    connections = {"connections": parts.books.connections(now)}
    values: dict[str, Any] = {"clock": figures(offset), "condition": condition, **connections}
    if told := phase.telemetry(parts.book_report, now, tables=tables):
        values |= {**told, "venue": parts.venue.pauses.report()}
    return values


def valued(
    parts: ManagerParts, phase: Phase, session: str, since_us: int, now_us: int
) -> SessionValued | None:
    """The account's worth now, by the last marks; None before it is known."""
    worth = phase.valued(parts.book_report.marks.mark)
    if worth is None:
        return None
    return SessionValued(
        at_us=now_us,
        session=session,
        since_us=since_us,
        cash_e6=worth.cash,
        available_e6=worth.available,
        held_e6=worth.held,
        gain_e6=worth.gain,
        marks=parts.book_report.valuation,
        worth_e6=worth.by_market,
    )
