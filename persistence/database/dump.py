"""Writes a copy of the database to a file, with PostgreSQL's own pg_dump."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Final

from psycopg2.extensions import make_dsn, parse_dsn

from persistence.database.binaries import Binaries, BinariesMissing
from persistence.faults import PersistenceError, naming

_SECRETS: Final = ("password", "sslpassword")  # every process of this machine sees the arguments of others


def dump(dsn: str, file: Path, binaries: Binaries) -> None:
    """Whole or not at all, for this user's eyes alone: as SQL for a name that ends in ``.sql``, else in the
    format of pg_restore. Raises PersistenceError with pg_dump's words."""
    program = binaries.program("pg_dump")
    if not program.exists():
        raise BinariesMissing(f"{binaries.folder} has no pg_dump: set database.bin_dir to a folder that has")
    kind = "plain" if file.suffix == ".sql" else "custom"
    making = file.with_name(f"{file.name}.new")
    try:
        making.unlink(missing_ok=True)
        os.close(os.open(making, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except OSError as error:
        raise PersistenceError(f"{file} cannot be written: {error.strerror}") from error
    try:
        _run([str(program), f"--format={kind}", f"--file={making}", "--no-password"], dsn)
        with naming(file):
            making.replace(file)
    finally:
        making.unlink(missing_ok=True)


def _run(command: list[str], dsn: str) -> None:
    parts = parse_dsn(dsn)
    secret = {"PGPASSWORD": parts["password"]} if "password" in parts else {}
    shown = make_dsn(**{key: value for key, value in parts.items() if key not in _SECRETS})
    done = subprocess.run(
        [*command, f"--dbname={shown}"],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", check=False,
        env={**os.environ, "LC_ALL": "C", **secret},
    )  # fmt: skip
    if done.returncode:
        told = [line.partition("error: ")[2] or line for line in done.stderr.splitlines()]
        hint = (
            ": set database.bin_dir to the programs of the server"
            if "version mismatch" in done.stderr
            else ""
        )
        raise PersistenceError(f"pg_dump: {'; '.join(told[:2])}{hint}")
