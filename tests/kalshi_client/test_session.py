"""A session hands on what may be applied, and asks for the rest again."""

import copy
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalshi_client.stream.session import OrderbookSession, PrivateSession
from kalshi_client.stream.subscription import (
    MAX_ATTEMPTS,
    MAX_UNKNOWN_NAMES,
    CommandFailed,
    GapFound,
    ReconnectNeeded,
    SubscriptionLost,
)
from kalshi_client.wire.values import BookDelta, BookSnapshot, FillMessage, Malformed, Subscribed

NYC, BOS = "KXRAIN-26DEC31-NYC", "KXRAIN-26DEC31-BOS"


def frame(**fields):
    return json.dumps(fields).encode()


def subscribed(sid=1, request=1, channel="orderbook_delta"):
    return frame(type="subscribed", id=request, msg={"channel": channel, "sid": sid})


def snapshot(seq, ticker=NYC, sid=1, **more):
    levels = {"yes_dollars_fp": [["0.4500", "10.00"]], "no_dollars_fp": []}
    body = {"market_ticker": ticker, "market_id": "m", **levels}
    return frame(type="orderbook_snapshot", sid=sid, seq=seq, msg=body, **more)


def delta(seq, ticker=NYC, sid=1):
    body = {"market_ticker": ticker, "price_dollars": "0.4500", "delta_fp": "1.00", "side": "yes"}
    return frame(type="orderbook_delta", sid=sid, seq=seq, msg=body)


def ok(seq, sid=1):
    return frame(type="ok", id=9, sid=sid, seq=seq, msg={"market_tickers": []})


def error(code, **more):
    return frame(type="error", msg={"code": code, "msg": "text"}, **more)


def commands(session):
    return [json.loads(command) for command in session.commands()]


@pytest.fixture
def session():
    made = OrderbookSession([NYC, BOS])
    made.connected()
    return made


@pytest.fixture
def live(session):
    """Subscribed, with both books known."""
    for received in (subscribed(), snapshot(1), snapshot(2, BOS)):
        session.receive(received)
    return session


def test_connecting_subscribes_with_the_price_scale_said_explicitly(session):
    [command] = map(json.loads, session.connected())

    assert command["cmd"] == "subscribe"
    assert command["params"] == {
        "channels": ["orderbook_delta"],
        "market_tickers": [NYC, BOS],
        "use_yes_price": False,
    }
    assert command["id"] >= 1


def test_snapshot_then_deltas_are_handed_on(session):
    events = [*session.receive(subscribed())]
    events += session.receive(snapshot(5))
    events += session.receive(delta(6))

    assert [type(event) for event in events] == [Subscribed, BookSnapshot, BookDelta]
    assert session.is_subscribed
    assert session.suspect == {BOS}


def test_delta_before_its_snapshot_is_dropped(session):
    session.receive(subscribed())

    assert session.receive(delta(1)) == ()
    assert session.counters.unbased == 1


def test_duplicate_is_counted_and_dropped(live):
    live.receive(delta(3))

    assert live.receive(delta(3)) == ()
    assert live.receive(snapshot(2, BOS)) == ()
    assert live.counters.duplicates == 2
    assert live.suspect == set()


def test_gap_makes_every_book_suspect_and_asks_for_all_in_one_command(live):
    events = live.receive(delta(5))

    assert events == (GapFound(1, 3, 5),)
    assert live.suspect == {NYC, BOS}
    [command] = commands(live)
    assert command["params"] == {
        "sids": [1],
        "action": "get_snapshot",
        "market_tickers": [NYC, BOS],
    }
    assert commands(live) == []


def test_each_book_returns_with_its_own_snapshot(live):
    live.receive(delta(5))

    assert live.receive(delta(6)) == ()
    assert len(live.receive(snapshot(7, id=3))) == 1
    assert live.suspect == {BOS}
    assert len(live.receive(delta(8))) == 1
    assert live.receive(delta(9, BOS)) == ()


