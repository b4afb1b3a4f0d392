"""The time that a part that died waits before it is started again."""

from __future__ import annotations

from typing import Final

FIRST_S: Final = 0.1
LONGEST_S: Final = 5.0
PROVEN_S: Final = 60.0  # whoever lived this long starts again as if it had never died


class RestartBackoff:
    """0.1 s, doubled at each death up to 5 s."""

    def __init__(self) -> None:
        self._next_s = FIRST_S

    def after_life_of(self, lived_s: float) -> float:
        """Seconds to wait now that it died after ``lived_s``."""
        wait_s = FIRST_S if lived_s >= PROVEN_S else self._next_s
        self._next_s = min(wait_s * 2, LONGEST_S)
        return wait_s
