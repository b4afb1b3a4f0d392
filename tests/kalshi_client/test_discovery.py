"""The right markets are found, in the right order, and a venue without any is told."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalshi_client.discovery import Discovery, FoundEvent, Search
from kalshi_client.errors import NotFound, VenueUnavailable
from kalshi_client.missing_markets import Missing
from kalshi_client.wire.records import EventRecord, MarketRecord, SeriesRecord
from trading.market import PriceGrid

GRID = PriceGrid.named("deci_cent")
NOW_US = 1_000_000_000
FAR_US = 10 * NOW_US


def market(ticker: str, event: str = "E", *, day: int = 0, held: int = 0, ever: int = 0, **more):
    fields = {"status": "active", "close_us": FAR_US, **more}
    return MarketRecord(
        ticker=ticker, event_ticker=event, grid=GRID, exchange_index=0, volume_24h_e2=day, result="",
        settlement_value_e4=None, volume_e2=ever, open_interest_e2=held, **fields,
    )  # fmt: skip


class Venue:
    """A listing in memory, which records what it was asked."""

    def __init__(self, *markets: MarketRecord, exclusive: tuple[str, ...] = ()) -> None:
        self.listed = list(markets)
        self.exclusive = exclusive
        self.unlisted_events: set[str] = set()
        self.failing = False
        self.known_series: set[str] = set()
        self.asked_markets: list[object] = []
        self.asked_events: list[tuple[str, ...]] = []

    def markets(self, *, status="open", tickers=None, series=()):
        assert tickers is not None or status == "open"
        self.asked_markets.append(tickers or series)
        if tickers is not None:
            return [market for market in self.listed if market.ticker in tickers]
        if self.failing:
            raise VenueUnavailable("GET /markets", 503, "no_answer", "")
        return list(self.listed)

    def series(self, series_ticker):
        if series_ticker not in self.known_series:
            raise NotFound("GET /series", 404, "not_found", "")
        return SeriesRecord(series_ticker, "quadratic", 10_000)

    def events(self, event_tickers):
        self.asked_events.append(tuple(event_tickers))
        known = [ticker for ticker in event_tickers if ticker not in self.unlisted_events]
        return [EventRecord(t, "S", "", None, mutually_exclusive=t in self.exclusive) for t in known]


def look(venue: Venue, **search):
    return Discovery(venue, Search(**{"most": 100, **search})).look(venue_us=NOW_US)


def tickers_of(markets) -> list[str]:
    return [market.ticker for market in markets]


# --- rank ------------------------------------------------------------------------------------------

A = market("A", day=5, held=1, ever=50)
B = market("B", day=5, held=9, ever=40)
C = market("C", day=7, held=0, ever=10)
D = market("D", day=0, held=9, ever=90, close_us=FAR_US - 1)
E = market("E", day=0, held=9, ever=90, close_us=FAR_US - 2)
F = market("F", day=0, held=9, ever=90, close_us=FAR_US - 2)


@pytest.mark.parametrize(
    ("rank", "ranked"), [("activity", "CBAEFD"), ("volume", "EFDABC"), ("close", "EFDCBA")]
)
def test_markets_are_ranked_as_asked_and_ties_are_always_broken_alike(rank, ranked):
    found = look(Venue(F, A, B, C, D, E), rank=rank)

    assert tickers_of(found.ranked) == list(ranked)


@given(
    st.lists(st.tuples(*[st.integers(0, 2)] * 4), max_size=12), st.randoms(use_true_random=False),
    st.sampled_from(["activity", "volume", "close"]),
)  # fmt: skip
def test_the_order_of_the_listing_does_not_matter(rows, random, rank):
    markets = [
        market(f"T{n}", day=day, held=held, ever=ever, close_us=FAR_US + close)
        for n, (day, held, ever, close) in enumerate(rows)
    ]
    shuffled = random.sample(markets, len(markets))

    assert look(Venue(*markets), rank=rank) == look(Venue(*shuffled), rank=rank)


def test_only_the_best_are_reported():
    assert tickers_of(look(Venue(A, B, C), most=2).ranked) == ["C", "B"]


def test_what_closes_too_soon_to_begin_with_is_set_apart_when_the_soonest_are_wanted():
    soon, later = market("SOON", close_us=NOW_US + 300), market("LATER", close_us=NOW_US + 301)

    found = look(Venue(later, soon), rank="close", closing_us=300)
    assert (tickers_of(found.ranked), tickers_of(found.others)) == (["LATER"], ["SOON"])

    found = look(Venue(later, soon), rank="activity", closing_us=300)
    assert (tickers_of(found.ranked), found.others) == (["SOON", "LATER"], [])


# --- which -----------------------------------------------------------------------------------------


def test_only_markets_that_trade_are_found():
    assert tickers_of(look(Venue(A, replace(B, status="inactive"))).ranked) == ["A"]


def test_series_are_asked_of_the_venue():
    venue = Venue(A)

    look(venue, series=("S", "R"))

    assert venue.asked_markets == [("S",), ("R",)]


def test_what_is_held_is_looked_at_too_whatever_its_rank_and_its_series():
    elsewhere = market("Z", "F")
    venue = Venue(C, B, A)
    listing, venue.listed = venue.markets, [*venue.listed, elsewhere]
    venue.markets = lambda **asked: [
        m for m in listing(**asked) if asked.get("tickers") or m is not elsewhere
    ]

    found = Discovery(venue, Search(most=1)).look(venue_us=NOW_US, held=["Z", "A", "C", "NO-SUCH"])

    assert (tickers_of(found.ranked), tickers_of(found.others)) == (["C"], ["A", "Z"])
    assert found.events["F"] == FoundEvent("F", False, 0)


def test_who_asks_for_named_markets_gets_no_others():
    found = Discovery(Venue(A, B), Search(most=9, tickers=("A",))).look(venue_us=NOW_US, held=["B"])

    assert (tickers_of(found.ranked), found.others, found.unlisted) == (["A"], [], ())


def test_what_is_held_beside_named_markets_and_is_not_listed_is_told():
    search = Search(most=9, tickers=("A", "GONE"))

    found = Discovery(Venue(A, B), search).look(venue_us=NOW_US, held=["A", "B", "GONE", "NO-SUCH"])

    assert found.unlisted == ("GONE", "NO-SUCH")


def test_named_markets_come_as_named_however_many_there_are_of_more_interest():
    venue = Venue(A, B, C, replace(D, status="closed"))

    found = look(venue, tickers=("A", "C", "D", "NO-SUCH"), series=("S",))

    assert tickers_of(found.ranked) == ["A", "C"]
    assert venue.asked_markets[0] == ("A", "C", "D", "NO-SUCH")


# --- names that do not trade -----------------------------------------------------------------------


def test_named_markets_that_do_not_trade_are_named_with_the_reason():
    found = look(Venue(A, replace(D, status="closed")), tickers=("A", "D", "NO-SUCH"))

    assert tickers_of(found.ranked) == ["A"]
    assert found.missing == (
        Missing("markets.tickers", "D", "is closed"),
        Missing("markets.tickers", "NO-SUCH", "is not listed"),
    )


def test_series_without_an_open_market_are_named():
    venue = Venue(A)
    listing = venue.markets
    venue.markets = lambda **asked: listing(**asked) if asked.get("series") == ("S",) else []
    venue.known_series = {"R"}

    found = look(venue, series=("S", "R", "Q"))

    assert tickers_of(found.ranked) == ["A"]
    assert found.missing == (
        Missing("markets.series", "R", "has no open market"),
        Missing("markets.series", "Q", "is not listed"),
    )


def test_the_names_of_the_fallback_are_looked_at_before_it_is_needed():
    venue = Venue(A, B)
    discovery = Discovery(venue, Search(most=100, fallback=("B", "NO-SUCH")))

    found = [discovery.look(venue_us=NOW_US) for _ in range(3)]

    assert [each.missing for each in found] == [
        (Missing("markets.fallback", "NO-SUCH", "is not listed"),)
    ] * 3
    assert venue.asked_markets.count(("B", "NO-SUCH")) == 1


def test_a_fallback_in_use_names_what_is_missing_of_it_and_of_what_was_looked_for():
    found = look(Venue(B), tickers=("NO-SUCH",), fallback=("B", "NOR-THIS"))

    assert tickers_of(found.ranked) == ["B"]
    assert [(each.setting, each.name) for each in found.missing] == [
        ("markets.tickers", "NO-SUCH"),
        ("markets.fallback", "NOR-THIS"),
    ]


def test_a_search_without_names_misses_nothing():
    assert look(Venue(A)).missing == ()


# --- the market map --------------------------------------------------------------------------------


def test_a_line_of_the_map_whose_market_is_not_listed_is_named():
    closed = market("C", status="closed")

    found = look(Venue(A, closed), renamed=(("A", "A-X"), ("C", "C-X"), ("NO-SUCH", "X")))

    assert found.missing == (Missing("markets.map", "NO-SUCH", "is not listed"),)
    assert tickers_of(found.mapped) == ["A"]


def test_a_market_whose_ticker_a_line_gives_to_another_is_named_unless_it_has_a_line_of_its_own():
    lines = (("A", "B"), ("C", "D"), ("D", "C"))

    for search in ({}, {"tickers": ("A", "B")}):
        found = look(Venue(A, B, C, D), renamed=lines, **search)

        (missing,) = found.missing
        assert str(missing) == (
            "markets.map: 'B' is a market of the data venue, too, and stands for 'A' at the execution venue"
        )


# --- events ----------------------------------------------------------------------------------------


def test_events_are_known_with_the_number_of_their_open_markets():
    first, second, third = market("X-1", "X", day=9), market("X-2", "X"), market("Y-1", "Y", day=8)

    found = look(Venue(first, second, third, exclusive=("X",)), most=2)

    assert tickers_of(found.ranked) == ["X-1", "Y-1"]
    assert found.events == {"X": FoundEvent("X", True, 2), "Y": FoundEvent("Y", False, 1)}


def test_of_named_markets_nobody_knows_what_else_their_events_have():
    found = look(Venue(market("X-1", "X"), exclusive=("X",)), tickers=("X-1",))

    assert found.events == {"X": FoundEvent("X", True, 0)}


def test_an_event_is_read_once_while_it_has_markets():
    venue = Venue(market("X-1", "X"), market("Y-1", "Y"))
    discovery = Discovery(venue, Search(most=100))
    discovery.look(venue_us=NOW_US)

    venue.listed = [market("X-1", "X"), market("Z-1", "Z")]
    discovery.look(venue_us=NOW_US)
    venue.listed = [market("Y-1", "Y")]
    discovery.look(venue_us=NOW_US)

    assert venue.asked_events == [("X", "Y"), ("Z",), ("Y",)]


def test_an_event_that_the_venue_does_not_list_binds_nothing_together():
    venue = Venue(market("X-1", "X"), exclusive=("X",))
    venue.unlisted_events = {"X"}

    assert look(venue).events == {"X": FoundEvent("X", False, 1)}


# --- when nothing is found -------------------------------------------------------------------------


def test_a_listing_that_cannot_be_read_falls_back_on_what_is_open_of_the_list():
    venue = Venue(A, B, replace(C, status="closed"))
    venue.failing = True

    found = look(venue, fallback=("C", "B"))

    assert tickers_of(found.ranked) == ["B"]
    assert found.fallback.startswith("the markets could not be read: ")


@pytest.mark.parametrize("search", [{}, {"tickers": ("NO-SUCH",)}])
def test_a_search_that_finds_nothing_falls_back_too(search):
    venue = Venue(replace(A, status="closed"))
    fallback = market("F", status="active")
    venue.markets = lambda **asked: [fallback] if asked.get("tickers") == ("F",) else []

    found = look(venue, fallback=("F",), **search)

    assert (tickers_of(found.ranked), found.fallback) == (["F"], "no market that was looked for is open")


def test_without_a_list_nothing_is_nothing_and_a_failure_is_a_failure():
    venue = Venue()
    assert look(venue).ranked == []

    venue.failing = True
    with pytest.raises(VenueUnavailable):
        look(venue)


def test_what_was_found_once_is_not_given_up_for_the_list():
    venue = Venue(A, B)
    discovery = Discovery(venue, Search(most=100, fallback=("B",), series=("S",)))
    discovery.look(venue_us=NOW_US)

    venue.failing = True
    with pytest.raises(VenueUnavailable):
        discovery.look(venue_us=NOW_US)
    venue.failing, venue.listed = False, []
    assert discovery.look(venue_us=NOW_US).ranked == []


def test_the_fallback_is_left_as_soon_as_the_listing_can_be_read():
    venue = Venue(A, B)
    discovery = Discovery(venue, Search(most=100, fallback=("B",)))
    venue.failing = True
    assert tickers_of(discovery.look(venue_us=NOW_US).ranked) == ["B"]

    venue.failing = False

    found = discovery.look(venue_us=NOW_US)
    assert (tickers_of(found.ranked), found.fallback) == (["B", "A"], "")
