"""Many batches of decisions as one blob, column by column: a few bytes a decision, HOLDs included.

A blob stands for itself: the texts it needs are in it. In front of it are the number of its compression and a
checksum.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from typing import Any, Final

import msgspec
import numpy as np

from persistence.decisions.chunk_columns import ChunkColumns, DecidedRows
from persistence.decisions.columns import Columns, Names, from_columns, to_columns
from persistence.decisions.integer_columns import ZSTD, Integers, Squeezer, expand, pack, squeezer
from persistence.decisions.layout import BY_MARKET, LISTS, SCALARS, SOURCE, TABLES, grouped, places
from trading.decision import DecidedBatch, Setup

_HEAD_BYTES: Final = 5  # compression and checksum


class ChunkDamaged(ValueError):
    """A blob that is not what was written."""


def encode_chunk(batches: Sequence[DecidedBatch], *, compression: int = ZSTD) -> bytes:
    """The batches, which are of one session and incarnation, as a blob."""
    by, names = squeezer(compression), Names(splits=True)
    columns = [to_columns(batch, names) for batch in batches]
    texts = [text for _, text in names.unwritten]
    packed: list[Any] = [len(batches), by.compress(msgspec.msgpack.encode(texts))]
    packed.append([pack([of(one) for one in columns], by) for of in SCALARS])
    for name in LISTS:
        packed.append(_pack_lists([getattr(one, name) for one in columns], by))
    packed.append(_pack_by_market(columns, by))
    for name, width in TABLES.items():
        packed.append(_pack_tables([getattr(one, name) for one in columns], width, by))
    packed.append(_pack_sources(columns, by))
    packed.append(_pack_numbers(columns, ["", *texts], by))
    packed.append(by.compress(msgspec.msgpack.encode([one.plain for one in columns])))
    body = msgspec.msgpack.encode(packed)
    return bytes([by.number]) + zlib.crc32(body).to_bytes(4, "little") + body


def _pack_lists(lists: Sequence[Sequence[int]], by: Squeezer) -> list[Any]:
    return [pack([len(one) for one in lists], by), pack(list(chain.from_iterable(lists)), by)]


def _pack_tables(tables: Sequence[Sequence[tuple[int, ...]]], width: int, by: Squeezer) -> list[Any]:
    """Each place of the tuples is a column; a batch has as many as the one before, mostly."""
    rows = np.array(list(chain.from_iterable(tables)), np.int64).reshape(-1, width)
    counts = [len(one) for one in tables]
    lag = max(1, min(counts, default=1))
    return [pack(counts, by), [pack(column, by, lag=lag) for column in rows.T]]


def _pack_by_market(columns: Sequence[Columns], by: Squeezer) -> list[Any]:
    """Bids, and by how much the ask is above each."""
    order = grouped(_flat(columns, "tickers"))
    bids, asks = (_flat(columns, name)[order] for name in BY_MARKET)
    return [pack(bids, by), pack(asks - bids, by)]


def _pack_sources(columns: Sequence[Columns], by: Squeezer) -> list[Any]:
    """A connection's numbers side by side, the times as they are before the observation."""
    counts = [len(one.sources) for one in columns]
    rows = np.array(list(chain.from_iterable(one.sources for one in columns)), np.int64).reshape(-1, SOURCE)
    seen_us = np.array([one.observed_us for one in columns], np.int64).repeat(counts)
    order = grouped(rows[:, 0])
    streams, (seqs, trade_seqs, confirmed_us) = rows[:, 0], rows[order, 1:].T
    parts = (counts, streams, seqs, trade_seqs, seen_us[order] - confirmed_us)
    return [pack(part, by) for part in parts]


def _pack_numbers(columns: Sequence[Columns], texts: Sequence[str], by: Squeezer) -> list[Any]:
    """The numbers in the reasons: those at one place of one template are a column."""
    numbers = _flat(columns, "numbers")
    of_columns = places(_flat(columns, "templates"), _flat(columns, "tickers"), texts)
    return [pack(numbers[at], by) for at in of_columns]


def _flat(columns: Sequence[Columns], name: str) -> Integers:
    return np.array(list(chain.from_iterable(getattr(one, name) for one in columns)), np.int64)


def decode_chunk(blob: bytes, setup: Setup) -> list[DecidedBatch]:
    """The batches of a blob. Raises ChunkDamaged."""
    return [batch for batch in _decode(blob, setup, None) if batch is not None]


def decode_decisions_on(ticker: str, blob: bytes, setup: Setup) -> list[DecidedBatch | None]:
    """The same, with None for each batch that did not decide on this market; at a fifth of the time."""
    return _decode(blob, setup, ticker)


def decode_rows(blob: bytes) -> DecidedRows:
    """The observed and decided values, without the batches: in a small part of the time. Raises
    ChunkDamaged."""
    with _opening():
        packed, texts = _unpacked(blob)
        return ChunkColumns(packed, texts, blob[0]).rows()


def _decode(blob: bytes, setup: Setup, ticker: str | None) -> list[DecidedBatch | None]:
    with _opening():
        packed, texts = _unpacked(blob)
        if ticker is not None and ticker not in texts:
            return [None] * int(packed[0])
        chunk = ChunkColumns(packed, texts, blob[0])
        found: list[DecidedBatch | None] = [None] * chunk.batches
        for at in range(chunk.batches) if ticker is None else chunk.with_ticker(ticker):
            found[at] = from_columns(chunk.columns(at), chunk.texts, setup)
        return found


@contextmanager
def _opening() -> Iterator[None]:
    """Whatever a blob that was not written here leads to is ChunkDamaged."""
    try:
        yield
    except ChunkDamaged:
        raise
    except (msgspec.MsgspecError, IndexError, TypeError, ValueError, RuntimeError) as error:
        raise ChunkDamaged(f"it cannot be read ({error})") from error


def _unpacked(blob: bytes) -> tuple[Sequence[Any], list[str]]:
    """The packed columns of a blob, and its texts."""
    number, checksum, body = blob[0], blob[1:_HEAD_BYTES], blob[_HEAD_BYTES:]
    if zlib.crc32(body).to_bytes(4, "little") != checksum:
        raise ChunkDamaged("its checksum is another one")
    packed = msgspec.msgpack.decode(body)
    return packed, ["", *msgspec.msgpack.decode(expand(number, packed[1]), type=list[str])]
