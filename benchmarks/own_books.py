"""From frames to books as the MarketWatcher goes."""

from __future__ import annotations

from collections.abc import Sequence

from actors.market_data.shard_books import ShardBooks
from benchmarks.recorded_flow import Sides
from kalshi_client.stream.session import OrderbookSession
from kalshi_client.wire.values import BookDelta, BookSnapshot


class OwnBooks:
    """Sessions and books, with all their checks."""

    def __init__(self, groups: Sequence[Sequence[str]]) -> None:
        self._sessions = [OrderbookSession(group) for group in groups]
        for session in self._sessions:
            session.connected()
        tickers = [ticker for group in groups for ticker in group]
        self._books = ShardBooks(dict.fromkeys(tickers, 0), throttle_s=0.0)

    def take(self, connection: int, frames: Sequence[bytes]) -> None:
        session, books = self._sessions[connection], self._books
        for data in frames:
            for event in session.receive(data):
                match event:
                    case BookDelta():
                        source = (connection, event.seq)
                        books.change(event.ticker, event.side, event.price_e4, event.delta_e2, source=source)
                    case BookSnapshot():
                        books.confirm(event.ticker, event.yes, event.no, source=(connection, event.seq))

    def books(self) -> dict[str, Sides]:
        """Those it trusts."""
        return {
            ticker: (book.yes, book.no)
            for ticker, book in self._books.books.items()
            if ticker not in self._books.untradable
        }
