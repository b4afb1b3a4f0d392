"""A recorded configuration as a report may show it: one line a key, secrets hidden."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from settings.database_settings import HIDDEN, without_password

_SECRET: Final = ("token", "password", "secret", "webhook", "webhooks", "heartbeat_url")


def lines_of(config: Mapping[str, Any], at: str = "") -> Iterator[tuple[str, str]]:
    """Each key with all its sections, and its value, in the order of the alphabet."""
    for key, value in sorted(config.items()):
        path = f"{at}.{key}" if at else str(key)
        if isinstance(value, Mapping) and value:
            yield from lines_of(value, path)
        else:
            yield path, _shown(str(key), value)


def _shown(key: str, value: Any) -> str:
    if value in (None, "", [], {}):
        return "–"
    if key in _SECRET:
        return HIDDEN
    if key == "dsn":
        return without_password(str(value))
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
