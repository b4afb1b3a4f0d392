"""The settings there are, what each may be, and what it means in the system's integers.

One schema for every file under configs/ and for --set. A key is here because code obeys it;
money is written in dollars, quantities in contracts, times in seconds.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, ValidationInfo, field_validator

from kalshi_client.stream.holding import Client
from settings.config_values import Seconds, Section, Text, is_loopback
from settings.database_settings import DSN_VARIABLE, DatabaseSettings
from settings.exchange_settings import Loopback, OwnExchange, StandIns
from settings.market_settings import Markets
from settings.trading_settings import Risk, Strategy
from settings.venue_label import venue_label
from settings.venue_settings import Credentials, ExecutionVenueName, VenueName, Venues
from trading.foreign_orders import ForeignPolicy
from trading.risk import RiskLimits

OnDataDown = Literal["expire", "cancel"]
"""The end of our resting orders when no book is live: they run out by themselves, or are canceled."""

ValuedBy = Literal["data", "execution"]
"""The venue whose books say what a position is worth."""


class Data(Section):
    """The venue whose books are watched, and the WebSocket library that does it."""

    venue: VenueName = "loopback"
    client: Client = "websockets"
    max_clock_offset_s: Seconds = 900.0

    def max_clock_offset_us(self) -> int:
        return round(self.max_clock_offset_s * 1_000_000)


class Execution(Section):
    """The venue that takes the orders; what happens to orders on the account that are not ours, and to
    ours when no book can be seen."""

    venue: ExecutionVenueName = "loopback"
    foreign_orders: ForeignPolicy = "leave"
    on_data_down: OnDataDown = "expire"
    valuation: ValuedBy = "data"
    max_clock_offset_s: Seconds = 900.0

    @field_validator("venue", mode="before")
    @classmethod
    def _never_production(cls, value: Any) -> Any:
        if value == "production":
            raise ValueError("orders never go to production; choose demo or loopback")
        return value


class Web(Section):
    """``token`` empty: made anew each run, and the page is for this machine only."""

    token: Annotated[str, Field(strict=True)] = ""
    host: Text = "127.0.0.1"
    port: Annotated[int, Field(strict=True, ge=0, le=65_535)] = 8003

    @field_validator("host")
    @classmethod
    def _others_need_a_token(cls, host: str, info: ValidationInfo) -> str:
        if not is_loopback(host) and not info.data.get("token"):
            raise ValueError(f"{host} can be reached by others, so web.token must be set too")
        return host


class Config(Section):
    """Everything a session is started with."""

    data: Data = Data()
    execution: Execution = Execution()
    markets: Markets = Markets()
    strategy: Strategy = Strategy()
    risk: Risk = Risk()
    credentials: Credentials = Credentials()
    venues: Venues = Venues()
    database: DatabaseSettings = DatabaseSettings()
    web: Web = Web()
    stand_ins: StandIns = StandIns()
    loopback: Loopback = Loopback()
    state_dir: Text = "state"

    @field_validator("stand_ins")
    @classmethod
    def _one_place_for_each_venue(cls, stand_ins: StandIns, info: ValidationInfo) -> StandIns:
        venues = info.data.get("venues", Venues())
        for name in ("production", "demo"):
            if getattr(stand_ins, name) is not None and getattr(venues, name).rest_url is not None:
                raise ValueError(
                    f"{name} is to be played here, and venues.{name} has an address; take one away"
                )
        return stand_ins

    def limits(self) -> RiskLimits:
        """All that an order is held against."""
        return self.risk.limits(max_clock_offset_s=self.execution.max_clock_offset_s)

    def secret_variables(self) -> frozenset[str]:
        """Every environment variable that no other process should have."""
        return self.credentials.variables() | {DSN_VARIABLE}

    def venues_used(self) -> tuple[VenueName, ...]:
        """The data venue, then the execution venue if it is another."""
        return tuple(dict.fromkeys((self.data.venue, self.execution.venue)))

    def own_exchanges(self) -> dict[VenueName, OwnExchange]:
        """The exchanges that this session starts, by the name of the venue that each is or stands in for."""
        found: dict[VenueName, OwnExchange | None] = {
            "production": self.stand_ins.production,
            "demo": self.stand_ins.demo,
            "loopback": self.loopback if self.venues.loopback is None else None,
        }
        return {venue: own for venue in self.venues_used() if (own := found[venue]) is not None}

    def is_stand_in(self, venue: VenueName) -> bool:
        """Whether an exchange of this machine stands in for the venue."""
        return venue != "loopback" and venue in self.own_exchanges()

    def label(self, venue: VenueName) -> str:
        """The name under which people are shown the venue."""
        if venue in self.own_exchanges():
            return venue_label(venue, (), is_stand_in=self.is_stand_in(venue))
        urls = self.venues.addresses(venue)
        return venue_label(venue, (urls.rest_url, urls.ws_url), is_stand_in=False)
