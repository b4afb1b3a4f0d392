"""The tape files of one account's folder as the lane that empties it sees them; used by one thread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from persistence.faults import FileUnusable, NotMadeYet, naming
from persistence.tape.outbox import PackedPiece, TapeFile, TapeFileReader, TapeGap, TapeSource, tape_files

Positions = Mapping[TapeSource, int]
"""The last row of each tape that the database has."""


class WaitingPieces(NamedTuple):
    """Pieces of one file that the database has not."""

    file: TapeFile
    pieces: list[PackedPiece]
    gaps: list[TapeGap]
    is_closed: bool
    """Nothing will be added to the file."""


class TapeFolder:
    """The files and open readers of a folder, which need not be there yet.

    A step lists the files once and hands that list on: what comes meanwhile is for the next step.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._readers: dict[Path, TapeFileReader] = {}
        self.unusable: dict[Path, str] = {}
        """Files that cannot be read, and why; they stay until a person has moved them away."""

    def files(self) -> list[TapeFile]:
        """The files that can be read, each tape's in their order. Raises a PersistenceError."""
        with naming(self._folder):
            self.unusable = {path: why for path, why in self.unusable.items() if path.exists()}
            return [file for file in tape_files(self._folder) if file.path not in self.unusable]

    def waiting(self, files: Sequence[TapeFile], positions: Positions, *, most: int) -> list[WaitingPieces]:
        """Of each tape the first file that has something which the database has not."""
        found: dict[TapeSource, WaitingPieces] = {}
        for file in files:
            if file.source not in found and self._has_more(file, positions):
                waiting = self._look(file, files, positions.get(file.source, 0), most)
                if waiting is not None:
                    found[file.source] = waiting
        return list(found.values())

    def emptied(self, files: Sequence[TapeFile], positions: Positions) -> dict[TapeFile, int]:
        """Files to which nothing will be added and of which the database has everything, with their last
        rows."""
        found: dict[TapeFile, int] = {}
        behind: set[TapeSource] = set()
        for file in files:
            if file.source in behind:
                continue  # the files are in order, and each is open while it is looked at
            last_no = self._last_row(file)
            if last_no is None or last_no > positions.get(file.source, 0) or not _is_closed(file, files):
                behind.add(file.source)
            else:
                found[file] = last_no
        return found

    def behind(self, files: Sequence[TapeFile], positions: Positions) -> int:
        """The number of rows that wait, as far as it can be told."""
        last = self.last_rows(files)
        return sum(max(0, last_no - positions.get(source, 0)) for source, last_no in last.items())

    def last_rows(self, files: Sequence[TapeFile]) -> dict[TapeSource, int]:
        """The last row of each tape, as far as it can be told."""
        last: dict[TapeSource, int] = {}
        for file in reversed(files):
            if not last.get(file.source):  # the newest file may have no row yet
                last[file.source] = self._last_row(file) or 0
        return last

    def remove(self, file: TapeFile) -> None:
        """Take a file off the disk. Raises a PersistenceError."""
        if (reader := self._readers.pop(file.path, None)) is not None:
            reader.close()
        file.remove()

    def close(self) -> None:
        for reader in self._readers.values():
            reader.close()
        self._readers.clear()

    def _look(
        self, file: TapeFile, files: Sequence[TapeFile], after_no: int, most: int
    ) -> WaitingPieces | None:
        reader = self._reader(file)
        if reader is None:
            return None
        is_closed = _is_closed(file, files)  # asked first: what comes in between is read as well
        try:
            pieces = reader.pieces(after_no, most=most)
            return WaitingPieces(file, pieces, reader.gaps(after_no), is_closed) if pieces else None
        except FileUnusable as fault:
            self._give_up(file, fault)
            return None

    def _has_more(self, file: TapeFile, positions: Positions) -> bool:
        """Whether it has rows that the database has not, as far as it can be told."""
        return (self._last_row(file) or 0) > positions.get(file.source, 0)

    def _last_row(self, file: TapeFile) -> int | None:
        """0 while it has none; None where it cannot be told."""
        reader = self._reader(file)
        if reader is None:
            return None
        try:
            return reader.last_no()
        except FileUnusable as fault:
            self._give_up(file, fault)
            return None

    def _reader(self, file: TapeFile) -> TapeFileReader | None:
        """None for a file that is being made, or cannot be read."""
        if file.path in self.unusable:
            return None
        if file.path not in self._readers:
            try:
                self._readers[file.path] = TapeFileReader(file)
            except NotMadeYet:
                return None
            except FileUnusable as fault:
                self._give_up(file, fault)
                return None
        return self._readers[file.path]

    def _give_up(self, file: TapeFile, fault: FileUnusable) -> None:
        self.unusable[file.path] = str(fault)
        if (reader := self._readers.pop(file.path, None)) is not None:
            reader.close()


def _is_closed(file: TapeFile, files: Sequence[TapeFile]) -> bool:
    """Whether its writer has gone on to another one, or is gone."""
    return any(o.source == file.source and o.number > file.number for o in files) or file.is_closed()
