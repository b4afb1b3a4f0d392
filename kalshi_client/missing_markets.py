"""Names of markets and series that a configuration gives and a venue does not trade, and which were meant.

A name that differs in blanks or in the case of its letters is the likeliest; then the most similar one of
the open markets of its series.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final, Protocol

from kalshi_client.errors import NotFound, RequestFailed
from kalshi_client.wire.records import MarketRecord, SeriesRecord

MOST_SERIES_READ: Final = 10  # listings of series that are read for suggestions
UNLISTED: Final = "is not listed"
NO_MARKET: Final = "has no open market"
_WHY: Final = {  # by status (protocol 7.4)
    "unlisted": UNLISTED,
    "initialized": "is not open yet",
    "inactive": "is paused",
    "closed": "is closed",
    "determined": "is determined",
    "disputed": "is determined",
    "amended": "is determined",
    "finalized": "is settled",
}


@dataclass(frozen=True, slots=True)
class Missing:
    """A name that is not traded; ``setting`` is where it was given, ``suggestion`` "" for none."""

    setting: str
    name: str
    why: str
    suggestion: str = ""

    @property
    def sentence(self) -> str:
        """Without where it was given."""
        meant = f"; did you mean {self.suggestion!r}?" if self.suggestion else ""
        return f"{self.name!r} {self.why}{meant}"

    def __str__(self) -> str:
        return f"{self.setting}: {self.sentence}"


class NamedReads(Protocol):
    """The part of ``RestClient`` that is asked about names."""

    def markets(
        self, *, status: str = ..., tickers: Sequence[str] | None = ..., series: Sequence[str] = ...
    ) -> list[MarketRecord]: ...

    def series(self, series_ticker: str, /) -> SeriesRecord: ...


class MissingMarkets:
    """Looks for what was meant, once for each name. A look that fails costs no more than its suggestion."""

    def __init__(self, reads: NamedReads) -> None:
        self._reads = reads
        self._suggestions: dict[str, str] = {}  # by ticker that is not listed
        self._series: dict[str, tuple[str, str]] = {}  # why and suggestion, by name

    def tickers(
        self, setting: str, named: Iterable[str], listed: Mapping[str, MarketRecord]
    ) -> list[Missing]:
        """The named markets that do not trade; ``listed``: the venue's records of them."""
        names = list(dict.fromkeys(named))
        try:
            self._learn_suggestions([name for name in names if name not in listed])
        except RequestFailed:
            pass  # it is looked for again with the next search
        found = []
        for name in names:
            if name not in listed:
                found.append(Missing(setting, name, UNLISTED, self._suggestions.get(name, "")))
            elif listed[name].status != "active":
                found.append(Missing(setting, name, why_not_traded(listed[name].status)))
        return found

    def series(self, setting: str, without_markets: Iterable[str]) -> list[Missing]:
        """The named series, of which none has an open market."""
        found = []
        for name in dict.fromkeys(without_markets):
            try:
                if name not in self._series:
                    self._series[name] = self._look_for_series(name)
            except RequestFailed:
                pass  # same
            found.append(Missing(setting, name, *self._series.get(name, (NO_MARKET, ""))))
        return found

    def _learn_suggestions(self, names: Sequence[str]) -> None:
        new = [name for name in names if name not in self._suggestions]
        if not new:
            return
        usual = {name: usual_form(name) for name in new}
        asked = sorted({ticker for name, ticker in usual.items() if ticker and ticker != name})
        meant = {market.ticker for market in self._reads.markets(tickers=asked)} if asked else set[str]()
        unknown = [name for name in new if usual[name] not in meant]
        open_tickers = self._open_tickers({usual[name].partition("-")[0] for name in unknown})
        for name in new:
            similar = get_close_matches(usual[name], open_tickers, n=1)
            self._suggestions[name] = usual[name] if usual[name] in meant else "".join(similar)

    def _open_tickers(self, series: Iterable[str]) -> list[str]:
        asked = sorted(name for name in series if name)[:MOST_SERIES_READ]
        return [market.ticker for market in self._reads.markets(series=asked)] if asked else []

    def _look_for_series(self, name: str) -> tuple[str, str]:
        if self._is_series(name):
            return NO_MARKET, ""
        usual = usual_form(name)
        return UNLISTED, usual if usual != name and self._is_series(usual) else ""

    def _is_series(self, name: str) -> bool:
        try:
            self._reads.series(name)
        except NotFound:
            return False
        return True


def why_not_traded(status: str) -> str:
    """The reason why a market of this status cannot be traded, to be said after its name."""
    return _WHY.get(status, "does not trade")


def usual_form(name: str) -> str:
    """A name as venues write them: capital letters, no blanks."""
    return "".join(name.split()).upper()
