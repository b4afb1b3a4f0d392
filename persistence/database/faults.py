"""Faults of the database: which of them pass by themselves, and which only a person can mend.

PostgreSQL tells a fault by a number (``sqlstate``), but for one before anybody is signed in only by a
sentence. Here it becomes a type, and a line that says which database it is and what to do. What is not
known passes: who waits and tries again never does harm.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

import psycopg2
from psycopg2.extensions import parse_dsn

from persistence.faults import PersistenceError


class DatabaseDown(PersistenceError):
    """The database cannot be spoken to now; it passes by itself, so try again."""


class DatabaseRefused(PersistenceError):
    """The database will say the same after any number of tries: a person has to act."""


class DatabaseNewer(DatabaseRefused):
    """A newer version of this program has changed the tables."""


_CORRECT: Final = "correct database.dsn"
_RIGHTS: Final = "give this user the right to connect, create tables and write, or correct database.dsn"
_REFUSED_AT_CONNECT: Final = (
    (re.compile("no password supplied"), f"put the password into ~/.pgpass or KALSHI_DB_DSN, or {_CORRECT}"),
    (re.compile("authentication failed|certificate|pg_hba.conf"), _CORRECT),
    (re.compile("does not support SSL|sslmode"), _CORRECT),
    (re.compile('role ".*" does not exist|database ".*" does not exist'), f"create it, or {_CORRECT}"),
    (re.compile("definition of service|is not permitted to log in"), _CORRECT),
    (re.compile("permission denied for database"), _RIGHTS),
)
_SHOWN: Final = ("service", "host", "port", "dbname", "user")
_NO_DSN: Final = (
    "database.dsn: no connection string: write postgresql://user@host:5432/name or host=… dbname=…,"
    " and a character of the password that separates parts as %XX"
)
# By sqlstate, or its first two characters for all of its class.
# Tables that are gone (42P01) are made again by whoever connects anew.
_PASSING: Final = ("08", "40", "42P01", "53", "55P03", "57")
_REFUSED: Final = {
    "28": _CORRECT,
    "3D": f"create it, or {_CORRECT}",
    "3F": f"create a schema for the tables, or {_CORRECT}",
    "42501": _RIGHTS,
    "25006": "it takes no writes: set database.dsn to the primary server",
    "XX": "it is damaged: restore it, or fill a new one from the ledgers",
}


@contextmanager
def database_faults(place: str) -> Iterator[None]:
    """Faults inside the block are raised as what they mean; ``place`` says which database it is."""
    try:
        yield
    except psycopg2.Error as error:
        raise fault_of(place, error) from None  # psycopg2's own text may show a part of a password


def fault_of(place: str, error: psycopg2.Error) -> PersistenceError:
    """The meaning of a driver's error for a database."""
    told, state = _sentence(error), error.pgcode or ""
    if isinstance(error, psycopg2.InterfaceError):
        return DatabaseDown(f"{place}: {told}")
    if not state:
        return _fault_of_connecting(place, error, told)
    for known, to_do in _REFUSED.items():
        if state.startswith(known):
            return DatabaseRefused(f"{place}: {told}: {to_do}")
    if state.startswith(_PASSING):
        return DatabaseDown(f"{place}: {told}")
    return PersistenceError(f"{place}: {told} ({state})")


def _fault_of_connecting(place: str, error: psycopg2.Error, told: str) -> PersistenceError:
    if isinstance(error, psycopg2.ProgrammingError):
        return PersistenceError(f"{place}: {told}")
    for known, to_do in _REFUSED_AT_CONNECT:
        if known.search(told):
            return DatabaseRefused(f"{place}: {told}: {to_do}")
    return DatabaseDown(f"{place}: {told}")


def _sentence(error: psycopg2.Error) -> str:
    """The server's own words on one line, without where the connection went."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    if not lines:
        return type(error).__name__
    told = lines[0].rpartition("FATAL:")[2] if "FATAL:" in lines[0] else lines[0].removeprefix("ERROR:")
    return told.strip().rstrip(".")


def described(dsn: str) -> str:
    """A database in words, without a password. Raises DatabaseRefused for what is no connection string."""
    try:
        parts = parse_dsn(dsn)
    except psycopg2.ProgrammingError:
        parts = None
    if parts is None or _is_torn(parts):
        # The driver's text quotes what it could not read, which may be a part of a password.
        raise DatabaseRefused(_NO_DSN) from None
    return shown(parts)


def shown(parts: Mapping[str, str]) -> str:
    """The parts of a connection string that people may see."""
    told = [f"{key}={parts[key]}" for key in _SHOWN if parts.get(key)]
    return " ".join(["database", *told])


def _is_torn(parts: Mapping[str, str]) -> bool:
    """Whether a password with a @ or / in it was taken for something else."""
    is_port = re.fullmatch("[0-9,]*", parts.get("port", ""))
    return not is_port or any("@" in parts.get(key, "") for key in ("host", "dbname"))
