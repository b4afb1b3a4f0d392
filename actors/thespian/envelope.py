"""The envelope in which a message travels through Thespian.

A small object around msgpack bytes: Thespian pickles it and calls ``str`` on it three times a hop even
with its log off, so the text is constant (12–19 times less sender CPU at 1 MB than raw bytes).
"""

from __future__ import annotations

import time
from typing import Any, Final

from actors.messages import Message, pack, unpack

MICROSECONDS: Final = 1_000_000


def now_us() -> int:
    """Epoch microseconds: expiries are compared between processes, so they cannot be monotonic."""
    return time.time_ns() // 1000


class Envelope:
    """One message under way; ``number`` is its credit's (0: none is expected), ``origin`` its sender."""

    __slots__ = ("addresses", "body", "expires_us", "kind", "number", "origin")

    def __init__(
        self,
        kind: str,
        body: bytes,
        expires_us: int,
        number: int = 0,
        origin: tuple[str, int] = ("", 0),
        addresses: dict[str, Any] | None = None,
    ) -> None:
        self.kind = kind
        self.body = body
        self.expires_us = expires_us
        self.number = number
        self.origin = origin
        self.addresses = addresses

    def __str__(self) -> str:
        return self.kind

    __repr__ = __str__

    def __reduce__(self) -> tuple[Any, ...]:
        return Envelope, (self.kind, self.body, self.expires_us, self.number, self.origin, self.addresses)


def seal(
    message: Message,
    *,
    expires_s: float,
    origin: tuple[str, int],
    number: int = 0,
    addresses: dict[str, Any] | None = None,
) -> Envelope:
    """The message, ready to send."""
    expires_us = now_us() + int(expires_s * MICROSECONDS)
    return Envelope(type(message).__name__, pack(message), expires_us, number, origin, addresses)


def unseal(envelope: Envelope) -> Message:
    """The message inside. Raises KeyError (no such message) or ValueError (not its shape)."""
    return unpack(envelope.kind, envelope.body)


def has_expired(envelope: Envelope) -> bool:
    """Whether it came too late to be acted on: Thespian delivers up to five minutes late."""
    return now_us() > envelope.expires_us
