"""The exchanges that are started on this machine with a session: of its own, or in place of a venue."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Final, Literal

from pydantic import Field

from settings.config_values import Dollars, Section, Seed
from settings.market_settings import MOST_MARKETS

MOST_CLOCK_OFFSET_S: Final = 3_600
MOST_FILLS_PER_MIN: Final = 60_000
# A stand-in lists so many times the markets that are watched, so that there are enough on both sides. Demo
# has three in four of production's series, so of 1.6 a side three in four, 1.2, are on both. With 5 % missing
# on either side and 1 % renamed, 0.95 x 0.95 x 0.99 of them are left: 1.07 for each that is watched.
ROOM: Final = 1.6

Activity = Literal["brisk", "news", "quiet", "demo"]
Tier = Literal["basic", "advanced", "expert", "premier", "paragon", "prime", "prestige", "unlimited"]


Share = Annotated[float, Field(strict=True, ge=0, le=0.9, allow_inf_nan=False)]


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
        """The number of markets that it lists for a session that watches so many."""
        return watched


class Loopback(OwnExchange):
    """The exchange that is nobody's stand-in; it has as many markets as are watched."""


class StandIn(OwnExchange):
    """An exchange in place of a venue; ``markets`` null: enough for those that are watched."""

    markets: Annotated[int, Field(strict=True, ge=1, le=MOST_MARKETS)] | None = None
    clock_offset_s: Annotated[
        float, Field(strict=True, ge=-MOST_CLOCK_OFFSET_S, le=MOST_CLOCK_OFFSET_S, allow_inf_nan=False)
    ] = 0.0
    missing_share: Share = 0.0
    renamed_share: Share = 0.0

    def size(self, watched: int) -> int:
        return self.markets or min(round(watched * ROOM), MOST_MARKETS)


class ExecutableStandIn(StandIn):
    """A stand-in that takes orders: its books are thin, and a scripted counterparty fills what rests."""

    activity: Activity = "demo"
    fills_per_min: Annotated[float, Field(strict=True, ge=0, le=MOST_FILLS_PER_MIN, allow_inf_nan=False)] = (
        120.0
    )


class StandIns(Section):
    """The venues that exchanges of this machine stand in for."""

    production: StandIn | None = None
    demo: ExecutableStandIn | None = None


def own_section(venue: str) -> str:
    """The section of the configuration that has the settings of a venue's exchange on this machine."""
    return "loopback" if venue == "loopback" else f"stand_ins.{venue}"
