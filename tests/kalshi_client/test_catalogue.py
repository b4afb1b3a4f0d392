"""A market's fees are its event's override or its series'."""

from dataclasses import replace

import pytest

from kalshi_client.errors import MalformedAnswer, NotFound
from kalshi_client.rest.catalogue import Catalogue, to_market
from kalshi_client.wire.records import EventRecord, MarketRecord, SeriesRecord
from trading.market import PriceGrid

RECORD = MarketRecord("K-1-A", "K-1", "active", PriceGrid.named("deci_cent"), 2, 99, 0, "", None)
EVENT = EventRecord("K-1", "K", "", None)
SERIES = SeriesRecord("K", "quadratic", 10_000)


class Reads:
    """A venue's catalogue in memory, which records what it was asked."""

    def __init__(self, listed, unlisted, series):
        self.asked = []
        self._listed, self._unlisted, self._series = listed, unlisted, series

    def events(self, event_tickers):
        self.asked.append(tuple(event_tickers))
        return [event for event in self._listed if event.event_ticker in event_tickers]

    def event(self, event_ticker):
        return self._find(event_ticker, {event.event_ticker: event for event in self._unlisted})

    def series(self, series_ticker):
        return self._find(series_ticker, {series.ticker: series for series in self._series})

    def _find(self, ticker, known):
        self.asked.append(ticker)
        if ticker not in known:
            raise NotFound(ticker, 404, "not_found")
        return known[ticker]


@pytest.mark.parametrize(
    ("event", "fees"),
    [
        (EVENT, ("quadratic", 10_000)),
        (replace(EVENT, fee_type_override="flat"), ("flat", 10_000)),
        (replace(EVENT, fee_multiplier_override_e4=5_000), ("quadratic", 5_000)),
        (replace(EVENT, fee_multiplier_override_e4=0), ("quadratic", 0)),
    ],
)
def test_override_of_the_event_wins(event, fees):
    market = to_market(RECORD, event, SERIES)

    assert (market.fee_type, market.fee_multiplier_e4) == fees
    assert (market.ticker, market.series_ticker, market.exchange_index) == ("K-1-A", "K", 2)


def test_events_are_read_together_and_only_once():
    reads = Reads([EVENT], [], [SERIES])
    catalogue = Catalogue(reads)
    records = [RECORD, replace(RECORD, ticker="K-1-B")]

    first = catalogue.join(records)
    second = catalogue.join(records)

    assert [market.ticker for market in first] == ["K-1-A", "K-1-B"]
    assert first == second
    assert reads.asked == [("K-1",), "K"]


def test_event_that_the_listing_leaves_out_is_read_by_name():
    assert len(Catalogue(Reads([], [EVENT], [SERIES])).join([RECORD])) == 1


@pytest.mark.parametrize("reads", [Reads([], [], [SERIES]), Reads([EVENT], [], [])])
def test_market_without_its_event_or_series_is_left_out(reads):
    assert Catalogue(reads).join([RECORD]) == []


def test_an_event_that_cannot_be_read_costs_its_own_markets_alone_and_is_told_once():
    class Broken(Reads):
        def event(self, event_ticker):
            raise MalformedAnswer(f"GET /events/{event_ticker}", 200, "malformed", "series_ticker is missing")

    other = replace(RECORD, ticker="L-1-A", event_ticker="L-1")
    catalogue = Catalogue(Broken([EVENT], [], [SERIES]))

    assert [market.ticker for market in catalogue.join([RECORD, other])] == ["K-1-A"]
    [told] = catalogue.take_unreadable()
    assert "L-1" in told
    assert "series_ticker is missing" in told
    catalogue.join([RECORD, other])
    assert catalogue.take_unreadable() == []


def test_fees_that_were_forgotten_are_read_anew_those_known_longest_first():
    other = replace(RECORD, ticker="L-1-A", event_ticker="L-1")
    reads = Reads([EVENT, EventRecord("L-1", "L", "", None)], [], [SERIES, replace(SERIES, ticker="L")])
    catalogue = Catalogue(reads)
    catalogue.join([RECORD, other])
    assert reads.asked == [("K-1", "L-1"), "K", "L"]

    catalogue.forget_events()
    catalogue.forget_series(1)
    catalogue.join([RECORD, other])
    assert reads.asked[3:] == [("K-1", "L-1"), "K"]

    catalogue.forget_series(1)
    catalogue.join([RECORD, other])
    assert reads.asked[5:] == ["L"]
