"""The tables of a session's report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from persistence.sessions.facts import SessionFacts
from reports.elements import Cell, card, table
from reports.masked import lines_of
from reports.session_figures import SessionFigures
from reports.words import NOTHING, byte_size, contracts, dollars, gain, held, moment, percent

_MARKET_COLUMNS = (
    *("market", "event", "orders", "fills", "contracts", "realised", "fees", "after fees", "held at the end"),
    *("cost", "worth"),
)
_MARKET_FIGURES = frozenset(_MARKET_COLUMNS) - {"market", "event"}


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
    rows = list(_market_rows(facts, figures))
    found = table(_MARKET_COLUMNS, rows, figures=_MARKET_FIGURES, empty="No market was traded.")
    by = "as the session said last" if facts.last_word else "at the last recorded price of the outcome held"
    note = f"Worth: {by}. Cost: the average one, without fees."
    heading = f"Markets ({len(rows):,})"
    return f'<div class="long wide">{card(heading, found, is_wide=True, note=note)}</div>'


def _market_rows(facts: SessionFacts, figures: SessionFigures) -> Iterator[tuple[Cell, ...]]:
    orders = Counter[str]()
    for each in facts.orders:
        orders[each.ticker] += each.orders
    outcomes = {market.ticker: market for market in facts.account.markets}
    for ticker in sorted(outcomes.keys() | orders.keys(), key=lambda name: (name not in outcomes, name)):
        event, title = facts.titles.get(ticker, ("", ""))
        begin = ((ticker, title), event or NOTHING, f"{orders[ticker]:,}")
        traded = contracts(facts.contracts_e2.get(ticker, 0))
        market = outcomes.get(ticker)
        if market is None:
            yield (*begin, "0", traded, *(NOTHING,) * 6)
            continue
        after_fees_e6 = market.realised_e6 - market.fees_e6
        value_e6 = figures.value_e6(ticker, market.position_e2) if market.position_e2 else None
        yield (
            *(*begin, f"{market.fills:,}", traded, gain(market.realised_e6), dollars(market.fees_e6)),
            *(gain(after_fees_e6), held(market.position_e2)),
            dollars(market.cost_e6) if market.position_e2 else NOTHING,
            NOTHING if value_e6 is None else dollars(value_e6),
        )


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
