import json

import pytest

from actors.market_data.shard_books import ShardBooks
from actors.market_data.watched_connections import (
    COMPLAINTS_LOGGED,
    MARKETS_PER_CONNECTION,
    WatchedConnections,
)
from kalshi_client.stream.inbox import Connected, Disconnected, Frame, Overflowed

NYC, LA = "RAIN-NYC", "RAIN-LA"  # of the first connection
BOS = "RAIN-BOS"  # the first one too many for it
TICKERS = [NYC, LA, *(f"M{n}" for n in range(MARKETS_PER_CONNECTION - 2)), BOS]


class FakeFeed:
    """Holds what arrived until it is drained, and remembers what was sent."""

    def __init__(self, connections):
        self.connections = connections
        self.items = []
        self.sent = []  # (connection, generation, command)
        self.reconnected = []
        self.is_closed = False

    def fileno(self):
        return 99

    def drain(self, limit):
        drained, self.items = self.items[:limit], self.items[limit:]
        return drained

    def send(self, connection, generation, data):
        self.sent.append((connection, generation, json.loads(data)))

    def reconnect(self, connection):
        self.reconnected.append(connection)

    def close(self):
        self.is_closed = True


class Watched:
    def __init__(self):
        self.books = ShardBooks(dict.fromkeys(TICKERS, 1), throttle_s=0.0)
        self.connections = WatchedConnections(TICKERS, feed=self.make_feed, books=self.books)

    def make_feed(self, connections):
        self.feed = FakeFeed(connections)
        return self.feed

    def hear(self, *items):
        self.feed.sent.clear()
        self.feed.items += items
        return self.connections.receive(1_000)

    def commands(self):
        return [(to, command["params"].get("action", command["cmd"])) for to, _, command in self.feed.sent]


@pytest.fixture
def watched():
    return Watched()


@pytest.fixture
def live(watched):
    """Both connections subscribed; the books of NYC, LA and BOS known."""
    watched.hear(Connected(0, 1), Connected(1, 1))
    watched.hear(subscribed(0), snapshot(0, 1, NYC), snapshot(0, 2, LA), subscribed(1), snapshot(1, 1, BOS))
    assert watched.books.live == 3
    return watched


def frame(connection, generation=1, **fields):
    return Frame(connection, generation, json.dumps(fields).encode(), 0)


def subscribed(connection, generation=1):
    msg = {"channel": "orderbook_delta", "sid": 1}
    return frame(connection, generation, type="subscribed", id=1, msg=msg)


def snapshot(connection, seq, ticker, generation=1):
    msg = {
        "market_ticker": ticker,
        "market_id": "m",
        "yes_dollars_fp": [["0.4500", "10.00"]],
        "no_dollars_fp": [],
    }
    return frame(connection, generation, type="orderbook_snapshot", sid=1, seq=seq, msg=msg)


def delta(connection, seq, ticker, count="1.00", generation=1):
    msg = {"market_ticker": ticker, "price_dollars": "0.4500", "delta_fp": count, "side": "yes"}
    return frame(connection, generation, type="orderbook_delta", sid=1, seq=seq, msg=msg)


def test_no_connection_carries_more_markets_than_a_gap_may_cost(watched):
    watched.hear(Connected(0, 1), Connected(1, 1))

    asked_for = [command["params"]["market_tickers"] for _, _, command in watched.feed.sent]
    assert watched.connections.count == watched.feed.connections == 2
    assert [len(tickers) for tickers in asked_for] == [MARKETS_PER_CONNECTION, 1]
    assert asked_for[1] == [BOS]


def test_snapshots_and_deltas_become_books(live):
    assert live.hear(delta(0, 3, NYC)) == []

    assert live.books.books[NYC].yes == {4_500: 1_100}
    assert live.books.source[NYC] == (0, 3)


def test_a_gap_costs_the_markets_of_its_connection_and_no_other(live):
    [note] = live.hear(delta(0, 9, NYC))

    assert "missed messages" in note
    assert {live.books.untradable[ticker] for ticker in (NYC, LA)} == {"gap"}
    assert BOS not in live.books.untradable
    assert live.commands() == [(0, "get_snapshot")]


