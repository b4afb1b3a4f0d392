"""News of markets is handed on once, and what may have been missed is said."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalshi_client.stream.news_session import NewsMissed, news_session
from kalshi_client.stream.session_events import SubscriptionLost
from kalshi_client.wire.news import MarketDeactivated
from kalshi_client.wire.values import Malformed, Subscribed


def frame(**fields):
    return json.dumps(fields).encode()


def subscribed(sid=7, request=1):
    return frame(type="subscribed", id=request, msg={"channel": "market_lifecycle_v2", "sid": sid})


def paused(seq, ticker="RAIN-NYC", sid=7):
    body = {"market_ticker": ticker, "event_type": "deactivated", "is_deactivated": True}
    return frame(type="market_lifecycle_v2", sid=sid, seq=seq, msg=body)


@pytest.fixture
def session():
    made = news_session()
    made.connected()
    return made


@pytest.fixture
def listening(session):
    session.receive(subscribed())
    session.receive(paused(4))
    return session


def kinds(events):
    return [type(event) for event in events]


def test_it_asks_for_everything():
    [command] = map(json.loads, news_session().connected())

    assert command["params"] == {"channels": ["market_lifecycle_v2"]}


def test_listening_begins_with_what_was_told_before(session):
    assert kinds(session.receive(subscribed())) == [Subscribed, NewsMissed]


def test_news_is_handed_on(listening):
    [news] = listening.receive(paused(5))

    assert isinstance(news, MarketDeactivated)
    assert news.ticker == "RAIN-NYC"


def test_news_comes_once(listening):
    assert listening.receive(paused(4)) == ()
    assert listening.counters.duplicates == 1


def test_a_gap_is_said_before_the_news_that_shows_it(listening):
    assert kinds(listening.receive(paused(6))) == [NewsMissed, MarketDeactivated]


def test_news_that_cannot_be_read_may_be_anything(listening):
    broken = paused(5).replace(b'"deactivated"', b"5")

    assert kinds(listening.receive(broken)) == [Malformed, NewsMissed]


def test_a_lost_subscription_is_made_again(listening):
    error = frame(type="error", sid=7, msg={"code": 25, "msg": "overflow"})

    assert listening.receive(error) == (SubscriptionLost(7, 25),)
    assert [json.loads(command)["cmd"] for command in listening.commands()] == ["subscribe"]


@given(st.lists(st.one_of(st.binary(max_size=30), st.integers(0, 9).map(paused)), max_size=30))
def test_no_stream_raises(frames):
    session = news_session()
    session.connected()
    for received in [subscribed(), *frames]:
        session.receive(received)

    assert session.counters.frames == len(frames) + 1


def test_news_that_the_venue_ends_without_an_error_are_subscribed_to_again(listening):
    assert kinds(listening.receive(frame(type="unsubscribed", sid=7, seq=5))) == [SubscriptionLost]

    assert len(listening.commands()) == 1