def test_snapshot_that_shows_the_gap_is_itself_good(live):
    events = live.receive(snapshot(9))

    assert [type(event) for event in events] == [GapFound, BookSnapshot]
    assert live.suspect == {BOS}
    assert commands(live)[0]["params"]["market_tickers"] == [BOS]


def test_malformed_frame_costs_its_number_and_is_found_as_a_gap(live):
    broken = delta(3).replace(b'"1.00"', b'"NaN"')

    [event] = live.receive(broken)

    assert isinstance(event, Malformed)
    assert live.counters.malformed == 1
    assert isinstance(live.receive(delta(4))[0], GapFound)


@pytest.mark.parametrize("numbers", [(2, 3), (3, 4), (3, 3)])
def test_ok_may_take_a_number_or_not(live, numbers):
    of_ok, of_delta = numbers

    assert live.receive(ok(of_ok)) == ()
    assert len(live.receive(delta(of_delta))) == 1
    assert live.counters.gaps == live.counters.duplicates == 0


def test_ok_after_a_loss_shows_the_gap(live):
    assert live.receive(ok(8)) == (GapFound(1, 3, 8),)


@pytest.mark.parametrize("code", [10, 25])
def test_terminal_error_subscribes_again(live, code):
    events = live.receive(error(code, sid=1, seq=3))

    assert events == (SubscriptionLost(1, code),)
    assert live.suspect == {NYC, BOS}
    assert not live.is_subscribed
    [command] = commands(live)
    assert command["cmd"] == "subscribe"
    assert live.receive(delta(4)) == ()
    live.receive(subscribed(sid=1, request=command["id"]))
    assert len(live.receive(snapshot(77))) == 1


def test_terminal_error_said_twice_subscribes_once(live):
    live.receive(error(25, sid=1, seq=3))
    live.receive(error(25, sid=1, seq=3))

    assert len(commands(live)) == 1


def test_subscriptions_that_never_last_need_a_new_connection(session):
    events = []
    for attempt in range(MAX_ATTEMPTS + 3):
        session.receive(subscribed(sid=attempt + 1))
        events += session.receive(error(25, sid=attempt + 1))

    assert sum(isinstance(event, ReconnectNeeded) for event in events) == 1
    assert len(session.commands()) == MAX_ATTEMPTS


def test_gaps_without_a_recovery_need_a_new_connection(live):
    events = []
    for seq in range(10, 10 + 10 * (MAX_ATTEMPTS + 3), 10):
        events += live.receive(delta(seq))

    assert sum(isinstance(event, ReconnectNeeded) for event in events) == 1
    assert len(live.commands()) == MAX_ATTEMPTS


def test_recovery_between_gaps_starts_the_count_anew(live):
    seq = 2
    for _ in range(3 * MAX_ATTEMPTS):
        events = live.receive(delta(seq + 5))
        assert [type(event) for event in events] == [GapFound]
        live.receive(snapshot(seq + 6))
        live.receive(snapshot(seq + 7, BOS))
        seq += 7


def test_refused_subscription_needs_a_new_connection(session):
    events = session.receive(error(26, id=1))

    assert [type(event) for event in events] == [CommandFailed, ReconnectNeeded]


def test_refused_snapshot_is_reported_with_its_code(live):
    live.request_snapshots([NYC])
    [command] = commands(live)

    events = live.receive(error(27, id=command["id"], sid=1, seq=3))

    assert events == (CommandFailed(command["id"], 27, "text", ()),)


def test_asking_again_does_not_distrust(live):
    live.request_snapshots([NYC])

    assert live.suspect == set()
    [event] = live.receive(snapshot(3, id=2))
    assert event.request_id == 2


def test_book_that_turned_out_wrong_gets_no_deltas_before_its_snapshot(live):
    live.distrust([NYC, "NOT-OURS"])

    assert live.suspect == {NYC}
    assert commands(live)[0]["params"]["market_tickers"] == [NYC]
    assert live.receive(delta(3)) == ()
    assert len(live.receive(delta(4, BOS))) == 1


def test_nothing_is_asked_before_the_subscription_stands(session):
    session.request_snapshots([NYC])

    assert session.commands() == []


