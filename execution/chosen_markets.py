"""The markets that were chosen to be traded, and the execution venue's word on them.

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
GIVEN_AWAY: Final = f"has its ticker given to another market {AT_THE_VENUE} by markets.map"


@dataclass(frozen=True, slots=True)
class VenueWord:
    """What the execution venue says of the choice of that number.

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
        self._given_away: list[str] = []
        self._told: VenueWord | None = None

    def choose(self, number: int, traded: Sequence[str], asked_about: Sequence[str]) -> None:
        """``traded`` are traded from now on; of ``asked_about`` the venue's word is wanted as well."""
        asked = (*traded, *asked_about)
        self._number, self._traded = number, traded
        self._given_away = [ticker for ticker in asked if self._names.to_execution(ticker) is None]
        self._markets.choose(self._names.all_to_execution(asked))

    def take_word(self) -> VenueWord | None:
        """The venue's word on the newest choice; None before all of it was read, and where it is no news."""
        refused = self._markets.refused() if self._number else None
        if refused is None:
            return None
        by_reason = {GIVEN_AWAY: list(self._given_away)} if self._given_away else {}
        for there, status in refused.items():
            ticker = self._names.to_data(there) or there
            renamed = f" as {there}" if there != ticker else ""
            why = f"{why_not_traded(status)} {AT_THE_VENUE}{renamed}"
            by_reason.setdefault(why, []).append(ticker)
        out = {ticker for tickers in by_reason.values() for ticker in tickers}
        renamed_count = self._names.renamed_among(ticker for ticker in self._traded if ticker not in out)
        word = VenueWord(self._number, by_reason, renamed_count)
        if word == self._told:
            return None
        self._told = word
        return word
