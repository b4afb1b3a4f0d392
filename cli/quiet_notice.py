"""Tells a person once that the data venue is nearly dead, and what else there is."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any, Final

from market_data.quiet_venue import QUIET_FOR_S, QuietVenue

SETTING: Final = "data.venue"

Note = Callable[[str, str], None]


class QuietNotice:
    """A line in the log the first time, and a warning beside the health for as long as it is so."""

    def __init__(self, venue: str, log: logging.Logger) -> None:
        self._text = (
            f"{venue}: fewer than one book change a minute for {QUIET_FOR_S / 60:.0f} minutes; "
            "--hybrid takes production's books and sends the orders to demo"
        )
        self._log = log
        self._data = QuietVenue()
        self._was_told = False

    def look(self, markets: Mapping[str, Any], note: Note, now_s: float) -> None:
        """``markets`` as in /rl/status; ``note`` takes a setting and its warning, empty for none."""
        is_quiet = self._data.look(markets["deltas"] if markets["live"] else None, now_s)
        note(SETTING, self._text if is_quiet else "")
        if is_quiet and not self._was_told:
            self._was_told = True
            self._log.warning(self._text)
