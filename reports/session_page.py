"""The report of one session: a single HTML file that needs nothing else, to read, to print, to keep."""

from __future__ import annotations

from importlib.resources import files

from persistence.sessions.facts import SessionFacts
from reports.elements import figure, sign, text
from reports.session_figures import SessionFigures
from reports.session_plots import plots
from reports.session_tables import tables
from reports.words import NOTHING, cents, in_cents, lasted, moment

RESTARTED_US = 60_000_000  # an OrderManager that began this long after its session is not its first


def session_page(facts: SessionFacts, figures: SessionFigures, *, end: str, made_us: int) -> str:
    """``end``: why it ended, as far as that is known. ``made_us``: when the report was made."""
    session = facts.session
    title = f"Session {session.session}"
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{text(title)}</title><style>{_style()}</style></head><body>"
        f"<header><h1>{text(title)}</h1>{_badges(facts, end)}</header>"
        f"<main>{_cards(facts, figures, end)}{plots(facts, figures)}{tables(facts, figures)}</main>"
        f"<footer>Made {moment(made_us)}. All times are UTC, all money is in dollars.</footer>"
        "</body></html>\n"
    )


def _style() -> str:
    """The page's own, and what a report adds."""
    page = files("web").joinpath("static", "style.css").read_text(encoding="utf-8")
    return page + files("reports").joinpath("report.css").read_text(encoding="utf-8")


def _badges(facts: SessionFacts, end: str) -> str:
    session = facts.session
    kind = "plain" if session.ended_us is not None else "running" if end == "running" else "open"
    told = (
        ("account", session.account),
        ("books", session.data),
        ("orders", session.execution),
        ("strategy", session.strategy),
        ("from", moment(session.started_us)),
        ("to", moment(session.started_us + session.duration_us)),
        ("version", session.version),
    )
    plain = "".join(f'<span class="badge plain">{name} <b>{text(value)}</b></span>' for name, value in told)
    return f'<span class="badge {kind}">{text(end)}</span>{plain}'


def _cards(facts: SessionFacts, figures: SessionFigures, end: str) -> str:
    session = facts.session
    after_fees_e6 = session.realised_e6 - session.fees_e6
    deepest_e6 = min((point.y for point in figures.drawdown), default=None)
    decisions = sum(session.decisions.values())
    wanted = decisions - session.decisions.get("HOLD", 0)
    cards = (
        _result(facts, figures, end),
        _at_the_end(facts, figures, end),
        figure(
            "Realised, after fees",
            cents(after_fees_e6),
            f"{cents(session.realised_e6)} before {in_cents(session.fees_e6)} of fees,"
            f" on {session.fills:,} fills",
            kind=sign(after_fees_e6),
        ),
        figure(
            "Largest drawdown",
            NOTHING if deepest_e6 is None else cents(deepest_e6),
            "of equity, from its highest point before",
        ),
        figure("Decisions", f"{decisions:,}", f"{wanted:,} wanted an order"),
        figure("Orders", f"{session.orders:,}", f"in {lasted(session.duration_us)}"),
    )
    return f'<div class="figures">{"".join(cards)}</div>'


def _result(facts: SessionFacts, figures: SessionFigures, end: str) -> str:
    """The session's own word on its result; without it, the result by the recorded prices."""
    if (last := facts.last_word) is not None:
        note = f"{in_cents(last.equity_e6 - last.gain_e6)} to {in_cents(last.equity_e6)}"
        if last.since_us - facts.session.started_us > RESTARTED_US:
            whole_e6 = figures.equity[-1].y - figures.equity[0].y
            note += (
                f"; counted from {moment(last.since_us)}, when OrderManager was restarted:"
                f" over the whole session equity changed by {cents(whole_e6)}"
            )
        return figure("P&L of the session", cents(last.gain_e6), note, kind=sign(last.gain_e6))
    if (change_e6 := figures.equity_change_e6) is None:
        return figure("Change of equity", NOTHING, "nothing of the account was recorded")
    span = f"{in_cents(figures.equity[0].y)} to {in_cents(figures.equity[-1].y)}"
    note = f"{span}, at the prices that decisions were recorded with: {_no_word(end)}"
    return figure("Change of equity", cents(change_e6), note, kind=sign(change_e6))


def _at_the_end(facts: SessionFacts, figures: SessionFigures, end: str) -> str:
    """Equity as the session left it."""
    heading = "Equity now" if end == "running" else "Equity at the end"
    if (last := facts.last_word) is not None:
        note = f"{in_cents(last.available_e6)} available, {in_cents(last.held_e6)} in positions"
        if reserved_e6 := last.cash_e6 - last.available_e6:
            note += f", {in_cents(reserved_e6)} reserved by orders"
        note += f"; valued by the books of the {last.marks} venue"
        return figure(heading, in_cents(last.equity_e6), note)
    if not figures.equity:
        return figure(heading, NOTHING, "nothing of the account was recorded")
    return figure(heading, in_cents(figures.equity[-1].y), "at recorded prices")


def _no_word(end: str) -> str:
    return "it still runs" if end == "running" else "it did not come to say what it was worth"
