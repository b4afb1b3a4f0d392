"""The identities of a session: a key's id and file for each venue, read from the environment once.

They are looked at before anything is started, in a process of their own each, so that this process holds no
key; then each is told only to the actors that sign with it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import partial
from itertools import combinations
from typing import Final, NamedTuple

from cli.child_check import seen_by_child
from cli.errors import PreflightRefused
from kalshi_client.auth import Signer
from kalshi_client.errors import KeyFileError
from kalshi_client.private_key import looks_like_key
from settings.config import Config
from settings.venue_settings import Identity, VenueName

WITHOUT_A_KEY: Final = "--config local.yaml"
SAME_WITHOUT_A_KEY: Final = "--config hybrid-rehearsal.yaml"
_FINGERPRINT: Final = "public half "


class VenueKey(NamedTuple):
    """A key by the path of its file, and where its id and its path are said."""

    key_id: str
    path: str
    id_said_in: str
    path_said_in: str


Keys = Mapping[VenueName, VenueKey]


def require_keys(config: Config, environment: Mapping[str, str]) -> Keys:
    """The keys that a session needs. Raises PreflightRefused in one line with all that is not set."""
    keys, missing = find_keys(config, environment)
    if missing:
        told = "; ".join(missing)
        if len(config.venues_used()) == 1:
            raise PreflightRefused(f"{told}; without a key there is {WITHOUT_A_KEY}")
        raise PreflightRefused(f"{told}; {SAME_WITHOUT_A_KEY} shows the same on this machine without a key")
    return keys


def find_keys(config: Config, environment: Mapping[str, str]) -> tuple[Keys, list[str]]:
    """The same, with a line for each venue that lacks one."""
    keys: dict[VenueName, VenueKey] = {}
    missing = []
    for venue in config.venues_used():
        if venue in config.own_exchanges():
            continue  # it makes its keys itself
        key = _key_of(config, venue, environment)
        if key.key_id and key.path:
            keys[venue] = key
        else:
            missing.append(f"{venue}: {_what_is_missing(key)}")
    return keys, missing


def check_keys(keys: Keys) -> None:
    """Raises PreflightRefused with all that is wrong with these keys, a line each."""
    seen = {venue: seen_by_child(partial(_look, key)) for venue, key in keys.items()}
    problems = [f"{venue}: {told}" for venue, told in seen.items() if not told.startswith(_FINGERPRINT)]
    for one, other in combinations(keys, 2):
        is_same_file = keys[one].path == keys[other].path
        is_same_key = is_same_file or (seen[one] == seen[other] and seen[one].startswith(_FINGERPRINT))
        problems += _mixed_up(one, keys[one], other, keys[other], is_same_key=is_same_key)
    if problems:
        raise PreflightRefused(*problems)


def _key_of(config: Config, venue: VenueName, environment: Mapping[str, str]) -> VenueKey:
    if venue == "loopback":
        running = config.venues.loopback
        assert running is not None  # else it would be an exchange of this session
        said = "venues.loopback"
        return VenueKey(
            running.key_id, running.private_key_path, f"{said}.key_id", f"{said}.private_key_path"
        )
    identity: Identity = getattr(config.credentials, venue)
    key_id, path = identity.resolved(environment)
    said_in = identity.variables
    if identity.key_id:
        said_in = (f"credentials.{venue}.key_id", f"credentials.{venue}.private_key_path")
    return VenueKey(key_id, os.path.expanduser(path), *said_in)


def _what_is_missing(key: VenueKey) -> str:
    if key.path:
        return f"no key id: set {key.id_said_in}"
    if key.key_id:
        return f"no key file: set {key.path_said_in}"
    return f"no key: set {key.id_said_in} and {key.path_said_in}"


def _look(key: VenueKey) -> str:
    """A fingerprint of the public half, or else what is wrong."""
    if looks_like_key(key.path):
        return f"{key.path_said_in} holds a key; give the path of its file instead, and make a new key"
    try:
        return _FINGERPRINT + Signer.from_pem(key.key_id, key.path).fingerprint()
    except KeyFileError as error:
        return str(error)


def _mixed_up(one: str, key: VenueKey, other: str, its_key: VenueKey, *, is_same_key: bool) -> list[str]:
    """The evidence that two venues have one identity, though each venue makes its own."""
    found = []
    if key.key_id == its_key.key_id:
        found.append(
            f"{one} and {other}: {key.id_said_in} and {its_key.id_said_in} name the same key id "
            f"{key.key_id}; each venue makes its own"
        )
    if is_same_key:
        found.append(
            f"{one} and {other}: {key.path_said_in} and {its_key.path_said_in} lead to the same private key "
            f"({key.path}, {its_key.path}); each venue needs a key of its own"
        )
    return found
