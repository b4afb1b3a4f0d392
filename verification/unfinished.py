"""The pieces of a proof that were done before it was stopped."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from pathlib import Path

from verification.proof import Piece

ROOT = Path(__file__).parents[1]


def code_hash(root: Path = ROOT) -> str:
    """Of all source files: pieces of other code prove nothing of this."""
    found = hashlib.sha256()
    for path in sorted(root.glob("*/**/*.py")):
        if not path.relative_to(root).parts[0].startswith((".", "tests")):
            found.update(path.read_bytes())
    return found.hexdigest()[:12]


class Unfinished:
    """A file of done pieces, a line each, under a first line with the hash of their code."""

    def __init__(self, path: Path, code: str) -> None:
        self._path = path
        self._code = code
        self.outdated = False
        """Whether the file was of other code, so that its pieces do not count."""

    def read(self) -> dict[int, Piece]:
        """The done pieces by number."""
        try:
            first, *lines = self._path.read_text().splitlines()
        except (OSError, ValueError):
            return {}
        self.outdated = first != self._code
        if self.outdated:
            self._path.unlink()
            return {}
        done = {}
        for line in lines:
            try:
                number, piece = json.loads(line)
            except ValueError:  # cut off by the end of its writer
                continue
            done[number] = Piece(**piece)
        return done

    def add(self, number: int, piece: Piece) -> None:
        is_new = not self._path.exists()
        with self._path.open("a") as file:
            if is_new:
                file.write(f"{self._code}\n")
            file.write(f"{json.dumps([number, asdict(piece)])}\n")

    def remove(self) -> None:
        self._path.unlink(missing_ok=True)
