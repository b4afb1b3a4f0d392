"""Frames of several connections become the books of one shard, and what is doubtful is asked for again."""

import itertools
import json

import pytest

from kalshi_client.signing_clock import SigningClock
from kalshi_client.stream.audits import AUDIT_EVERY_S
from kalshi_client.stream.book_connection import ASK_AGAIN_S
from kalshi_client.stream.deadlines import ANSWER_WITHIN_S
from kalshi_client.stream.inbox import Connected, Disconnected, Frames, Overflowed
from market_data import watched_connections
from market_data.shard_books import ShardBooks
from market_data.shards import MARKETS_PER_CONNECTION
from market_data.watched_connections import WatchedConnections
from trading.venue_time import TOGETHER

NYC, LA = "RAIN-NYC", "RAIN-LA"
BOS = "RAIN-BOS"  # the first of the second connection
TICKERS = [NYC, LA, *(f"SNOW-{n}" for n in range(MARKETS_PER_CONNECTION - 2)), BOS]
SILENCE_S = 25.0
received_us = itertools.count(1)


class FakeFeed:
    """Remembers what was asked of it."""

    def __init__(self):
        self.connections = 0
        self.sent = []  # (connection, generation, command)
        self.reconnected = []

    def open(self):
        self.connections += 1
        return self.connections - 1

    def send(self, connection, generation, data):
        self.sent.append((connection, generation, json.loads(data)))

    def reconnect(self, connection):
        self.reconnected.append(connection)


class Watched:
    def __init__(self, monkeypatch):
        self.now = 1_000.0
        monkeypatch.setattr(watched_connections.time, "monotonic", lambda: self.now)
        self.feed = FakeFeed()
        self.books = ShardBooks(throttle_s=0.0)
        self.connections = WatchedConnections(
            self.feed,
            self.feed.open,
            self.books,
            clock=SigningClock(),
            silence_s=SILENCE_S,
        )
        self.watch(TICKERS)

    def watch(self, tickers, together=()):
        self.feed.sent.clear()
        self.books.keep(dict.fromkeys(tickers, 1))
        self.connections.watch(tickers, together=together)

    def hear(self, *items):
        self.feed.sent.clear()
        return [
            note for item in items for note in self.connections.find(item.connection).take(item, self.now)
        ]

    def after(self, seconds):
        """The words to a look after so many seconds."""
        self.feed.sent.clear()
        self.now += seconds
        return self.connections.look_after(self.now)

    def commands(self):
        return [(to, command["params"].get("action", command["cmd"])) for to, _, command in self.feed.sent]

    def book(self, ticker):
        return self.books.book(ticker)


@pytest.fixture
def watched(monkeypatch):
    return Watched(monkeypatch)


@pytest.fixture
def live(watched):
    """Both connections subscribed; the books of NYC, LA and BOS known."""
    watched.hear(Connected(0, 1), Connected(1, 1))
    watched.hear(subscribed(0), snapshot(0, 1, NYC), snapshot(0, 2, LA), subscribed(1), snapshot(1, 1, BOS))
    assert watched.books.live == 3
    return watched


def frame(connection, generation=1, **fields):
    return Frames(connection, generation, next(received_us), [json.dumps(fields).encode()])


def subscribed(connection, generation=1, channel="orderbook_delta", sid=1):
    return frame(connection, generation, type="subscribed", id=1, msg={"channel": channel, "sid": sid})


def snapshot(connection, seq, ticker, generation=1, no=(), **more):
    msg = {
        "market_ticker": ticker,
        "market_id": "m",
        "yes_dollars_fp": [["0.4500", "10.00"]],
        "no_dollars_fp": list(no),
    }
    return frame(connection, generation, type="orderbook_snapshot", sid=1, seq=seq, msg=msg, **more)


def delta(connection, seq, ticker, count="1.00", generation=1):
    msg = {"market_ticker": ticker, "price_dollars": "0.4500", "delta_fp": count, "side": "yes"}
    return frame(connection, generation, type="orderbook_delta", sid=1, seq=seq, msg=msg)


# --- which markets, over which connection ------------------------------------------------------------


def test_no_connection_carries_more_markets_than_a_gap_may_cost(watched):
    watched.hear(Connected(0, 1), Connected(1, 1))

    asked_for = [command["params"]["market_tickers"] for _, _, command in watched.feed.sent]
    assert watched.connections.count == watched.feed.connections == 2
    assert [len(tickers) for tickers in asked_for] == [MARKETS_PER_CONNECTION, 1]
    assert asked_for[1] == [BOS]


