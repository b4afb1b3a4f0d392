"""All that the page asks of a running session: its actors, and what it has recorded."""

from __future__ import annotations

import time
from typing import Any

from cli.actor_requests import ActorRequests
from cli.session import Session
from cli.why_records import recorded_in
from trading.market_map import MarketMap
from web.why import why_json
from web.why_facts import Live


class PageTrader:
    """Called by the page's threads."""

    def __init__(self, session: Session, requests: ActorRequests) -> None:
        self._session = session
        self._names = MarketMap(session.renamed)
        self._requests = requests
        self.act = requests.act
        self.book = requests.book
        self.books_hash = requests.books_hash

    def why(self, ticker: str, last: int) -> dict[str, Any]:
        """Why the market is traded or not. Raises TimeoutError when no actor answers."""
        session, ticker = self._session, self._names.as_data_ticker(ticker)
        live = Live(self._requests.why(ticker), self._book(ticker))
        recorded = recorded_in(session.account_dir, ticker, session=session.name)
        return why_json(
            ticker,
            session.name,
            recorded,
            live,
            last=last,
            now_us=time.time_ns() // 1000,
            throttle_us=session.config.strategy.throttle_us(),
        )

    def _book(self, ticker: str) -> dict[str, Any] | None:
        try:
            return self._requests.book(ticker)
        except TimeoutError:
            return None
