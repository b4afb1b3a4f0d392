"""The lines about the program: up, deciding, answering, quick enough, and never down."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from cli.checklist.binomial import two_sided_p
from cli.checklist.evidence import Evidence, Percentiles, Startup, Watched
from cli.checklist.lines import Line, line
from cli.figures import ACTIONS, count, duration

TRADING_WITHIN_S: Final = 30.0
ANSWERS_WITHIN_MS: Final = 100.0  # page and socket, at p95
LATENCY_LIMITS_MS: Final = {
    "decision_to_ack": ("decision to acknowledgement", 500.0),
    "fill_to_position": ("fill to position", 2_000.0),
    "state_to_page": ("state to page", 100.0),
}
IMPLAUSIBLE: Final = 1e-6  # a share this unlikely is not chance
MOST_MEMORY_MB: Final = 1_000.0


def service_lines(seen: Evidence) -> Iterator[Line]:
    """Up, fed, and deciding."""
    yield _startup(seen.startup)
    markets = seen.status["markets"]
    rate = markets["deltas_per_s"]
    changes = "" if rate is None else f", {rate:,.0f} changes a second"
    figure = f"{count(markets['live'])} of {count(markets['subscribed'])} live{changes}"
    yield line("books", figure, "some live", holds=bool(markets["live"]))
    total = seen.status["decisions"]["total"] or 0
    yield line("decisions", f"{total:,}", "> 0", holds=total > 0)
    if seen.strategy == "hardcoded":
        yield _shares(seen)


def _startup(startup: Startup) -> Line:
    reason = f" ({startup.reason})" if startup.reason else ""
    if not startup.trades:
        return line("service", f"{startup.state}{reason}", "trading", holds=False)
    if startup.seconds is None:
        return line("service", "trading", "trading", holds=True)
    limit = f"trading in {TRADING_WITHIN_S:.0f} s"
    return line(
        "service", f"trading after {startup.seconds:.1f} s", limit, holds=startup.seconds < TRADING_WITHIN_S
    )


def expected_shares(hold: float) -> dict[str, float]:
    """Of each action, by the hardcoded strategy: the rest is shared alike."""
    others = (1 - hold) / (len(ACTIONS) - 1)
    return {action: hold if action == "HOLD" else others for action in ACTIONS}


def unlikely_shares(decisions: Percentiles, hold: float = 0.75) -> list[str]:
    """Actions whose count an exact binomial test rejects."""
    total = int(decisions["total"] or 0)
    pvalues = {
        action: two_sided_p(int(decisions[action] or 0), total, share)
        for action, share in expected_shares(hold).items()
        if 0 < share < 1
    }
    return [f"{action}: p = {p:.2g}" for action, p in pvalues.items() if p < IMPLAUSIBLE]


def _shares(seen: Evidence) -> Line:
    decisions = seen.status["decisions"]
    total = decisions["total"] or 0
    shares = expected_shares(seen.hold)
    limit = f"{shares['HOLD']:.0%} HOLD, else {shares['BUY_YES']:.2%} each, as far as chance allows"
    if not total:
        return line("shares", "no decision", limit, holds=None)
    found = ", ".join(f"{action} {decisions[action] / total:.2%}" for action in ACTIONS)
    unlikely = unlikely_shares(decisions, seen.hold)
    return line("shares", "; ".join([found, *unlikely]), limit, holds=not unlikely)


def page_lines(watched: Watched) -> Iterator[Line]:
    """Page and socket answer."""
    page, socket = watched.page_ms, watched.socket_ms
    lost = f", {watched.unanswered} without an answer" if watched.unanswered else ""
    limit = f"p95 < {ANSWERS_WITHIN_MS:.0f} ms"
    figure = f"{_p95(page, 'requests')}{lost}"
    yield line(
        "page answers", figure, limit, holds=_below(page, ANSWERS_WITHIN_MS, failed=watched.unanswered)
    )
    cuts = max(0, watched.socket_connections - 1)
    again = f", cut off {cuts:,} times and connected again" if cuts else ""
    figure = f"{_p95(socket, 'messages')}{again}"
    holds = _below(socket, ANSWERS_WITHIN_MS, failed=cuts)
    yield line("socket delivers", figure, f"{limit}, never cut off", holds=holds)


def latency_lines(seen: Evidence) -> Iterator[Line]:
    """The three targets, as the session measures them."""
    for key, (name, limit_ms) in LATENCY_LIMITS_MS.items():
        measured = seen.status["latency_ms"].get(key) or {"p95": None, "n": 0}
        yield line(
            name, _p95(measured, "of them"), f"p95 < {limit_ms:,.0f} ms", holds=_below(measured, limit_ms)
        )


def stability_lines(watched: Watched) -> Iterator[Line]:
    """No crash and no restart for the time given, and the memory of it."""
    states = ", ".join(dict.fromkeys(state for state, _ in watched.states))
    figure = watched.ended or f"{watched.restarts} restarts in {duration(watched.seconds)}; it was {states}"
    yield line("stability", figure, "no crash, no restart", holds=not watched.ended and not watched.restarts)
    if watched.memory_mb is not None:
        first, last = watched.memory_mb
        figure = f"{last:,.0f} MB, {last - first:+,.0f} MB since the first look"
        yield line("memory", figure, f"< {MOST_MEMORY_MB:,.0f} MB", holds=last < MOST_MEMORY_MB)


def _p95(measured: Percentiles, what: str) -> str:
    if measured["p95"] is None:
        return "nothing was measured"
    return f"{measured['p95']:,.1f} ms ({measured['n']:,} {what})"


def _below(measured: Percentiles, limit_ms: float, *, failed: int = 0) -> bool | None:
    if failed:
        return False
    return None if measured["p95"] is None else measured["p95"] < limit_ms