def test_books_and_public_trades_are_subscribed_to_together(watched):
    watched.hear(Connected(1, 1))

    [(_, _, command)] = watched.feed.sent
    assert command["params"]["channels"] == ["orderbook_delta", "trade"]


def test_a_new_market_takes_the_room_of_one_that_is_gone(live):
    live.watch(["RAIN-CHI", *TICKERS[1:]])

    assert live.connections.count == 2
    assert live.commands() == [(0, "delete_markets"), (0, "add_markets")]
    assert NYC not in live.books.tickers
    assert live.books.untradable["RAIN-CHI"] == "no_snapshot"
    assert BOS not in live.books.untradable


def test_markets_that_belong_together_come_to_one_connection(live):
    live.watch([*TICKERS[1:], "RAIN-CHI", "RAIN-MIA"], together=[["RAIN-CHI", "RAIN-MIA", "RAIN-SEA"]])

    assert live.commands() == [(0, "delete_markets"), (1, "add_markets")]


def test_connections_are_opened_as_they_are_needed(live):
    live.watch([*TICKERS, *(f"WIND-{n}" for n in range(MARKETS_PER_CONNECTION))])

    assert live.connections.count == 3


def test_the_same_markets_again_cost_nothing(live):
    live.watch(TICKERS)

    assert live.feed.sent == []
    assert live.books.live == 3


# --- what arrives ------------------------------------------------------------------------------------


def test_snapshots_and_deltas_become_books(live):
    assert live.hear(delta(0, 3, NYC)) == []

    assert live.book(NYC).yes == {4_500: 1_100}
    assert (live.book(NYC).connection, live.books.held.seqs[0]) == (0, 3)


def test_a_gap_costs_the_markets_of_its_connection_and_no_other(live):
    [note] = live.hear(delta(0, 9, NYC))

    assert "missed messages" in note
    assert {live.books.untradable[ticker] for ticker in (NYC, LA)} == {"gap"}
    assert BOS not in live.books.untradable
    assert live.commands() == [(0, "get_snapshot")]
    assert live.connections.report()["resyncs"] == {"gap": 1}


def test_after_a_gap_each_market_returns_with_its_own_snapshot(live):
    live.hear(delta(0, 9, NYC))
    live.hear(snapshot(0, 10, LA), delta(0, 11, NYC))

    assert LA not in live.books.untradable
    assert live.books.untradable[NYC] == "gap"


def test_a_book_that_could_not_be_true_is_asked_for_again_alone(live):
    [note] = live.hear(delta(0, 3, NYC, "-11.00"))

    assert NYC in note
    assert live.books.untradable[NYC] == "negative_level"
    assert LA not in live.books.untradable
    [(_, _, command)] = live.feed.sent
    assert command["params"]["market_tickers"] == [NYC]


def test_a_lost_connection_makes_its_books_doubtful_until_their_new_snapshots(live):
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


def test_a_connection_that_fell_behind_has_doubtful_books(live):
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

    watched.hear(frame(0, type="error", id=1, msg={"code": 8, "msg": "no such channel"}))
    assert watched.commands() == [(0, "subscribe")] * 2  # each channel by itself

    notes = watched.hear(frame(0, type="error", id=2, msg={"code": 8, "msg": "no such channel"}))

    assert watched.feed.reconnected == [0]
    assert watched.books.untradable[NYC] == "no_snapshot"
    assert notes == ["Connection 0 cannot go on: subscribe refused: 8 no such channel; opening it again"]


def test_malformed_frames_are_counted_and_told_and_cost_no_book(live):
    broken = [Frames(0, 1, 0, [b"{"])] * 5

    assert len(live.hear(*broken)) == 5
    assert live.connections.report()["malformed"] == 5
    assert live.books.untradable[NYC] == "malformed"
    assert BOS not in live.books.untradable


def test_public_trades_are_passed_on(live):
    msg = {
        "trade_id": "t1",
        "market_ticker": NYC,
        "yes_price_dollars": "0.4500",
        "count_fp": "2.00",
        "taker_book_side": "ask",
        "ts_ms": 5,
    }
    live.hear(subscribed(0, channel="trade", sid=2), frame(0, type="trade", sid=2, seq=1, msg=msg))

    seen = live.books.observe({NYC: 1}, 6_000, TOGETHER)
    assert (seen.last_trade_price_e4[0], seen.last_trade_count_e2[0], seen.last_taker[0]) == (4_500, 200, -1)


