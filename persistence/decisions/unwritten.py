"""The decisions that are in the journals of a folder and not in the database yet, counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from persistence.account_files import DECISIONS
from persistence.decisions.files import journal_files
from persistence.decisions.journal import JournalReader
from persistence.faults import PersistenceError


def unwritten(folder: Path, positions: Mapping[str, int]) -> dict[str, Counter[str]]:
    """By session and action. ``positions``: the last batch that the database has, by the file's name.

    A file that cannot be read counts nothing.
    """
    found: dict[str, Counter[str]] = {}
    for file in journal_files(folder / DECISIONS):
        with suppress(PersistenceError), JournalReader(file.path) as reader:
            for batch in reader.batches(positions.get(file.path.name, 0)):
                found.setdefault(file.session, Counter()).update(action.value for action in batch.actions)
    return found
