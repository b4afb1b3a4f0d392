"""The venues there are, where they listen, and where their keys are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from kalshi_client.environment import PUBLISHED_VENUES, VenueUrls
from kalshi_client.order_address import order_address_problem
from kalshi_client.private_key import looks_like_key
from kalshi_client.rest.read_budget import UNSIGNED_PER_S
from settings.config_values import Section, Text

VenueName = Literal["production", "demo", "loopback"]
ExecutionVenueName = Literal["demo", "loopback"]
"""Where orders may go. Production is not a member, so no configuration can send one there."""


class Identity(Section):
    """Where a key's id and the path of its file are: in two environment variables, or here instead.

    The key itself is never in a configuration.
    """

    key_id_env: Text
    private_key_path_env: Text
    key_id: Annotated[str, Field(strict=True)] = ""
    private_key_path: Annotated[str, Field(strict=True)] = ""

    @field_validator("key_id_env", "private_key_path_env", "key_id", "private_key_path", mode="before")
    @classmethod
    def _no_key(cls, value: Any) -> Any:
        if isinstance(value, str) and looks_like_key(value):
            raise ValueError("holds a key; name its file or its variable instead, and make a new key")
        return value

    @model_validator(mode="after")
    def _both_or_neither(self) -> Self:
        if bool(self.key_id) != bool(self.private_key_path):
            raise ValueError("key_id and private_key_path must be given together")
        return self

    @property
    def variables(self) -> tuple[str, str]:
        """The variables that are read, that of the id first."""
        return self.key_id_env, self.private_key_path_env

    def resolved(self, environment: Mapping[str, str]) -> tuple[str, str]:
        """Key id and path; empty where nothing is said."""
        if self.key_id:
            return self.key_id, self.private_key_path
        return environment.get(self.key_id_env, ""), environment.get(self.private_key_path_env, "")


class ProductionIdentity(Identity):
    key_id_env: Text = "KALSHI_PROD_KEY_ID"
    private_key_path_env: Text = "KALSHI_PROD_PRIVATE_KEY_PATH"


class DemoIdentity(Identity):
    key_id_env: Text = "KALSHI_DEMO_KEY_ID"
    private_key_path_env: Text = "KALSHI_DEMO_PRIVATE_KEY_PATH"


class Credentials(Section):
    production: ProductionIdentity = ProductionIdentity()
    demo: DemoIdentity = DemoIdentity()

    def variables(self) -> frozenset[str]:
        """Every environment variable that names a key, of whatever venue."""
        return frozenset((*self.production.variables, *self.demo.variables))


RestUrl = Annotated[str, Field(strict=True, pattern=r"^https?://[^/\s]+")]
WsUrl = Annotated[str, Field(strict=True, pattern=r"^wss?://[^/\s]+")]


class Venue(Section):
    """The facts about a venue beside its name.

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
    """A venue that orders may be sent to: under kalshi.co, or an exchange of this program."""

    @field_validator("rest_url", "ws_url")
    @classmethod
    def _may_take_orders(cls, url: str | None) -> str | None:
        problem = "" if url is None else order_address_problem(url)
        if problem:
            raise ValueError(problem)
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

    def addresses(self, venue: VenueName) -> VenueUrls:
        """Where a venue listens that this session does not start itself."""
        if venue == "loopback":
            assert self.loopback is not None
            return VenueUrls(self.loopback.rest_url, self.loopback.ws_url)
        own: Venue = getattr(self, venue)
        return own.addresses(PUBLISHED_VENUES[venue])
