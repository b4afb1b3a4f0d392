"""A MarketWatcher holds the venue's books, and shows them no more often than it may."""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

import pytest

from actors import market_watcher, messages
from actors.market_lists import discovered
from actors.market_watcher import MarketWatcher
from kalshi_client.discovery import Found, FoundEvent, Search
from kalshi_client.signing_clock import SigningClock
from kalshi_client.wire.records import MarketRecord
from market_data import market_search
from market_data.market_search import MarketSearch
from market_data.read_books import ReadBooks
from settings.venue_access import VenueAccess
from tests.actors.conftest import Rehearse, on_both_bases
from tests.actors.rehearsal import Rehearsal
from tests.loopback_exchange import Cable, LoopbackExchange
from trading import observation
from trading.market import PriceGrid
from trading.observation import Observation

LIVELY = 2_000.0  # book changes a second
CLOSES_US = 2_000_000_000_000_000
GRID = PriceGrid.named("linear_cent")


@pytest.fixture(autouse=True)
def _still(exchange: LoopbackExchange):
    yield
    exchange.flow(0)


@pytest.fixture
def watch(rehearse: Rehearse, exchange: LoopbackExchange):
    """A wired watcher, of these tickers if any are named."""

    def watch(
        *tickers: str, data=exchange.access, throttle_s: float = 0.0, state="trading", **config
    ) -> Rehearsal:
        watcher = rehearse(
            MarketWatcher,
            name="MarketWatcher-1",
            config={"strategy": {"throttle_s": throttle_s}, **config},
            data=data,
        )
        watcher.hear(messages.Ready)
        watcher.wire(page=1, Selector=1, OrderManager=1)
        watcher.say(messages.StateChanged(state, ""), by="Supervisor")
        if tickers:
            assign(watcher, *tickers)
        return watcher

    return watch


def assign(watcher: Rehearsal, *tickers: str) -> None:
    assigned = messages.ShardAssigned(0, 1, list(tickers), [CLOSES_US] * len(tickers))
    watcher.say(assigned, by="Supervisor")


class Shard(NamedTuple):
    """OrderManager's knowledge after a report."""

    tickers: list[str]
    marks: bytes
    untradable: dict[str, str]


def hear_shard(watcher: Rehearsal, where: Callable[[Shard], object]) -> Shard:
    """The next report for which ``where`` holds, with the tickers that its version came with."""

    def complete(report: messages.ShardObserved) -> Shard:
        tickers = next(
            each.marks.tickers
            for each in watcher.heard(messages.ShardObserved)
            if each.marks.version == report.marks.version and each.marks.tickers is not None
        )
        positions = report.marks.untradable.items()
        return Shard(
            tickers, report.marks.marks, {tickers[at]: why for why, all_at in positions for at in all_at}
        )

    return complete(watcher.hear(messages.ShardObserved, lambda report: where(complete(report))))


def hear_tradable(watcher: Rehearsal) -> Shard:
    return hear_shard(watcher, lambda shard: shard.tickers and not shard.untradable)


def next_batch(watcher: Rehearsal) -> Observation:
    return observation.unpack(watcher.hear(messages.MarketsObserved).columns)


def books_hash(watcher: Rehearsal) -> str:
    watcher.say(messages.BookLinesRequested(1), by="page")
    lines = zlib.decompress(watcher.hear(messages.BookLinesReported).lines).decode()
    return hashlib.sha256("\n".join(sorted(lines.split("\n"))).encode()).hexdigest()


def take_in_changes(watcher: Rehearsal, ticker: str, count: int) -> None:
    """Until the connection of this market has carried so many more messages."""

    def seq() -> int:
        watcher.say(messages.BookRequested(1, ticker), by="page")
        return watcher.hear(messages.BookReported).book["seq"]

    wanted = seq() + count
    watcher.until(lambda: seq() >= wanted)


# --- which markets ---------------------------------------------------------------------------------


