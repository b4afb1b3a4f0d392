"""Files that a command makes: whole or not at all, for this user's eyes alone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from cli.errors import PreflightRefused


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """The file at ``path`` is whole after the block, or as it was. Raises PreflightRefused where it cannot
    be written."""
    making = path.with_name(f"{path.name}.new")
    try:
        making.unlink(missing_ok=True)
        descriptor = os.open(making, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                yield file
            making.replace(path)
        finally:
            making.unlink(missing_ok=True)
    except OSError as error:
        raise PreflightRefused(f"cannot write {path}: {error.strerror}") from error


def write_whole(path: Path, content: bytes) -> None:
    with whole_file(path) as file:
        file.write(content)
