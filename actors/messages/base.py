"""The base of all messages between actors."""

from __future__ import annotations

import msgspec


class Message(msgspec.Struct, frozen=True):
    """Base of all messages; a message is never changed after it is made."""