def test_trades_that_were_missed_begin_the_count_anew(live, monkeypatch):
    live.hear(subscribed(0, channel="trade", sid=2))
    monkeypatch.setattr(watched_connections.time, "time_ns", lambda: 7_000_000)
    error = {"type": "error", "sid": 2, "seq": 40, "msg": {"code": 11, "msg": "x"}}

    assert live.hear(frame(0, **error)) != []
    live.hear(frame(0, type="ok", id=9, sid=2, seq=50, msg={}))

    assert live.books.observe({NYC: 1}, 8_000, TOGETHER).trades_since_us[0] == 7_000


# --- what is looked after ----------------------------------------------------------------------------


def test_a_book_that_stays_doubtful_is_asked_for_again(live):
    live.hear(delta(0, 9, NYC))
    live.after(ASK_AGAIN_S)  # seen for the first time

    live.after(ASK_AGAIN_S)

    asked = [command for to, _, command in live.feed.sent if to == 0]
    assert NYC in asked[0]["params"]["market_tickers"]


def test_a_quiet_connection_is_asked_for_a_book_and_confirmed_by_the_answer(live):
    live.after(AUDIT_EVERY_S)
    assert (0, "get_snapshot") in live.commands()

    live.hear(snapshot(0, 3, NYC))

    assert live.connections.confirmed_s(NYC, live.now) == 0.0
    assert live.connections.confirmed_s(BOS, live.now) == AUDIT_EVERY_S
    assert live.connections.report()["audits"] == 1


def test_a_book_that_is_not_the_venues_is_replaced_and_its_connection_doubted(live):
    live.book(NYC).apply("yes", 4_500, 100)

    [note] = live.hear(snapshot(0, 3, NYC))

    assert "was not the venue's" in note
    assert live.book(NYC).yes == {4_500: 1_000}
    assert live.books.untradable[LA] == live.books.untradable[NYC] == "audit"


def test_a_book_whose_changes_are_not_sent_is_not_traded_before_an_audit_agrees(live):
    live.book(NYC).apply("yes", 4_500, 100)
    live.hear(snapshot(0, 3, NYC), snapshot(0, 4, LA))
    assert LA not in live.books.untradable
    assert live.books.untradable[NYC] == "audit"
    live.after(ASK_AGAIN_S)
    live.after(ASK_AGAIN_S)
    assert [NYC in command["params"]["market_tickers"] for _, _, command in live.feed.sent[:1]] == [True]

    live.hear(snapshot(0, 5, NYC))

    assert NYC not in live.books.untradable
    assert live.connections.report()["audits_failed"] == 1


def test_a_book_in_which_something_is_at_stake_is_found_frozen_within_the_silence(live):
    """Of 250 markets; the others of its connection are shown when it is their turn."""
    late = TICKERS[MARKETS_PER_CONNECTION - 1]
    live.hear(*(snapshot(0, 3 + n, ticker) for n, ticker in enumerate(TICKERS[2:MARKETS_PER_CONNECTION])))
    live.connections.watch_closely([late, "NOT-WATCHED"])
    asked_at = []
    while not asked_at:
        live.after(1.0)
        asked_at = [live.now for _, _, asked in live.feed.sent if late in asked["params"]["market_tickers"]]

    assert asked_at[0] <= 1_000.0 + AUDIT_EVERY_S
    assert live.connections.audited_s(late, live.now) == AUDIT_EVERY_S


def test_a_book_that_the_venue_does_not_show_is_not_traded(live):
    live.connections.watch_closely([NYC])
    notes = []
    for second in range(int(SILENCE_S)):
        notes += [note for note in live.after(1.0) if NYC in note]
        newest = max((asked["id"] for to, _, asked in live.feed.sent if to == 0), default=0)
        live.hear(snapshot(0, 3 + second, LA, id=newest), snapshot(1, 2 + second, BOS))

    assert live.books.untradable[NYC] == "unconfirmed"
    assert notes == [f"No answer about {NYC}: not traded on until the venue shows them again"]
    assert live.feed.reconnected == []


