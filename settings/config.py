"""The settings there are, what each may be, and what it means in the system's integers.

One schema for every file under configs/ and for --set. A key is here because code obeys it;
money is written in dollars, quantities in contracts, times in seconds.
"""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Annotated, Any, Final, Literal, Self

from pydantic import ConfigDict, Field, ValidationInfo, field_validator, model_validator

from kalshi_client.discovery import Rank
from kalshi_client.environment import VenueUrls, is_production_host
from kalshi_client.rest.read_budget import UNSIGNED_PER_S
from settings.config_values import (
    Contracts,
    Count,
    Dollars,
    Seconds,
    Section,
    Seed,
    Text,
    as_floats,
    e6,
    host_of,
    is_loopback,
)
from trading.foreign_orders import ForeignPolicy
from trading.risk import RiskLimits

VenueName = Literal["production", "demo", "loopback"]
ExecutionVenueName = Literal["demo", "loopback"]
"""Where orders may go. Production is not a member, so no configuration can send one there."""

# The largest size the exchange has; one process per shard, and more than cores only switch.
MOST_MARKETS: Final = 20_000
MOST_SHARDS: Final = 16
MOST_OF_ONE_SHARD: Final = 5_000  # markets; from there on a second core is worth a second process
MOST_OPTIONS: Final = 100  # of a strategy


class Data(Section):
    """The venue whose books are watched, and the WebSocket library that does it."""

    venue: VenueName = "loopback"
    client: Literal["websockets", "picows"] = "websockets"


class Execution(Section):
    """The venue that takes the orders, and what happens to orders on the account that are not ours."""

    venue: ExecutionVenueName = "loopback"
    foreign_orders: ForeignPolicy = "leave"
    max_clock_offset_s: Seconds = 900.0

    @field_validator("venue", mode="before")
    @classmethod
    def _never_production(cls, value: Any) -> Any:
        if value == "production":
            raise ValueError("orders never go to production; choose demo or loopback")
        return value


