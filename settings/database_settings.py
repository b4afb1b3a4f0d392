"""Where all sessions are recorded: in a database of our own, or in one that is named."""

from __future__ import annotations

import re
from typing import Annotated, Any, Final

from pydantic import Field, field_validator

from settings.config_values import Section

DSN_VARIABLE: Final = "KALSHI_DB_DSN"
MOST_DAYS: Final = 36_500
HIDDEN: Final = "***"
_URI: Final = re.compile(r"postgres(?:ql)?://")
_PARTS_OF_URI: Final = re.compile(r"[a-z]+://(?:[^@/]*@)?([^@/?]*)(?:/[^@?]*)?(?:\?.*)?")
_HOST: Final = re.compile(r"(?:\[[^]]*\]|[^][:]*)(?::[0-9]*)?")
_PAIRS: Final = re.compile(r"\s*[a-z_]+\s*=")
_PASSWORD_BEFORE_HOST: Final = re.compile(r"(?<=://)([^:/@]*):[^@]*@")
_PASSWORD_IN_QUERY: Final = re.compile(r"(password=)[^&#]*")
_PASSWORD_IN_PAIRS: Final = re.compile(r"(password\s*=\s*)('(?:[^'\\]|\\.)*'|(?:[^\s\\]|\\.)*)")


class DatabaseSettings(Section):
    """``dsn`` empty: PostgreSQL runs inside ``state_dir``; ``bin_dir`` has its programs if it is given.

    ``retention_days``: after which worlds of this machine's exchanges and old tapes may be dropped.
    ``archive_raw``: keep the frames of all streams as they came, in files.
    """

    dsn: Annotated[str, Field(strict=True)] = ""
    bin_dir: Annotated[str, Field(strict=True)] = ""
    retention_days: Annotated[int, Field(strict=True, ge=1, le=MOST_DAYS)] = 30
    archive_raw: Annotated[bool, Field(strict=True)] = False

    @field_validator("dsn", mode="before")
    @classmethod
    def _is_connection_string(cls, value: Any) -> Any:
        # Never the value in the text: it may have a password.
        problem = dsn_problem(value) if isinstance(value, str) else "must be text (in quotes)"
        if problem:
            raise ValueError(problem)
        return value


def dsn_problem(dsn: str) -> str:
    """The fault in the look of a connection string; empty when there is none."""
    if not _URI.match(dsn):
        is_fine = not dsn or _PAIRS.match(dsn)
        return "" if is_fine else "must be postgresql://user@host:5432/name or host=… dbname=…"
    parts = _PARTS_OF_URI.fullmatch(dsn)
    if parts is None or not all(map(_HOST.fullmatch, parts[1].split(","))):
        return "must be postgresql://user@host:5432/name, with @ and / in a password as %40 and %2F"
    return ""


def without_password(dsn: str) -> str:
    """The same connection string with its password hidden."""
    if not _URI.match(dsn):
        return _PASSWORD_IN_PAIRS.sub(rf"\1{HIDDEN}", dsn)
    return _PASSWORD_IN_QUERY.sub(rf"\1{HIDDEN}", _PASSWORD_BEFORE_HOST.sub(rf"\1:{HIDDEN}@", dsn))
