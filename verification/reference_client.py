"""A client that keeps books as the protocol says (5.2 to 5.5) and is in no hurry.

The judge of the fuzz: json and Decimal, one frame at a time, nothing shared with the real client. It
asks for nothing and only follows what the venue sends. A frame that does not say clearly what it has
to say is dropped whole.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

from benchmarks.recorded_flow import Sides

TERMINAL: Final = (10, 25)
MOST_EXACT: Final = 2**53  # no JSON number above it can be relied on (RFC 8259, 6)
_NUMBER: Final = re.compile(r"-?[0-9]{1,20}(\.[0-9]{1,20})?")


class NotClear(Exception):
    """The frame does not say what a frame of its type has to."""


class Impossible(Exception):
    """The frame says all it has to, but of a price or a count something that cannot be."""


class ReferenceClient:
    """Books of one connection, which begins with ``connected``."""

    def __init__(self, tickers: Iterable[str]) -> None:
        self._tickers = set(tickers)
        self.connected()

    def connected(self) -> None:
        """A new connection starts empty (5.1)."""
        self._books: dict[str, dict[str, dict[int, int]]] = {}
        self._sid: int | None = None
        self._last: int | None = None
        self._replied: int | None = None  # a number that only a reply has had so far

    @property
    def books(self) -> dict[str, Sides]:
        """The books that nothing speaks against."""
        return {ticker: (sides["yes"], sides["no"]) for ticker, sides in self._books.items()}

    def book(self, ticker: str) -> Sides | None:
        sides = self._books.get(ticker)
        return None if sides is None else (sides["yes"], sides["no"])

    def distrust(self, tickers: Iterable[str]) -> None:
        """Drop books that somebody has a reason to doubt, until their next snapshot."""
        for ticker in tickers:
            self._books.pop(ticker, None)

    def take(self, data: bytes) -> None:
        """Follow one frame. Never raises."""
        try:
            frame = json.loads(data.decode("utf-8", errors="replace"))
            take = _TAKE.get(_text(_field(frame, "type")))
            if take is not None:
                take(self, frame)
        except (NotClear, ValueError, RecursionError):
            pass  # if it took a number, the next one shows it

    # --- by type ---------------------------------------------------------------------------------

    def _subscribed(self, frame: dict[str, Any]) -> None:
        msg = _field(frame, "msg")
        if _text(_field(msg, "channel")) != "orderbook_delta":
            return
        sid = _whole(_field(msg, "sid"))
        if sid != self._sid:
            self._books.clear()
            self._sid, self._last, self._replied = sid, None, None

    def _snapshot(self, frame: dict[str, Any]) -> None:
        msg = _field(frame, "msg")
        ticker = _text(_field(msg, "market_ticker"))
        # An absent side is empty (5.5), and null says no more than absence does.
        pairs = {side: _pairs(msg.get(f"{side}_dollars_fp")) for side in ("yes", "no")}
        try:
            sides = {side: _levels(texts) for side, texts in pairs.items()}
        except Impossible:
            self._lose(frame, ticker)
            return
        if self._is_new(frame) and ticker in self._tickers:
            self._books[ticker] = sides

    def _delta(self, frame: dict[str, Any]) -> None:
        msg = _field(frame, "msg")
        ticker, side = _text(_field(msg, "market_ticker")), _text(_field(msg, "side"))
        if side not in ("yes", "no"):
            raise NotClear
        price, delta = _text(_field(msg, "price_dollars")), _text(_field(msg, "delta_fp"))
        try:
            price_e4, delta_e2 = _price_e4(price), _count_e2(delta)
        except Impossible:
            self._lose(frame, ticker)
            return
        if not self._is_new(frame) or ticker not in self._books:
            return
        levels = self._books[ticker][side]
        count_e2 = levels.pop(price_e4, 0) + delta_e2
        if count_e2 < 0:
            del self._books[ticker]
        elif count_e2 > 0:
            levels[price_e4] = count_e2

    def _lose(self, frame: dict[str, Any], ticker: str) -> None:
        """Forget this market: the frame's word of it cannot be followed."""
        if self._is_new(frame):
            self._books.pop(ticker, None)

    def _reply(self, frame: dict[str, Any]) -> None:
        """It may have a number of its own or show the last one (5.4)."""
        if frame.get("sid") is None or frame.get("seq") is None:
            return
        sid, seq = _whole(frame["sid"]), _whole(frame["seq"])
        if sid == self._sid and (self._last is None or seq > self._last):
            if self._last is not None and seq > self._last + 1:
                self._books.clear()
            self._last = self._replied = seq

    def _error(self, frame: dict[str, Any]) -> None:
        code = _whole(_field(_field(frame, "msg"), "code"))
        self._reply(frame)
        if code in TERMINAL and frame.get("sid") in (None, self._sid):
            self._books.clear()
            self._sid = None

    def _is_new(self, frame: dict[str, Any]) -> bool:
        """Whether the frame is to be followed; a gap before it takes every book away."""
        sid, seq = _whole(_field(frame, "sid")), _whole(_field(frame, "seq"))
        if sid != self._sid:
            return False
        if self._last is not None and seq <= self._last and seq != self._replied:
            return False
        if self._last is not None and seq > self._last + 1:
            self._books.clear()
        self._last, self._replied = seq, None
        return True


_TAKE: Final = {
    "subscribed": ReferenceClient._subscribed,  # noqa: SLF001  this table is a part of the class
    "orderbook_snapshot": ReferenceClient._snapshot,  # noqa: SLF001  same
    "orderbook_delta": ReferenceClient._delta,  # noqa: SLF001  same
    "ok": ReferenceClient._reply,  # noqa: SLF001  same
    "unsubscribed": ReferenceClient._reply,  # noqa: SLF001  same
    "error": ReferenceClient._error,  # noqa: SLF001  same
}


def _field(holder: Any, name: str) -> Any:
    if not isinstance(holder, dict) or name not in holder:
        raise NotClear
    return holder[name]


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise NotClear
    return value


def _whole(value: Any) -> int:
    if isinstance(value, float) and value.is_integer():
        return int(value)  # 3.0 is a JSON number like 3
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) > MOST_EXACT:
        raise NotClear
    return value


@lru_cache(maxsize=65_536)
def _scaled(text: str, scale: int) -> int:
    if not _NUMBER.fullmatch(text):
        raise Impossible
    scaled = Decimal(text) * scale
    if scaled != scaled.to_integral_value():
        raise Impossible
    return int(scaled)


def _price_e4(text: str) -> int:
    price_e4 = _scaled(text, 10_000)
    if not 0 < price_e4 < 10_000:
        raise Impossible
    return price_e4


def _count_e2(text: str) -> int:
    return _scaled(text, 100)


def _pairs(pairs: Any) -> list[tuple[str, str]]:
    if pairs is None:
        return []
    if not isinstance(pairs, list) or not all(isinstance(pair, list) and len(pair) == 2 for pair in pairs):
        raise NotClear
    return [(_text(price), _text(count)) for price, count in pairs]


def _levels(pairs: list[tuple[str, str]]) -> dict[int, int]:
    levels: dict[int, int] = {}
    for price, count in pairs:
        price_e4, count_e2 = _price_e4(price), _count_e2(count)
        if price_e4 in levels or count_e2 < 0:
            raise Impossible
        levels[price_e4] = count_e2
    return {price_e4: count_e2 for price_e4, count_e2 in levels.items() if count_e2}
