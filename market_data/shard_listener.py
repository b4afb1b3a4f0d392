"""Takes in what the connections of a shard bring beside the books: public trades, and how late they are."""

from __future__ import annotations

import time
from collections.abc import Iterable

from kalshi_client.wire.public import TradeMessage
from market_data.shard_books import ShardBooks
from market_data.stream_delay import StreamDelay


class ShardListener:
    """Hears all connections of one shard (``kalshi_client.stream.book_connection``)."""

    def __init__(self, books: ShardBooks, delay: StreamDelay) -> None:
        self._books = books
        self._delay = delay

    def traded(self, trade: TradeMessage) -> None:
        """Take in a public trade."""
        self._books.traded(trade, self._delay.clock.offset(), now_us=time.time_ns() // 1000)

    def trades_heard(self, tickers: Iterable[str]) -> None:
        """From now on no public trade of these is missed."""
        self._books.trades_heard(tickers, since_us=time.time_ns() // 1000)

    def confirmed(self, sent_ms: int, now: float) -> None:
        """A message came ``now`` that was sent at ``sent_ms`` of the venue's clock."""
        self._delay.heard(sent_ms, now, time.time_ns() // 1000)
