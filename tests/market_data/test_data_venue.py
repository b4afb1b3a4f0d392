"""The data venue's words, its clock and its outages, and their meaning for the books of a shard."""

import pytest

from kalshi_client.repeated_read import PAUSED_EVERY_S, STATUS_EVERY_S
from kalshi_client.wire.exchange import ExchangeSchedule, Maintenance
from kalshi_client.wire.markets import RestBook
from kalshi_client.wire.records import ExchangeStatus, ShardStatus
from market_data.data_venue import DataVenue
from market_data.read_books import ReadBooks
from market_data.shard_books import ShardBooks
from trading.venue_time import TOGETHER, ClockOffset

NYC, LA = "RAIN-NYC", "RAIN-LA"
YES, NO = {4_000: 500}, {5_900: 300}
OPEN = ExchangeStatus(exchange_active=True, trading_active=True, paused_shards=frozenset())
PAUSED = ExchangeStatus(
    exchange_active=True,
    trading_active=False,
    paused_shards=frozenset({0, 2}),
    resumes_us=1_796_000_000_000_000,
)
ONE_PAUSED = ExchangeStatus(
    exchange_active=True,
    trading_active=True,
    paused_shards=frozenset({2}),
    shards=(
        ShardStatus(0, exchange_active=True, trading_active=True, description=""),
        ShardStatus(2, exchange_active=True, trading_active=False, description=""),
    ),
)
NOW_US = 1_795_939_200_000_000
FAR = ClockOffset(901_000_000, 902_000_000)


class World:
    def __init__(self):
        self.books = ShardBooks(throttle_s=0.0)
        self.books.keep({NYC: 2_000_000_000_000_000, LA: 2_000_000_000_000_000})
        self.books.blocks.lies_on(LA, 2)
        self.venue = DataVenue(self.books, max_clock_offset_us=900_000_000)

    def live(self):
        for ticker in (NYC, LA):
            self.books.held.confirm(ticker, YES, NO, received_us=1)

    def judge(self, clock=TOGETHER, outage=""):
        return self.venue.judge(clock, outage, now_us=NOW_US)

    def say(self, status):
        self.venue.learn(status, 0.0)
        return self.judge()


@pytest.fixture
def world():
    made = World()
    made.live()
    assert made.judge() == ("live", "")
    return made


def test_before_its_first_book_a_venue_starts():
    world = World()

    assert world.judge().state == "starting"
    assert world.judge(outage="refused") == ("starting", "no book is live yet: refused")


def test_one_live_book_is_a_live_venue(world):
    world.books.held.distrust([NYC], "gap")

    assert world.judge() == ("live", "")


def test_a_venue_without_a_live_book_is_down_with_the_reason_that_its_connections_give(world):
    world.books.held.distrust([NYC, LA], "disconnected")

    assert world.judge(outage="401 unauthorized") == ("down", "no book is live: 401 unauthorized")
    assert world.judge() == ("down", "no book is live: 2 of 2 disconnected")

    world.live()
    assert world.judge() == ("live", "")


@pytest.mark.parametrize("why", ["closed", "paused", "determined", "crossed"])
def test_a_venue_whose_markets_do_not_trade_is_idle_and_not_down(world, why):
    for ticker in (NYC, LA):
        if why == "crossed":
            world.books.block_crossed(ticker)
        else:
            world.books.block(ticker, why)

    assert world.judge() == ("idle", f"none of its markets trades now: 2 of 2 {why}")

    world.books.held.distrust([LA], "no_snapshot")  # nobody tells the book of a market that is closed
    assert world.judge().state == "idle"
    assert world.judge(outage="refused") == ("down", "no book is live: refused")


def test_a_venue_that_does_not_tell_the_book_of_a_market_that_trades_is_down_beside_closed_ones(world):
    world.books.block(NYC, "closed")
    world.books.held.distrust([LA], "gap")

    assert world.judge() == ("down", "no book is live: 1 of 1 gap")


def test_a_venue_that_is_lost_after_it_was_idle_is_down():
    world = World()
    for ticker in (NYC, LA):
        world.books.block(ticker, "closed")
    assert world.judge().state == "idle"

    assert world.judge(outage="refused").state == "down"


def test_while_the_venue_pauses_its_books_value_and_close_and_open_nothing(world):
    condition = world.say(PAUSED)

    assert condition.state == "paused"
    assert condition.reason.startswith(
        "it has paused trading, so its books stand still; it expects to go on at 2026"
    )
    assert world.books.untradable == {NYC: "data_paused", LA: "data_paused"}
    assert any(world.books.marks())

    assert world.say(OPEN) == ("live", "")
    assert world.books.untradable == {}


def test_a_pause_of_one_of_its_shards_concerns_the_markets_there(world):
    assert world.say(ONE_PAUSED) == ("live", "")

    assert world.books.untradable == {LA: "data_paused"}


def test_no_book_is_traded_on_of_a_venue_whose_clock_is_too_far_off(world):
    condition = world.judge(FAR)

    assert condition.state == "clock"
    assert "data.max_clock_offset_s allows 900 s" in condition.reason
    assert set(world.books.untradable.values()) == {"clock_offset"}

    assert world.judge(TOGETHER) == ("live", "")
    assert world.books.untradable == {}


def test_a_clock_that_is_right_again_lifts_no_other_stop(world):
    world.books.blocks.stop("price_scale", "price_scale")
    world.judge(FAR)
    world.judge(TOGETHER)

    assert set(world.books.untradable.values()) == {"price_scale"}


def test_a_venue_of_which_books_are_read_is_degraded(world):
    world.books.held.distrust([NYC, LA], "disconnected")
    read = ReadBooks(silence_s=0.0)
    read.look([NYC], world.books.held.untrusted, 0.0)
    changed = read.take({NYC: RestBook(YES, NO)}, 0.0, 7)
    world.books.show_read(read.books, changed, at_us=7)

    condition = world.judge(outage="refused")

    assert condition.state == "degraded"
    assert condition.reason.startswith("no book is live: refused; 1 with something at stake are read")


def test_the_status_is_read_again_sooner_while_something_is_paused_or_cannot_be_read(world):
    assert world.venue.next_read(0.0)
    assert not world.venue.next_read(100.0)

    world.venue.learn(OPEN, 100.0)
    assert not world.venue.next_read(100.0 + STATUS_EVERY_S - 0.1)
    assert world.venue.next_read(100.0 + STATUS_EVERY_S)

    world.venue.learn(ONE_PAUSED, 200.0)
    assert world.venue.next_read(200.0 + PAUSED_EVERY_S)

    world.venue.read_failed(300.0)
    assert world.venue.next_read(300.0 + PAUSED_EVERY_S)


def test_a_venue_that_is_away_in_the_maintenance_that_it_announced_is_explained_by_it(world):
    window = Maintenance(NOW_US - 1, NOW_US + 3_600_000_000)
    world.venue.maintenance.learn(ExchangeSchedule((), (window,)), 0.0)
    assert world.judge() == ("live", "")

    world.books.held.distrust([NYC, LA], "disconnected")

    assert world.judge(outage="refused") == (
        "down",
        "no book is live: refused; its announced maintenance ends at 2026-11-29 09:00 UTC",
    )
