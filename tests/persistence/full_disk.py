"""A full disk, as an outbox meets it: what SQLite says then is injected where a transaction begins."""

from __future__ import annotations

from persistence.faults import DiskFull
from persistence.outbox import Outbox


def fill(outbox: Outbox) -> None:
    """Refuse everything until the reserve is given up."""
    release = outbox._file.reserve.release

    def give_up() -> None:
        release()
        make_room(outbox)

    fill_for_good(outbox)
    outbox._file.reserve.is_held = True
    outbox._file.reserve.release = give_up


def fill_for_good(outbox: Outbox) -> None:
    """Refuse everything: not even the reserve is there any more."""

    def refuse(_entries: object) -> None:
        raise DiskFull(f"there is no room left on the disk of {outbox._path}: make room")

    outbox._file.reserve.release()
    outbox._append = refuse


def make_room(outbox: Outbox) -> None:
    """Take everything again."""
    outbox.__dict__.pop("_append", None)
