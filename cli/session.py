"""What is this session: its name, its account, its files, and the venues its actors are told of?"""

from __future__ import annotations

import hashlib
import os
import string
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from cli.errors import PreflightRefused
from cli.exchange_child import ExchangeAddress
from cli.keys import check_key, key_from_environment
from kalshi_client.environment import PUBLISHED_VENUES
from settings.config import Config
from settings.venue_access import VenueAccess
from settings.venue_settings import Venue

_DIGITS: Final = string.digits + string.ascii_lowercase
_DRAWN_DIGITS: Final = 4
NAMES_A_SECOND: Final = 36**_DRAWN_DIGITS


@dataclass(frozen=True, slots=True)
class Session:
    """One run of the program."""

    name: str
    config: Config
    data: VenueAccess
    execution: VenueAccess
    control_url: str | None
    started_us: int

    @property
    def account8(self) -> str:
        """Eight digits that tell this account from any other."""
        return hashlib.sha256(f"{self.execution.name}|{self.execution.key_id}".encode()).hexdigest()[:8]

    @property
    def account_dir(self) -> Path:
        return self.state_dir / f"{self.execution.name}-{self.account8}"

    @property
    def state_dir(self) -> Path:
        return Path(self.config.state_dir).resolve()

    @property
    def log_path(self) -> Path:
        return log_path(self.config, self.name)

    def environment(self) -> dict[str, str | None]:
        """What the page and /rl/status say of where data and orders go."""
        return {"data": self.data.name, "execution": self.execution.name, "control_url": self.control_url}

    def settings(self) -> dict[str, Any]:
        """What every actor is started with: plain values, as they travel in a message."""
        return {
            "session": self.name,
            # The page's token and the names of keys are nobody's business in the tree.
            "config": self.config.model_dump(mode="json", exclude={"web", "credentials"}),
            "data": asdict(self.data),
            "execution": asdict(self.execution),
            "account": self.account8,
            "account_dir": str(self.account_dir),
            "state_dir": str(self.state_dir),
            "log_path": str(self.log_path),
            "markets": self.config.markets.size(),
            "shards": self.config.markets.shard_count(cores=_cores()),
            "started_us": self.started_us,
            "run_pid": os.getpid(),
        }


def _cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def session_name(started_us: int, drawn: int) -> str:
    """``s``, the start in seconds and ``drawn`` (below ``NAMES_A_SECOND``), base 36: short and sortable.

    A number drawn at random keeps two sessions of one second apart.
    """
    return f"s{_base36(started_us // 1_000_000)}{_base36(drawn).zfill(_DRAWN_DIGITS)}"


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
    return digits


def log_path(config: Config, session: str) -> Path:
    """The file that a session's log lines go to."""
    return Path(config.state_dir).resolve() / "logs" / f"{session}.log"


def make_session(
    config: Config,
    *,
    name: str,
    started_us: int,
    exchange: ExchangeAddress | None,
    environ: Mapping[str, str],
) -> Session:
    """The session that a configuration asks for, its keys looked at. Raises PreflightRefused."""
    data = _access(config, config.data.venue, exchange=exchange, environ=environ)
    execution = data
    if config.execution.venue != config.data.venue:
        execution = _access(config, config.execution.venue, exchange=exchange, environ=environ)
    control_url = exchange.control_url if exchange else None
    return Session(name, config, data, execution, control_url, started_us)


def _access(
    config: Config, venue: str, *, exchange: ExchangeAddress | None, environ: Mapping[str, str]
) -> VenueAccess:
    if venue == "loopback":
        access = _loopback(config, exchange)
    else:
        key_id, path = key_from_environment(getattr(config.credentials, venue), venue, environ)
        own: Venue = getattr(config.venues, venue)
        urls = own.addresses(PUBLISHED_VENUES[venue])
        access = VenueAccess(venue, urls.rest_url, urls.ws_url, key_id, path, own.reads_per_s)
    check_key(venue, access.key_id, access.private_key_path)
    return access


def _loopback(config: Config, exchange: ExchangeAddress | None) -> VenueAccess:
    found = config.venues.loopback or exchange
    if found is None:
        raise PreflightRefused("loopback: there is no exchange to speak to")
    return VenueAccess(
        "loopback", found.rest_url, found.ws_url, found.key_id, found.private_key_path, found.reads_per_s
    )
