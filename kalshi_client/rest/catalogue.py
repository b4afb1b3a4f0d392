"""Which fees, shard and grid has a market? Joins markets with their events and series.

The fee of a market is its event's override if it has one, else its series' (protocol 7.3).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from kalshi_client.errors import NotFound
from kalshi_client.wire.records import EventRecord, MarketRecord, SeriesRecord
from trading.market import Market


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
                try:
                    self._events[ticker] = self._reads.event(ticker)
                except NotFound:
                    continue

    def _learn_series(self, tickers: set[str]) -> None:
        for ticker in sorted(tickers - self._series.keys()):
            try:
                self._series[ticker] = self._reads.series(ticker)
            except NotFound:
                continue


def to_market(record: MarketRecord, event: EventRecord, series: SeriesRecord) -> Market:
    """What trading needs to know of one market."""
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
    )
