"""One connection of a feed through all its generations: which frames are its own, and whether it is open."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, Protocol

from kalshi_client.outage import Outage

NOBODY: Final = -1  # the generation whose frames are taken while none are


class Wire(Protocol):
    """Sends commands and opens connections again (``feed``)."""

    def send(self, connection: int, generation: int, data: bytes) -> None: ...
    def reconnect(self, connection: int) -> None: ...


class Link:
    """The connection with this number; ``name`` begins each sentence about it."""

    def __init__(self, name: str, number: int, wire: Wire) -> None:
        self.name = name
        self.number = number
        self.is_open = False
        self.heard_generation = NOBODY
        """The generation whose frames are taken: none after it was given up, before the next one opens."""
        self._wire = wire
        self._generation = 0
        self._outage = Outage(name)

    def opened(self, generation: int) -> list[str]:
        """Its next generation began; what is to be told."""
        self._generation = self.heard_generation = generation
        self.is_open = True
        return self._outage.opened()

    def ended(self, reason: str) -> list[str]:
        """It was lost, or could not be opened; what is to be told."""
        self.is_open = False
        return self._outage.ended(reason)

    def send(self, commands: Iterable[bytes]) -> None:
        for command in commands:
            self._wire.send(self.number, self._generation, command)

    def open_again(self) -> None:
        """Replace it by a new one. What still comes over it may be from before the reason for this."""
        self.heard_generation = NOBODY
        self._wire.reconnect(self.number)

    @property
    def outage(self) -> str:
        """Why it cannot be heard; "" while it can."""
        return "" if self.is_open else self._outage.reason or "its connections are not open yet"

    def row(self, name: str, *, age_s: float | None) -> dict[str, Any]:
        """As the page shows it; ``age_s``: of the newest data, None where that says nothing."""
        return {
            "name": name,
            "state": "live" if self.is_open else "down",
            "reconnects": max(0, self._generation - 1),
            "data_age_s": None if age_s is None else round(age_s, 1),
        }
