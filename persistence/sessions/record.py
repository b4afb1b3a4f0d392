"""The Recorder's own records: the session's beginning and end, and the markets it was told of."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from persistence.outbox import Outbox
from trading.events import MarketSeen, SessionEnded, SessionStarted, SessionValued
from trading.market import Market


class SessionRecord:
    """The writing end of an account's ``session.db``."""

    def __init__(self, path: Path) -> None:
        """Raises as ``Outbox``."""
        self._outbox = Outbox(path, "Recorder")
        self._markets: dict[str, Market] = {}  # as they were last written down here

    def started(self, session: SessionStarted) -> None:
        """Write the beginning down, once however often it is told. Raises PersistenceError."""
        self._outbox.append([(session, f"started/{session.session}")])

    def valued(self, session: SessionValued) -> None:
        """Write down what the account was worth at its end. Raises PersistenceError."""
        self._outbox.append([(session, f"valued/{session.session}")])

    def ended(self, session: SessionEnded) -> None:
        """Write the end down; the first one counts. Raises PersistenceError."""
        self._outbox.append([(session, f"ended/{session.session}")])

    def learn(self, markets: Iterable[Market], *, at_us: int) -> None:
        """Write down those of which anything is new. Raises PersistenceError."""
        new = [market for market in markets if self._markets.get(market.ticker) != market]
        self._outbox.append([(_seen(market, at_us), None) for market in new])
        self._markets.update({market.ticker: market for market in new})

    def close(self) -> None:
        self._outbox.close()


def _seen(market: Market, at_us: int) -> MarketSeen:
    return MarketSeen(
        at_us=at_us,
        ticker=market.ticker,
        event_ticker=market.event_ticker,
        series_ticker=market.series_ticker,
        status=market.status,
        exchange_index=market.exchange_index,
        close_us=market.close_us,
        fee_type=market.fee_type,
        fee_multiplier_e4=market.fee_multiplier_e4,
        title=market.title,
    )
