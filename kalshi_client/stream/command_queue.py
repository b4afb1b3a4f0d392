"""The commands of one connection that wait to be sent."""

from __future__ import annotations


class CommandQueue:
    """Gives each command its number, from 1 on (protocol 5.2), and keeps the order."""

    def __init__(self) -> None:
        self._next_id = 1
        self._queued: list[bytes] = []

    def new_id(self) -> int:
        """The number of the next command."""
        request_id, self._next_id = self._next_id, self._next_id + 1
        return request_id

    def put(self, command: bytes) -> None:
        self._queued.append(command)

    def take(self) -> list[bytes]:
        """The commands since the last call."""
        queued, self._queued = self._queued, []
        return queued
