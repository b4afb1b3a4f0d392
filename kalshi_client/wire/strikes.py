"""A market's condition for YES on the wire (protocol 3.2, 5.6).

Nothing is traded on a strike, so one of no known form must not hide its market: it is read as
one that was not told.
"""

from __future__ import annotations

from typing import Any, Final

from msgspec import Struct

from trading.coherence import Strike

MOST_STRIKE: Final = 10**18  # beyond belief in any unit, and exact enough to be compared


class StrikeFields(Struct, gc=False, kw_only=True):
    """The fields of a body with a strike."""

    strike_type: Any = None
    floor_strike: Any = None
    cap_strike: Any = None

    def strike(self) -> Strike:
        kind = self.strike_type if isinstance(self.strike_type, str) else ""
        return Strike(kind, _number(self.floor_strike), _number(self.cap_strike))


def _number(given: Any) -> float | None:
    """A number that can be compared; None for anything else."""
    if isinstance(given, bool) or not isinstance(given, int | float) or abs(given) > MOST_STRIKE:
        return None
    return float(given)
