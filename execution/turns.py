"""Gives each of many its turn where one read asks only for some of them."""

from __future__ import annotations

from collections.abc import Iterable


class Turns:
    """Takes the items in turns: the one asked for longest ago first, of equals the one that came first."""

    def __init__(self) -> None:
        self._round = 0
        self._asked: dict[str, int] = {}  # by name: the round in which it was asked for last

    def order(self, names: Iterable[str]) -> list[str]:
        """All of the names, the next to be asked for first; what is no longer among them is forgotten."""
        self._asked = {name: self._asked.get(name, 0) for name in names}
        return sorted(self._asked, key=self._asked.__getitem__)

    def asked(self, names: Iterable[str]) -> None:
        """One round has asked for these, whatever came of it."""
        self._round += 1
        self._asked.update(dict.fromkeys(names, self._round))