def test_new_connection_starts_empty_but_counters_stay(live):
    live.receive(delta(9))

    live.connected()

    assert live.suspect == {NYC, BOS}
    assert not live.is_subscribed
    assert live.commands() == []
    assert live.counters.gaps == 1
    live.receive(subscribed())
    assert len(live.receive(snapshot(1))) == 1


def test_market_that_was_not_asked_for_is_ignored(live):
    assert live.receive(snapshot(3, "OTHER")) == ()
    assert live.counters.gaps == 0


def test_unknown_types_are_counted_by_name_up_to_a_bound(live):
    for n in range(MAX_UNKNOWN_NAMES + 50):
        assert live.receive(frame(type=f"t{n}")) == ()
    live.receive(frame(type="t1"))

    assert live.counters.unknown["t1"] == 2
    assert live.counters.unknown["(others)"] == 50
    assert live.counters.frames == 3 + MAX_UNKNOWN_NAMES + 51


FRAMES = [subscribed(), snapshot(1), snapshot(2, BOS), delta(3), ok(4), delta(5, BOS), error(25, sid=1)]


@given(
    st.lists(
        st.one_of(
            st.sampled_from(FRAMES),
            st.binary(max_size=40),
            st.integers(0, 30).map(delta),
            st.integers(0, 30).map(ok),
            st.integers(0, 30).map(lambda seq: snapshot(seq, BOS)),
        ),
        max_size=60,
    )
)
def test_no_stream_raises_or_floods_the_venue(frames):
    for made in (OrderbookSession([NYC, BOS]), PrivateSession()):
        made.connected()
        asked = 0
        for received in frames:
            made.receive(copy.copy(received))
            asked += len(made.commands())

        assert asked <= len(frames)
        assert made.counters.frames == len(frames)


@given(st.lists(st.booleans(), min_size=1, max_size=80))
def test_book_that_is_not_suspect_has_missed_nothing(arrivals):
    """Sum of the deltas of a trusted book equals the venue's, whatever was lost on the way."""
    session = OrderbookSession([NYC])
    session.connected()
    session.receive(subscribed())
    session.receive(snapshot(1))
    ours = truth = 1000
    seq = 1
    for arrives in arrivals:
        seq += 1
        truth += 100
        if not arrives:
            continue
        for event in session.receive(delta(seq)):
            if isinstance(event, BookDelta):
                ours += event.delta_e2
        if session.commands():
            seq += 1
            [event] = session.receive(snapshot(seq))
            ours = truth

        assert NYC in session.suspect or ours == truth


# --- private -------------------------------------------------------------------------------------


@pytest.fixture
def private():
    made = PrivateSession()
    made.connected()
    made.receive(subscribed(4, 1, "fill"))
    made.receive(subscribed(5, 1, "user_orders"))
    return made


def test_private_session_is_subscribed_when_every_channel_is():
    made = PrivateSession()
    [command] = map(json.loads, made.connected())
    made.receive(subscribed(4, command["id"], "fill"))
    assert not made.is_subscribed

    made.receive(subscribed(5, command["id"], "user_orders"))

    assert made.is_subscribed


def test_fills_and_orders_are_handed_on(private, golden):
    [fill] = private.receive(json.dumps(golden("ws_fill")["frame"]).encode())
    [order] = private.receive(json.dumps(golden("ws_user_order")["frame"]).encode())

    assert isinstance(fill, FillMessage)
    assert order.status == "resting"


def test_malformed_private_frame_is_handed_on_because_only_a_read_can_replace_it(private, golden):
    broken = json.dumps(golden("ws_fill")["frame"]).encode().replace(b'"4.00"', b'"4.001"')

    assert isinstance(private.receive(broken)[0], Malformed)


def test_lost_private_channel_alone_is_subscribed_again(private):
    events = private.receive(error(25, sid=4))

    assert events == (SubscriptionLost(4, 25),)
    assert commands(private)[0]["params"] == {"channels": ["fill"]}
    assert not private.is_subscribed