@on_both_bases
def test_the_first_watcher_reports_the_open_markets_the_most_traded_first(rehearse, exchange):
    watcher = rehearse(MarketWatcher, name="MarketWatcher-0", data=exchange.access)

    discovered = watcher.hear(messages.MarketsDiscovered)

    listed = exchange.rest.markets(status="open")
    listed.sort(
        key=lambda market: (-market.volume_24h_e2, -market.open_interest_e2, market.close_us, market.ticker)
    )
    assert discovered.tickers == [market.ticker for market in listed]
    assert discovered.closes_us == [market.close_us for market in listed]
    assert [discovered.events[at][0] for at in discovered.event_no] == [m.event_ticker for m in listed]
    assert sum(open_markets for _, _, open_markets in discovered.events) == len(listed)
    assert {exclusive for _, exclusive, _ in discovered.events} == {True, False}


def test_only_markets_named_in_the_configuration_are_discovered(rehearse, exchange):
    wanted = exchange.tickers[3:5]

    watcher = rehearse(
        MarketWatcher, name="MarketWatcher-0", config={"markets": {"tickers": wanted}}, data=exchange.access
    )

    assert sorted(watcher.hear(messages.MarketsDiscovered).tickers) == wanted


def test_only_markets_of_the_series_in_the_configuration_are_discovered(rehearse, exchange):
    series = exchange.tickers[0].partition("-")[0]

    config = {"markets": {"series": [series]}}
    watcher = rehearse(MarketWatcher, name="MarketWatcher-0", config=config, data=exchange.access)

    wanted = [ticker for ticker in exchange.tickers if ticker.startswith(f"{series}-")]
    assert sorted(watcher.hear(messages.MarketsDiscovered).tickers) == wanted != exchange.tickers


def test_a_start_that_finds_nothing_begins_with_the_fallback_and_says_why(rehearse, exchange):
    ticker = exchange.tickers[0]

    config = {"markets": {"tickers": ["NO-SUCH"], "fallback": [ticker, "NOR-THIS"]}}
    watcher = rehearse(MarketWatcher, name="MarketWatcher-0", config=config, data=exchange.access)

    discovered = watcher.hear(messages.MarketsDiscovered)
    assert (discovered.tickers, discovered.fallback) == ([ticker], "no market that was looked for is open")


def test_what_is_held_and_not_watched_is_looked_for_too(rehearse, exchange):
    config = {"markets": {"count": 1, "refresh_s": 1.0}}
    watcher = rehearse(MarketWatcher, name="MarketWatcher-0", config=config, data=exchange.access)
    best = watcher.hear(messages.MarketsDiscovered).tickers
    held = next(ticker for ticker in exchange.tickers if ticker not in best)

    watcher.say(messages.MarketsUnwatched([held]), by="Supervisor")

    discovered = watcher.hear(messages.MarketsDiscovered, lambda told: told.others)
    assert discovered.tickers == [*best, held]


def test_markets_are_looked_for_again_while_none_is_open(rehearse_here, exchange, monkeypatch):
    monkeypatch.setattr(market_search, "RETRY_S", 0.0)
    nothing = Found([], [], {})
    market = MarketRecord("RAIN-NYC", "RAIN", "active", GRID, 0, CLOSES_US, 0, "", None)
    one = Found([market], [], {"RAIN": FoundEvent("RAIN", False, 1)})
    answers = iter([nothing, nothing, one])
    monkeypatch.setattr(MarketSearch, "look", lambda *_: next(answers))

    watcher = rehearse_here(MarketWatcher, name="MarketWatcher-0", data=exchange.access)

    assert watcher.hear(messages.MarketsDiscovered) == discovered(one)


@on_both_bases
def test_markets_are_looked_for_again_and_again(rehearse, exchange):
    watcher = rehearse(
        MarketWatcher, name="MarketWatcher-0", data=exchange.access, config={"markets": {"refresh_s": 1.0}}
    )

    first = watcher.hear(messages.MarketsDiscovered)
    again = watcher.hear(messages.MarketsDiscovered)

    assert again.as_of_us > first.as_of_us
    assert again.tickers == first.tickers


