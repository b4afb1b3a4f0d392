"""The markets that were chosen to be traded, and the execution venue's answer about them.

They are chosen by the data venue's tickers, and read by the execution venue's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from execution.execution_markets import UNLISTED, ExecutionMarkets
from kalshi_client.missing_markets import why_not_traded
from trading.mapped_pair import MarketFacts
from trading.market_map import MarketMap

AT_THE_VENUE: Final = "at the execution venue"
TICKER_OF_ANOTHER: Final = f"has its ticker given to another market {AT_THE_VENUE} by markets.map"


@dataclass(frozen=True, slots=True)
class ListingAnswer:
    """The execution venue's answer about the choice of that number.

    ``refused``: its markets that take no orders there, by the reason. ``renamed`` counts those of the
    rest that are to be traded under another ticker. ``mapped``: what the venue tells of those of its
    markets that it lists under another ticker.
    """

    number: int
    refused: dict[str, list[str]]
    renamed: int
    mapped: Mapping[str, MarketFacts] = field(default_factory=dict)


def why_refused(status: str, *, ticker: str, there: str) -> str:
    """Why the execution venue takes no orders in a market that it calls ``there``."""
    renamed = f" as {there}" if there != ticker else ""
    return f"{why_not_traded(status)} {AT_THE_VENUE}{renamed}"


class ChosenMarkets:
    """The newest choice; ``markets`` reads what it asks for."""

    def __init__(self, names: MarketMap, markets: ExecutionMarkets) -> None:
        self._names = names
        self._markets = markets
        self._number = 0
        self._traded: Sequence[str] = ()
        self._renamed: dict[str, str] = {}  # execution ticker of those that have another one
        self._unnamed: list[str] = []
        self._answered: ListingAnswer | None = None

    def choose(self, number: int, traded: Sequence[str], asked_about: Sequence[str]) -> None:
        """``traded`` are traded from now on; the venue is asked about ``asked_about`` as well."""
        asked = (*traded, *asked_about)
        self._number, self._traded = number, traded
        found = {ticker: self._names.to_execution(ticker) for ticker in asked}
        self._unnamed = [ticker for ticker, there in found.items() if there is None]
        self._renamed = {ticker: there for ticker, there in found.items() if there and there != ticker}
        self._markets.choose(self._names.all_to_execution(asked))

    def new_answer(self) -> ListingAnswer | None:
        """The venue's answer about the newest choice; None before all was read, and where it is no news."""
        refused = self._markets.refused() if self._number else None
        if refused is None:
            return None
        by_reason = {TICKER_OF_ANOTHER: list(self._unnamed)} if self._unnamed else {}
        for there, status in refused.items():
            ticker = self._names.to_data(there) or there
            why = why_refused(status, ticker=ticker, there=there)
            by_reason.setdefault(why, []).append(ticker)
        out = {ticker for tickers in by_reason.values() for ticker in tickers}
        renamed_count = self._names.renamed_among(ticker for ticker in self._traded if ticker not in out)
        answer = ListingAnswer(self._number, by_reason, renamed_count, self._mapped())
        if answer == self._answered:
            return None
        self._answered = answer
        return answer

    def _mapped(self) -> dict[str, MarketFacts]:
        listed = ((ticker, self._markets.markets.get(there)) for ticker, there in self._renamed.items())
        return {
            ticker: MarketFacts(market.title, market.close_us)
            for ticker, market in listed
            if market is not None and market.status != UNLISTED
        }
