"""Does a venue answer, and does it know the key? Asked once, before any actor is started.

A venue that is closed or out of breath is no reason to refuse: the actors wait for it. Only what no
waiting mends is.
"""

from __future__ import annotations

from functools import partial
from typing import Final

from cli.child_check import problem_seen_by_child
from cli.errors import PreflightRefused
from cli.session import Session
from execution.clock_notes import refusal
from kalshi_client.auth import Signer
from kalshi_client.errors import RateLimited, RequestFailed, Unauthorized, VenueUnavailable
from kalshi_client.rest.client import RestClient
from kalshi_client.rest.read_budget import Pacing
from settings.venue_access import VenueAccess

CAUSED_BY: Final = "Caused by"


def check_venues(session: Session) -> None:
    """Raises PreflightRefused, saying what to do, unless both venues let this session in."""
    max_offset_us = session.config.limits().max_clock_offset_us
    for access in dict.fromkeys((session.data, session.execution)):
        limit_us = max_offset_us if access == session.execution else None
        problem = problem_seen_by_child(partial(problem_of, access, limit_us))
        if problem:
            raise PreflightRefused(f"{access.name}: {problem}")


def problem_of(access: VenueAccess, max_offset_us: int | None) -> str:
    """What keeps a session from starting; empty when nothing does. ``max_offset_us``: of its clock."""
    venue = RestClient(
        access.rest_url,
        Signer.from_pem(access.key_id, access.private_key_path),
        pacing=Pacing(unsigned_per_s=access.reads_per_s),
    )
    try:
        venue.account_limits()
    except RequestFailed as error:
        return what_to_do(error, access)
    return "" if max_offset_us is None else refusal(venue.clock_offset(), max_offset_us)


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
                f"the key {access.key_id} is refused ({error.status} {error.code}: {error.detail}); "
                f"check that {access.private_key_path} belongs to it, and this machine's clock"
            )
    return (
        f"{access.rest_url} does not answer as a venue does ({error.status} {error.code}); "
        f"check venues.{access.name}"
    )


def _cause(detail: str) -> str:
    """The innermost reason of a chain such as ``ConnectionError: ... (Caused by ...: refused'))``."""
    cause = detail.rsplit(": ", 1)[-1]
    return cause.rstrip("\"')") if CAUSED_BY in detail else cause
