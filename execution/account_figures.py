"""The figures of an account's checks, stream and positions, and their one way into JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from execution.account_reads import AccountRead
from execution.fill_news import ToldFill
from trading.account_checks import CheckVerdict
from trading.market import format_count_e2, format_money_e6, format_price_e4
from trading.portfolio import Position
from trading.venue_time import VenueTimeUs

_ROLES: Final = {True: "taker", False: "maker", None: ""}


@dataclass(frozen=True, slots=True)
class CheckFigures:
    """The result of the newest check of the account against the venue."""

    at_us: int
    differences: tuple[str, ...]  # in words
    equal: int
    in_motion: int
    suspect: int
    is_cash_checked: bool
    read_between_us: tuple[VenueTimeUs, VenueTimeUs]

    @classmethod
    def of(cls, verdict: CheckVerdict, read: AccountRead, *, now_us: int) -> CheckFigures:
        return cls(
            at_us=now_us,
            differences=tuple(difference.sentence for difference in verdict.differences),
            equal=verdict.check.equal,
            in_motion=verdict.check.in_motion,
            suspect=len(verdict.check.suspects),
            is_cash_checked=verdict.check.is_cash_checked,
            read_between_us=(read.before_us, read.after_us),
        )


@dataclass(frozen=True, slots=True)
class StreamFigures:
    """The state of the private stream."""

    state: str  # down, reconciling, live
    reconnects: int
    silent_s: float
    trouble: str = ""  # why it cannot be listened to


@dataclass(frozen=True, slots=True)
class AccountFigures:
    """All that is told of the account; of its positions only when the long tables are due."""

    check: CheckFigures | None  # None before the first
    left_out: Mapping[str, int]
    stream: StreamFigures
    fill_to_position_ms: Mapping[str, float | int | None]
    recent: Sequence[ToldFill]
    positions: Mapping[str, Position] | None


def as_json(figures: AccountFigures) -> dict[str, Any]:
    """The figures as the page and the status interface have them."""
    told: dict[str, Any] = {
        "latency_ms": {"fill_to_position": dict(figures.fill_to_position_ms)},
        "reconciliation": {**_check(figures.check), "left_out": dict(figures.left_out)},
        "connections": [
            {
                "name": "private stream",
                "state": figures.stream.state,
                "reason": figures.stream.trouble,
                "reconnects": figures.stream.reconnects,
                "data_age_s": round(figures.stream.silent_s, 1),
            }
        ],
        "recent": [_fill_row(told) for told in figures.recent],
    }
    if figures.positions is not None:
        told["positions"] = [_position_row(ticker, held) for ticker, held in figures.positions.items()]
    return told


def _check(check: CheckFigures | None) -> dict[str, Any]:
    if check is None:
        return {"at": None, "differences": [], "certificate": None}
    certificate = {
        "equal": check.equal,
        "in_motion": check.in_motion,
        "suspect": check.suspect,
        "cash_checked": check.is_cash_checked,
        "read_between_us": list(check.read_between_us),
    }
    return {"at": check.at_us, "differences": list(check.differences), "certificate": certificate}


def _fill_row(told: ToldFill) -> dict[str, Any]:
    fill = told.fill
    return {
        "at_us": fill.at_us,
        "order": told.label,
        "ticker": fill.ticker,
        "change": told.change,
        "price": format_price_e4(fill.price_e4),
        "fee": format_money_e6(fill.fee_e6),
        "role": _ROLES[fill.is_taker],
    }


def _position_row(ticker: str, held: Position) -> dict[str, Any]:
    return {
        "ticker": ticker,
        "position": format_count_e2(held.position_e2),
        "cost": format_money_e6(held.cost_e6),
        "realised": format_money_e6(held.realised_e6),
        "fees": format_money_e6(held.fees_e6),
    }
