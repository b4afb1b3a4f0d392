"""The tables of a session's report."""

from __future__ import annotations

from persistence.sessions.facts import SessionFacts
from reports.elements import Cell, card, table
from reports.market_lines import MarketLine, market_lines, sum_of
from reports.masked import lines_of
from reports.session_figures import SessionFigures
from reports.words import NOTHING, byte_size, contracts, dollars, gain, held, moment, percent, places_for

_MARKET_COLUMNS = (
    "market",
    "P&L",
    "held at the end",
    "worth",
    "cost",
    "realised",
    "fees",
    "contracts",
    "fills",
    "orders",
)
_MARKET_FIGURES = frozenset(_MARKET_COLUMNS) - {"market"}


def tables(facts: SessionFacts, figures: SessionFigures) -> str:
    """Cards, in their order."""
    return "".join(
        (
            _markets(facts, figures),
            _outcomes(facts),
            _refusals(facts),
            _checks(facts),
            _gaps(facts),
            _recorded(facts),
            _configuration(facts),
        )
    )


def _markets(facts: SessionFacts, figures: SessionFigures) -> str:
    lines = market_lines(facts, figures)
    shown = [sum_of(lines), *lines] if len(lines) > 1 else lines
    places = places_for(amount for line in shown for amount in line.amounts_e6)
    rows = [_market_row(facts, line, places) for line in shown]
    found = table(_MARKET_COLUMNS, rows, figures=_MARKET_FIGURES, empty="No market was traded.")
    by = "as the session said last" if facts.last_word else "at the last recorded price of the outcome held"
    note = (
        "P&L: realised, less fees, and what is held above its cost. Realised: before fees."
        f" Cost: the average one, without fees. Worth: {by}; at cost where no price is known."
    )
    kind = "long wide sum" if len(lines) > 1 else "long wide"
    return f'<div class="{kind}">{card(f"Markets ({len(lines):,})", found, is_wide=True, note=note)}</div>'


def _market_row(facts: SessionFacts, line: MarketLine, places: int) -> tuple[Cell, ...]:
    _, title = facts.titles.get(line.ticker, ("", ""))
    name = (line.ticker or "all markets", title)
    counts = (contracts(line.contracts_e2), f"{line.fills:,}", f"{line.orders:,}")
    if not line.fills:
        return (name, *(NOTHING,) * 6, *counts)
    has_value = bool(line.cost_e6 or line.worth_e6)
    worth, cost = (
        dollars(amount, places=places) if has_value else NOTHING for amount in (line.worth_e6, line.cost_e6)
    )
    realised = (gain(line.realised_e6, places=places), dollars(line.fees_e6, places=places))
    return (name, gain(line.gain_e6, places=places), held(line.position_e2), worth, cost, *realised, *counts)


def _outcomes(facts: SessionFacts) -> str:
    total = sum(each.decisions for each in facts.decisions)
    rows = [
        (each.action, each.outcome.replace("_", " "), f"{each.decisions:,}", percent(each.decisions, total))
        for each in sorted(facts.decisions, key=lambda each: -each.decisions)
    ]
    columns = ("action", "came of it", "decisions", "share")
    return card(
        "Decisions and what came of them",
        table(columns, rows, figures=("decisions", "share"), empty="No decision was recorded."),
        note="asked: OrderManager was asked for an order; another word: why the Selector refused it.",
    )


def _refusals(facts: SessionFacts) -> str:
    rows = [(reason.replace("_", " "), f"{count:,}") for reason, count in facts.refusals]
    return card(
        "Refused by risk",
        table(("reason", "orders"), rows, figures=("orders",), empty="Risk refused nothing."),
    )


def _checks(facts: SessionFacts) -> str:
    told = [("difference", each) for each in facts.differences]
    told += [("conflict", each) for each in facts.conflicts]
    rows = [(moment(each.at_us), what, each.sentence) for what, each in told]
    checks = (
        f"{facts.checks:,} checks of the account, {facts.checks_with_differences:,} of them with differences."
    )
    found = table(("at", "what", "in words"), rows, empty="Nothing that differed, nothing told in two ways.")
    return f'<div class="told">{card("Checks against the venue", found, note=checks)}</div>'


def _gaps(facts: SessionFacts) -> str:
    rows = [(moment(gap.at_us), gap.of, gap.sentence) for gap in facts.gaps]
    found = table(("at", "of", "in words"), rows, empty="Nothing that is known to be missing.")
    return f'<div class="told">{card("Gaps in what was recorded", found)}</div>'


def _recorded(facts: SessionFacts) -> str:
    session, tape = facts.session, facts.tape
    rows = [
        ("host", session.host),
        ("process", str(facts.pid)),
        ("Python", facts.python),
        ("book changes on the tape", f"{tape.changes:,}"),
        ("tape in the database", f"{tape.chunks:,} chunks, {byte_size(tape.bytes)}"),
    ]
    return card("Recorded", table(("what", ""), rows, empty=""), is_wide=True)


def _configuration(facts: SessionFacts) -> str:
    found = table(("key", "value"), lines_of(facts.config), empty="No configuration was recorded.")
    return f'<div class="config long wide">{card("Configuration", found, is_wide=True)}</div>'
