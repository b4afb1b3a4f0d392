"""The markets that a market map names, as the data venue lists them, and what is wrong with the map."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from kalshi_client.missing_markets import Missing, MissingMarkets, NamedReads
from kalshi_client.wire.records import MarketRecord

MAP: Final = "markets.map"


class MappedMarkets:
    """``renamed``: execution tickers by data ticker."""

    def __init__(self, reads: NamedReads, missing: MissingMarkets, renamed: Mapping[str, str]) -> None:
        self._reads = reads
        self._missing = missing
        self._renamed = renamed

    def among(self, open_markets: Iterable[MarketRecord]) -> tuple[MarketRecord, ...]:
        """Those of the open markets that the map names."""
        return tuple(market for market in open_markets if market.ticker in self._renamed)

    def not_traded(self, open_markets: Sequence[MarketRecord]) -> list[Missing]:
        """Names of the map that are not listed, and markets whose ticker a line gives to another one.

        Those that are listed and not open are no mistake: a map outlives the markets in it.
        """
        if not self._renamed:
            return []
        taken = {there: here for here, there in self._renamed.items() if there not in self._renamed}
        listed = self._listed({*self._renamed, *taken}, open_markets)
        unlisted = sorted(ticker for ticker in self._renamed if ticker not in listed)
        return [
            *self._missing.tickers(MAP, unlisted, listed),
            *(
                Missing(MAP, there, _taken_by(here))
                for there, here in sorted(taken.items())
                if there in listed
            ),
        ]

    def _listed(self, tickers: set[str], open_markets: Sequence[MarketRecord]) -> dict[str, MarketRecord]:
        known = {market.ticker: market for market in open_markets if market.ticker in tickers}
        asked = sorted(tickers - known.keys())
        read = self._reads.markets(tickers=asked) if asked else []
        return known | {market.ticker: market for market in read}


def _taken_by(ticker: str) -> str:
    return f"is a market of the data venue, too, and stands for {ticker!r} at the execution venue"
