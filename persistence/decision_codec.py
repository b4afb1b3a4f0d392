"""Many batches of decisions as one blob, column by column: a few bytes a decision, HOLDs included.

A blob stands for itself: the texts it needs are in it. In front of it are the number of its compression and a
checksum.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from operator import attrgetter
from typing import Any, Final

import msgspec
import numpy as np

from persistence.decision_columns import Columns, Names, from_columns, slots, to_columns
from persistence.integer_columns import ZSTD, Integers, Squeezer, expand, pack, squeezer, unpack
from trading.decision import DecidedBatch, Setup

_HEAD_BYTES: Final = 5  # compression and checksum

# Of each batch one integer.
_SCALARS: Final[tuple[Callable[[Columns], int], ...]] = (
    attrgetter("batch_no"),
    attrgetter("decided_us"),
    lambda columns: columns.decided_us - columns.observed_us,
    attrgetter("clock_offset_us"),
    *(lambda columns, place=place: columns.watcher[place] for place in range(4)),
    attrgetter("credits"),
)
# Of each batch a list of integers.
_LISTS: Final = (
    "awaiting",
    "blocked",
    "tickers",
    "source",
    "changed_ago_us",
    "actions",
    "outcomes",
    "templates",
)
# The same, a market's numbers side by side: they change little from one time to the next.
_BY_MARKET: Final = ("yes_bids_e4", "yes_asks_e4")
# Of each batch a list of tuples: how long each is.
_TABLES: Final = {"ledgers": 2, "positions": 2, "resting": 5}
_SOURCE: Final = 4  # numbers, the first of which is the connection


class ChunkDamaged(ValueError):
    """A blob that is not what was written."""


def encode_chunk(batches: Sequence[DecidedBatch], *, compression: int = ZSTD) -> bytes:
    """The batches, which are of one session and incarnation, as a blob."""
    by, names = squeezer(compression), Names(splits=True)
    columns = [to_columns(batch, names) for batch in batches]
    texts = [text for _, text in names.unwritten]
    packed: list[Any] = [len(batches), by.compress(msgspec.msgpack.encode(texts))]
    packed.append([pack([of(one) for one in columns], by) for of in _SCALARS])
    for name in _LISTS:
        packed.append(_pack_lists([getattr(one, name) for one in columns], by))
    packed.append(_pack_by_market(columns, by))
    for name, width in _TABLES.items():
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
    order = _grouped(_flat(columns, "tickers"))
    bids, asks = (_flat(columns, name)[order] for name in _BY_MARKET)
    return [pack(bids, by), pack(asks - bids, by)]


def _pack_sources(columns: Sequence[Columns], by: Squeezer) -> list[Any]:
    """A connection's numbers side by side, the times as they are before the observation."""
    counts = [len(one.sources) for one in columns]
    rows = np.array(list(chain.from_iterable(one.sources for one in columns)), np.int64).reshape(-1, _SOURCE)
    seen_us = np.array([one.observed_us for one in columns], np.int64).repeat(counts)
    order = _grouped(rows[:, 0])
    streams, (seqs, trade_seqs, confirmed_us) = rows[:, 0], rows[order, 1:].T
    parts = (counts, streams, seqs, trade_seqs, seen_us[order] - confirmed_us)
    return [pack(part, by) for part in parts]


def _pack_numbers(columns: Sequence[Columns], texts: Sequence[str], by: Squeezer) -> list[Any]:
    """The numbers in the reasons: those at one place of one template are a column."""
    numbers = _flat(columns, "numbers")
    places = _places(_flat(columns, "templates"), _flat(columns, "tickers"), texts)
    return [pack(numbers[at], by) for at in places]


def _flat(columns: Sequence[Columns], name: str) -> Integers:
    return np.array(list(chain.from_iterable(getattr(one, name) for one in columns)), np.int64)


def _grouped(keys: Integers) -> Integers:
    """The order in which equal keys are side by side, each group as it was."""
    return np.argsort(keys, kind="stable")


def _places(rows: Integers, tickers: Integers, texts: Sequence[str]) -> Iterator[Integers]:
    """Where the numbers of each place of each template are among all numbers, a market's side by side."""
    order = _grouped(tickers)
    widths = _widths(texts)
    begins = np.cumsum(widths[rows]) - widths[rows]
    for template in np.unique(rows).tolist():
        mine = order[rows[order] == template]
        for place in range(int(widths[template])):
            yield begins[mine] + place


def _widths(texts: Sequence[str]) -> Integers:
    """How many numbers each template takes; the others of the texts take none."""
    return np.array([slots(text) for text in texts], np.int64)


def decode_chunk(blob: bytes, setup: Setup) -> list[DecidedBatch]:
    """The batches of a blob. Raises ChunkDamaged."""
    return [batch for batch in _decode(blob, setup, None) if batch is not None]


def decode_decisions_on(ticker: str, blob: bytes, setup: Setup) -> list[DecidedBatch | None]:
    """The same, with None for each batch that did not decide on this market; at a fifth of the time."""
    return _decode(blob, setup, ticker)


