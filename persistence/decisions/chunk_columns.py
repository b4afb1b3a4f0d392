"""The columns of a blob of decisions, out of which a batch is cut when it is wanted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec
import numpy as np

from persistence.decisions.columns import Columns
from persistence.decisions.integer_columns import Integers, expand, unpack
from persistence.decisions.layout import BY_MARKET, LISTS, SOURCE, TABLES, grouped, places, widths


class DecidedRows(NamedTuple):
    """All decisions of a blob, as far as figures are made of them; columns are in the order of time."""

    texts: Sequence[str]
    decided_us: Integers
    tickers: Integers  # each one's number among the texts
    actions: Integers  # each one's place in ``decision_columns.ACTIONS``
    yes_bids_e4: Integers
    yes_asks_e4: Integers


class ChunkColumns:
    """The columns of a blob; a batch is cut out of them when it is wanted."""

    def __init__(self, packed: Sequence[Any], texts: Sequence[str], number: int) -> None:
        self.batches = int(packed[0])
        self.texts = texts
        self._number = number
        parts = iter(packed[2:])
        self._scalars = [self._unpack(one) for one in next(parts)]
        self._lists = {name: self._unpack_list(next(parts)) for name in LISTS}
        self._begins, self._tickers = self._lists["tickers"]
        self._order = grouped(self._tickers)
        self._unpack_by_market(next(parts))
        self._tables = {name: self._unpack_table(next(parts)) for name in TABLES}
        self._tables["sources"] = self._unpack_sources(next(parts))
        self._lists["numbers"] = self._unpack_numbers(next(parts))
        self._plain = msgspec.msgpack.decode(expand(number, next(parts)), type=list[list[str]])

    def with_ticker(self, ticker: str) -> list[int]:
        """The batches that decided on this market, which is among the texts."""
        rows = np.flatnonzero(self._tickers == self.texts.index(ticker))
        places: list[int] = (np.searchsorted(self._begins, rows, side="right") - 1).tolist()
        return list(dict.fromkeys(places))

    def rows(self) -> DecidedRows:
        decided_us = self._scalars[1].repeat(np.diff(self._begins))
        names = ("tickers", "actions", *BY_MARKET)
        return DecidedRows(self.texts, decided_us, *(self._lists[name][1] for name in names))

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
        for name, values in zip(BY_MARKET, (bids, bids + above), strict=True):
            column = np.zeros(len(self._order), np.int64)
            column[self._order] = values
            self._lists[name] = self._begins, column

    def _unpack_sources(self, packed: Sequence[Any]) -> _Cut:
        counts, streams, *rest = map(self._unpack, packed)
        rows = np.zeros((len(streams), SOURCE), np.int64)
        rows[:, 0] = streams
        rows[grouped(streams), 1:] = np.stack(rest, axis=1)
        _, decided_us, ago_us, *_ = self._scalars
        rows[:, -1] = (decided_us - ago_us).repeat(counts) - rows[:, -1]
        return _begins(counts), rows

    def _unpack_numbers(self, packed: Sequence[Any]) -> _Cut:
        _, templates = self._lists["templates"]
        counts = widths(self.texts)[templates]
        values = np.zeros(int(counts.sum()), np.int64)
        for at, column in zip(places(templates, self._tickers, self.texts), packed, strict=True):
            values[at] = self._unpack(column)
        return _begins(counts)[self._begins], values


_Cut = tuple[Integers, Integers]
"""Where each batch begins, the end of the last one too, and what is to be cut there."""


def _of(at: int, cut: _Cut) -> Integers:
    begins, values = cut
    return values[begins[at] : begins[at + 1]]


def _begins(counts: Integers) -> Integers:
    return np.concatenate((np.zeros(1, np.int64), np.cumsum(counts)))
