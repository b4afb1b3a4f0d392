"""Records all that a watcher observes, as it happens: one ordered list of rows for its whole life.

Whoever applies the rows up to a batch's ``tape_no`` to empty books observes the same markets as the watcher
did (``market_data.tape_player``). What is recorded, and how it is numbered, is ``tape_rows``.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import Final

import numpy as np

from trading import tape_rows as rows_of
from trading.market import BookSide, Side
from trading.tape_rows import WIDTH, TapePiece

_CHANGE: Final[dict[Side, int]] = {"yes": rows_of.CHANGE_YES, "no": rows_of.CHANGE_NO}
_TRADE: Final[dict[BookSide, int]] = {"bid": rows_of.BOUGHT, "ask": rows_of.SOLD}


class TapeRecorder:
    """The rows that no piece has taken yet. It grows until ``take``."""

    def __init__(self) -> None:
        self.left_out: set[int] = set()
        """Markets of which rows were left out since their last snapshot in full."""
        self._rows: list[int] = []
        self._first_no = 1  # of the rows
        self._since_us = 0
        self._trade_us = 0  # of the newest trade among the rows
        self._texts: dict[str, int] = {}
        self._told_texts = 0  # in the pieces that were taken

    @property
    def rows(self) -> list[int]:
        """For the hot path, which extends it by the four integers of each change."""
        return self._rows

    @property
    def last_no(self) -> int:
        """The number of the newest row; 0 before the first."""
        return self._first_no - 1 + len(self._rows) // WIDTH

    def text(self, text: str) -> int:
        """The number that stands for the text: of a market, its ticker's."""
        return self._texts.setdefault(text, len(self._texts))

    def peek(self, after_no: int, now_us: int) -> TapePiece | None:
        """The rows behind this one, which stay; None when there are none."""
        rows = self._rows[max(0, after_no + 1 - self._first_no) * WIDTH :]
        if not rows:
            return None
        kind, a, b, c = np.fromiter(rows, np.int64, len(rows)).reshape(-1, WIDTH).T
        texts = tuple(map(_printable, islice(self._texts, self._told_texts, None)))
        first_no, began_us = self.last_no + 1 - len(kind), self._since_us or now_us
        return TapePiece(first_no, began_us, now_us, kind, a, b, c, self._told_texts, texts)

    def take(self, now_us: int) -> TapePiece | None:
        """The rows since the last call; None when there are none."""
        piece = self.peek(0, now_us)
        if piece is not None:
            self._rows, self._trade_us = [], 0
            self._first_no, self._since_us, self._told_texts = piece.last_no + 1, now_us, len(self._texts)
        return piece

    def begin_again(self) -> None:
        """Begin again: what follows needs nothing that was told before."""
        self._told_texts = 0
        self.left_out.clear()
        self._write(rows_of.BEGINS)

    def _write(self, kind: int, a: int = 0, b: int = 0, c: int = 0) -> None:
        self.rows.extend((kind, a, b, c))

    # --- books -----------------------------------------------------------------------------------

    def changed(self, market: int, side: Side, price_e4: int, change_e2: int) -> None:
        """A level of the book changed; ``stream.changes`` writes the same by itself."""
        self._write(_CHANGE[side], market, price_e4, change_e2)

    def took(self, connection: int, seq: int, received_us: int) -> None:
        """Every message of the connection's books up to this one was taken; all since the last such row of it
        came at once."""
        self._write(rows_of.TOOK, connection, seq, received_us)

    def showed(self, market: int, connection: int, yes: Mapping[int, int], no: Mapping[int, int]) -> None:
        """The venue showed the whole book."""
        self.left_out.discard(market)
        self._write(rows_of.SNAPSHOT, market, connection, len(yes) + len(no))
        self._levels(yes, no)

    def _levels(self, yes: Mapping[int, int], no: Mapping[int, int]) -> None:
        for kind, side in ((rows_of.LEVEL_YES, yes), (rows_of.LEVEL_NO, no)):
            for price_e4, count_e2 in side.items():
                self._write(kind, price_e4, count_e2)

    def distrusted(self, market: int, reason: str) -> None:
        self._write(rows_of.DISTRUSTED, market, self.text(reason))

    def read(self, ticker: str, read_us: int, yes: Mapping[int, int], no: Mapping[int, int]) -> None:
        """The book was read, in the place of an untrusted one."""
        self._write(rows_of.READ, self.text(ticker), read_us, len(yes) + len(no))
        self._levels(yes, no)

    def unread(self, ticker: str) -> None:
        """Believe nothing more that was read."""
        self._write(rows_of.UNREAD, self.text(ticker))

    # --- public trades ---------------------------------------------------------------------------

    def heard_trade(self, connection: int, seq: int) -> None:
        """The connection's public trades came up to this message, whatever became of them."""
        self._write(rows_of.TRADE_SEQ, connection, seq)

    def traded(self, ticker: str, taker_side: BookSide, price_e4: int, count_e2: int, at_us: int) -> None:
        """A trade counts, for the first time."""
        if at_us != self._trade_us:  # an order that meets many makes as many trades at once
            self._trade_us = at_us
            self._write(rows_of.TRADE_AT, at_us)
        self._write(_TRADE[taker_side], self.text(ticker), price_e4, count_e2)

    def trades_heard(self, ticker: str, since_us: int) -> None:
        self._write(rows_of.TRADES_SINCE, self.text(ticker), since_us)

    # --- markets ---------------------------------------------------------------------------------

    def kept(self, ticker: str, close_us: int) -> None:
        """The market is held from now on."""
        self._write(rows_of.KEPT, self.text(ticker), close_us)

    def closes(self, ticker: str, close_us: int) -> None:
        self._write(rows_of.CLOSES, self.text(ticker), close_us)

    def forgot(self, ticker: str) -> None:
        self._write(rows_of.FORGOT, self.text(ticker))

    def belongs(self, ticker: str, event: str) -> None:
        self._write(rows_of.BELONGS, self.text(ticker), self.text(event))

    def blocked(self, ticker: str, owner: str, reason: str) -> None:
        self._write(rows_of.BLOCKED, self.text(ticker), self.text(owner), self.text(reason))

    def lifted(self, ticker: str, owner: str) -> None:
        self._write(rows_of.LIFTED, self.text(ticker), self.text(owner))

    def stopped(self, owner: str, reason: str) -> None:
        """None of the markets is traded; "" ends it."""
        self._write(rows_of.STOPPED, self.text(owner), self.text(reason))

    def closing_only(self, ticker: str, *, is_so: bool) -> None:
        self._write(rows_of.CLOSING_ONLY, self.text(ticker), int(is_so))

    # --- the way of it ---------------------------------------------------------------------------

    def batch(self, batch_no: int, observed_us: int, offset_us: int) -> int:
        """A batch was observed; the number of its row."""
        self._write(rows_of.BATCH, batch_no, observed_us, offset_us)
        return self.last_no

    def connected(self, connection: int) -> None:
        self._write(rows_of.CONNECTED, connection)

    def ended(self, connection: int, reason: str) -> None:
        self._write(rows_of.ENDED, connection, self.text(reason))


class NoTape(TapeRecorder):
    """Of books that nobody plays again: what is written is dropped at once."""

    @property
    def rows(self) -> list[int]:
        return []

    def text(self, text: str) -> int:  # noqa: ARG002  # nothing is named
        return 0


def _printable(text: str) -> str:
    """The text without what neither UTF-8 nor a database can hold: it comes from the venue."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()
