"""Looks at the keys that a session needs before anything is sent, and says what is wrong with them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Final

from cli.child_check import problem_seen_by_child
from cli.errors import PreflightRefused
from kalshi_client.auth import Signer
from kalshi_client.errors import KeyFileError
from settings.config import Config
from settings.venue_settings import KeyVariables, VenueName

WITHOUT_A_KEY: Final = "--config local.yaml"
SAME_WITHOUT_A_KEY: Final = "--config hybrid-rehearsal.yaml"


def require_keys(config: Config, environment: Mapping[str, str]) -> None:
    """Raises PreflightRefused in one line with every variable, of both venues, that is not set."""
    missing = _missing_variables(config, environment)
    if not missing:
        return
    told = "; ".join(f"{venue}: no key: set {' and '.join(names)}" for venue, names in missing.items())
    if len(config.venues_used()) == 1:
        raise PreflightRefused(f"{told}; without a key there is {WITHOUT_A_KEY}")
    raise PreflightRefused(f"{told}; {SAME_WITHOUT_A_KEY} shows the same on this machine without a key")


def check_keys(config: Config, environment: Mapping[str, str]) -> list[str]:
    """Which keys a session of this configuration would still miss.

    Raises PreflightRefused with what to change about one that is there and cannot be used.
    """
    missing = _missing_variables(config, environment)
    for venue in config.venues_used():
        if venue not in missing and (key := _key_of(config, venue, environment)) is not None:
            check_key(venue, *key)
    return [f"{venue}: no key: set {' and '.join(names)}" for venue, names in missing.items()]


def _missing_variables(config: Config, environment: Mapping[str, str]) -> dict[VenueName, list[str]]:
    """By venue, the variables without a value; only venues that people have keys of need any."""
    found = {
        venue: [name for name in _names(config, venue) if not environment.get(name)]
        for venue in config.venues_used()
        if _takes_variables(config, venue)
    }
    return {venue: names for venue, names in found.items() if names}


def _takes_variables(config: Config, venue: VenueName) -> bool:
    return venue != "loopback" and venue not in config.own_exchanges()


def _names(config: Config, venue: VenueName) -> tuple[str, str]:
    variables: KeyVariables = getattr(config.credentials, venue)
    return variables.key_id_env, variables.private_key_path_env


def key_from_environment(config: Config, venue: VenueName, environment: Mapping[str, str]) -> tuple[str, str]:
    """Key id and path of the key file, which are set (``require_keys``)."""
    key_id, path = (environment[name] for name in _names(config, venue))
    return key_id, os.path.expanduser(path)


def _key_of(config: Config, venue: VenueName, environment: Mapping[str, str]) -> tuple[str, str] | None:
    """Key id and path; None where the exchange that is started makes them."""
    if _takes_variables(config, venue):
        return key_from_environment(config, venue, environment)
    running = config.venues.loopback if venue == "loopback" else None
    return (running.key_id, running.private_key_path) if running else None


def check_key(venue: str, key_id: str, path: str) -> None:
    """Raises PreflightRefused with what to change unless the key can be used."""
    problem = problem_seen_by_child(lambda: _problem(key_id, path))
    if problem:
        raise PreflightRefused(f"{venue}: {problem}")


def _problem(key_id: str, path: str) -> str:
    try:
        Signer.from_pem(key_id, path)
    except KeyFileError as error:
        return str(error)
    return ""
