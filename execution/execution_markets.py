"""The markets that are traded or held, as the execution venue describes them, and which to read next.

A market that was just chosen is read at once, and one that there is news of; everything is read again
every ``refresh_s``, for status, close time, grid and fees change without a word, too. One read at a time;
it runs elsewhere, and trading goes on meanwhile on what is known. Whether a market takes orders here is
judged as it is first read and with each refresh. Times are monotonic seconds given by the caller.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Final

from trading.market import Market

RETRY_S: Final = 2.0
UNLISTED: Final = "unlisted"  # status of a market that the venue does not list (any more); it takes no orders
TRADED: Final = "active"
PAUSED: Final = "inactive"


class ExecutionMarkets:
    """``markets``, by ticker, is changed in place: whoever holds it sees what is known now."""

    def __init__(self, *, refresh_s: float) -> None:
        self.markets: dict[str, Market] = {}
        self.shards: frozenset[int] = frozenset()
        """The exchange shards that these are on."""
        self._refresh_s = refresh_s
        self.takes_none = False
        """Whether the venue takes orders in none of the chosen markets."""
        self._takes_orders: dict[str, bool] = {}  # of the chosen markets that were read
        self._chosen: dict[str, None] = {}
        self._new: dict[str, None] = {}  # chosen or in the news, and not asked for yet
        self._news_meanwhile: dict[str, None] = {}  # of what the read under way asks for
        self._asked: list[str] = []  # by the read under way
        self._asked_for_all = False
        self._refresh_at = float("-inf")
        self._retry_at = float("-inf")

    def choose(self, tickers: Iterable[str]) -> None:
        """These are wanted from now on: traded, or asked about."""
        before, self._chosen = self._chosen, dict.fromkeys(tickers)
        self._takes_orders = {t: takes for t, takes in self._takes_orders.items() if t in self._chosen}
        renewed = [ticker for ticker in self._new if ticker in self._chosen or ticker in self.markets]
        self._new = dict.fromkeys([*renewed, *(ticker for ticker in self._chosen if ticker not in before)])

    def renew(self, tickers: Iterable[str]) -> None:
        """There is news of these: what is known of them may be over."""
        for ticker in tickers:
            if ticker in self._asked:
                self._news_meanwhile[ticker] = None  # the answer may be older than the news
            elif ticker in self.markets or ticker in self._chosen:
                self._new[ticker] = None

    def next_read(self, now: float, *, needed: Collection[str] = ()) -> list[str] | None:
        """The question to ask the venue now; None while a read is under way or nothing is due.

        ``needed``: markets with something held or resting, which stay known whatever is chosen.
        """
        if self._asked or now < self._retry_at or not self._chosen:
            return None
        self._asked_for_all = now >= self._refresh_at
        if self._asked_for_all:
            self._asked = list(self._chosen | dict.fromkeys(needed))
            self._forget(needed)
        else:
            self._asked = list(self._new)
        return self._asked or None

    def failed(self, now: float) -> None:
        """The read came to nothing: it is due again soon."""
        self._asked = []
        self._retry_at = now + RETRY_S

    def learn(self, found: Mapping[str, Market], now: float) -> list[Market]:
        """Take in the answer; the markets of which anything is new."""
        asked, self._asked = self._asked, []
        if self._asked_for_all:
            self._refresh_at = now + self._refresh_s
        changed = []
        for ticker in asked:
            self._new.pop(ticker, None)
            known, market = self.markets.get(ticker), found.get(ticker)
            if market is None and known is not None:
                market = replace(known, status=UNLISTED)
            if market is not None and market != known:
                self.markets[ticker] = market
                changed.append(market)
            if ticker in self._chosen and (self._asked_for_all or ticker not in self._takes_orders):
                self._takes_orders[ticker] = self._is_taken(ticker)
        self.takes_none = bool(self._takes_orders) and not any(self._takes_orders.values())
        self.shards = frozenset(market.exchange_index for market in self.markets.values())
        self._new |= self._news_meanwhile
        self._news_meanwhile.clear()
        return changed

    def refused(self) -> dict[str, str] | None:
        """The chosen markets that take no orders here, with their status; None before all were read."""
        takes = self._takes_orders
        if len(takes) < len(self._chosen):
            return None
        return {ticker: self._status(ticker) for ticker in self._chosen if not takes[ticker]}

    def _is_taken(self, ticker: str) -> bool:
        """A pause ends, so it only keeps out a market that was not traded before."""
        status = self._status(ticker)
        return status == TRADED or (status == PAUSED and self._takes_orders.get(ticker, False))

    def _status(self, ticker: str) -> str:
        market = self.markets.get(ticker)
        return UNLISTED if market is None else market.status

    def _forget(self, needed: Collection[str]) -> None:
        """Forget markets that are neither chosen nor needed, or every market that ever was would stay."""
        for ticker in self.markets.keys() - self._chosen.keys() - set(needed):
            del self.markets[ticker]
