"""The identity of this session: its name, its account, its files, and the venues of its actors."""

from __future__ import annotations

import os
import string
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from cli.errors import PreflightRefused
from cli.exchange_child import ExchangeAddress
from cli.keys import Keys
from settings.config import Config
from settings.exchange_settings import ExecutableStandIn
from settings.recorded_config import recordable
from settings.venue_access import VenueAccess, is_one_venue
from settings.venue_settings import VenueName

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
    exchanges: Mapping[str, ExchangeAddress]  # those that were started with it, by venue
    started_us: int
    renamed: Mapping[str, str]
    """Execution tickers by data ticker, of the markets whose two tickers differ."""

    @property
    def account_dir(self) -> Path:
        return self.state_dir / self.execution.account_name

    @property
    def state_dir(self) -> Path:
        return Path(self.config.state_dir).resolve()

    @property
    def log_path(self) -> Path:
        return log_path(self.config, self.name)

    def environment(self) -> dict[str, Any]:
        """The words of the page and of /rl/status for the origin of data and the place of orders."""
        fills_per_min = self._fills_per_min()
        own = self.exchanges.get(self.execution.name) or self.exchanges.get(self.data.name)
        return {
            "data": self.data.name,
            "execution": self.execution.name,
            "data_label": self.data.label,
            "execution_label": self.execution.label,
            "account": self.execution.account_name,
            "counterparty": None if not fills_per_min else {"fills_per_min": fills_per_min},
            "control_url": own.control_url if own else None,
            "stand_ins": {
                venue: {"rest_url": address.rest_url, "control_url": address.control_url}
                for venue, address in self.exchanges.items()
                if venue != "loopback"
            },
        }

    def where(self) -> str:
        """The same in a sentence."""
        counterparty = ", where a scripted counterparty fills them" if self._fills_per_min() else ""
        return f"data from {self.data.label}, orders to {self.execution.label}{counterparty}"

    def _fills_per_min(self) -> float:
        """Of the scripted counterparty where orders go; 0 where there is none."""
        own = self.config.own_exchanges().get(self.config.execution.venue)
        return own.fills_per_min if isinstance(own, ExecutableStandIn) else 0.0

    def recorded_config(self) -> dict[str, Any]:
        """The configuration that was asked for, as a file or a table may have it."""
        plain = self.config.model_dump(mode="json", exclude={"web", "database"})
        return {key: recordable(section) for key, section in plain.items()}

    def settings(self) -> dict[str, Any]:
        """The settings with which every actor is started: plain values, as they travel in a message."""
        return {
            "session": self.name,
            # The page's token and the names of keys are nobody's business in the tree; the database is the
            # Recorder's, and its password stands in no record of the configuration.
            "config": self.config.model_dump(mode="json", exclude={"web", "credentials", "database"}),
            "database": self.config.database.model_dump(),
            "archive_raw": self.config.database.archive_raw,
            "data": asdict(self.data),
            "execution": asdict(self.execution),
            "is_one_venue": is_one_venue(self.data, self.execution),
            "account": self.execution.account8,
            "account_dir": str(self.account_dir),
            "state_dir": str(self.state_dir),
            "log_path": str(self.log_path),
            "markets": self.config.markets.size(),
            "renamed": dict(self.renamed),
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
    exchanges: Mapping[str, ExchangeAddress],
    keys: Keys,
    renamed: Mapping[str, str],
) -> Session:
    """The session that a configuration asks for, at the exchanges that were started and with these keys."""
    reached = {venue: _access(config, venue, exchanges, keys) for venue in config.venues_used()}
    data, execution = reached[config.data.venue], reached[config.execution.venue]
    if renamed and is_one_venue(data, execution):
        raise PreflightRefused(
            "markets.map: books and orders are at one venue here, where a market has one ticker; leave it out"
        )
    return Session(name, config, data, execution, exchanges, started_us, renamed)


def _access(
    config: Config, venue: VenueName, exchanges: Mapping[str, ExchangeAddress], keys: Keys
) -> VenueAccess:
    own = exchanges.get(venue)
    if own is not None:
        return VenueAccess(
            venue,
            own.rest_url,
            own.ws_url,
            own.key_id,
            own.private_key_path,
            own.reads_per_s,
            is_stand_in=config.is_stand_in(venue),
        )
    key, urls = keys[venue], config.venues.addresses(venue)
    pace = getattr(config.venues, venue).reads_per_s
    return VenueAccess(venue, urls.rest_url, urls.ws_url, key.key_id, key.path, pace)
