"""The facts about a market when somebody asks why it is or is not traded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from trading.decision_history import DecisionMade, Fate


@dataclass(frozen=True, slots=True)
class Listing:
    """The words to a session that is over about a market; None: they cannot be told any more."""

    is_watched: bool | None
    status: str | None  # at the execution venue, which told nothing of a market that it has not
    nearest: tuple[str, ...] = ()  # other markets whose names are much like it


@dataclass(frozen=True, slots=True)
class RecordedDecisions:
    """The market's decisions, the newest first. ``is_whole``: there are no others."""

    made: Sequence[DecisionMade] = ()
    fates: dict[str, Fate] = field(default_factory=dict)
    batches: int = 0
    is_whole: bool = True
    notes: Sequence[str] = ()
    session: str = ""  # that they are of; "" where it is not known
    listing: Listing | None = None  # looked up where nothing was decided on it


@dataclass(frozen=True, slots=True)
class Live:
    """The running session's word on the market: facts by actor, and its book if it is watched."""

    facts: Mapping[str, Mapping[str, Any]]
    book: Mapping[str, Any] | None
