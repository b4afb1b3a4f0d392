"""A name that is not traded is told with the reason, and with the name that was meant."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalshi_client.errors import NotFound, VenueUnavailable
from kalshi_client.missing_markets import Missing, MissingMarkets, usual_form
from kalshi_client.wire.records import SeriesRecord
from tests.kalshi_client.test_discovery import market

RAIN_NYC, RAIN_BOS = "KXRAIN-26DEC31-NYC", "KXRAIN-26DEC31-BOS"
SETTING = "markets.tickers"


class Venue:
    def __init__(self, *markets):
        self.listed = list(markets)
        self.asked = []
        self.failing = False

    def markets(self, *, status="open", tickers=None, series=()):  # noqa: ARG002  # all of them are open
        self.asked.append(tickers or series)
        if self.failing:
            raise VenueUnavailable("GET /markets", 503, "no_answer", "")
        if tickers is not None:
            return [each for each in self.listed if each.ticker in tickers]
        return [each for each in self.listed if each.ticker.partition("-")[0] in series]

    def series(self, series_ticker):
        self.asked.append(series_ticker)
        if self.failing:
            raise VenueUnavailable("GET /series", 503, "no_answer", "")
        if not any(each.ticker.startswith(series_ticker + "-") for each in self.listed):
            raise NotFound("GET /series", 404, "not_found", "")
        return SeriesRecord(series_ticker, "quadratic", 10_000)


@pytest.fixture
def venue():
    return Venue(market(RAIN_NYC), market(RAIN_BOS), market("KXRAIN-26NOV30-NYC", status="finalized"))


def missing(venue, *named, setting=SETTING):
    listed = {each.ticker: each for each in venue.markets(tickers=named)}
    return MissingMarkets(venue).tickers(setting, named, listed)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("kxrain-26dec31-nyc", RAIN_NYC),
        (RAIN_BOS + " ", RAIN_BOS),
        ("KXRAIN-26DEC31- BOS", RAIN_BOS),
        ("KXRAIN-26DEC31-BSO", RAIN_BOS),
        ("KXRAIN-26DEC13-NYC", RAIN_NYC),
        ("KXSNOW-26DEC31-OSL", ""),
        ("   ", ""),
    ],
)
def test_the_likeliest_name_is_suggested(venue, name, meant):
    assert missing(venue, RAIN_NYC, name) == [Missing(SETTING, name, "is not listed", meant)]


def test_a_market_that_is_over_is_named_as_such(venue):
    assert [str(each) for each in missing(venue, "KXRAIN-26NOV30-NYC")] == [
        "markets.tickers: 'KXRAIN-26NOV30-NYC' is settled"
    ]


@pytest.mark.parametrize(
    ("status", "why"),
    [
        ("initialized", "is not open yet"),
        ("inactive", "is paused"),
        ("closed", "is closed"),
        ("determined", "is determined"),
        ("a word that is new", "does not trade"),
    ],
)
def test_every_state_without_trading_has_its_words(status, why):
    assert missing(Venue(market(RAIN_NYC, status=status)), RAIN_NYC)[0].why == why


def test_what_trades_is_not_missing(venue):
    assert missing(venue, RAIN_NYC, RAIN_BOS, RAIN_NYC) == []
    assert len(venue.asked) == 1


def test_a_name_is_looked_for_once(venue):
    names = MissingMarkets(venue)
    names.tickers(SETTING, ["KXRAIN-26DEC31-BSO"], {})
    asked = len(venue.asked)

    assert names.tickers(SETTING, ["KXRAIN-26DEC31-BSO"], {})[0].suggestion == RAIN_BOS
    assert len(venue.asked) == asked


def test_a_look_that_fails_costs_the_suggestion_and_is_made_again(venue):
    names = MissingMarkets(venue)
    venue.failing = True
    assert names.tickers(SETTING, ["kxrain"], {}) == [Missing(SETTING, "kxrain", "is not listed")]
    assert names.series("markets.series", ["kxrain"])[0].why == "has no open market"
    venue.failing = False

    assert names.tickers(SETTING, ["kxrain-26dec31-nyc"], {})[0].suggestion == RAIN_NYC
    assert names.series("markets.series", ["kxrain"]) == [
        Missing("markets.series", "kxrain", "is not listed", "KXRAIN")
    ]


def test_a_sentence_says_where_what_and_what_was_meant():
    assert str(Missing("markets.series", "kxrain", "is not listed", "KXRAIN")) == (
        "markets.series: 'kxrain' is not listed; did you mean 'KXRAIN'?"
    )


@given(named=st.lists(st.sampled_from([RAIN_NYC, RAIN_BOS, "kxrain-26dec31-nyc", "NO-SUCH", ""]), max_size=8))
def test_every_name_either_trades_or_is_told(named):
    venue = Venue(market(RAIN_NYC), market(RAIN_BOS))

    told = {each.name for each in missing(venue, *named)}

    assert told == set(named) - {RAIN_NYC, RAIN_BOS}


@given(st.text())
def test_the_usual_form_is_its_own(name):
    assert usual_form(usual_form(name)) == usual_form(name)
