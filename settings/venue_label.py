"""The name under which people are shown a venue, on the page, in the log and in ``/rl/status``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

from kalshi_client.environment import PUBLISHED_VENUES, is_published
from settings.config_values import host_of, is_loopback

STAND_IN: Final = "stand-in on this machine"


def venue_label(name: str, urls: Sequence[str], *, is_stand_in: bool) -> str:
    """``production``; ``production (stand-in on this machine)``; ``demo at https://elsewhere``.

    An address that is not a published one of the venue stands beside its name.
    """
    if is_stand_in:
        return f"{name} ({STAND_IN})"
    others = dict.fromkeys(_shown(url) for url in urls if not _is_usual(name, url))
    return f"{name} at {' and '.join(others)}" if others else name


def _is_usual(name: str, url: str) -> bool:
    """Whether the address says nothing that the name does not."""
    return is_published(name, url) if name in PUBLISHED_VENUES else is_loopback(host_of(url))


def _shown(url: str) -> str:
    """Scheme, host and port: neither a path nor a name and password before the host."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