def test_markets_are_looked_for_by_the_venues_clock(exchange):
    wanted = Search(most=1, tickers=tuple(exchange.tickers[:1]))
    with exchange.clock_ahead(600):
        search = MarketSearch(VenueAccess(**exchange.access), wanted, SigningClock())
        before_us = exchange.rest.user_data_timestamp()
        found = search.look([], 1)
        after_us = exchange.rest.user_data_timestamp()

    assert before_us - 2_000_000 < found.as_of_us < after_us + 2_000_000


def test_other_watchers_discover_nothing_and_watch_nothing_before_they_are_told(watch):
    watcher = watch()

    watcher.settle()

    assert watcher.heard(messages.MarketsDiscovered) == []
    assert watcher.heard(messages.ShardObserved) == []


def test_a_venue_that_does_not_answer_is_asked_again(rehearse_here, cable: Cable, monkeypatch):
    monkeypatch.setattr(market_search, "RETRY_S", 0.0)
    cable.lose_answer_to("GET")

    watcher = rehearse_here(MarketWatcher, name="MarketWatcher-0", data=cable.access)

    assert watcher.hear(messages.MarketsDiscovered).tickers


# --- books -----------------------------------------------------------------------------------------


@on_both_bases
def test_every_book_becomes_live_and_equals_the_exchanges(watch, exchange: LoopbackExchange):
    exchange.flow(LIVELY)
    watcher = watch(*exchange.tickers)
    hear_tradable(watcher)
    take_in_changes(watcher, exchange.tickers[0], 200)
    exchange.flow(0)
    wanted = exchange.ledger()["books_hash"]

    watcher.until(lambda: books_hash(watcher) == wanted)


def test_marks_are_the_best_bids_of_both_outcomes(watch, exchange: LoopbackExchange):
    tickers = exchange.tickers[:3]
    watcher = watch(*tickers)

    marks = struct.unpack("<6i", hear_tradable(watcher).marks)

    bests = [exchange.bests(ticker) for ticker in tickers]
    assert list(marks) == [price for bid_e4, ask_e4 in bests for price in (bid_e4, 10_000 - ask_e4)]


def test_one_book_is_shown_on_request_and_another_shards_is_not(watch, exchange: LoopbackExchange):
    mine, other = exchange.tickers[:2]
    watcher = watch(mine)
    hear_tradable(watcher)

    watcher.say(messages.BookRequested(1, other), by="page")
    watcher.say(messages.BookRequested(2, mine), by="page")

    shown = watcher.hear(messages.BookReported)
    yes, no = exchange.rest.orderbook(mine)
    assert (shown.request_id, shown.book["tradable"]) == (2, True)
    assert (dict(shown.book["yes"]), dict(shown.book["no"])) == (yes, no)


