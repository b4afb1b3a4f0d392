"""News of the venue blocks and frees the markets of a shard, and what was missed is read."""

import json
import time

import pytest

from kalshi_client.stream.deadlines import ANSWER_WITHIN_S
from kalshi_client.stream.inbox import Connected, Disconnected, Frames, Overflowed
from kalshi_client.stream.news_connection import DEAF_S
from market_data.market_news import RETRY_S, STALE_S, MarketNewsWatch, Stands, read_standing
from market_data.shard_books import ShardBooks
from settings.venue_access import VenueAccess
from trading.venue_time import TOGETHER

NYC, LA = "RAIN-NYC", "RAIN-LA"
CLOSE_US = 2_000_000_000_000_000
NEWS = 4  # connection number


class FakeFeed:
    def __init__(self):
        self.sent = []
        self.reconnected = []

    def send(self, connection, generation, data):
        self.sent.append((connection, generation, json.loads(data)))

    def reconnect(self, connection):
        self.reconnected.append(connection)


class Listening:
    def __init__(self):
        self.books = ShardBooks(throttle_s=0.0)
        self.books.keep({NYC: CLOSE_US, LA: CLOSE_US})
        for ticker in (NYC, LA):
            self.books.held.confirm(ticker, {4_000: 100}, {}, received_us=1)
        self.books.take_due(0.0, limit=10)
        self.feed = FakeFeed()
        self.news = MarketNewsWatch(self.feed, NEWS, self.books)
        self.news.take(Connected(NEWS, 1))
        self.seq = 0
        self.hear(type="subscribed", id=1, msg={"channel": "market_lifecycle_v2", "sid": 7})
        assert self.read() == [NYC, LA]
        self.stand({})

    def stand(self, standing):
        self.news.stand(standing, time.monotonic())

    def read(self, at=None):
        now = time.monotonic() if at is None else at
        self.news.look_after(now)
        return self.news.next_read(now)

    def hear(self, **fields):
        return self.news.take(Frames(NEWS, 1, 1, [json.dumps(fields).encode()]))

    def told(self, event_type, ticker=NYC, **more):
        self.seq += 1
        msg = {"market_ticker": ticker, "event_type": event_type, **more}
        return self.hear(type="market_lifecycle_v2", sid=7, seq=self.seq, msg=msg)


@pytest.fixture
def listening():
    return Listening()


def test_a_paused_market_is_blocked_until_it_is_active_again(listening):
    listening.told("deactivated", is_deactivated=True)
    assert listening.books.untradable == {NYC: "paused"}

    listening.told("activated")

    assert listening.books.untradable == {}
    assert list(listening.books.take_due(0.0, limit=10)) == [NYC]


def test_news_that_nobody_acknowledges_is_listened_to_over_another_connection(listening):
    listening.news.take(Disconnected(NEWS, 1, "closed"))
    listening.news.take(Connected(NEWS, 2))
    at = time.monotonic()
    assert listening.news.look_after(at) == []

    [note] = listening.news.look_after(at + ANSWER_WITHIN_S)

    assert note == (
        "Market news cannot go on: no answer to subscribe to market_lifecycle_v2 within 10 s; "
        "opening the connection again"
    )
    assert listening.feed.reconnected == [NEWS]


def test_nothing_is_asked_of_news_that_are_down(listening):
    listening.news.take(Disconnected(NEWS, 1, "closed"))
    listening.news.take(Connected(NEWS, 2))
    at = time.monotonic()
    listening.news.look_after(at)
    listening.news.take(Disconnected(NEWS, 2, "closed"))

    assert listening.news.look_after(at + ANSWER_WITHIN_S) == []


def test_a_determined_market_trades_no_more(listening):
    listening.told("determined", result="yes", settlement_value="1.0000", determination_ts=1_798_761_600)

    assert listening.books.untradable == {NYC: "determined"}


