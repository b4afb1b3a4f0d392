"""The statements of ``queries/*.sql`` by their names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Final

_NAME: Final = re.compile(r"^-- name: (\w+)$", re.MULTILINE)


@cache
def queries(file: str) -> Mapping[str, str]:
    """The statements of one file. Each begins with a line ``-- name: insert_fill``."""
    text = files("persistence.database").joinpath("queries", f"{file}.sql").read_text(encoding="utf-8")
    _, *parts = _NAME.split(text)
    named = {name: statement.strip() for name, statement in zip(parts[::2], parts[1::2], strict=True)}
    if len(named) * 2 != len(parts):
        raise ValueError(f"queries/{file}.sql names a statement twice")
    return MappingProxyType(named)
