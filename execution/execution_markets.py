"""The markets that are traded or held, as the execution venue describes them, and which to read next.

A market that was just chosen is read at once, and one that there is news of; everything is read again
every ``refresh_s``, for status, close time, grid and fees change without a word, too. One read at a time;
it runs elsewhere, and trading goes on meanwhile on what is known. Times are monotonic seconds given by
the caller.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Final

from trading.market import Market

RETRY_S: Final = 2.0
UNLISTED_TOLD: Final = 5
UNLISTED: Final = "unlisted"  # status of a market that the venue does not list any more; it takes no orders


class ExecutionMarkets:
    """``markets``, by ticker, is changed in place: whoever holds it sees what is known now."""

    def __init__(self, *, refresh_s: float) -> None:
        self.markets: dict[str, Market] = {}
        self.shards: frozenset[int] = frozenset()
        """The exchange shards that these are on."""
        self._refresh_s = refresh_s
        self._unlisted_told: list[str] = []
        self._chosen: dict[str, None] = {}
        self._new: dict[str, None] = {}  # chosen or in the news, and not asked for yet
        self._news_meanwhile: dict[str, None] = {}  # of what the read under way asks for
        self._asked: list[str] = []  # by the read under way
        self._asked_for_all = False
        self._refresh_at = float("-inf")
        self._retry_at = float("-inf")

    def choose(self, tickers: Iterable[str]) -> None:
        """These are traded from now on."""
        before, self._chosen = self._chosen, dict.fromkeys(tickers)
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
        """What to ask the venue for now; None while a read is under way or nothing is due.

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
        self.shards = frozenset(market.exchange_index for market in self.markets.values())
        self._new |= self._news_meanwhile
        self._news_meanwhile.clear()
        return changed

    def unlisted(self) -> list[str]:
        """The chosen markets that were asked for and that this venue does not list."""
        asked_for = (ticker for ticker in self._chosen if ticker not in self._new)
        known = self.markets
        return [ticker for ticker in asked_for if ticker not in known or known[ticker].status == UNLISTED]

    def unlisted_news(self) -> str:
        """A sentence when the venue does not list some of the markets, others than were told; else ""."""
        before, unlisted = self._unlisted_told, self.unlisted()
        self._unlisted_told = unlisted
        if not unlisted or unlisted == before:
            return ""
        named = ", ".join(unlisted[:UNLISTED_TOLD]) + (" …" if len(unlisted) > UNLISTED_TOLD else "")
        counts = f"{len(unlisted)} of the {len(self._chosen)} markets"
        return f"The execution venue does not list {counts}, which take no orders: {named}"

    @property
    def lists_none(self) -> bool:
        """Whether the venue was found to list none of the chosen markets."""
        return bool(self._unlisted_told) and len(self._unlisted_told) == len(self._chosen)

    def _forget(self, needed: Collection[str]) -> None:
        """What is neither chosen nor needed, or every market that ever was would stay."""
        for ticker in self.markets.keys() - self._chosen.keys() - set(needed):
            del self.markets[ticker]