def test_a_close_that_moves_is_obeyed(listening):
    listening.told("close_date_updated", close_ts=1_798_761_600)
    listening.books.block_closed(1_798_761_600_000_000, TOGETHER)

    assert listening.books.untradable == {NYC: "closed"}


@pytest.mark.parametrize("event_type", ["activated"])
def test_a_market_that_opened_asks_for_another_search(listening, event_type):
    listening.told(event_type, ticker="RAIN-CHI")

    assert listening.news.opened
    assert listening.books.untradable == {}


def test_a_gap_asks_for_a_read(listening):
    listening.told("activated")
    listening.seq += 3
    listening.told("activated")

    assert listening.read() == [NYC, LA]
    assert listening.read() == []


def test_what_was_read_blocks_and_frees(listening):
    listening.books.block(LA, "paused")

    listening.stand(
        {NYC: Stands("inactive", CLOSE_US), LA: Stands("active", 5), "ELSEWHERE": Stands("closed", 1)}
    )

    assert listening.books.untradable == {NYC: "paused"}
    listening.books.block_closed(6, TOGETHER)
    assert listening.books.untradable == {NYC: "paused", LA: "closed"}


def test_what_there_is_news_of_during_a_read_is_read_again(listening):
    listening.news.arrived([NYC, LA])
    assert listening.read() == [NYC, LA]
    listening.told("deactivated", is_deactivated=True)

    listening.stand({NYC: Stands("active", CLOSE_US), LA: Stands("inactive", CLOSE_US)})

    assert listening.books.untradable == {NYC: "paused", LA: "paused"}
    assert listening.read() == []
    assert listening.read(time.monotonic() + STALE_S) == [NYC, LA]


def test_an_answer_out_of_a_cache_that_is_older_than_the_news_is_not_believed(listening):
    """Protocol 1.2: an unsigned read may be 15 seconds old."""
    listening.told("deactivated", is_deactivated=True)
    listening.news.arrived([NYC])
    assert listening.read() == [NYC]

    listening.stand({NYC: Stands("active", CLOSE_US)})

    assert listening.books.untradable == {NYC: "paused"}


def test_what_was_read_once_is_read_again_when_no_cache_can_be_as_old(listening):
    listening.news.arrived([NYC])
    assert listening.read() == [NYC]
    listening.stand({NYC: Stands("inactive", CLOSE_US)})  # it was, 15 seconds ago
    later = time.monotonic() + STALE_S

    assert listening.read(later) == [NYC, LA]  # LA since the start
    listening.stand({NYC: Stands("active", CLOSE_US)})

    assert listening.books.untradable == {}
    assert listening.read(later + STALE_S) == []


def test_markets_that_keep_arriving_put_no_second_read_off(listening):
    start = time.monotonic()
    second = []
    for seconds in range(5, 30, 5):
        listening.news.arrived([NYC])
        second += [read := listening.read(start + seconds)]
        listening.news.stand(dict.fromkeys(read, Stands("active", CLOSE_US)), start + seconds)

    assert sum(LA in read for read in second) == 1


def test_what_was_to_be_read_again_is_forgotten_with_its_market(listening):
    listening.books.keep({NYC: CLOSE_US})

    assert listening.read(time.monotonic() + STALE_S) == [NYC]
    assert listening.news._again == {}


def test_only_a_market_that_is_new_to_the_shard_is_read_when_it_comes(listening):
    listening.told("deactivated", "RAIN-BOS", is_deactivated=True)  # before it was ours
    listening.books.keep({NYC: CLOSE_US, LA: CLOSE_US, "RAIN-BOS": CLOSE_US})
    listening.news.arrived(["RAIN-BOS"])

    assert listening.read() == ["RAIN-BOS"]
    listening.stand({"RAIN-BOS": Stands("inactive", CLOSE_US)})
    assert listening.books.blocked == {"RAIN-BOS": "paused"}


