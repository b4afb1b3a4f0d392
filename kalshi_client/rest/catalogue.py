"""Joins markets with their events and series, so that each has its fees, shard and grid.

The fee of a market is its event's override if it has one, else its series' (protocol 7.3).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol, TypeVar

from kalshi_client.errors import MalformedAnswer, NotFound
from kalshi_client.wire.records import EventRecord, MarketRecord, SeriesRecord
from trading.market import Market

Record = TypeVar("Record")


class CatalogueReads(Protocol):
    """The part of ``RestClient`` that the join needs."""

    def events(self, event_tickers: Sequence[str], /) -> list[EventRecord]: ...

    def event(self, event_ticker: str, /) -> EventRecord: ...

    def series(self, series_ticker: str, /) -> SeriesRecord: ...


class Catalogue:
    """Remembers the events and series it has read, so a refresh only asks for new ones."""

    def __init__(self, reads: CatalogueReads) -> None:
        self._reads = reads
        self._events: dict[str, EventRecord] = {}
        self._series: dict[str, SeriesRecord] = {}
        self._unreadable: dict[str, str] = {}  # by ticker of an event or series: what is wrong with it
        self._untold: list[str] = []

    def join(self, records: Iterable[MarketRecord]) -> list[Market]:
        """The markets whose event and series the venue knows, in the given order."""
        wanted = list(records)
        self._learn_events({record.event_ticker for record in wanted})
        known = [
            (record, self._events[record.event_ticker])
            for record in wanted
            if record.event_ticker in self._events
        ]
        self._learn_series({event.series_ticker for _, event in known})
        return [
            to_market(record, event, self._series[event.series_ticker])
            for record, event in known
            if event.series_ticker in self._series
        ]

    def take_unreadable(self) -> list[str]:
        """Why markets of some event or series are left out, since the last call, each once."""
        untold, self._untold = self._untold, []
        return untold

    def forget_events(self) -> None:
        """Fee overrides are read anew by the next join."""
        self._events.clear()

    def forget_series(self, at_most: int) -> None:
        """Fees of so many series, those read longest ago, are read anew by the next join that needs them."""
        for ticker in list(self._series)[:at_most]:
            del self._series[ticker]

    def _learn_events(self, tickers: set[str]) -> None:
        missing = sorted(tickers - self._events.keys())
        if missing:
            self._events |= {event.event_ticker: event for event in self._reads.events(missing)}
        # A listing leaves some events out (combos among them) that a direct read finds.
        for ticker in missing:
            if ticker not in self._events:
                event = self._found(self._reads.event, ticker)
                if event is not None:
                    self._events[ticker] = event

    def _learn_series(self, tickers: set[str]) -> None:
        for ticker in sorted(tickers - self._series.keys()):
            series = self._found(self._reads.series, ticker)
            if series is not None:
                self._series[ticker] = series

    def _found(self, read: Callable[[str], Record], ticker: str) -> Record | None:
        """None for what the venue does not know, or tells without something that is needed."""
        try:
            found = read(ticker)
        except NotFound:
            return None
        except MalformedAnswer as error:
            if self._unreadable.get(ticker) != str(error):
                self._unreadable[ticker] = str(error)
                self._untold.append(str(error))
            return None
        self._unreadable.pop(ticker, None)
        return found


def to_market(record: MarketRecord, event: EventRecord, series: SeriesRecord) -> Market:
    """A market's terms as trading needs them."""
    override_e4 = event.fee_multiplier_override_e4
    return Market(
        ticker=record.ticker,
        event_ticker=record.event_ticker,
        series_ticker=event.series_ticker,
        status=record.status,
        grid=record.grid,
        exchange_index=record.exchange_index,
        close_us=record.close_us,
        fee_type=event.fee_type_override or series.fee_type,
        fee_multiplier_e4=series.fee_multiplier_e4 if override_e4 is None else override_e4,
        title=record.texts.title,
    )
