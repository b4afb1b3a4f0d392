"""The time until the next attempt, longer after each failure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Backoff:
    """Doubling delays between ``base_s`` and ``cap_s``, spread so that clients do not return together."""

    base_s: float = 0.5
    cap_s: float = 30.0
    refusal_s: float = 30.0  # after a 401 or 403: only a person or the clock can change the answer

    def delay_s(self, attempt: int, spread: float) -> float:
        """Delay before attempt number ``attempt`` (0 is the first retry).

        ``spread`` is a random number in [0, 1): the delay lies between a half and the whole of
        the doubled value, because a delay near zero would defeat the purpose.
        """
        doubled_s = self.base_s * 2.0 ** min(attempt, 32)  # 2**32 is past any cap; more overflows
        return min(self.cap_s, doubled_s) * (0.5 + spread / 2)
