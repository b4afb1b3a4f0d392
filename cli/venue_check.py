"""Asks both venues, once and before any actor is started, whether they answer and know their keys.

A venue that is closed or out of breath is no reason to refuse: the actors wait for it. Only what no
waiting mends is.
"""

from __future__ import annotations

from functools import partial
from typing import Final

from cli.child_check import seen_by_child
from cli.errors import PreflightRefused
from cli.session import Session
from execution.clock_notes import refusal
from kalshi_client.errors import (
    ExchangeNotProven,
    RateLimited,
    RequestFailed,
    Unauthorized,
    VenueUnavailable,
    WriteRefused,
)
from kalshi_client.order_address import ONLY
from kalshi_client.rest.order_destination import OrderDestination
from settings.venue_access import VenueAccess, account_rest_for, rest_for, signer_for
from trading.risk import RiskLimits

CAUSED_BY: Final = "Caused by"
KEY_REFUSED: Final = "the key "


def check_venues(session: Session) -> None:
    """Raises PreflightRefused, saying what to do, unless both venues let this session in."""
    looks = {"orders": partial(problem_of_account, session.execution, session.config.limits())}
    if session.data != session.execution:
        limit_us = session.config.data.max_clock_offset_us()
        looks["data"] = partial(problem_of, session.data, limit_us)
    access = {"data": session.data, "orders": session.execution}
    problems = {role: seen_by_child(look) for role, look in looks.items()}
    lines = [f"{access[role].name}: {problem}" for role, problem in problems.items() if problem]
    if len(lines) > 1 and all(problem.startswith(KEY_REFUSED) for problem in problems.values()):
        lines.append(
            f"both venues refuse their keys: those of {session.data.name} and {session.execution.name} "
            "may be swapped; each venue makes its own keys, and knows no other's"
        )
    if lines:
        raise PreflightRefused(*lines)


def problem_of(access: VenueAccess, max_offset_us: int) -> str:
    """The reason why a venue cannot show its data; empty when there is none. ``max_offset_us``: of its
    clock."""
    venue = rest_for(access)
    try:
        venue.account_limits()
    except RequestFailed as error:
        return what_to_do(error, access)
    return refusal(venue.clock_offset(), max_offset_us, setting="data.max_clock_offset_s")


def problem_of_account(access: VenueAccess, limits: RiskLimits) -> str:
    """The reason why orders cannot be sent to a venue; empty when there is none."""
    signer = signer_for(access)
    try:
        for url in (access.rest_url, access.ws_url):
            OrderDestination(url, signer).admit()
        venue = account_rest_for(access)
        venue.account_limits()
    except (ExchangeNotProven, WriteRefused) as refused:
        path = access.private_key_path
        return f"{refused}; check that {path} belongs to it, and venues.{access.name}: {ONLY}"
    except RequestFailed as error:
        return what_to_do(error, access)
    return refusal(venue.clock_offset(), limits.max_clock_offset_us)


def what_to_do(error: RequestFailed, access: VenueAccess) -> str:
    """About a read that failed; empty when waiting is all there is to do."""
    match error:
        case RateLimited():
            return ""
        case VenueUnavailable(status=0):
            return (
                f"no answer from {access.rest_url} ({_cause(error.detail)}); check the network, "
                f"that the venue runs, and venues.{access.name}"
            )
        case VenueUnavailable():
            return ""
        case Unauthorized():
            return (
                f"{KEY_REFUSED}{access.key_id} is refused ({error.status} {error.code}: {error.detail}); "
                f"check that {access.private_key_path} belongs to it, and this machine's clock"
            )
    return (
        f"{access.rest_url} does not answer as a venue does ({error.status} {error.code}); "
        f"check venues.{access.name}"
    )


def _cause(detail: str) -> str:
    """The innermost reason of a chain such as ``ConnectionError: ... (Caused by ...: refused'))``."""
    cause = detail.rsplit(": ", 1)[-1]
    if CAUSED_BY not in detail:
        return cause
    cause = cause.rstrip("\"')")
    return cause + ")" * (cause.count("(") - cause.count(")"))
