"""The life of a watcher that a tape belongs to: counted over the whole session, whatever was restarted in it.

The count of an actor's incarnations begins anew with its tree of actors, and the files of an earlier life may
have gone into the database by then. So a small file keeps the number of the last life while its session runs.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Final

from persistence.single_writer import make_private_folder
from persistence.tape.outbox import tape_files

_LIFE: Final = ".life"


def next_life(folder: Path, session: str, shard: int, *, incarnation: int) -> int:
    """The number of the life that begins now, not below the actor's own count.

    What is kept of other sessions is removed. A disk that refuses keeps nobody from trading.
    """
    kept = folder / f"{session}-{shard}{_LIFE}"
    with suppress(OSError):
        make_private_folder(folder)
        for other in folder.glob(f"*{_LIFE}"):
            if not other.name.startswith(f"{session}-"):
                other.unlink(missing_ok=True)
        lives = [
            file.source.incarnation for file in tape_files(folder) if file.source[:2] == (session, shard)
        ]
        incarnation = max(incarnation, _kept(kept) + 1, max(lives, default=0) + 1)
        written = kept.with_name(f"{kept.name}.new")
        with open(written, "w", encoding="ascii", opener=_for_this_user) as file:
            file.write(str(incarnation))
        written.rename(kept)
    return incarnation


def end_of_session(folder: Path, session: str, shard: int) -> None:
    """No other life comes behind this one."""
    with suppress(OSError):
        (folder / f"{session}-{shard}{_LIFE}").unlink(missing_ok=True)


def _kept(path: Path) -> int:
    with suppress(OSError, ValueError):
        return int(path.read_text(encoding="ascii"))
    return 0


def _for_this_user(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
