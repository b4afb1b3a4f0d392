"""The exchanges that are started on this machine with a session: of its own, or in place of a venue."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Final, Literal

from pydantic import Field

from settings.config_values import Dollars, Section, Seed
from settings.market_settings import MOST_MARKETS

MOST_CLOCK_OFFSET_S: Final = 3_600
# A stand-in lists so many times the markets that are watched, so that there are enough on both sides: demo's
# series are three in four of production's, and both list the next dates of theirs until they have so many.
ROOM: Final = 1.6

Activity = Literal["brisk", "news", "quiet", "demo"]
Tier = Literal["basic", "advanced", "expert", "premier", "paragon", "prime", "prestige", "unlimited"]


class OwnExchange(Section):
    """An exchange on this machine that is started with the session."""

    activity: Activity = "brisk"
    rate: Annotated[float, Field(strict=True, ge=0, le=100_000, allow_inf_nan=False)] | None = None
    seed: Seed = 7
    balance: Dollars = Decimal(10_000)
    tier: Tier = "basic"
    state: Annotated[str, Field(strict=True)] = ""
    control: Annotated[bool, Field(strict=True)] = False

    def size(self, watched: int) -> int:
        """How many markets it lists for a session that watches so many."""
        return watched


class Loopback(OwnExchange):
    """The exchange that is nobody's stand-in; it has as many markets as are watched."""


class StandIn(OwnExchange):
    """An exchange in place of a venue; ``markets`` null: enough for those that are watched."""

    markets: Annotated[int, Field(strict=True, ge=1, le=MOST_MARKETS)] | None = None
    clock_offset_s: Annotated[
        float, Field(strict=True, ge=-MOST_CLOCK_OFFSET_S, le=MOST_CLOCK_OFFSET_S, allow_inf_nan=False)
    ] = 0.0

    def size(self, watched: int) -> int:
        return self.markets or min(round(watched * ROOM), MOST_MARKETS)


class ExecutableStandIn(StandIn):
    """A stand-in that takes orders: its books are thin unless another activity is asked for."""

    activity: Activity = "demo"


class StandIns(Section):
    """The venues that exchanges of this machine stand in for."""

    production: StandIn | None = None
    demo: ExecutableStandIn | None = None