def _decode(blob: bytes, setup: Setup, ticker: str | None) -> list[DecidedBatch | None]:
    try:
        number, checksum, body = blob[0], blob[1:_HEAD_BYTES], blob[_HEAD_BYTES:]
        if zlib.crc32(body).to_bytes(4, "little") != checksum:
            raise ChunkDamaged("its checksum is another one")
        packed = msgspec.msgpack.decode(body)
        texts = ["", *msgspec.msgpack.decode(expand(number, packed[1]), type=list[str])]
        if ticker is not None and ticker not in texts:
            return [None] * int(packed[0])
        chunk = _Chunk(packed, texts, number)
        found: list[DecidedBatch | None] = [None] * chunk.batches
        for at in range(chunk.batches) if ticker is None else chunk.with_ticker(ticker):
            found[at] = from_columns(chunk.columns(at), chunk.texts, setup)
        return found
    except ChunkDamaged:
        raise
    except (msgspec.MsgspecError, IndexError, TypeError, ValueError, RuntimeError) as error:
        raise ChunkDamaged(f"it cannot be read ({error})") from error


class _Chunk:
    """The columns of a blob; a batch is cut out of them when it is wanted."""

    def __init__(self, packed: Sequence[Any], texts: Sequence[str], number: int) -> None:
        self.batches = int(packed[0])
        self.texts = texts
        self._number = number
        parts = iter(packed[2:])
        self._scalars = [self._unpack(one) for one in next(parts)]
        self._lists = {name: self._unpack_list(next(parts)) for name in _LISTS}
        self._begins, self._tickers = self._lists["tickers"]
        self._order = _grouped(self._tickers)
        self._unpack_by_market(next(parts))
        self._tables = {name: self._unpack_table(next(parts)) for name in _TABLES}
        self._tables["sources"] = self._unpack_sources(next(parts))
        self._lists["numbers"] = self._unpack_numbers(next(parts))
        self._plain = msgspec.msgpack.decode(expand(number, next(parts)), type=list[list[str]])

    def with_ticker(self, ticker: str) -> list[int]:
        """The batches that decided on this market, which is among the texts."""
        rows = np.flatnonzero(self._tickers == self.texts.index(ticker))
        places: list[int] = (np.searchsorted(self._begins, rows, side="right") - 1).tolist()
        return list(dict.fromkeys(places))

    def columns(self, at: int) -> Columns:
        batch_no, decided_us, ago_us, offset_us, *watcher, credits_ = (int(one[at]) for one in self._scalars)
        shard, incarnation, watcher_batch_no, tape_no = watcher
        cut: dict[str, Any] = {name: _of(at, one).tolist() for name, one in self._lists.items()}
        cut |= {name: list(map(tuple, _of(at, one).tolist())) for name, one in self._tables.items()}
        return Columns(
            batch_no=batch_no,
            decided_us=decided_us,
            observed_us=decided_us - ago_us,
            clock_offset_us=offset_us,
            watcher=(shard, incarnation, watcher_batch_no, tape_no),
            credits=credits_,
            plain=self._plain[at],
            **cut,
        )

    def _unpack(self, packed: Sequence[Any]) -> Integers:
        return unpack(packed, self._number)

    def _unpack_list(self, packed: Sequence[Any]) -> _Cut:
        counts, values = map(self._unpack, packed)
        return _begins(counts), values

    def _unpack_table(self, packed: Sequence[Any]) -> _Cut:
        return _begins(self._unpack(packed[0])), np.stack([self._unpack(one) for one in packed[1]], axis=1)

    def _unpack_by_market(self, packed: Sequence[Any]) -> None:
        bids, above = map(self._unpack, packed)
        for name, values in zip(_BY_MARKET, (bids, bids + above), strict=True):
            column = np.zeros(len(self._order), np.int64)
            column[self._order] = values
            self._lists[name] = self._begins, column

    def _unpack_sources(self, packed: Sequence[Any]) -> _Cut:
        counts, streams, *rest = map(self._unpack, packed)
        rows = np.zeros((len(streams), _SOURCE), np.int64)
        rows[:, 0] = streams
        rows[_grouped(streams), 1:] = np.stack(rest, axis=1)
        _, decided_us, ago_us, *_ = self._scalars
        rows[:, -1] = (decided_us - ago_us).repeat(counts) - rows[:, -1]
        return _begins(counts), rows

    def _unpack_numbers(self, packed: Sequence[Any]) -> _Cut:
        _, templates = self._lists["templates"]
        widths = _widths(self.texts)[templates]
        values = np.zeros(int(widths.sum()), np.int64)
        for at, column in zip(_places(templates, self._tickers, self.texts), packed, strict=True):
            values[at] = self._unpack(column)
        return _begins(widths)[self._begins], values


_Cut = tuple[Integers, Integers]
"""Where each batch begins, the end of the last one too, and what is to be cut there."""


def _of(at: int, cut: _Cut) -> Integers:
    begins, values = cut
    return values[begins[at] : begins[at + 1]]


def _begins(counts: Integers) -> Integers:
    return np.concatenate((np.zeros(1, np.int64), np.cumsum(counts)))
