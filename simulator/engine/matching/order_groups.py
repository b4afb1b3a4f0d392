"""Groups of orders that stop trading together (protocol 3.4).

Contracts filled by its orders add up over a rolling window. Above the limit the group is triggered:
its orders are cancelled and new ones refused until it is reset. A group works on one shard.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Final, Literal

from simulator.engine.accounts.owner import Owner

WINDOW_US: Final = 15_000_000
LEAST_LIMIT_E2, MOST_LIMIT_E2 = 100, 100_000_000  # 1 to 1,000,000 contracts

GroupChange = Literal["created", "triggered", "reset", "deleted", "limit_updated"]


@dataclass(slots=True, eq=False)
class OrderGroup:
    """Orders that are cancelled together."""

    group_id: str
    owner: Owner
    exchange_index: int
    limit_e2: int
    is_triggered: bool = False
    resting: dict[str, None] = field(default_factory=dict)  # their order_ids, oldest first
    _fills: deque[tuple[int, int]] = field(default_factory=deque)  # (at_us, count_e2) of the window
    _filled_e2: int = 0

    def record(self, count_e2: int, *, now_us: int) -> None:
        """Take a fill of one of its orders in."""
        self._fills.append((now_us, count_e2))
        self._filled_e2 += count_e2

    def is_over_limit(self, *, now_us: int) -> bool:
        """Whether the fills of the window ending now exceed the limit."""
        while self._fills and self._fills[0][0] <= now_us - WINDOW_US:
            self._filled_e2 -= self._fills.popleft()[1]
        return self._filled_e2 > self.limit_e2

    def reset(self) -> None:
        """Forget the fills and accept orders again."""
        self.is_triggered = False
        self._fills.clear()
        self._filled_e2 = 0
