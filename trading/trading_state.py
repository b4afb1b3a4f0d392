"""The state of trading: the worst of all reasons that anybody has against it.

Each owner raises and clears its own reasons; the state is the worst one raised. A state forbids all
that the ones before it forbid, so acting on the worst alone is always enough::

    trading      everything is allowed
    reduce_only  only orders that close a position
    reconciling  nothing is sent: our books may not be the venue's, or it takes no orders for now
    starting     nothing is sent: a part of the system is missing
    paused       nothing is sent until a person resumes
    halted       nothing is sent and resting orders are canceled; latched on disk
    stopping     nothing is sent any more
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

ORDER: Final = ("trading", "reduce_only", "reconciling", "starting", "paused", "halted", "stopping")


@dataclass(frozen=True, slots=True)
class Reason:
    """Something that asks for a state."""

    state: str
    owner: str
    why: str


def trading_state(reasons: Iterable[Reason]) -> tuple[str, str]:
    """The worst state and what raised it, ``("trading", "")`` when nothing did."""
    worst = "trading"
    owners: dict[str, list[str]] = {}  # of each reason for the worst state
    for reason in reasons:
        if ORDER.index(reason.state) > ORDER.index(worst):
            worst, owners = reason.state, {}
        if reason.state == worst and worst != "trading":
            owners.setdefault(reason.why, []).append(reason.owner)
    return worst, "; ".join(f"{', '.join(names)}: {why}" for why, names in owners.items())
