"""The journals of one account's folder as the lane that empties them sees them; used by one thread."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple

from persistence.account_files import DECISIONS
from persistence.decisions import earlier_journal
from persistence.decisions.files import journal_files
from persistence.decisions.journal import JournalReader
from persistence.faults import FileUnusable, PersistenceError
from persistence.files_beside import is_being_written, remove_file
from persistence.removed_files import RemovedFiles
from trading.decision import DecidedBatch, Setup, Terms

KEPT: Final = 2  # newest files that stay although the database has them: `why` reads them without it

_REMOVED: Final = "decisions_removed.json"

Positions = Mapping[str, int]
"""The last batch of each file that the database has, by the source's name."""


class WaitingBatches(NamedTuple):
    """The next batches of a file, all of one setup."""

    source: str
    setup: Setup
    begins: str | None  # with a file's first batch the hash of the parts before it, else None
    batches: list[DecidedBatch]
    is_closed: bool  # nothing will be added to the file


class DecisionSources:
    """The files of a folder, which need not be there yet."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._readers: dict[Path, JournalReader] = {}
        self._ahead: dict[Path, tuple[int, list[DecidedBatch]]] = {}  # read behind that batch
        self._earlier_source = ""
        self._finished: set[Path] = set()  # closed, and the database has all of them
        self._removed = RemovedFiles(folder / _REMOVED)
        self.notes: dict[Path, str] = {}
        """Files that cannot be read, and why; they stay until a person has moved them away."""

    def waiting(self, positions: Positions, *, most: int) -> WaitingBatches | None:
        """The next batches of the first file that has any: so many decisions, or one batch more."""
        self.notes = {path: why for path, why in self.notes.items() if path.exists()}
        earlier = self._folder / earlier_journal.NAME
        if earlier.exists() and self._is_open(earlier):
            found = self._of_earlier(earlier, positions, most)
            if found is not None:
                return found
        for file in journal_files(self._folder / DECISIONS):
            found = self._of_journal(file.path, positions, most) if self._is_open(file.path) else None
            if found is not None:
                return found
        return None

    def _is_open(self, path: Path) -> bool:
        return path not in self._finished and path not in self.notes

    def is_finished(self, source: str) -> bool:
        """Whether the database has all of a file that is closed."""
        return self._folder / DECISIONS / source in self._finished

    def behind(self, positions: Positions) -> int:
        """The number of batches that wait, as far as files are open."""
        count = 0
        for path, reader in self._readers.items():
            with suppress(PersistenceError):  # told when it is read
                count += max(0, reader.last_batch_no() - positions.get(path.name, 0))
        return count

    def last_batches(self) -> dict[str, int]:
        """The last batch of each file that can be read, by the source's name."""
        found: dict[str, int] = {}
        for file in journal_files(self._folder / DECISIONS):
            if self._is_open(file.path):
                with suppress(PersistenceError):  # told when it is read
                    reader = self._readers.get(file.path) or JournalReader(file.path)
                    self._readers[file.path] = reader
                    found[file.path.name] = reader.last_batch_no()
        return found

    def remove_finished(self, positions: Positions) -> None:
        """Take files off the disk that the database has, but for the newest."""
        files = journal_files(self._folder / DECISIONS)
        old = [file.path for file in files[:-KEPT]] + [self._folder / earlier_journal.NAME]
        finished = [path for path in old if path in self._finished]
        if not finished:
            return
        known = {path.name: positions[path.name] for path in finished if path.name in positions}
        try:
            self._removed.note(known)
        except PersistenceError:
            return  # the next step tries again
        for path in finished:
            with suppress(PersistenceError):
                remove_file(path)
            self._finished.discard(path)

    def removed(self) -> dict[str, int]:
        """By source, the last batch of journals that were removed."""
        return self._removed.positions()

    def close(self) -> None:
        for reader in self._readers.values():
            reader.close()
        self._readers.clear()

    # --- one file --------------------------------------------------------------------------------

    def _of_journal(self, path: Path, positions: Positions, most: int) -> WaitingBatches | None:
        after = positions.get(path.name, 0)
        try:
            is_closed = not is_being_written(path)
            reader = self._readers.get(path) or JournalReader(path)
            self._readers[path] = reader
            batches = self._read_ahead(path, reader, after, most)
        except FileUnusable as error:
            self._give_up(path, error)
            return None
        except PersistenceError:
            return None  # it is being made, or its fault passes
        if not batches:
            if is_closed:
                self._finish(path)
            return None
        begins = reader.head.hash_before if after == 0 else None
        return WaitingBatches(path.name, reader.head.setup, begins, batches, is_closed=is_closed)

    def _read_ahead(self, path: Path, reader: JournalReader, after: int, most: int) -> list[DecidedBatch]:
        """The batches behind that one. Each is read once, however often it is looked at before it is
        taken."""
        began, batches = self._ahead.get(path, (after, []))
        if began != after:
            batches = []
        last = batches[-1].batch_no if batches else after
        left = most - sum(len(batch.tickers) for batch in batches)
        if left > 0:
            batches = [*batches, *_up_to(reader.batches(last), left)]
        self._ahead[path] = (after, batches)
        return batches

    def _of_earlier(self, path: Path, positions: Positions, most: int) -> WaitingBatches | None:
        try:
            source = self._earlier_source = self._earlier_source or _source_of_earlier(path)
            after = positions.get(source, 0)
            batches = _up_to(_of_one_setup(earlier_journal.earlier_batches(path, after)), most)
        except FileUnusable as error:
            self._give_up(path, error)
            return None
        except PersistenceError:
            return None
        if not batches:
            self._finish(path)
            return None
        return WaitingBatches(source, _setup_of(batches[0]), None, batches, is_closed=True)

    def _finish(self, path: Path) -> None:
        self._finished.add(path)
        self._ahead.pop(path, None)
        if (reader := self._readers.pop(path, None)) is not None:
            reader.close()

    def _give_up(self, path: Path, error: PersistenceError) -> None:
        self.notes[path] = str(error)
        self._ahead.pop(path, None)
        if (reader := self._readers.pop(path, None)) is not None:
            reader.close()


def removed_journals(folder: Path) -> dict[str, int]:
    """By source, the last batch of journals that were removed from an account's folder."""
    return RemovedFiles(folder / _REMOVED).positions()


def _up_to(batches: Iterator[DecidedBatch], most: int) -> list[DecidedBatch]:
    taken, decisions = [], 0
    for batch in islice(batches, most):
        taken.append(batch)
        decisions += len(batch.tickers)
        if decisions >= most:
            break
    return taken


def _source_of_earlier(path: Path) -> str:
    """Another machine may have such a file of the same account: the first session tells them apart."""
    first = next(earlier_journal.earlier_batches(path), None)
    return f"{path.name} from {first.session if first else 'nothing'}"


def _of_one_setup(batches: Iterator[DecidedBatch]) -> Iterator[DecidedBatch]:
    first: DecidedBatch | None = None
    for batch in batches:
        first = first or batch
        if (batch.session, batch.incarnation) != (first.session, first.incarnation):
            return
        yield batch


def _setup_of(batch: DecidedBatch) -> Setup:
    """As far as an earlier journal tells it: without the market map, the options and the size of orders."""
    return Setup(batch.session, batch.incarnation, batch.strategy, 0, {}, Terms("join", 0), {})