class Markets(Section):
    """Which markets are watched: ``tickers`` when given, else the first ``count`` open ones.

    ``rank`` says which come first (``kalshi_client.discovery.Search``), ``series`` whose alone count;
    ``fallback`` are those of a start that finds none.
    """

    count: Annotated[int, Field(strict=True, ge=1, le=MOST_MARKETS)] = 1000
    tickers: tuple[Text, ...] = ()
    series: tuple[Text, ...] = ()
    rank: Rank = "activity"
    refresh_s: Annotated[float, Field(strict=True, ge=1, le=86_400, allow_inf_nan=False)] = 300.0
    shards: int | Literal["auto"] = "auto"
    fallback: tuple[Text, ...] = ()

    @field_validator("tickers", "series", "fallback")
    @classmethod
    def _without_blanks(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        blank = next((name for name in names if any(each.isspace() for each in name)), None)
        if blank is not None:
            raise ValueError(f"{blank!r} has a blank in it, and no ticker has")
        return names

    @field_validator("tickers", "series", "fallback")
    @classmethod
    def _each_once(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        twice = sorted(name for name, times in Counter(names).items() if times > 1)
        if twice:
            raise ValueError(f"names {', '.join(twice)} more than once")
        return names

    @field_validator("shards", mode="plain")
    @classmethod
    def _shards(cls, value: Any) -> int | Literal["auto"]:
        if value == "auto":
            return "auto"
        if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MOST_SHARDS:
            return value
        raise ValueError(f"must be auto or a whole number from 1 to {MOST_SHARDS}, not {value!r:.80}")

    def size(self) -> int:
        """How many markets are asked for."""
        return len(self.tickers) or self.count

    def shard_count(self, *, cores: int) -> int:
        """How many MarketWatchers share them; never more than there are markets."""
        if self.shards != "auto":
            return min(self.shards, self.size())
        return min(1 if self.size() <= MOST_OF_ONE_SHARD else 2, max(cores, 1))


class StrategyOptions(Section):
    """How an action becomes an order: its size, and whether it joins its own side or crosses.

    Every other key is an option of the strategy itself, which refuses those it does not know.
    """

    model_config = ConfigDict(extra="allow")

    contracts: Contracts = Decimal(2)
    style: Literal["join", "cross"] = "join"

    @model_validator(mode="before")
    @classmethod
    def _of_the_strategy(cls, options: Any) -> Any:
        """What is the strategy's own comes to it as floats, whole numbers, text, switches and lists."""
        if not isinstance(options, dict):
            return options
        if len(options) > MOST_OPTIONS:
            raise ValueError(f"has {len(options):,} options, and may have {MOST_OPTIONS}")
        return {key: value if key in cls.model_fields else as_floats(value) for key, value in options.items()}

    def contracts_e2(self) -> int:
        return int(self.contracts * 100)

    def for_strategy(self) -> dict[str, Any]:
        """The options that the strategy itself takes."""
        return dict(self.model_extra or {})


class Strategy(Section):
    """``name`` is a built-in strategy or ``package.module:Class``."""

    name: Text = "hardcoded"
    seed: Seed = 7
    throttle_s: Annotated[float, Field(strict=True, ge=0, le=86_400, allow_inf_nan=False)] = 5.0
    options: StrategyOptions = StrategyOptions()


class Risk(Section):
    """What OrderManager refuses; the reasons are in trading/refusals.py."""

    balance_floor: Dollars = Decimal(500)
    balance_resume: Dollars = Decimal(600)
    max_contracts_per_order: Contracts = Decimal(10)
    max_position: Contracts = Decimal(100)
    max_exposure_per_market: Dollars = Decimal(200)
    max_exposure_per_event: Dollars = Decimal(500)
    max_exposure: Dollars = Decimal(5000)
    max_open_orders: Count = 200
    order_ttl_s: Seconds = 60.0
    silence_s: Seconds = 25.0
    stop_before_close_s: Annotated[float, Field(strict=True, ge=0, allow_inf_nan=False)] = 300.0
    reconcile_s: Seconds = 30.0

    @field_validator("balance_resume")
    @classmethod
    def _not_below_the_floor(cls, resume: Decimal, info: ValidationInfo) -> Decimal:
        floor = info.data.get("balance_floor", resume)
        if resume >= floor:
            return resume
        # A floor raised on the command line takes the file's resume level with it.
        if (info.context or {}).get("floor_only_overridden"):
            return Decimal(floor)
        raise ValueError(f"must be at least balance_floor ({floor}), not {resume}")

    def limits(self, *, max_clock_offset_s: float) -> RiskLimits:
        """The same limits in the system's integers, and that of the execution venue's clock."""
        return RiskLimits(
            balance_floor_e6=e6(self.balance_floor),
            balance_resume_e6=e6(self.balance_resume),
            max_contracts_per_order_e2=int(self.max_contracts_per_order * 100),
            max_position_e2=int(self.max_position * 100),
            max_exposure_per_market_e6=e6(self.max_exposure_per_market),
            max_exposure_per_event_e6=e6(self.max_exposure_per_event),
            max_exposure_e6=e6(self.max_exposure),
            max_open_orders=self.max_open_orders,
            stop_before_close_us=round(self.stop_before_close_s * 1_000_000),
            max_clock_offset_us=round(max_clock_offset_s * 1_000_000),
        )


class KeyVariables(Section):
    """The environment variables that name a key and its file; no secret is ever in a configuration."""

    key_id_env: Text
    private_key_path_env: Text


class Credentials(Section):
    production: KeyVariables = KeyVariables(
        key_id_env="KALSHI_PROD_KEY_ID", private_key_path_env="KALSHI_PROD_PRIVATE_KEY_PATH"
    )
    demo: KeyVariables = KeyVariables(
        key_id_env="KALSHI_DEMO_KEY_ID", private_key_path_env="KALSHI_DEMO_PRIVATE_KEY_PATH"
    )


RestUrl = Annotated[str, Field(strict=True, pattern=r"^https?://[^/\s]+")]
WsUrl = Annotated[str, Field(strict=True, pattern=r"^wss?://[^/\s]+")]


class Venue(Section):
    """What is known of a venue beside its name.

    The two addresses, given together, are used instead of the published ones: a proxy's, or those of an
    exchange on this machine. ``reads_per_s`` is how many unsigned reads a second each process makes.
    """

    rest_url: RestUrl | None = None
    ws_url: WsUrl | None = None
    reads_per_s: Annotated[float, Field(strict=True, gt=0, le=10_000, allow_inf_nan=False)] = UNSIGNED_PER_S

    @model_validator(mode="after")
    def _both_addresses(self) -> Self:
        if (self.rest_url is None) != (self.ws_url is None):
            raise ValueError("rest_url and ws_url must be given together")
        return self

    def addresses(self, published: VenueUrls) -> VenueUrls:
        """Where the venue listens: its own addresses if it has any."""
        if self.rest_url is None or self.ws_url is None:
            return published
        return VenueUrls(self.rest_url, self.ws_url)


class ExecutableVenue(Venue):
    """A venue that orders may be sent to."""

    @field_validator("rest_url", "ws_url")
    @classmethod
    def _no_production_host(cls, url: str | None) -> str | None:
        if url is not None and is_production_host(host_of(url)):
            raise ValueError("is a production host, and orders never go to production")
        return url


class RunningExchange(ExecutableVenue):
    """A loopback exchange that somebody else started, and the key and pace it printed."""

    rest_url: RestUrl
    ws_url: WsUrl
    key_id: Text
    private_key_path: Text


class Venues(Section):
    production: Venue = Venue()
    demo: ExecutableVenue = ExecutableVenue()
    loopback: RunningExchange | None = None


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


class Loopback(Section):
    """The exchange on this machine; it has as many markets as are watched."""

    activity: Literal["brisk", "news", "quiet", "demo"] = "brisk"
    rate: Annotated[float, Field(strict=True, ge=0, le=100_000, allow_inf_nan=False)] | None = None
    seed: Seed = 7
    balance: Dollars = Decimal(10_000)
    tier: Literal["basic", "advanced", "expert", "premier", "paragon", "prime", "prestige", "unlimited"] = (
        "basic"
    )
    state: Annotated[str, Field(strict=True)] = ""
    control: Annotated[bool, Field(strict=True)] = False


class Config(Section):
    """Everything a session is started with."""

    data: Data = Data()
    execution: Execution = Execution()
    markets: Markets = Markets()
    strategy: Strategy = Strategy()
    risk: Risk = Risk()
    credentials: Credentials = Credentials()
    venues: Venues = Venues()
    web: Web = Web()
    loopback: Loopback = Loopback()
    state_dir: Text = "state"

    def limits(self) -> RiskLimits:
        """All that an order is held against."""
        return self.risk.limits(max_clock_offset_s=self.execution.max_clock_offset_s)

    def starts_exchange(self) -> bool:
        """Whether this session needs a loopback exchange of its own."""
        return "loopback" in (self.data.venue, self.execution.venue) and self.venues.loopback is None
