"""A replay's findings, as lines for people and as JSON: values in, text out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from replay.outcome import ASSUMPTIONS, Supposed, SupposedOutcome
from replay.same_decisions import Replayed
from reports.words import contracts, dollars, gain
from trading.market import format_count_e2, format_money_e6

_WIDTH: Final = 11
_COLUMN: Final = 18


def is_as_it_was(found: Replayed) -> bool:
    """Whether the replay is the live session again."""
    return found.equal and found.positions_equal and found.pnl_equal


def as_json(session: str, found: Replayed | None, supposed: Sequence[Supposed]) -> dict[str, Any]:
    """The line of ``replay --json``; nulls where it was not replayed."""
    return {
        "session": session,
        "decisions": found and found.decisions,
        "decision_hash": found and found.decision_hash,
        "live_hash": found and found.live_hash,
        "equal": found and found.equal,
        "positions_equal": found and found.positions_equal,
        "pnl_equal": found and found.pnl_equal,
        "results": [
            {"strategy": each.strategy}
            | {name: _outcome(each.outcomes[name]) if name in each.outcomes else None for name in ASSUMPTIONS}
            for each in supposed
        ],
    }


def _outcome(found: SupposedOutcome) -> dict[str, Any]:
    return {
        "pnl": format_money_e6(found.pnl_e6),
        "realised": format_money_e6(found.realised_e6),
        "unrealised": format_money_e6(found.unrealised_e6),
        "fees": format_money_e6(found.fees_e6),
        "orders": found.sent,
        "contracts": format_count_e2(found.filled_e2),
        "refused": {reason: count for reason, count in sorted(found.refused.items()) if count},
        "positions": {ticker: format_count_e2(held) for ticker, held in sorted(found.positions.items())},
    }


def notes(found: Replayed | None, supposed: Sequence[Supposed]) -> list[str]:
    """The missing and the different things, a line each."""
    told: list[str] = []
    if found is not None:
        told += [f"{found.session}: {note}" for note in found.notes]
        if found.left_out:
            told.append(f"{found.session}: {found.left_out:,} batches were not decided again")
        told += [f"{found.session}: {each}" for each in found.differences]
        if found.different > len(found.differences):
            told.append(f"{found.session}: {found.different - len(found.differences):,} more differences")
    for each in supposed:
        known = found.notes if found is not None else []
        told += [f"{each.session} with {each.strategy}: {note}" for note in each.notes if note not in known]
        if each.left_out:
            told.append(
                f"{each.session} with {each.strategy}: {each.left_out:,} batches could not be shown to it"
            )
    return told


def lines(session: str, found: Replayed | None, supposed: Sequence[Supposed]) -> list[str]:
    """A table for people."""
    told = [] if found is None else _replayed(found)
    if supposed:
        told += [*([""] if told else []), f"{session}: what another strategy would have done, if orders fill"]
        told.append(f"{'':<{_WIDTH}}  " + "".join(f"{name:>{_COLUMN}}" for name in ASSUMPTIONS))
    for each in supposed:
        told += _supposed(each)
    return told


def _replayed(found: Replayed) -> list[str]:
    standing = found.standing
    state = "which is still running: as far as it is written" if found.is_running else "which is over"
    same = "equal" if found.equal else f"DIFFERENT from {found.live_hash[:16]}…"
    if found.left_out and not found.different:
        same = f"not whole: {found.left_out:,} batches of the session were not decided again"
    held = len(standing.held())
    rows = [
        ("session", f"{found.session} ({found.strategy}), {state}"),
        (
            "replayed",
            f"{found.batches:,} batches, {found.decisions:,} decisions, {found.changes:,} book changes",
        ),
        ("hash", f"{found.decision_hash[:16]}…, {same}"),
        ("positions", f"{held:,} markets held, {_word(found.positions_equal)}"),
        (
            "P&L",
            f"{dollars(standing.realised_e6)} realised, {dollars(standing.fees_e6)} fees in the account's"
            f" life, {_word(found.pnl_equal)}",
        ),
        ("risk", f"{found.judged:,} verdicts judged again"),
    ]
    return [f"{name:<{_WIDTH}} {text}" for name, text in rows]


def _word(is_equal: bool) -> str:  # noqa: FBT001  a word for it
    return "equal" if is_equal else "DIFFERENT"


def _supposed(found: Supposed) -> list[str]:
    outcomes = [found.outcomes.get(name) for name in ASSUMPTIONS]
    rows: dict[str, Callable[[SupposedOutcome], str]] = {
        "P&L": lambda one: gain(one.pnl_e6, places=4),
        "realised": lambda one: gain(one.realised_e6, places=4),
        "unrealised": lambda one: gain(one.unrealised_e6, places=4),
        "fees": lambda one: dollars(one.fees_e6, places=4),
        "orders": lambda one: f"{one.sent:,}",
        "contracts": lambda one: contracts(one.filled_e2),
        "held in": lambda one: f"{len(one.positions):,} markets",
    }
    told = [f"{found.strategy}, {found.decisions:,} decisions"]
    for name, text in rows.items():
        cells = ("–" if one is None else text(one) for one in outcomes)
        told.append(f"  {name:<{_WIDTH}}" + "".join(f"{cell:>{_COLUMN}}" for cell in cells))
    return told
