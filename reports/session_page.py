"""The report of one session: a single HTML file that needs nothing else, to read, to print, to keep."""

from __future__ import annotations

from importlib.resources import files

from persistence.sessions.facts import SessionFacts
from reports.elements import figure, sign, text
from reports.session_figures import SessionFigures
from reports.session_plots import plots
from reports.session_tables import tables
from reports.words import NOTHING, cents, dollars, gain, lasted, moment


def session_page(facts: SessionFacts, figures: SessionFigures, *, end: str, made_us: int) -> str:
    """``end``: why it ended, as far as that is known. ``made_us``: when the report was made."""
    session = facts.session
    title = f"Session {session.session}"
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{text(title)}</title><style>{_style()}</style></head><body>"
        f"<header><h1>{text(title)}</h1>{_badges(facts, end)}</header>"
        f"<main>{_cards(facts, figures)}{plots(facts, figures)}{tables(facts, figures)}</main>"
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


def _cards(facts: SessionFacts, figures: SessionFigures) -> str:
    session, change_e6 = facts.session, figures.equity_change_e6
    after_fees_e6 = session.realised_e6 - session.fees_e6
    deepest_e6 = min((point.y for point in figures.drawdown), default=None)
    decisions = sum(session.decisions.values())
    wanted = decisions - session.decisions.get("HOLD", 0)
    cards = (
        figure(
            "Change of equity",
            NOTHING if change_e6 is None else cents(change_e6),
            "nothing of the account was recorded"
            if change_e6 is None
            else f"{dollars(figures.equity[0].y)} to {dollars(figures.equity[-1].y)}",
            kind=sign(change_e6 or 0),
        ),
        figure(
            "Realised, after fees",
            cents(after_fees_e6),
            f"{gain(session.realised_e6)} before fees",
            kind=sign(after_fees_e6),
        ),
        figure("Fees", cents(session.fees_e6).removeprefix("+"), f"on {session.fills:,} fills"),
        figure(
            "Largest drawdown",
            NOTHING if deepest_e6 is None else cents(deepest_e6),
            "of equity, from its highest point before",
        ),
        figure("Decisions", f"{decisions:,}", f"{wanted:,} wanted an order"),
        figure("Orders", f"{session.orders:,}", f"in {lasted(session.duration_us)}"),
    )
    return f'<div class="figures">{"".join(cards)}</div>'
