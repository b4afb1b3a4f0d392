"""Keeps the frames of an actor's feed as they came, where the configuration asks for it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from kalshi_client.stream.inbox import Frames, Item
from persistence.raw_archive import RawArchive


class RawFrames:
    """Handed to a feed as ``keep``; does nothing unless ``database.archive_raw`` is set."""

    def __init__(self, settings: Mapping[str, Any], feed: str, log: logging.Logger) -> None:
        self._feed = feed
        self._log = log
        self._trouble = ""  # as it was said
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

    def look(self) -> None:
        """Say when frames begin to be dropped, and when they are kept again. To be called each second."""
        trouble = "" if self._archive is None else self._archive.trouble
        if trouble and not self._trouble:
            self._log.warning("Frames of %s are dropped: %s", self._feed, trouble)
        elif self._trouble and not trouble:
            self._log.info("Frames of %s are kept again", self._feed)
        self._trouble = trouble

    def close(self) -> None:
        if self._archive is not None:
            self._archive.close()
