"""The question to a replay with another strategy, and its answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, get_args

from trading.queue_model import Assumption
from trading.risk import RiskLimits

ASSUMPTIONS: Final[tuple[Assumption, ...]] = get_args(Assumption)


@dataclass(frozen=True, slots=True)
class Supposition:
    """The other strategy. What the session recorded comes first: the options where the strategy is its own,
    and the limits of its orders."""

    strategy: str
    options: Mapping[str, Any]
    limits: RiskLimits
    order_ttl_us: int


@dataclass(frozen=True, slots=True)
class SupposedOutcome:
    """Where an account ends; ``positions`` are signed count_e2 by execution ticker."""

    realised_e6: int
    unrealised_e6: int
    fees_e6: int
    positions: Mapping[str, int]
    sent: int
    filled_e2: int
    refused: Mapping[str, int]

    @property
    def pnl_e6(self) -> int:
        """All that was gained, after fees."""
        return self.realised_e6 + self.unrealised_e6 - self.fees_e6


@dataclass(slots=True)
class Supposed:
    """The supposed outcome."""

    session: str
    strategy: str
    outcomes: dict[Assumption, SupposedOutcome] = field(default_factory=dict)
    decisions: int = 0
    left_out: int = 0
    changes: int = 0
    notes: list[str] = field(default_factory=list)
