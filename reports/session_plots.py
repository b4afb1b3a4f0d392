"""The plots of a session's report."""

from __future__ import annotations

from collections import Counter
from typing import Final

from persistence.decisions.columns import ACTIONS
from persistence.sessions.facts import SessionFacts
from reports.durations import histogram as histogram_of
from reports.durations import percentiles, shown
from reports.elements import card, legend, table
from reports.plots import funnel, histogram, stacked_plot, step_plot
from reports.session_figures import SessionFigures
from reports.words import axis_dollars, percent

EQUITY_NOTE: Final = (
    "Cash, with what resting orders reserve, and all that is held, as the session itself valued it: each"
    " contract at the best bid of its outcome, without one at the last bid, never above what it is offered"
    " at. Prices are those that decisions were recorded with. Between two of them the last one stands;"
    " before the first one of a market, what is held there counts at its cost. Cash changes with each fill"
    " and settlement."
)
STEPS: Final[tuple[tuple[str, str], ...]] = (
    ("decision to record", "decision_to_record_us"),
    ("send to answer", "send_to_answer_us"),
    ("decision to answer", "decision_to_answer_us"),
)


def plots(facts: SessionFacts, figures: SessionFigures) -> str:
    """Cards, in their order."""
    return "".join(
        (
            _equity(figures, has_last_word=facts.last_word is not None),
            _drawdown(figures),
            _decisions(facts, figures),
            _funnel(facts),
            _latency(facts),
        )
    )


def _none(heading: str, why: str) -> str:
    return card(heading, note=why)


def _equity(figures: SessionFigures, *, has_last_word: bool) -> str:
    if not figures.equity:
        return _none("Equity", "No balance, fill or settlement was recorded.")
    drawn = step_plot(figures.equity, figures.span, label="Equity over time", words=axis_dollars)
    sampled = (
        f" Prices are from {figures.sampled} of {figures.chunks:,} recorded stretches of decisions."
        if figures.sampled < figures.chunks
        else ""
    )
    last = " The last point is what the session itself said at its end." if has_last_word else ""
    return card("Equity", drawn, is_wide=True, note=EQUITY_NOTE + sampled + last)


def _drawdown(figures: SessionFigures) -> str:
    if not figures.drawdown:
        return _none("Drawdown", "No balance, fill or settlement was recorded.")
    drawn = step_plot(
        figures.drawdown, figures.span, label="Drawdown over time", words=axis_dollars, kind="fall"
    )
    return card("Drawdown", drawn, note="How far equity is below its highest point so far.")


def _decisions(facts: SessionFacts, figures: SessionFigures) -> str:
    counts = facts.session.decisions
    total = sum(counts.values())
    if not total:
        return _none("Decisions over time", "No decision was recorded.")
    names = legend(
        (action, f"{counts.get(action, 0):,} ({percent(counts.get(action, 0), total)})") for action in ACTIONS
    )
    drawn = (
        stacked_plot(figures.bars, figures.span, label="Decisions over time by action",
                     words=lambda count: f"{count:,.0f}")
        if figures.bars
        else ""
    )  # fmt: skip
    return card("Decisions over time", names, drawn, note=_note_on(figures))


def _note_on(figures: SessionFigures) -> str:
    """The meaning of the bars of decisions."""
    if not figures.bars:
        return "The decisions themselves are kept no more; these are their counts."
    each = f"Each bar is {shown(figures.bars[0].x1 - figures.bars[0].x0)}."
    if figures.sampled == figures.chunks:
        return each
    return (
        f"{each} The counts are of all decisions; how they divide by action over time is from"
        f" {figures.sampled} of {figures.chunks:,} recorded stretches."
    )


def _funnel(facts: SessionFacts) -> str:
    decisions = sum(each.decisions for each in facts.decisions)
    wanted = sum(each.decisions for each in facts.decisions if each.action != "HOLD")
    asked = sum(each.decisions for each in facts.decisions if each.outcome == "asked")
    orders = facts.orders
    recorded, sent, accepted, filled = (
        sum(getattr(each, name) for each in orders) for name in ("orders", "sent", "accepted", "filled")
    )
    refused = sum(count for _, count in facts.refusals)
    ends = Counter[str]()
    for each in orders:
        ends[each.state] += each.orders
    steps = [
        ("wanted an order", wanted, f"of {decisions:,} decisions"),
        ("asked for it", asked, f"{wanted - asked:,} refused by the Selector"),
        ("passed risk", recorded, f"{refused:,} refused by OrderManager"),
        ("sent", sent, f"{recorded - sent:,} not sent"),
        ("accepted", accepted, f"{sent - accepted:,} not accepted"),
        ("filled, in part or whole", filled, _ends(ends)),
    ]
    return card("From decision to fill", funnel(steps, label="Orders from decision to fill"))


def _ends(ends: Counter[str]) -> str:
    return ", ".join(f"{count:,} {state.replace('_', ' ')}" for state, count in ends.most_common())


def _latency(facts: SessionFacts) -> str:
    known = facts.latencies.decision_to_answer_us
    if not known:
        return _none("From decision to the venue's answer", "No order was answered.")
    found = histogram_of(known)
    drawn = histogram(found.counts, found.edges, found.marks, label="Orders by time from decision to answer")
    rows = [
        (name, *(shown(value) for value in of_step[:3]), f"{of_step.orders:,}")
        for name, attribute in STEPS
        if (of_step := percentiles(getattr(facts.latencies, attribute))) is not None
    ]
    figures = table(
        ("step", "p50", "p95", "p99", "orders"), rows, figures=("p50", "p95", "p99", "orders"), empty=""
    )
    return card(
        "From decision to the venue's answer", f'<div class="latency">{drawn}</div>', figures,
        note="The axis is logarithmic.",
    )  # fmt: skip
