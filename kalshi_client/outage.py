"""Decides when the end of a connection is worth a line in the log, and when its return is.

A venue that is down refuses every attempt for as long as it is, from each connection alike.
"""

from __future__ import annotations


class Outage:
    """One connection: a line when it is lost, one for each new reason to stay away, one when it is back."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._is_open = False
        self._reason: str | None = None  # told last, while it is away

    @property
    def reason(self) -> str:
        """Why it is away; "" while it is open, and before the first attempt ended."""
        return self._reason or ""

    def ended(self, reason: str) -> list[str]:
        """It was lost, or an attempt to open it failed; what is to be told."""
        before, self._reason = self._reason, reason
        was_open, self._is_open = self._is_open, False
        if was_open:
            return [f"{self._name} lost: {reason}"]
        return [] if reason == before else [f"{self._name} cannot be opened: {reason}"]

    def opened(self) -> list[str]:
        """It is open; what is to be told."""
        was_away, self._reason, self._is_open = self._reason is not None, None, True
        return [f"{self._name} is back"] if was_away else []
