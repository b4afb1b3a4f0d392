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
        """The open markets that the map names."""
        return tuple(market for market in open_markets if market.ticker in self._renamed)

    def not_traded(self, open_markets: Sequence[MarketRecord]) -> list[Missing]:
        """Names of the map that are not listed, and open markets whose ticker a line gives to another one.

        Those that are listed and not open are no mistake: a map outlives the markets in it.
        """
        if not self._renamed:
            return []
        are_open = {market.ticker for market in open_markets}
        asked = sorted(self._renamed.keys() - are_open)
        listed = {market.ticker: market for market in self._reads.markets(tickers=asked)} if asked else {}
        return [
            *self._missing.tickers(MAP, (ticker for ticker in asked if ticker not in listed), listed),
            *(
                Missing(MAP, there, _taken_by(here))
                for here, there in sorted(self._renamed.items())
                if there in are_open and there not in self._renamed
            ),
        ]


def _taken_by(ticker: str) -> str:
    return f"is a market of the data venue, too, and stands for {ticker!r} at the execution venue"
