"""All that was seen of a session: what the lines of the checklist are made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cli.checklist.comparison import Comparison
from cli.checklist.recorded import SentOrder
from cli.checklist.venue_account import VenueAccount
from trading.events import FillSeen

Percentiles = Mapping[str, float | int | None]
"""As ``trading.latency`` makes them: p50, p95, p99 in milliseconds, and n."""


@dataclass(frozen=True, slots=True)
class Startup:
    """The beginning of trading in the session, or its failure to begin."""

    state: str
    reason: str
    seconds: float | None  # until it traded; None for one that ran already

    @property
    def trades(self) -> bool:
        return self.state == "trading"


@dataclass(frozen=True, slots=True)
class Watched:
    """The observations of the program while it was watched."""

    seconds: float
    states: tuple[tuple[str, str], ...]  # of trading, with the reason, in their order
    restarts: int  # of actors
    ended: str  # why it was gone before its time; empty while it runs
    page_ms: Percentiles
    unanswered: int  # requests of the page that got no answer
    socket_ms: Percentiles
    socket_connections: int
    memory_mb: tuple[float, float] | None  # at first and at last; None where it cannot be measured


@dataclass(frozen=True, slots=True)
class Compared:
    """The account here and at its venue."""

    page: Comparison = field(default_factory=Comparison)  # /rl/trader/status
    socket: Comparison = field(default_factory=Comparison)  # /rl/ws
    ledger: Comparison = field(default_factory=Comparison)  # orders and fills, one by one
    venue: VenueAccount | None = None  # as it was read last
    as_of_us: int = 0  # when that read began, by this machine's clock
    unread: str = ""  # why it was never read


@dataclass(frozen=True, slots=True)
class Evidence:
    """One session, seen from outside."""

    strategy: str
    hold: float  # the share of HOLD that the hardcoded strategy was given
    status: Mapping[str, Any]  # the last /rl/status
    startup: Startup
    watched: Watched
    orders: tuple[SentOrder, ...]  # sent before the account was compared for the last time
    fills: tuple[FillSeen, ...]
    fills_shown: frozenset[str]  # labels of orders whose fills the page showed
    compared: Compared