def test_what_is_at_stake_is_read_while_the_stream_is_away_and_streamed_again_by_itself(
    rehearse_here, exchange, cable, monkeypatch
):
    monkeypatch.setattr(market_watcher, "SECOND_S", 0.05)
    held, other = exchange.free_ticker(), exchange.free_ticker()
    config = {"strategy": {"throttle_s": 0.0}}
    watcher = rehearse_here(MarketWatcher, name="MarketWatcher-1", config=config, data=cable.access)
    watcher.instance._venue._read = ReadBooks(silence_s=0.0)
    watcher.wire(page=1, Selector=1, OrderManager=1)
    watcher.say(messages.StateChanged("reduce_only", ""), by="Supervisor")
    assign(watcher, held, other)
    watcher.say(messages.MarketsHeld([held]), by="Supervisor")
    watcher.telemetry(lambda told: told["venue"]["state"] == "live")

    cable.refuse("GET /trade-api/ws")
    cable.cut()
    told = hear_shard(watcher, lambda shard: "degraded" in shard.untradable.values())

    assert told.untradable[held] == "degraded"
    assert told.untradable[other] == "disconnected"
    yes_bid_e4, yes_ask_e4 = exchange.bests(held)
    assert struct.unpack("<4i", told.marks) == (yes_bid_e4, 10_000 - yes_ask_e4, 0, 0)
    shown = watcher.telemetry(lambda told: told["degraded"])
    assert (shown["live"], shown["venue"]["state"]) == (0, "degraded")
    watcher.hear(messages.ShardObserved, lambda shard: "no book is live" in shard.marks.trouble)
    seen = next(batch for batch in iter(lambda: next_batch(watcher), None) if not batch.stream.any())
    assert (seen.tickers, seen.seq.tolist()) == ([held], [0])

    cable.refuse("")
    hear_tradable(watcher)
    assert watcher.telemetry(lambda told: told["venue"]["state"] == "live")["degraded"] == 0


@on_both_bases
def test_a_lost_connection_makes_its_markets_untradable_until_their_next_snapshot(watch, exchange, cable):
    tickers = exchange.tickers[:3]
    watcher = watch(*tickers, data=cable.access)
    hear_tradable(watcher)

    cable.cut()

    lost = hear_shard(watcher, lambda shard: shard.untradable)
    assert lost.untradable == dict.fromkeys(tickers, "disconnected")
    assert hear_tradable(watcher).tickers == tickers
    assert watcher.telemetry(lambda told: told["connections"][0]["reconnects"] == 1)["live"] == 3


def test_another_shard_replaces_the_one_before(watch, exchange: LoopbackExchange):
    first, second = exchange.tickers[:2]
    watcher = watch(first)
    hear_tradable(watcher)

    assign(watcher, second)

    replaced = hear_shard(watcher, lambda shard: second in shard.tickers)
    assert replaced.tickers == [second]
    assert hear_tradable(watcher).tickers == [second]


def test_the_same_shard_again_changes_nothing(watch, exchange: LoopbackExchange):
    watcher = watch(exchange.tickers[0])
    hear_tradable(watcher)

    assign(watcher, exchange.tickers[0])
    watcher.settle()

    watcher.say(messages.BookRequested(1, exchange.tickers[0]), by="page")
    assert watcher.hear(messages.BookReported).book["tradable"]


def test_a_shard_may_be_empty_and_filled_later(watch, exchange: LoopbackExchange):
    watcher = watch()
    assign(watcher)
    watcher.settle()

    assign(watcher, exchange.tickers[0])

    assert hear_tradable(watcher).tickers == [exchange.tickers[0]]


# --- what the Selector sees ------------------------------------------------------------------------


def test_the_first_batches_show_every_market_as_it_is(watch, exchange: LoopbackExchange):
    tickers = exchange.tickers[:4]
    watcher = watch(*tickers)
    seen: dict[str, tuple[int | None, int | None]] = {}

    def see_batch() -> bool:
        batch = next_batch(watcher)
        seen.update({ticker: batch.bests(row) for row, ticker in enumerate(batch.tickers)})
        assert set(batch.close_us.tolist()) == {CLOSES_US}
        return len(seen) == len(tickers)

    watcher.until(see_batch)
    assert seen == {ticker: exchange.bests(ticker) for ticker in tickers}


def test_no_second_batch_is_sent_while_one_is_unanswered(watch, exchange: LoopbackExchange):
    watcher = watch(*exchange.tickers)
    watcher.unanswered.add("MarketsObserved")
    watcher.hear(messages.MarketsObserved)
    exchange.flow(LIVELY)

    take_in_changes(watcher, exchange.tickers[0], 200)

    assert len(watcher.heard(messages.MarketsObserved)) == 1
    watcher.credit(by="Selector")
    assert watcher.hear(messages.MarketsObserved).batch_no == 2