def test_a_connection_that_confirms_nothing_for_too_long_is_opened_again(live):
    live.hear(snapshot(1, 2, BOS))
    notes = live.after(SILENCE_S)
    assert notes == []
    live.hear(snapshot(1, 3, BOS))

    [note] = live.after(1.0)

    assert "silent for 25 s" in note
    assert live.feed.reconnected == [0]
    assert live.books.untradable[NYC] == "unconfirmed"
    assert BOS not in live.books.untradable


def test_a_connection_that_leaves_a_command_without_an_answer_is_opened_again(live):
    """Changes go on coming over it, and each is at least as old as the answer that is owed."""
    live.hear(subscribed(0, channel="trade", sid=2), subscribed(1, channel="trade", sid=2))
    live.after(AUDIT_EVERY_S)
    for second in range(int(ANSWER_WITHIN_S)):
        assert live.after(1.0) == []
        live.hear(delta(0, 3 + second, LA), snapshot(1, 2 + second, BOS))
    assert live.feed.reconnected == []

    [note] = live.after(1.0)

    assert note == (
        "Connection 0 cannot go on: no answer to get_snapshot for 2 markets within 10 s; opening it again"
    )
    assert live.feed.reconnected == [0]
    assert live.books.untradable[LA] == "reconnecting"
    assert BOS not in live.books.untradable


def test_a_subscription_that_nobody_acknowledges_is_replaced_with_its_connection(watched):
    watched.hear(Connected(0, 1), Connected(1, 1))
    watched.hear(subscribed(1), snapshot(1, 1, BOS))

    notes = [note for _ in range(int(ANSWER_WITHIN_S) + 1) for note in watched.after(1.0)]

    [note] = [note for note in notes if "Connection 0" in note]
    assert "no answer to subscribe to orderbook_delta, trade within 10 s" in note
    assert watched.feed.reconnected == [0]


def test_trades_that_nobody_acknowledges_are_asked_for_again(live):
    notes = [note for _ in range(int(ANSWER_WITHIN_S) + 1) for note in live.after(1.0)]

    assert "Connection 1 had no answer to subscribe to trade: asking again" in notes
    assert (1, "subscribe") in live.commands()


def test_a_connection_without_markets_ages_nobody_and_begins_anew_with_the_next(live):
    live.watch(TICKERS[:-1])
    live.after(2 * SILENCE_S)
    live.hear(snapshot(0, 3, NYC))
    assert live.connections.report()["oldest_confirmation_s"] == 0.0

    live.watch(TICKERS)

    assert live.connections.confirmed_s(BOS, live.now) == 0.0


def crosses(seq, count="1.00"):
    """A change that lets the bids of NYC trade with each other, or no more."""
    msg = {"market_ticker": NYC, "price_dollars": "0.5600", "delta_fp": count, "side": "no"}
    return frame(0, type="orderbook_delta", sid=1, seq=seq, msg=msg)


def test_a_book_that_stays_crossed_is_asked_for_again(live):
    live.hear(crosses(3))
    assert live.after(1.0) == []

    [note] = live.after(1.0)

    assert "stays crossed" in note
    assert live.books.untradable[NYC] == "crossed"


def test_a_book_that_is_crossed_in_the_venues_own_words_is_not_traded_while_it_is(live):
    crossed = [["0.5600", "1.00"]]
    live.hear(crosses(3))
    live.after(1.0)
    live.after(1.0)
    live.hear(snapshot(0, 4, NYC, no=crossed))

    assert live.after(1.0) == []
    assert live.books.untradable[NYC] == "crossed"
    assert live.commands() == []
    live.hear(crosses(5, "-1.00"))
    live.after(1.0)
    assert NYC not in live.books.untradable
    assert live.connections.resyncs["crossed"] == 1


def test_a_book_that_is_crossed_for_a_moment_is_left_alone(live):
    live.hear(crosses(3))
    live.after(1.0)
    live.hear(crosses(4, "-1.00"))

    assert live.after(1.0) == []


def test_the_report_names_each_connection_and_its_state(live):
    live.hear(Disconnected(1, 1, "closed"), Connected(0, 2), frame(0, 2, type="news", msg={}))

    report = live.connections.report()

    first, second = report["connections"]
    assert (first["name"], first["state"], first["reconnects"]) == ("market data 0", "live", 1)
    assert (second["name"], second["state"], second["reconnects"]) == ("market data 1", "down", 0)
    assert report["unknown"] == {"news": 1}
