"""Can the keys that a session needs be used? Asked before anything starts, and answered in words."""

from __future__ import annotations

import os
from collections.abc import Mapping

from actors.config import KeyVariables
from cli.child_check import problem_seen_by_child
from cli.errors import PreflightRefused
from kalshi_client.auth import Signer
from kalshi_client.errors import KeyFileError


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
