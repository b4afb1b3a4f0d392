"""Many batches of decisions as one blob, column by column: a few bytes a decision, HOLDs included.

A blob stands for itself: the texts it needs are in it. In front of it are the number of its compression and a
checksum.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import accumulate, chain, pairwise
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
# Of each batch a list of integers, in the order of the batches.
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
    widths = np.array([0, *(slots(text) for text in texts[1:])], np.int64)
    of_row = widths[rows] if len(rows) else rows
    begins = np.cumsum(of_row) - of_row
    for template in np.unique(rows).tolist():
        mine = order[rows[order] == template]
        for place in range(int(widths[template])):
            yield begins[mine] + place


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
        columns, texts = _unpacked(msgspec.msgpack.decode(body), number, ticker)
        return [None if one is None else from_columns(one, texts, setup) for one in columns]
    except ChunkDamaged:
        raise
    except (msgspec.MsgspecError, IndexError, TypeError, ValueError, RuntimeError) as error:
        raise ChunkDamaged(f"it cannot be read ({error})") from error


def _unpacked(packed: list[Any], number: int, ticker: str | None) -> tuple[list[Columns | None], list[str]]:
    parts = iter(packed)
    count = next(parts)
    texts = ["", *msgspec.msgpack.decode(expand(number, next(parts)), type=list[str])]
    if ticker is not None and ticker not in texts:
        return [None] * count, texts
    scalars = [unpack(one, number).tolist() for one in next(parts)]
    lists = {name: _unpack_lists(next(parts), number) for name in _LISTS}
    lists |= _unpack_by_market(next(parts), lists["tickers"], number)
    tables = {name: _unpack_tables(next(parts), number) for name in _TABLES}
    seen_us = np.array(scalars[1], np.int64) - np.array(scalars[2], np.int64)
    tables["sources"] = _unpack_sources(next(parts), seen_us, number)
    numbers = _unpack_numbers(next(parts), lists, texts, number)
    plain = msgspec.msgpack.decode(expand(number, next(parts)), type=list[list[str]])
    batch_no, decided_us, ago_us, offset_us, *watcher, credits_ = scalars
    wanted = range(count) if ticker is None else _with(texts.index(ticker), lists["tickers"])
    columns: list[Columns | None] = [None] * count
    for at in wanted:
        columns[at] = Columns(
            batch_no=batch_no[at],
            decided_us=decided_us[at],
            observed_us=decided_us[at] - ago_us[at],
            clock_offset_us=offset_us[at],
            watcher=(watcher[0][at], watcher[1][at], watcher[2][at], watcher[3][at]),
            credits=credits_[at],
            numbers=numbers[at],
            plain=plain[at],
            **{name: values[at] for name, values in {**lists, **tables}.items()},
        )
    return columns, texts


def _with(name: int, tickers: list[list[int]]) -> list[int]:
    return [at for at, names in enumerate(tickers) if name in names]


def _unpack_lists(packed: list[Any], number: int) -> list[list[int]]:
    counts, values = (unpack(one, number).tolist() for one in packed)
    return list(_cut(values, counts))


def _unpack_tables(packed: list[Any], number: int) -> list[list[Any]]:
    counts = unpack(packed[0], number).tolist()
    rows = list(zip(*(unpack(one, number).tolist() for one in packed[1]), strict=True))
    return list(_cut(rows, counts))


def _unpack_by_market(packed: list[Any], tickers: list[list[int]], number: int) -> dict[str, list[list[int]]]:
    bids, above = (unpack(one, number) for one in packed)
    order, counts = _grouped(_joined(tickers)), [len(row) for row in tickers]
    found = {}
    for name, values in zip(_BY_MARKET, (bids, bids + above), strict=True):
        column = np.zeros(len(order), np.int64)
        column[order] = values
        found[name] = list(_cut(column.tolist(), counts))
    return found


def _unpack_sources(packed: list[Any], seen_us: Integers, number: int) -> list[list[Any]]:
    counts, streams, *rest = (unpack(one, number) for one in packed)
    order = _grouped(streams)
    rows = np.zeros((len(streams), _SOURCE), np.int64)
    rows[:, 0] = streams
    rows[order, 1:] = np.stack(rest, axis=1)
    rows[:, -1] = seen_us.repeat(counts) - rows[:, -1]
    return list(_cut(list(map(tuple, rows.tolist())), counts.tolist()))


def _unpack_numbers(
    packed: list[Any], lists: Mapping[str, list[list[int]]], texts: Sequence[str], number: int
) -> list[list[int]]:
    templates, widths = lists["templates"], [0, *(slots(text) for text in texts[1:])]
    counts = [sum(widths[template] for template in row) for row in templates]
    values = np.zeros(sum(counts), np.int64)
    places = _places(_joined(templates), _joined(lists["tickers"]), texts)
    for at, column in zip(places, packed, strict=True):
        values[at] = unpack(column, number)
    return list(_cut(values.tolist(), counts))


def _joined(lists: list[list[int]]) -> Integers:
    return np.array(list(chain.from_iterable(lists)), np.int64)


def _cut(values: list[Any], counts: Sequence[int]) -> Iterator[list[Any]]:
    for begin, end in pairwise(accumulate(counts, initial=0)):
        yield values[begin:end]