def test_a_read_that_failed_is_made_again_a_little_later(listening):
    listening.news.arrived([LA])
    assert listening.read(1.0) == [LA]

    listening.news.read_failed(2.0)

    assert listening.read(3.0) == []
    assert listening.read(2.0 + RETRY_S) == [NYC, LA]


def test_while_no_news_can_be_heard_the_markets_are_read_now_and_then(listening):
    listening.news.take(Connected(NEWS, 2))  # and no word that the subscription stands
    now = time.monotonic()

    assert listening.read(now) == []
    assert listening.read(now + DEAF_S) == [NYC, LA]


def test_while_the_connection_of_the_news_is_down_the_markets_are_read_now_and_then(listening):
    listening.news.take(Disconnected(NEWS, 1, "closed"))
    now = time.monotonic()

    for round_no in range(1, 4):
        assert listening.read(now + round_no * DEAF_S) == [NYC, LA]
        listening.news.stand({NYC: Stands("inactive", CLOSE_US)}, now + round_no * DEAF_S)

    assert listening.books.untradable == {NYC: "paused"}


def test_a_market_that_the_venue_closed_early_stays_closed(listening):
    listening.stand({NYC: Stands("closed", CLOSE_US)})

    listening.books.block_closed(CLOSE_US - 1, TOGETHER)

    assert listening.books.untradable == {NYC: "closed"}


def test_a_close_that_moves_after_the_market_has_closed_asks_for_a_read(listening):
    listening.stand({NYC: Stands("closed", CLOSE_US)})

    listening.told("close_date_updated", close_ts=2_100_000_000)

    assert listening.read() == [NYC]


def test_a_lost_connection_is_told_and_begins_again_with_a_read(listening):
    [note] = listening.news.take(Disconnected(NEWS, 1, "closed"))
    assert note == "Market news lost: closed"
    [note] = listening.news.take(Overflowed(NEWS, 1))
    assert "fell behind" in note

    listening.news.take(Connected(NEWS, 2))
    subscribed = {"type": "subscribed", "id": 1, "msg": {"channel": "market_lifecycle_v2", "sid": 1}}
    listening.news.take(Frames(NEWS, 2, 1, [json.dumps(subscribed).encode()]))

    assert listening.feed.sent[-1][:2] == (NEWS, 2)
    assert listening.read() == [NYC, LA]
    assert listening.news.report()["reconnects"] == 1


def test_frames_of_a_connection_that_is_over_are_dropped(listening):
    listening.news.take(Connected(NEWS, 2))
    listening.told("deactivated", is_deactivated=True)

    assert listening.books.untradable == {}


def test_the_standing_of_markets_is_read_from_the_venue(exchange):
    wanted = exchange.tickers[:3]

    standing = read_standing(VenueAccess(**exchange.access), wanted)

    assert sorted(standing) == sorted(wanted)
    assert {status for status, _, _ in standing.values()} == {"active"}


# --- what an order depends on ----------------------------------------------------------------------


def test_news_of_grid_status_close_or_something_unknown_is_passed_on_once(listening):
    listening.told("price_level_structure_updated", price_level_structure="linear_cent")
    listening.told("something_new", ticker=LA)
    listening.told("activated", ticker="RAIN-CHI")  # another shard's

    assert listening.news.take_terms_changed() == [NYC, LA]
    assert listening.news.take_terms_changed() == []

    listening.told("close_date_updated", close_ts=1_798_761_600)
    listening.told("deactivated", ticker=LA, is_deactivated=True)
    assert listening.news.take_terms_changed() == [NYC, LA]


def test_other_fees_of_an_event_concern_the_shards_markets_of_it(listening):
    listening.news.events = {"RAIN": [NYC, LA]}
    for event in ("SNOW", "RAIN"):
        listening.seq += 1
        msg = {"event_ticker": event, "fee_type_override": "flat", "fee_multiplier_override": 0.5}
        listening.hear(type="event_fee_update", sid=7, seq=listening.seq, msg=msg)
        assert listening.news.take_terms_changed() == ([NYC, LA] if event == "RAIN" else [])
