"""A session keeps its books right, or says that they may be wrong and asks for them again."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalshi_client.stream.books import BookSet
from kalshi_client.stream.private_session import private_session
from kalshi_client.stream.session import BookSession
from kalshi_client.stream.session_events import (
    MAX_UNKNOWN_NAMES,
    AuditFailed,
    CommandFailed,
    GapFound,
    ImpossibleChange,
    ReconnectNeeded,
    SubscriptionLost,
    TradesMissed,
)
from kalshi_client.stream.subscription import MAX_ATTEMPTS
from kalshi_client.wire.public import TradeMessage
from kalshi_client.wire.values import Malformed, Subscribed

NYC, BOS, CHI = "KXRAIN-26DEC31-NYC", "KXRAIN-26DEC31-BOS", "KXRAIN-26DEC31-CHI"
CONNECTION = 3


def frame(**fields):
    return json.dumps(fields).encode()


def subscribed(sid=1, request=1, channel="orderbook_delta"):
    return frame(type="subscribed", id=request, msg={"channel": channel, "sid": sid})


def snapshot(seq, ticker=NYC, sid=1, count="10.00", **more):
    levels = {"yes_dollars_fp": [["0.4500", count]], "no_dollars_fp": []}
    body = {"market_ticker": ticker, "market_id": "m", **levels}
    return frame(type="orderbook_snapshot", sid=sid, seq=seq, msg=body, **more)


def delta(seq, ticker=NYC, sid=1, count="1.00"):
    body = {"market_ticker": ticker, "price_dollars": "0.4500", "delta_fp": count, "side": "yes"}
    return frame(type="orderbook_delta", sid=sid, seq=seq, msg=body)


def trade(seq, ticker=NYC, sid=2):
    body = {
        "trade_id": f"t{seq}",
        "market_ticker": ticker,
        "yes_price_dollars": "0.4500",
        "no_price_dollars": "0.5500",
        "count_fp": "2.00",
        "taker_book_side": "bid",
        "taker_outcome_side": "yes",
        "is_block_trade": False,
        "ts": 1_795_345_393,
        "ts_ms": 1_795_345_393_123,
    }
    return frame(type="trade", sid=sid, seq=seq, msg=body)


def ok(seq, sid=1, request=9):
    return frame(type="ok", id=request, sid=sid, seq=seq, msg={"market_tickers": []})


def error(code, *tickers, **more):
    named = {"market_tickers": list(tickers)} if tickers else {}
    return frame(type="error", msg={"code": code, "msg": "text"} | named, **more)


class Watching:
    """A session and the books it writes."""

    def __init__(self, *tickers, **options):
        self.books = BookSet()
        self.session = BookSession(tickers, self.books, connection=CONNECTION, **options)
        self.at_us = 0
        self.asked = [json.loads(command) for command in self.session.connected()]

    def hear(self, *frames):
        """The meaning of the frames, besides changes of books."""
        self.at_us += 1
        return self.session.receive(frames, self.at_us)

    def commands(self):
        return [json.loads(command) for command in self.session.commands()]

    def yes(self, ticker=NYC):
        return self.books.books[ticker].yes

    @property
    def untrusted(self):
        return set(self.books.untrusted)


@pytest.fixture
def new():
    return Watching(NYC, BOS)


@pytest.fixture
def live(new):
    """Subscribed, with both books known and taken note of."""
    new.hear(subscribed(), snapshot(1), snapshot(2, BOS))
    new.books.changed.clear()
    assert not new.untrusted
    return new


@pytest.fixture
def trading():
    """With public trades, which have a subscription and numbers of their own."""
    made = Watching(NYC, BOS, with_trades=True)
    made.hear(subscribed(), subscribed(2, channel="trade"), snapshot(1), snapshot(2, BOS), trade(7))
    return made


# --- books that follow the venue ---------------------------------------------------------------------


def test_connecting_subscribes_with_the_price_scale_said_explicitly(new):
    [command] = new.asked

    assert command["cmd"] == "subscribe"
    assert command["params"] == {
        "channels": ["orderbook_delta"],
        "market_tickers": [NYC, BOS],
        "use_yes_price": False,
    }
    assert command["id"] >= 1


def test_no_book_is_trusted_before_its_own_snapshot(new):
    events = new.hear(subscribed(), snapshot(5))

    assert [type(event) for event in events] == [Subscribed]
    assert new.session.is_subscribed
    assert new.books.untrusted == {BOS: "no_snapshot"}
    assert new.session.untrusted == [BOS]


def test_changes_after_the_snapshot_change_the_book_and_its_source(live):
    assert live.hear(delta(3), delta(4, BOS), delta(5, count="-3.50")) == []

    assert live.yes() == {4_500: 750}
    assert live.yes(BOS) == {4_500: 1_100}
    assert live.books.books[NYC].connection == CONNECTION
    assert live.books.seqs == {CONNECTION: 5}
    assert (live.books.deltas, live.session.counters.frames) == (3, 6)


def test_a_change_is_noted_with_the_time_of_the_first_since_it_was_taken(live):
    live.hear(delta(3, BOS))
    first_us = live.at_us
    live.hear(delta(4), delta(5, BOS))

    assert list(live.books.changed.items()) == [(BOS, first_us), (NYC, live.at_us)]


def test_a_level_that_is_used_up_is_gone(live):
    live.hear(delta(3, count="-10.00"))

    assert live.yes() == {}


def test_a_message_in_its_turn_confirms_every_book_until_then(live):
    live.hear(delta(3))
    confirmed_us = live.session.confirmed_us
    live.hear(frame(type="news"), delta(3), b"{")

    assert confirmed_us == live.at_us - 1
    assert live.session.confirmed_us == confirmed_us


def test_a_change_before_its_snapshot_is_left_to_the_snapshot(new):
    assert new.hear(subscribed(), delta(1)) == [Subscribed(1, "orderbook_delta", 1)]
    assert new.session.counters.unbased == 1
    assert not new.books.changed


def test_a_message_of_a_subscription_that_nobody_made_means_nothing(live):
    assert live.hear(delta(3, sid=8), snapshot(4, sid=8)) == []

    assert live.session.counters.unbased == 2
    assert live.yes() == {4_500: 1_000}


def test_a_market_that_was_not_asked_for_is_ignored(live):
    assert live.hear(snapshot(3, "OTHER"), delta(4, "OTHER")) == []
    assert live.session.counters.gaps == 0


def test_the_time_at_which_the_venue_sent_the_newest_change_is_known(live):
    live.hear(delta(3), delta(4).replace(b'"type"', b'"sending_ts_ms": 1795345200123, "type"'))
    assert live.session.sent_ms == 1_795_345_200_123

    live.hear(delta(5))

    assert live.session.sent_ms is None


def test_duplicates_are_counted_and_change_nothing(live):
    live.hear(delta(3), delta(3), snapshot(2, BOS))

    assert live.session.counters.duplicates == 2
    assert live.yes() == {4_500: 1_100}
    assert not live.untrusted


# --- what is lost ------------------------------------------------------------------------------------


def test_a_gap_makes_every_book_doubtful_and_asks_for_all_in_one_command(live):
    assert live.hear(delta(5)) == [GapFound(1, 3, 5)]

    assert live.books.untrusted == dict.fromkeys((NYC, BOS), "gap")
    [command] = live.commands()
    assert command["params"] == {
        "sids": [1],
        "action": "get_snapshot",
        "market_tickers": [NYC, BOS],
    }
    assert live.commands() == []


def test_each_book_returns_with_its_own_snapshot(live):
    live.hear(delta(5), delta(6), snapshot(7, id=3), delta(8), delta(9, BOS))

    assert live.untrusted == {BOS}
    assert live.yes() == {4_500: 1_100}
    assert live.yes(BOS) == {4_500: 1_000}
    assert list(live.books.changed) == [NYC]


def test_a_snapshot_that_shows_the_gap_is_itself_good(live):
    assert [type(event) for event in live.hear(snapshot(9))] == [GapFound]
    assert live.untrusted == {BOS}
    assert live.commands()[0]["params"]["market_tickers"] == [BOS]


@pytest.mark.parametrize("broken", [delta(3).replace(b'"1.00"', b"null"), delta(3)[:-9]])
def test_a_malformed_frame_may_have_been_a_change_so_no_book_is_trusted_any_more(live, broken):
    [event] = live.hear(broken)

    assert isinstance(event, Malformed)
    assert live.books.untrusted == dict.fromkeys((NYC, BOS), "malformed")
    assert live.commands()[0]["params"]["market_tickers"] == [NYC, BOS]
    assert live.session.counters.malformed == 1


def test_a_value_that_cannot_be_true_concerns_only_its_own_book(live):
    [event] = live.hear(delta(3, count="1.234"))

    assert isinstance(event, Malformed)
    assert live.books.untrusted == {NYC: "malformed"}
    [command] = live.commands()
    assert command["params"]["market_tickers"] == [NYC]
    assert live.hear(delta(4, BOS), snapshot(5, id=command["id"])) == []
    assert not live.untrusted


def test_a_snapshot_that_cannot_be_true_is_not_asked_for_again_at_once(live):
    live.hear(snapshot(3, count="1.234"))

    assert live.books.untrusted == {NYC: "malformed"}
    assert live.commands() == []
    live.session.ask_again([NYC])
    assert live.commands()


def test_a_value_that_cannot_be_true_still_shows_what_was_lost_before_it(live):
    events = live.hear(delta(5, count="1.234"))

    assert [type(event) for event in events] == [Malformed, GapFound]
    assert live.untrusted == {NYC, BOS}


def test_a_malformed_trade_concerns_no_book(trading):
    [event] = trading.hear(trade(8).replace(b'"2.00"', b'"-2.00"'))

    assert isinstance(event, Malformed)
    assert not trading.untrusted


def test_a_venue_that_sends_nothing_but_nonsense_gets_a_new_connection(live):
    events = live.hear(*[b"{"] * (MAX_ATTEMPTS + 3))

    assert sum(isinstance(event, ReconnectNeeded) for event in events) == 1
    assert len(live.commands()) == MAX_ATTEMPTS


@pytest.mark.parametrize("numbers", [(2, 3), (3, 4), (3, 3)])
def test_ok_may_take_a_number_or_not(live, numbers):
    of_ok, of_delta = numbers

    assert live.hear(ok(of_ok), delta(of_delta)) == []
    assert live.session.counters.gaps == live.session.counters.duplicates == 0
    assert live.yes() == {4_500: 1_100}


def test_ok_after_a_loss_shows_the_gap(live):
    assert live.hear(ok(8)) == [GapFound(1, 3, 8)]


def test_a_change_that_cannot_be_true_makes_its_book_doubtful_and_no_other(live):
    assert live.hear(delta(3, count="-11.00"), delta(4), delta(5, BOS)) == [ImpossibleChange(NYC)]

    assert live.books.untrusted == {NYC: "negative_level"}
    assert live.yes(BOS) == {4_500: 1_100}
    assert live.commands()[0]["params"]["market_tickers"] == [NYC]


def test_a_doubtful_book_keeps_the_first_reason(live):
    live.session.disconnected("overflow")
    live.session.disconnected("disconnected")
    live.session.connected()

    assert live.books.untrusted == dict.fromkeys((NYC, BOS), "overflow")


@pytest.mark.parametrize("code", [10, 25])
def test_a_terminal_error_subscribes_again(live, code):
    assert live.hear(error(code, sid=1, seq=3)) == [SubscriptionLost(1, code)]

    assert live.books.untrusted == dict.fromkeys((NYC, BOS), "subscription_lost")
    assert not live.session.is_subscribed
    [command] = live.commands()
    assert command["cmd"] == "subscribe"
    live.hear(delta(4), snapshot(5))
    assert live.untrusted == {NYC, BOS}
    live.hear(subscribed(sid=1, request=command["id"]), snapshot(77))
    assert live.untrusted == {BOS}


def test_a_terminal_error_said_twice_subscribes_once(live):
    live.hear(error(25, sid=1, seq=3), error(25, sid=1, seq=3))

    assert len(live.commands()) == 1


def test_subscriptions_that_never_last_need_a_new_connection(new):
    events = []
    for attempt in range(MAX_ATTEMPTS + 3):
        events += new.hear(subscribed(sid=attempt + 1), error(25, sid=attempt + 1))

    assert sum(isinstance(event, ReconnectNeeded) for event in events) == 1
    assert sum(command["cmd"] == "subscribe" for command in new.commands()) == MAX_ATTEMPTS


def test_gaps_without_a_recovery_need_a_new_connection(live):
    events = []
    for seq in range(10, 10 + 10 * (MAX_ATTEMPTS + 3), 10):
        events += live.hear(delta(seq))

    assert sum(isinstance(event, ReconnectNeeded) for event in events) == 1
    assert len(live.commands()) == MAX_ATTEMPTS


def test_a_recovery_between_gaps_starts_the_count_anew(live):
    seq = 2
    for _ in range(3 * MAX_ATTEMPTS):
        assert [type(event) for event in live.hear(delta(seq + 5))] == [GapFound]
        live.hear(snapshot(seq + 6), snapshot(seq + 7, BOS))
        seq += 7


def test_a_refused_subscription_needs_a_new_connection(new):
    assert [type(event) for event in new.hear(error(9, id=1))] == [CommandFailed, ReconnectNeeded]


def test_a_new_connection_starts_empty_but_counters_stay(live):
    live.hear(delta(9))

    live.session.connected()

    assert live.untrusted == {NYC, BOS}
    assert not live.session.is_subscribed
    assert live.commands() == []
    assert live.session.counters.gaps == 1
    live.hear(subscribed(), snapshot(1))
    assert live.untrusted == {BOS}


# --- what is asked for -------------------------------------------------------------------------------


def test_a_refused_snapshot_is_reported_with_its_code(live):
    live.session.audit([NYC])
    [command] = live.commands()

    assert live.hear(error(27, id=command["id"], sid=1, seq=3)) == [
        CommandFailed(command["id"], 27, "text", ())
    ]


def test_a_book_that_is_what_the_venue_says_passes_its_audit(live):
    live.session.audit([NYC])

    assert live.hear(snapshot(3, id=2)) == []
    assert (live.session.counters.audits, live.session.counters.audits_failed) == (1, 0)
    assert not live.untrusted


def test_a_book_that_is_not_what_the_venue_says_puts_its_connection_in_doubt(live):
    assert live.hear(snapshot(3, id=2, count="9.00")) == [AuditFailed(NYC)]

    assert live.yes() == {4_500: 900}
    assert live.books.untrusted == {BOS: "audit", NYC: "audit"}
    assert live.commands()[0]["params"]["market_tickers"] == [BOS]
    assert live.session.counters.audits_failed == 1


def test_a_book_that_an_audit_disproved_is_followed_and_trusted_when_the_next_one_agrees(live):
    live.hear(snapshot(3, id=2, count="9.00"), snapshot(4, BOS))
    assert live.hear(delta(5)) == []
    assert live.yes() == {4_500: 1_000}
    assert live.session.untrusted == [NYC]

    assert live.books.untrusted == {NYC: "audit"}
    assert live.hear(snapshot(6)) == []

    assert not live.untrusted
    assert live.session.untrusted == []


def test_a_book_that_fails_a_second_audit_is_trusted_when_its_changes_come_as_well(live):
    """One that is frozen for good would else be traded whenever nothing happens in its market."""
    live.hear(snapshot(3, count="9.00"), snapshot(4, count="9.00"), snapshot(5, BOS))
    assert not live.untrusted
    live.hear(snapshot(6, count="8.00"), snapshot(7, BOS))
    live.hear(snapshot(8, count="8.00"), snapshot(9, count="8.00"))
    assert live.books.untrusted == {NYC: "audit"}

    live.hear(delta(10), snapshot(11, count="9.00"))

    assert not live.untrusted


def test_a_new_connection_begins_without_the_doubts_of_the_last(live):
    live.hear(snapshot(3, id=2, count="9.00"))
    live.session.connected()

    live.hear(subscribed(), snapshot(1), snapshot(2, BOS))

    assert not live.untrusted


def test_a_book_that_is_distrusted_changes_no_more_before_its_snapshot(live):
    live.session.resync([NYC, "NOT-OURS"], "crossed")

    assert live.books.untrusted == {NYC: "crossed"}
    assert live.commands()[0]["params"]["market_tickers"] == [NYC]
    live.hear(delta(3), delta(4, BOS))
    assert live.yes() == {4_500: 1_000}
    assert live.yes(BOS) == {4_500: 1_100}


def test_nothing_is_asked_before_the_subscription_stands(new):
    new.session.ask_again([NYC])
    new.session.audit([NYC])

    assert new.commands() == []


# --- markets that come and go ------------------------------------------------------------------------


def test_an_added_market_is_asked_for_and_returns_with_its_snapshot(live):
    live.session.add([CHI])

    assert live.books.untrusted == {CHI: "no_snapshot"}
    [command] = live.commands()
    assert command["params"] == {"sids": [1], "action": "add_markets", "market_tickers": [CHI]}
    assert live.hear(ok(3, request=command["id"]), snapshot(4, CHI), delta(5, CHI)) == []
    assert live.yes(CHI) == {4_500: 1_100}


def test_a_removed_market_is_asked_for_no_more_and_its_book_is_not_trusted(live):
    live.session.remove([NYC, "NOT-OURS"])

    [command] = live.commands()
    assert command["params"] == {"sids": [1], "action": "delete_markets", "market_tickers": [NYC]}
    assert live.books.untrusted == {NYC: "not_watched"}
    assert live.hear(delta(3), delta(4, BOS)) == []
    assert live.yes() == {4_500: 1_000}
    assert live.session.tickers == [BOS]


def test_a_market_that_comes_back_waits_for_a_new_snapshot(live):
    live.session.remove([NYC])
    live.session.add([NYC])

    assert [command["params"]["action"] for command in live.commands()] == ["delete_markets", "add_markets"]
    live.hear(delta(3), ok(4, request=2), ok(5, request=3))
    assert live.untrusted == {NYC}
    live.hear(snapshot(6))
    assert not live.untrusted


def test_markets_that_change_before_the_subscription_stands_are_settled_when_it_does(new):
    new.session.add([CHI])
    new.session.remove([NYC])
    assert new.commands() == []

    new.hear(subscribed())

    assert [command["params"]["action"] for command in new.commands()] == ["delete_markets", "add_markets"]


def test_a_refused_market_is_asked_for_again_only_on_demand(live):
    live.session.add([CHI])
    [command] = live.commands()
    live.hear(error(26, id=command["id"], sid=1, seq=3))
    assert live.commands() == []

    live.session.ask_again([CHI])

    assert [command["params"]["action"] for command in live.commands()] == ["add_markets"]


def named(command):
    return command["params"]["market_tickers"]


def test_a_market_that_the_venue_does_not_know_costs_the_others_of_its_command_nothing(live):
    live.session.add([CHI, "NOWHERE"])
    [command] = live.commands()

    live.hear(error(11, "NOWHERE", id=command["id"], sid=1, seq=3))

    [again] = live.commands()
    assert named(again) == [CHI]
    live.hear(ok(4, request=again["id"]), snapshot(5, CHI))
    assert live.untrusted == {"NOWHERE"}
    live.session.add([])
    assert live.commands() == []
    live.session.ask_again(live.session.untrusted)
    assert [named(command) for command in live.commands()] == [["NOWHERE"]]


def test_a_refusal_that_names_no_market_is_narrowed_down(live):
    live.hear(delta(9))
    [command] = live.commands()

    live.hear(error(11, id=command["id"], sid=1, seq=10))

    assert [named(command) for command in live.commands()] == [[NYC], [BOS]]


def test_a_refused_rate_of_commands_is_not_answered_with_more_of_them(live):
    live.hear(delta(9))
    [command] = live.commands()

    live.hear(error(27, id=command["id"], sid=1, seq=10))

    assert live.commands() == []


@pytest.mark.parametrize("most", [1, 2, 3, 7, 10])
def test_a_subscription_takes_as_many_markets_as_the_venue_allows(most):
    """Protocol 5.3, error 26: the limit is not published."""
    tickers = [f"KX-{n}" for n in range(10)]
    watching = Watching(*tickers)
    members, seq, todo = set(), 0, watching.asked
    for _ in range(100):
        for command in todo:
            more = set(named(command)) - members
            if len(members) + len(more) > most:
                sid = {} if command["cmd"] == "subscribe" else {"sid": 1, "seq": (seq := seq + 1)}
                watching.hear(error(26, id=command["id"], **sid))
                continue
            if command["cmd"] == "subscribe":
                watching.hear(subscribed(request=command["id"]))
            else:
                watching.hear(ok(seq := seq + 1, request=command["id"]))
            members |= more
            for ticker in sorted(more):
                watching.hear(snapshot(seq := seq + 1, ticker))
        todo = watching.commands()

    assert len(members) == most
    assert watching.untrusted == set(tickers) - members


def test_a_market_that_the_venue_left_out_without_a_word_is_not_believed(live):
    live.session.add([CHI, "NOWHERE"])
    [command] = live.commands()

    granted = {"market_tickers": [NYC, BOS, CHI]}
    live.hear(frame(type="ok", id=command["id"], sid=1, seq=3, msg=granted))
    live.hear(snapshot(4, CHI), snapshot(5, "NOWHERE"))

    assert live.untrusted == {"NOWHERE"}


@pytest.mark.parametrize("how", ["unsubscribed", "unknown subscription"])
def test_a_subscription_that_is_gone_without_an_error_is_made_again(live, how):
    if how == "unsubscribed":
        events = live.hear(frame(type="unsubscribed", sid=1, seq=3))
    else:
        live.session.audit([NYC])
        [command] = live.commands()
        events = live.hear(error(7, id=command["id"]))

    assert [type(event) for event in events] == [SubscriptionLost]
    assert live.untrusted == {NYC, BOS}
    assert [command["cmd"] for command in live.commands()] == ["subscribe"]


def test_a_subscription_without_markets_is_not_made_again_for_all_there_are(trading):
    trading.session.remove([NYC, BOS])
    trading.commands()

    trading.hear(error(25, sid=2), error(25, sid=1))

    assert trading.commands() == []
    trading.session.add([CHI])
    [command] = trading.commands()
    assert (command["cmd"], named(command)) == ("subscribe", [CHI])


def test_a_session_without_markets_asks_for_nothing_until_it_has_one():
    empty = Watching()
    assert empty.asked == []

    empty.session.add([NYC])

    assert [command["cmd"] for command in empty.commands()] == ["subscribe"]


# --- public trades -----------------------------------------------------------------------------------


def test_public_trades_are_handed_on(trading):
    [event] = trading.hear(trade(8))

    assert isinstance(event, TradeMessage)
    assert (event.ticker, event.price_e4, event.count_e2, event.taker_side) == (NYC, 4_500, 200, "bid")


def test_lost_trades_are_told_and_concern_no_book(trading):
    events = trading.hear(trade(10))

    assert [type(event) for event in events] == [TradesMissed, TradeMessage]
    assert not trading.untrusted
    assert trading.commands() == []


def test_a_trade_comes_once(trading):
    assert trading.hear(trade(7)) == []


def test_a_gap_of_the_books_concerns_no_trade(trading):
    assert [type(event) for event in trading.hear(delta(9), trade(8))] == [GapFound, TradeMessage]


def test_a_lost_trade_channel_alone_is_subscribed_again(trading):
    assert trading.hear(error(25, sid=2)) == [SubscriptionLost(2, 25)]

    assert not trading.untrusted
    [command] = trading.commands()
    assert command["params"]["channels"] == ["trade"]


def test_added_markets_are_added_to_both_channels(trading):
    trading.session.add([CHI])

    assert [command["params"]["sids"] for command in trading.commands()] == [[1], [2]]


# --- anything ----------------------------------------------------------------------------------------


def test_unknown_types_are_counted_by_name_up_to_a_bound(live):
    for n in range(MAX_UNKNOWN_NAMES + 50):
        assert live.hear(frame(type=f"t{n}")) == []
    live.hear(frame(type="t1"))

    counters = live.session.counters
    assert counters.unknown["t1"] == 2
    assert counters.unknown["(others)"] == 50
    assert counters.frames == 3 + MAX_UNKNOWN_NAMES + 51


FRAMES = [subscribed(), snapshot(1), snapshot(2, BOS), delta(3), ok(4), delta(5, BOS), error(25, sid=1)]
ANYTHING = st.one_of(
    st.sampled_from([*FRAMES, trade(1), subscribed(2, channel="trade")]),
    st.binary(max_size=40),
    st.integers(0, 30).map(delta),
    st.integers(0, 30).map(lambda seq: delta(seq, count="-1.00")),
    st.integers(0, 30).map(ok),
    st.integers(0, 30).map(lambda seq: snapshot(seq, BOS)),
)


@given(st.lists(st.lists(ANYTHING, max_size=5), max_size=20))
def test_no_stream_raises_or_floods_the_venue(batches):
    watching = Watching(NYC, BOS, with_trades=True)
    private = private_session()
    private.connected()
    asked = 0
    for frames in batches:
        watching.hear(*frames)
        asked += len(watching.commands())
        for received in frames:
            private.receive(received)

    count = sum(map(len, batches))
    assert asked <= count
    assert watching.session.counters.frames == private.counters.frames == count


@given(st.lists(st.lists(ANYTHING, max_size=5), max_size=20))
def test_how_frames_are_batched_makes_no_difference(batches):
    together, apart = Watching(NYC, BOS), Watching(NYC, BOS)
    for frames in batches:
        events = together.session.receive(frames, 1)

        assert events == [event for each in frames for event in apart.session.receive([each], 1)]
        assert together.books.untrusted == apart.books.untrusted
        assert together.session.counters == apart.session.counters
        assert list(together.books.lines()) == list(apart.books.lines())


@given(st.lists(st.tuples(st.booleans(), st.sampled_from([NYC, BOS])), min_size=1, max_size=80))
def test_a_trusted_book_is_what_the_venue_has_whatever_was_lost(arrivals):
    watching = Watching(NYC, BOS)
    watching.hear(subscribed(), snapshot(1), snapshot(2, BOS))
    truth = {NYC: 1_000, BOS: 1_000}
    seq = 2
    for arrives, ticker in arrivals:
        seq += 1
        truth[ticker] += 100
        if not arrives:
            continue
        watching.hear(delta(seq, ticker))
        for command in watching.commands():
            for asked in command["params"]["market_tickers"]:
                seq += 1
                watching.hear(snapshot(seq, asked, count=f"{truth[asked] / 100:.2f}"))

        for held in {NYC, BOS} - watching.untrusted:
            assert watching.yes(held) == {4_500: truth[held]}
