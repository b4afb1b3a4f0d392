"""Looks at the keys that a session needs before anything is sent, and says what is wrong with them."""

from __future__ import annotations

import os
from collections.abc import Mapping

from cli.child_check import problem_seen_by_child
from cli.errors import PreflightRefused
from kalshi_client.auth import Signer
from kalshi_client.errors import KeyFileError
from settings.config import Config
from settings.venue_settings import KeyVariables


def key_from_environment(
    variables: KeyVariables, venue: str, environment: Mapping[str, str]
) -> tuple[str, str]:
    """Key id and path of the key file. Raises PreflightRefused, naming what is not set."""
    names = (variables.key_id_env, variables.private_key_path_env)
    missing = [name for name in names if not environment.get(name)]
    if missing:
        raise PreflightRefused(
            f"{venue}: no key: set {' and '.join(missing)}; without a key there is --config local.yaml"
        )
    key_id, path = (environment[name] for name in names)
    return key_id, os.path.expanduser(path)


def check_keys(config: Config, environment: Mapping[str, str]) -> list[str]:
    """Which keys a session of this configuration would still miss.

    Raises PreflightRefused with what to change about one that is there and cannot be used.
    """
    missing: list[str] = []
    for venue in dict.fromkeys((config.data.venue, config.execution.venue)):
        try:
            key = _key_of(config, venue, environment)
        except PreflightRefused as refused:
            missing += refused.lines
        else:
            if key is not None:
                check_key(venue, *key)
    return missing


def _key_of(config: Config, venue: str, environment: Mapping[str, str]) -> tuple[str, str] | None:
    """Key id and path; None where the exchange that is started makes them."""
    if venue != "loopback":
        return key_from_environment(getattr(config.credentials, venue), venue, environment)
    running = config.venues.loopback
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
