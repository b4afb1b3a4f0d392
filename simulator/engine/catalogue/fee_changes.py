"""The changes of fees, those to come and those in force (protocol 3.2, 5.6).

A series has its fees; an event may override them for a while. A change is announced first and takes
effect at its time, on every market that has not closed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from simulator.engine.catalogue.listing import ListedMarket, Series
from simulator.engine.matching.listener import Listener


class SeriesFeeChange(NamedTuple):
    change_id: str
    series_ticker: str
    fee_type: str
    multiplier_e4: int
    at_us: int


class EventFeeChange(NamedTuple):
    """Without a fee type the event goes back to the fees of its series."""

    change_id: str
    event_ticker: str
    series_ticker: str
    fee_type: str | None
    multiplier_e4: int | None
    at_us: int


@dataclass(slots=True, eq=False)
class FeeChanges:
    """The schedule of changes and what has come of it."""

    series: dict[str, Series]
    markets: Mapping[str, ListedMarket]
    listener: Listener
    make_id: Callable[[int], str]
    _of_series: list[SeriesFeeChange] = field(default_factory=list)
    _of_events: list[EventFeeChange] = field(default_factory=list)
    _overrides: dict[str, EventFeeChange] = field(default_factory=dict)
    _past: list[SeriesFeeChange] = field(default_factory=list)
    _made: int = 0

    def schedule_series(self, ticker: str, *, fee_type: str, multiplier_e4: int, at_us: int) -> None:
        self._of_series.append(SeriesFeeChange(self._id(), ticker, fee_type, multiplier_e4, at_us))
        self._of_series.sort(key=lambda change: change.at_us)

    def schedule_event(
        self, ticker: str, series: str, *, fee_type: str | None, multiplier_e4: int | None, at_us: int
    ) -> None:
        change = EventFeeChange(self._id(), ticker, series, fee_type, multiplier_e4, at_us)
        self._of_events.append(change)
        self._of_events.sort(key=lambda change: change.at_us)

    def advance(self, *, now_us: int) -> None:
        """Put into force what has become due."""
        while self._of_series and self._of_series[0].at_us <= now_us:
            self._change_series(self._of_series.pop(0), now_us)
        while self._of_events and self._of_events[0].at_us <= now_us:
            self._change_event(self._of_events.pop(0), now_us)

    def series_changes(self, *, with_past: bool) -> list[SeriesFeeChange]:
        return [*(self._past if with_past else ()), *self._of_series]

    def pending_events(self) -> list[EventFeeChange]:
        return list(self._of_events)

    def override_of(self, event_ticker: str) -> EventFeeChange | None:
        return self._overrides.get(event_ticker)

    def updated_us(self, series_ticker: str) -> int:
        """When a series last changed; 0 if it is as it was listed."""
        times = [change.at_us for change in self._past if change.series_ticker == series_ticker]
        return max(times, default=0)

    def state(self) -> dict[str, Any]:
        """All of it, in values that JSON has."""
        return {
            "of_series": self._of_series,
            "of_events": self._of_events,
            "overrides": self._overrides,
            "past": self._past,
            "made": self._made,
        }

    def recall(self, state: dict[str, Any]) -> None:
        self._of_series = [SeriesFeeChange(*change) for change in state["of_series"]]
        self._of_events = [EventFeeChange(*change) for change in state["of_events"]]
        self._overrides = {ticker: EventFeeChange(*each) for ticker, each in state["overrides"].items()}
        self._past = [SeriesFeeChange(*change) for change in state["past"]]
        self._made = state["made"]

    def _change_series(self, change: SeriesFeeChange, now_us: int) -> None:
        self._past.append(change)
        series = self.series[change.series_ticker]
        self.series[series.ticker] = replace(
            series, fee_type=change.fee_type, fee_multiplier_e4=change.multiplier_e4
        )
        for listed in self.markets.values():
            market = listed.market
            if market.series_ticker == series.ticker and market.event_ticker not in self._overrides:
                _charge(listed, change.fee_type, change.multiplier_e4, now_us)

    def _change_event(self, change: EventFeeChange, now_us: int) -> None:
        series = self.series[change.series_ticker]
        if change.fee_type is None and change.multiplier_e4 is None:
            self._overrides.pop(change.event_ticker, None)
        else:
            self._overrides[change.event_ticker] = change
        fee_type = change.fee_type or series.fee_type
        multiplier_e4 = series.fee_multiplier_e4 if change.multiplier_e4 is None else change.multiplier_e4
        for listed in self.markets.values():
            if listed.market.event_ticker == change.event_ticker:
                _charge(listed, fee_type, multiplier_e4, now_us)
        self.listener.event_fee_changed(
            change.event_ticker, fee_type=change.fee_type, multiplier_e4=change.multiplier_e4
        )

    def _id(self) -> str:
        self._made += 1
        return self.make_id(self._made)


def _charge(listed: ListedMarket, fee_type: str, multiplier_e4: int, now_us: int) -> None:
    if listed.status_at(now_us) in ("initialized", "active", "inactive"):
        listed.market = replace(listed.market, fee_type=fee_type, fee_multiplier_e4=multiplier_e4)
        listed.updated_us = now_us
