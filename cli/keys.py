"""Can the keys that a session needs be used? Asked before anything starts, and answered in words.

This process must not keep a key: every actor is forked from it. So a child looks, and ends.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from actors.config import KeyVariables
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
    problem = _problem_seen_by_child(key_id, path)
    if problem:
        raise PreflightRefused(f"{venue}: {problem}")


def _problem_seen_by_child(key_id: str, path: str) -> str:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        text = "the key could not be checked"
        try:
            text = _problem(key_id, path)
        finally:
            os.write(writing, text.encode())
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, encoding="utf-8") as answer:
        text = answer.read()
    os.waitpid(child, 0)
    return text


def _problem(key_id: str, path: str) -> str:
    try:
        Signer.from_pem(key_id, path)
    except KeyFileError as error:
        return str(error)
    return ""
