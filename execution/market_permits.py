"""Gathers everything that may forbid an order in a market, at the moment it is judged."""

from __future__ import annotations

import time

from execution.balance_watch import BalanceWatch
from execution.execution_books import ExecutionBooks
from execution.execution_markets import ExecutionMarkets
from execution.halt_latch import HaltLatch
from execution.permits import HeldPermits
from execution.venue_pauses import VenuePauses
from kalshi_client.rest.client import RestClient
from trading.ledger import Ledger
from trading.order_desk import Permits


class MarketPermits:
    """The permits of every market of one account."""

    def __init__(
        self,
        held: HeldPermits,
        markets: ExecutionMarkets,
        ledger: Ledger,
        *,
        books: ExecutionBooks,
        rest: RestClient,
        pauses: VenuePauses,
        balance: BalanceWatch,
        latch: HaltLatch,
    ) -> None:
        self._held = held
        self._markets = markets
        self._ledger = ledger
        self._books = books
        self._rest = rest
        self._pauses = pauses
        self._balance = balance
        self._latch = latch

    def of(self, ticker: str) -> Permits:
        """The permits of this market now."""
        now, market = time.monotonic(), self._markets.markets.get(ticker)
        return Permits(
            clock=self._rest.clock_offset(),
            lease_valid=self._held.lease_valid(now),
            state=self._held.state,
            stream_reconciled=self._held.stream_reconciled(now),
            venue_paused=market is not None and bool(self._pauses.holds(market.exchange_index)),
            untradable=self._held.untradable(ticker, now),
            equity_e6=self._balance.view.worth.equity,
            reduce_only=self._balance.reduce_only,
            halted=bool(self._latch.reason),
            pricing=self._books.pricing(ticker, self._ledger),
        )
