"""The markets that were chosen to be traded, and the execution venue's answer about them.

They are chosen by the data venue's tickers, and read by the execution venue's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from execution.execution_markets import ExecutionMarkets
from kalshi_client.missing_markets import why_not_traded
from trading.market_map import MarketMap

AT_THE_VENUE: Final = "at the execution venue"
TICKER_OF_ANOTHER: Final = f"has its ticker given to another market {AT_THE_VENUE} by markets.map"


@dataclass(frozen=True, slots=True)
class ListingAnswer:
    """The execution venue's answer about the choice of that number.

    ``refused``: its markets that take no orders there, by the reason. ``renamed`` counts those of the
    rest that are to be traded under another ticker.
    """

    number: int
    refused: dict[str, list[str]]
    renamed: int


class ChosenMarkets:
    """The newest choice; ``markets`` reads what it asks for."""

    def __init__(self, names: MarketMap, markets: ExecutionMarkets) -> None:
        self._names = names
        self._markets = markets
        self._number = 0
        self._traded: Sequence[str] = ()
        self._unnamed: list[str] = []
        self._answered: ListingAnswer | None = None

    def choose(self, number: int, traded: Sequence[str], asked_about: Sequence[str]) -> None:
        """``traded`` are traded from now on; the venue is asked about ``asked_about`` as well."""
        asked = (*traded, *asked_about)
        self._number, self._traded = number, traded
        self._unnamed = [ticker for ticker in asked if self._names.to_execution(ticker) is None]
        self._markets.choose(self._names.all_to_execution(asked))

    def new_answer(self) -> ListingAnswer | None:
        """The venue's answer about the newest choice; None before all was read, and where it is no news."""
        refused = self._markets.refused() if self._number else None
        if refused is None:
            return None
        by_reason = {TICKER_OF_ANOTHER: list(self._unnamed)} if self._unnamed else {}
        for there, status in refused.items():
            ticker = self._names.to_data(there) or there
            renamed = f" as {there}" if there != ticker else ""
            why = f"{why_not_traded(status)} {AT_THE_VENUE}{renamed}"
            by_reason.setdefault(why, []).append(ticker)
        out = {ticker for tickers in by_reason.values() for ticker in tickers}
        renamed_count = self._names.renamed_among(ticker for ticker in self._traded if ticker not in out)
        answer = ListingAnswer(self._number, by_reason, renamed_count)
        if answer == self._answered:
            return None
        self._answered = answer
        return answer
