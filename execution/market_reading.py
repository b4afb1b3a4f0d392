"""Reads the execution venue's markets on a thread of its own, and with the first read the account's terms."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final

from execution.execution_markets import ExecutionMarkets
from execution.order_calls import ExecutionReads, ExecutionVenue
from kalshi_client.background import Background, Done, Overdue
from kalshi_client.rest.client import RestClient
from trading.market import Market

VENUE_WITHIN_S: Final = 600.0  # thousands of markets, read at the pace of the venue


@dataclass(frozen=True, slots=True)
class ReadEnd:
    """The news of a read that is over."""

    notes: list[str]
    """Sentences for people."""
    changed: list[Market]
    """The markets of which anything is new."""
    venue: ExecutionVenue | None = None
    """Of a read that asked for the account's terms too."""


class MarketReading:
    """The reads of one account; ``markets`` says which are due and keeps what they found."""

    def __init__(self, rest: RestClient, *, refresh_s: float) -> None:
        self.markets = ExecutionMarkets(refresh_s=refresh_s)
        self.background = Background(1, name="venue")  # long ones: no order waits for them
        self._rest = rest
        self._reads = ExecutionReads(rest)

    def read_if_due(self, *, needed: Collection[str], account_too: bool) -> None:
        """Begin the read that is due, if any. ``needed``: markets with something held or resting."""
        tickers = self.markets.next_read(time.monotonic(), needed=needed)
        if tickers is not None:
            read = self._reads.account_too if account_too else self._reads.markets
            self.background.submit(("venue", ""), read, tickers, within_s=VENUE_WITHIN_S)

    def ended(self) -> Iterator[ReadEnd]:
        """The reads that are over since the last call."""
        for done in self.background.drain():
            yield self._take(done)

    def _take(self, done: Done) -> ReadEnd:
        notes, now = self._reads.take_left_out(), time.monotonic()
        if isinstance(done.error, Overdue):
            self._reads = ExecutionReads(self._rest)  # the thread that goes on has the other to itself
        if done.error is not None:
            self.markets.failed(now)
            return ReadEnd([*notes, f"Reading the execution venue failed, trying again: {done.error}"], [])
        venue = done.result if isinstance(done.result, ExecutionVenue) else None
        changed = self.markets.learn(done.result if venue is None else venue.markets, now)
        return ReadEnd(notes, changed, venue)