def test_after_a_gap_each_market_returns_with_its_own_snapshot(live):
    live.hear(delta(0, 9, NYC))
    live.hear(snapshot(0, 10, LA), delta(0, 11, NYC))

    assert LA not in live.books.untradable
    assert live.books.untradable[NYC] == "gap"


def test_a_duplicate_changes_nothing(live):
    live.hear(delta(0, 3, NYC))
    live.hear(delta(0, 3, NYC))

    assert live.books.books[NYC].yes == {4_500: 1_100}


def test_a_book_that_could_not_be_true_is_asked_for_again_alone(live):
    [note] = live.hear(delta(0, 3, NYC, "-11.00"))

    assert NYC in note
    assert live.books.untradable[NYC] == "negative_level"
    assert LA not in live.books.untradable
    [(_, _, command)] = live.feed.sent
    assert command["params"]["market_tickers"] == [NYC]


def test_a_lost_connection_makes_its_books_suspect_until_their_new_snapshots(live):
    [note] = live.hear(Disconnected(0, 1, "closed by the venue"))
    assert note == "Connection 0 lost: closed by the venue"
    assert live.books.untradable[NYC] == "disconnected"
    assert BOS not in live.books.untradable

    live.hear(Connected(0, 2))
    assert live.commands() == [(0, "subscribe")]
    live.hear(subscribed(0, 2), snapshot(0, 1, NYC, generation=2))
    assert NYC not in live.books.untradable
    assert live.books.untradable[LA] == "disconnected"


def test_frames_of_a_connection_that_is_over_are_dropped(live):
    live.hear(Disconnected(0, 1, "closed"), Connected(0, 2), snapshot(0, 3, NYC, generation=1))

    assert live.books.untradable[NYC] == "disconnected"


def test_a_connection_that_fell_behind_has_suspect_books(live):
    [note] = live.hear(Overflowed(0, 1))

    assert "fell behind" in note
    assert live.books.untradable[LA] == "overflow"


def test_a_subscription_that_ended_is_made_again(live):
    [note] = live.hear(frame(0, type="error", sid=1, msg={"code": 25, "msg": "overflow"}))

    assert "lost its subscription" in note
    assert live.books.untradable[NYC] == "subscription_lost"
    assert live.commands() == [(0, "subscribe")]


def test_a_connection_that_cannot_be_repaired_is_opened_again(watched):
    watched.hear(Connected(0, 1))

    notes = watched.hear(frame(0, type="error", id=1, msg={"code": 8, "msg": "no such channel"}))

    assert watched.feed.reconnected == [0]
    assert watched.books.untradable[NYC] == "reconnecting"
    assert len(notes) == 2  # what was refused, and what follows


def test_malformed_frames_are_counted_for_ever_and_told_a_few_times(live):
    broken = [Frame(0, 1, b"{", 0)] * (COMPLAINTS_LOGGED + 5)

    notes = live.hear(*broken)

    assert len(notes) == COMPLAINTS_LOGGED
    assert live.connections.report()["malformed"] == COMPLAINTS_LOGGED + 5
    assert NYC not in live.books.untradable


def test_no_more_is_taken_at_once_than_allowed(live):
    live.feed.items += [delta(0, 3, NYC), delta(0, 4, NYC)]

    live.connections.receive(1)

    assert live.books.source[NYC] == (0, 3)


def test_the_report_names_each_connection_and_its_state(live):
    live.hear(Disconnected(1, 1, "closed"), Connected(0, 2), frame(0, 2, type="news", msg={}))

    report = live.connections.report()

    first, second = report["connections"]
    assert (first["name"], first["state"], first["reconnects"]) == ("market data 0", "live", 1)
    assert (second["name"], second["state"], second["reconnects"]) == ("market data 1", "down", 0)
    assert report["unknown"] == {"news": 1}


def test_closing_it_closes_the_feed(live):
    live.connections.close()

    assert live.feed.is_closed
