"""From frames to books in the ways that others go, written as well as each of them allows.

Every way takes the frames of one connection at a time, knows the best prices of both sides after
every change, and in the end answers what is in its books. None of them follows sequence numbers, keeps
back a book that may be wrong, or checks a number: only our own way pays for these.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final, Protocol

import msgspec
from sortedcontainers import SortedDict

from benchmarks.recorded_flow import Sides
from trading.market import ONE_DOLLAR_E4

Tops = dict[str, tuple[int, ...]]
"""Best bid of YES and of NO by ticker, or each with the best ask behind it; 0 for none."""


class Way(Protocol):
    """One way from frames to books."""

    def take(self, connection: int, frames: Sequence[bytes]) -> None: ...

    def books(self) -> dict[str, Sides]: ...


class MirroredSortedDicts:
    """json, and four sorted dicts a market: bids and asks of YES and of NO."""

    def __init__(self) -> None:
        self._books: dict[str, tuple[SortedDict, SortedDict, SortedDict, SortedDict]] = {}
        self.tops: Tops = {}

    def take(self, _connection: int, frames: Sequence[bytes]) -> None:
        for data in frames:
            frame = json.loads(data)
            body = frame["msg"]
            if frame["type"] == "orderbook_delta":
                ticker = body["market_ticker"]
                yes_bids, yes_asks, no_bids, no_asks = self._books[ticker]
                price_e4 = round(float(body["price_dollars"]) * 10_000)
                delta_e2 = round(float(body["delta_fp"]) * 100)
                bids, asks = (yes_bids, no_asks) if body["side"] == "yes" else (no_bids, yes_asks)
                count_e2 = bids.get(price_e4, 0) + delta_e2
                if count_e2 > 0:
                    bids[price_e4] = asks[ONE_DOLLAR_E4 - price_e4] = count_e2
                else:
                    bids.pop(price_e4, None)
                    asks.pop(ONE_DOLLAR_E4 - price_e4, None)
                self.tops[ticker] = (_last(yes_bids), _first(yes_asks), _last(no_bids), _first(no_asks))
            elif frame["type"] == "orderbook_snapshot":
                yes, no = _levels(body.get("yes_dollars_fp", ())), _levels(body.get("no_dollars_fp", ()))
                self._books[body["market_ticker"]] = (
                    SortedDict(yes), SortedDict(_mirrored(no)), SortedDict(no), SortedDict(_mirrored(yes))
                )  # fmt: skip

    def books(self) -> dict[str, Sides]:
        return {ticker: (dict(book[0]), dict(book[2])) for ticker, book in self._books.items()}


class SortedDicts:
    """json, and two sorted dicts a market: the bids of YES and of NO."""

    def __init__(self) -> None:
        self._books: dict[str, dict[str, SortedDict]] = {}
        self.tops: Tops = {}

    def take(self, _connection: int, frames: Sequence[bytes]) -> None:
        for data in frames:
            frame = json.loads(data)
            body = frame["msg"]
            if frame["type"] == "orderbook_delta":
                ticker = body["market_ticker"]
                sides = self._books[ticker]
                levels = sides[body["side"]]
                price_e4 = round(float(body["price_dollars"]) * 10_000)
                count_e2 = levels.get(price_e4, 0) + round(float(body["delta_fp"]) * 100)
                if count_e2 > 0:
                    levels[price_e4] = count_e2
                else:
                    levels.pop(price_e4, None)
                self.tops[ticker] = (_last(sides["yes"]), _last(sides["no"]))
            elif frame["type"] == "orderbook_snapshot":
                self._books[body["market_ticker"]] = {
                    "yes": SortedDict(_levels(body.get("yes_dollars_fp", ()))),
                    "no": SortedDict(_levels(body.get("no_dollars_fp", ()))),
                }

    def books(self) -> dict[str, Sides]:
        return {ticker: (dict(sides["yes"]), dict(sides["no"])) for ticker, sides in self._books.items()}


class _Delta(msgspec.Struct, gc=False):
    market_ticker: str
    price_dollars: str
    delta_fp: str
    side: str


class _Snapshot(msgspec.Struct, gc=False):
    market_ticker: str
    yes_dollars_fp: list[tuple[str, str]] = []
    no_dollars_fp: list[tuple[str, str]] = []


class _DeltaFrame(msgspec.Struct, tag="orderbook_delta", tag_field="type", gc=False):
    sid: int
    seq: int
    msg: _Delta


class _SnapshotFrame(msgspec.Struct, tag="orderbook_snapshot", tag_field="type", gc=False):
    sid: int
    seq: int
    msg: _Snapshot


class _Reply(msgspec.Struct, tag="subscribed", tag_field="type", gc=False):
    pass


_FRAMES: Final = msgspec.json.Decoder(_DeltaFrame | _SnapshotFrame | _Reply)


class _Numbers(dict[str, int]):
    """Texts that were seen before."""

    def __missing__(self, text: str) -> int:
        value = self[text] = int(text.replace(".", ""))
        return value


class BareLoop:
    """A typed msgspec decoder, a dict a side with its best price beside it, and nothing else."""

    def __init__(self) -> None:
        self._books: dict[str, _BareBook] = {}
        self._numbers = _Numbers()

    def take(self, _connection: int, frames: Sequence[bytes]) -> None:
        decode, numbers, books = _FRAMES.decode, self._numbers, self._books
        for data in frames:
            frame = decode(data)
            if type(frame) is _DeltaFrame:
                body = frame.msg
                book = books[body.market_ticker]
                price_e4 = numbers[body.price_dollars]
                if body.side == "yes":
                    levels = book.yes
                    count_e2 = levels.get(price_e4, 0) + numbers[body.delta_fp]
                    if count_e2:
                        levels[price_e4] = count_e2
                        if price_e4 > book.best_yes_e4:
                            book.best_yes_e4 = price_e4
                    else:
                        del levels[price_e4]
                        if price_e4 == book.best_yes_e4:
                            book.best_yes_e4 = max(levels, default=0)
                else:
                    levels = book.no
                    count_e2 = levels.get(price_e4, 0) + numbers[body.delta_fp]
                    if count_e2:
                        levels[price_e4] = count_e2
                        if price_e4 > book.best_no_e4:
                            book.best_no_e4 = price_e4
                    else:
                        del levels[price_e4]
                        if price_e4 == book.best_no_e4:
                            book.best_no_e4 = max(levels, default=0)
            elif type(frame) is _SnapshotFrame:
                whole = frame.msg
                yes, no = self._side(whole.yes_dollars_fp), self._side(whole.no_dollars_fp)
                books[whole.market_ticker] = _BareBook(yes, no)

    def _side(self, texts: Sequence[tuple[str, str]]) -> dict[int, int]:
        return {self._numbers[price]: self._numbers[count] for price, count in texts}

    def books(self) -> dict[str, Sides]:
        return {ticker: (book.yes, book.no) for ticker, book in self._books.items()}


class _BareBook:
    __slots__ = ("best_no_e4", "best_yes_e4", "no", "yes")

    def __init__(self, yes: dict[int, int], no: dict[int, int]) -> None:
        self.yes, self.no = yes, no
        self.best_yes_e4, self.best_no_e4 = max(yes, default=0), max(no, default=0)


def _last(levels: SortedDict) -> int:
    return int(levels.peekitem(-1)[0]) if levels else 0


def _first(levels: SortedDict) -> int:
    return int(levels.peekitem(0)[0]) if levels else 0


def _levels(texts: Sequence[tuple[str, str]]) -> dict[int, int]:
    return {round(float(price) * 10_000): round(float(count) * 100) for price, count in texts}


def _mirrored(levels: dict[int, int]) -> dict[int, int]:
    return {ONE_DOLLAR_E4 - price_e4: count_e2 for price_e4, count_e2 in levels.items()}
