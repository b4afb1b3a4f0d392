"""Reads of events and series, and of announced changes of their fees (protocol 3.2).

All of it is unsigned: up to 15 s old, at no cost to the account.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from kalshi_client.rest.calls import Calls, batches, given, itself
from kalshi_client.wire.fee_changes import (
    EventFeeChange,
    EventFeeChangesBody,
    SeriesFeeChange,
    SeriesFeeChangesBody,
)
from kalshi_client.wire.listings import (
    EventBody,
    EventMarketsBody,
    EventsBody,
    EventsMarketsBody,
    EventWithMarkets,
    SeriesBody,
    SeriesListBody,
)
from kalshi_client.wire.records import EventRecord, SeriesRecord
from kalshi_client.wire.values import Malformed

EVENTS_A_PAGE: Final = 200
Query = list[tuple[str, str]]


class EventReads(Calls):
    """Events, series and fee changes. Listings leave combos out."""

    def events(
        self,
        event_tickers: Sequence[str] | None = None,
        *,
        status: str = "",
        series_ticker: str = "",
        min_close_s: int | None = None,
        min_updated_s: int | None = None,
    ) -> list[EventRecord]:
        """The named events that the venue lists, or all that pass the filters.

        One that cannot be read is left out and counted in ``malformed_rows``.
        """
        queries = _event_queries(event_tickers, status, series_ticker, min_close_s, min_updated_s)
        return self.malformed_rows.without(
            row
            for query in queries
            for row in self._rows(
                "/events", EventsBody, query, key=_event_key, signed=False, a_page=EVENTS_A_PAGE
            )
        )

    def events_with_markets(
        self,
        event_tickers: Sequence[str] | None = None,
        *,
        status: str = "",
        series_ticker: str = "",
        min_close_s: int | None = None,
        min_updated_s: int | None = None,
    ) -> list[EventWithMarkets]:
        """As ``events``, with the live markets of each."""
        queries = _event_queries(event_tickers, status, series_ticker, min_close_s, min_updated_s)
        nested = given(with_nested_markets=True)
        return self.malformed_rows.without(
            row
            for query in queries
            for row in self._rows(
                "/events",
                EventsMarketsBody,
                query + nested,
                key=_event_key,
                signed=False,
                a_page=EVENTS_A_PAGE,
            )
        )

    def event(self, event_ticker: str) -> EventRecord:
        """One event; combos are found as well."""
        return self._get("/events/{event_ticker}", EventBody, signed=False, event_ticker=event_ticker)

    def event_with_markets(self, event_ticker: str) -> EventWithMarkets:
        """One event and its live markets."""
        query = given(with_nested_markets=True)
        return self._get(
            "/events/{event_ticker}", EventMarketsBody, query, signed=False, event_ticker=event_ticker
        )

    def series(self, series_ticker: str) -> SeriesRecord:
        """One series."""
        return self._get("/series/{series_ticker}", SeriesBody, signed=False, series_ticker=series_ticker)

    def series_list(
        self,
        *,
        category: str = "",
        tags: Sequence[str] = (),
        min_updated_s: int | None = None,
        with_volume: bool = False,
        with_metadata: bool = False,
    ) -> list[SeriesRecord]:
        """The series of a category, of tags, or changed since. Raises ValueError unless one is named.

        Without any filter the venue sends all series at once, 17 MB of them.
        """
        query = given(category=category, tags=tags, min_updated_ts=min_updated_s)
        if not query:
            raise ValueError("a list of all series is 17 MB long: name a category, tags or min_updated_s")
        query += given(include_volume=with_volume, include_product_metadata=with_metadata)
        return self.malformed_rows.without(self._get("/series", SeriesListBody, query, signed=False))

    def series_fee_changes(
        self, series_ticker: str = "", *, with_past: bool = False
    ) -> list[SeriesFeeChange]:
        """The announced changes, of one series or of all; with those in force already if asked for."""
        query = given(series_ticker=series_ticker, show_historical=with_past)
        return self._get("/series/fee_changes", SeriesFeeChangesBody, query, signed=False)

    def event_fee_changes(self) -> list[EventFeeChange]:
        """The announced changes."""
        return self._rows("/events/fee_changes", EventFeeChangesBody, key=itself, signed=False)


def _event_key(row: EventRecord | EventWithMarkets | Malformed) -> str:
    """An event by its ticker, one that cannot be read by what is wrong with it."""
    if isinstance(row, Malformed):
        return row.reason
    return row.event.event_ticker if isinstance(row, EventWithMarkets) else row.event_ticker


def _event_queries(
    event_tickers: Sequence[str] | None,
    status: str,
    series_ticker: str,
    min_close_s: int | None,
    min_updated_s: int | None,
) -> list[Query]:
    common = given(
        status=status, series_ticker=series_ticker, min_close_ts=min_close_s, min_updated_ts=min_updated_s
    )
    if event_tickers is None:
        return [common]
    return [common + given(tickers=some) for some in batches(event_tickers)]
