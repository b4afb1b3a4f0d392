"""The one account that a configuration trades, for commands that work with nothing running.

The key of a real venue, or of an exchange that already runs, tells its account. An exchange that is started
with a session makes its keys itself: its account is the one that the last session of that exchange traded.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cli.errors import PreflightRefused
from settings.config import Config
from settings.venue_access import account_name, world_name
from settings.venue_settings import Identity

LAST_ACCOUNTS: Final = "accounts.json"


@dataclass(frozen=True, slots=True)
class ConfiguredAccount:
    """Where an account's files are, and how it was told from others."""

    folder: Path
    because: str


def account_of(config: Config, environ: Mapping[str, str]) -> ConfiguredAccount:
    """Raises PreflightRefused, saying what to do, when nothing tells which account it is."""
    venue, state_dir = config.execution.venue, Path(config.state_dir)
    if venue in config.own_exchanges():
        name = _remembered(config).get(_exchange(config))
        if name is None:
            raise PreflightRefused(f"no session of {config.label(venue)} has traded in {state_dir}/")
        return ConfiguredAccount(
            state_dir / name, f"the account of the last session of {config.label(venue)}"
        )
    if venue == "loopback":
        assert config.venues.loopback is not None  # else it would be an exchange of this session
        key_id, because = config.venues.loopback.key_id, "the account of venues.loopback.key_id"
    else:
        identity: Identity = getattr(config.credentials, venue)
        variable = f"credentials.{venue}.key_id" if identity.key_id else identity.key_id_env
        key_id, because = identity.resolved(environ)[0], f"the account of {variable}"
        if not key_id:
            raise PreflightRefused(f"{venue}: set {variable}, which names the account")
    return ConfiguredAccount(state_dir / account_name(venue, key_id), because)


def remember(config: Config, account: str) -> None:
    """Note which account a session trades on an exchange of its own; for whoever has the state directory."""
    if config.execution.venue not in config.own_exchanges():
        return
    path = Path(config.state_dir) / LAST_ACCOUNTS
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(_remembered(config) | {_exchange(config): account}), encoding="utf-8")
    os.replace(fresh, path)


def _remembered(config: Config) -> dict[str, str]:
    """Empty where nothing was noted, or nothing that can be read: the next session notes it again."""
    try:
        found = json.loads((Path(config.state_dir) / LAST_ACCOUNTS).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    entries = found.items() if isinstance(found, dict) else ()
    # A name with a folder in it could lead anywhere.
    return {str(key): name for key, name in entries if isinstance(name, str) and Path(name).name == name}


def _exchange(config: Config) -> str:
    """The exchange of the session that takes its orders; one that is kept is told by its folder."""
    venue = config.execution.venue
    world, state = (
        world_name(venue, is_stand_in=config.is_stand_in(venue)),
        config.own_exchanges()[venue].state,
    )
    return f"{world} in {Path(state).resolve()}" if state else world
