"""Messages for people: what the page is told, and what it asks."""

from __future__ import annotations

from typing import Any

from actors.messages.base import Message


class Telemetry(Message, frozen=True):
    source: str
    built_us: int
    values: dict[str, Any]


class ActionRequested(Message, frozen=True):
    request_id: int
    action: str


class ActionAnswered(Message, frozen=True):
    request_id: int
    ok: bool
    text: str


class BookRequested(Message, frozen=True):
    request_id: int
    ticker: str


class BookReported(Message, frozen=True):
    request_id: int
    found: bool
    book: dict[str, Any]


class WhyRequested(Message, frozen=True):
    request_id: int
    ticker: str


class WhyReported(Message, frozen=True):
    """``facts`` are those that ``source`` alone knows: docs/architecture.md names them."""

    request_id: int
    source: str
    facts: dict[str, Any]


class BookLinesRequested(Message, frozen=True):
    request_id: int


class BookLinesReported(Message, frozen=True):
    """``lines`` is zlib of the shard's newline-joined ``ticker,side,price_e4,count_e2`` lines."""

    request_id: int
    shard: int
    shards: int
    lines: bytes
