"""The tape files of one account's folder as the lane that empties it sees them; used by one thread."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from persistence.faults import FileUnusable, NotMadeYet, naming
from persistence.tape_outbox import PackedPiece, TapeFile, TapeFileReader, TapeGap, TapeSource, tape_files

Positions = Mapping[TapeSource, int]
"""The last row of each tape that the database has."""


class Waiting(NamedTuple):
    """Pieces of one file that the database has not."""

    file: TapeFile
    pieces: list[PackedPiece]
    gaps: list[TapeGap]
    is_closed: bool
    """Nothing will be added to the file."""


class TapeFolder:
    """The files and open readers of a folder, which need not be there yet."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._readers: dict[Path, TapeFileReader] = {}
        self.unusable: dict[Path, str] = {}
        """Files that cannot be read, and why; they stay where they are."""

    def sources(self) -> list[TapeSource]:
        """Whose files are there."""
        return list(dict.fromkeys(file.source for file in self.files()))

    def files(self) -> list[TapeFile]:
        """The files that can be read, each tape's in their order. Raises a PersistenceError."""
        with naming(self._folder):
            return [file for file in tape_files(self._folder) if file.path not in self.unusable]

    def waiting(self, positions: Positions, *, most: int) -> list[Waiting]:
        """Of each tape the first file that has something which the database has not."""
        found: dict[TapeSource, Waiting] = {}
        for file, is_closed in self._in_order():
            if file.source not in found:
                waiting = self._look(file, positions.get(file.source, 0), most, is_closed=is_closed)
                if waiting is not None:
                    found[file.source] = waiting
        return list(found.values())

    def emptied(self, positions: Positions) -> list[TapeFile]:
        """Files to which nothing will be added and of which the database has everything."""
        return [
            file
            for file, is_closed in self._in_order()
            if is_closed and self._count(file, positions.get(file.source, 0)) == 0
        ]

    def behind(self, positions: Positions) -> int:
        """How many pieces wait."""
        return sum(self._count(file, positions.get(file.source, 0)) or 0 for file in self.files())

    def remove(self, file: TapeFile) -> None:
        """Take a file off the disk. Raises a PersistenceError."""
        if (reader := self._readers.pop(file.path, None)) is not None:
            reader.close()
        file.remove()

    def close(self) -> None:
        for reader in self._readers.values():
            reader.close()
        self._readers.clear()

    def _in_order(self) -> list[tuple[TapeFile, bool]]:
        """The files, and whether each is closed: its writer has gone on to another one, or is gone."""
        files = self.files()
        newest = {file.source: file.number for file in files}  # the last one counts
        return [
            (file, file.number < newest[file.source] or file.is_closed())
            for file in files
            if file.path.exists()  # another session's lane may have removed it meanwhile
        ]

    def _look(self, file: TapeFile, after_no: int, most: int, *, is_closed: bool) -> Waiting | None:
        reader = self._reader(file)
        if reader is None:
            return None
        try:
            pieces = reader.pieces(after_no, most=most)
            return Waiting(file, pieces, reader.gaps(after_no), is_closed) if pieces else None
        except FileUnusable as fault:
            self._give_up(file, fault)
            return None

    def _count(self, file: TapeFile, after_no: int) -> int | None:
        """How many of its pieces wait; None where it cannot be told."""
        reader = self._reader(file)
        if reader is None:
            return None
        try:
            return reader.count(after_no)
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