@on_both_bases
def test_batches_are_numbered_and_none_shows_a_market_twice(watch, exchange: LoopbackExchange):
    exchange.flow(LIVELY)
    watcher = watch(*exchange.tickers)

    watcher.until(lambda: len(watcher.heard(messages.MarketsObserved)) >= 5)

    batches = watcher.heard(messages.MarketsObserved)
    assert [batch.batch_no for batch in batches] == list(range(1, len(batches) + 1))
    assert {batch.incarnation for batch in batches} == {watcher.incarnation}
    for batch in batches:
        assert len(set(batch.columns["tickers"])) == len(batch.columns["tickers"])


@pytest.mark.parametrize(("throttle_s", "may_repeat"), [(60.0, False), (0.0, True)])
def test_a_market_is_not_shown_again_inside_its_throttle(watch, exchange, throttle_s, may_repeat):
    exchange.flow(LIVELY)
    watcher = watch(*exchange.tickers, throttle_s=throttle_s)
    hear_tradable(watcher)

    take_in_changes(watcher, exchange.tickers[0], 600)

    batches = watcher.heard(messages.MarketsObserved)
    shown = Counter(ticker for batch in batches for ticker in batch.columns["tickers"])
    assert set(shown) == set(exchange.tickers)
    assert (max(shown.values()) > 1) is may_repeat


def test_no_market_spends_its_throttle_while_nobody_decides(watch, exchange: LoopbackExchange):
    watcher = watch(*exchange.tickers, throttle_s=3600.0, state="reconciling")
    hear_tradable(watcher)

    watcher.say(messages.StateChanged("trading", ""), by="Supervisor")

    shown = set()
    while shown != set(exchange.tickers):
        shown |= set(next_batch(watcher).tickers)


def test_a_new_order_manager_is_told_the_shard_at_once(watch, exchange: LoopbackExchange):
    watcher = watch(exchange.tickers[0])
    hear_tradable(watcher)

    watcher.wire(page=1, Selector=1, OrderManager=2)

    assert hear_tradable(watcher)


def test_tickers_are_told_once_and_again_when_asked_for(watch, exchange: LoopbackExchange):
    ticker = exchange.tickers[0]
    watcher = watch(ticker)
    hear_tradable(watcher)
    assert watcher.hear(messages.ShardObserved).marks.tickers is None

    watcher.say(messages.ShardListRequested(0), by="OrderManager")

    assert watcher.hear(messages.ShardObserved, lambda shard: shard.marks.tickers).marks.tickers == [ticker]


@on_both_bases
def test_it_stops_when_told(watch, exchange: LoopbackExchange):
    watcher = watch(exchange.tickers[0])

    watcher.say(messages.Stop(1.0), by="Supervisor")

    assert watcher.hear(messages.Stopped).name == "MarketWatcher-1"


def test_a_market_past_its_close_is_told_as_closed_before_its_empty_book_is_told_as_worthless(
    watch, exchange
):
    ticker = exchange.tickers[0]
    watcher = watch()
    assigned = messages.ShardAssigned(0, 1, [ticker], [1])

    watcher.say(assigned, by="Supervisor")

    told = watcher.hear(messages.ShardObserved, lambda shard: "closed" in shard.marks.untradable)
    assert struct.unpack("<2i", told.marks.marks) == (0, 0)


def test_news_of_another_price_grid_reaches_order_manager(watch, exchange):
    ticker, other = exchange.tickers[:2]
    watcher = watch(ticker)
    hear_tradable(watcher)

    def heard() -> bool:  # once the news is being listened to
        for name in (other, ticker):
            exchange.change_grid(name, "linear_cent")
            exchange.change_grid(name, "deci_cent")
        return bool(watcher.heard(messages.MarketTermsChanged))

    watcher.until(heard)

    assert watcher.heard(messages.MarketTermsChanged)[0].tickers == [ticker]
