"""Keeps the frames of an actor's feed as they came, where the configuration asks for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from kalshi_client.stream.inbox import Frames, Item
from persistence.raw_archive import RawArchive


class RawFrames:
    """Handed to a feed as ``keep``; does nothing unless ``database.archive_raw`` is set."""

    def __init__(self, settings: Mapping[str, Any], feed: str) -> None:
        self._archive: RawArchive | None = None
        if settings.get("archive_raw"):
            self._archive = RawArchive(Path(settings["account_dir"]), settings["session"], feed)

    @property
    def keep(self) -> Callable[[Sequence[Item]], None] | None:
        """None where nothing is kept, so that it costs nothing."""
        return None if self._archive is None else self._keep

    def _keep(self, items: Sequence[Item]) -> None:
        if self._archive is not None:
            for item in items:
                if isinstance(item, Frames):
                    self._archive.add(item.connection, item.generation, item.received_us, item.data)

    def close(self) -> None:
        if self._archive is not None:
            self._archive.close()
