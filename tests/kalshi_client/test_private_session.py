"""The account's own stream: what is handed on, and what only a read can replace."""

import json

import pytest

from kalshi_client.stream.private_session import private_session
from kalshi_client.stream.session_events import SubscriptionLost
from kalshi_client.wire.values import FillMessage, Malformed, Subscribed


def frame(**fields):
    return json.dumps(fields).encode()


def subscribed(sid, request, channel):
    return frame(type="subscribed", id=request, msg={"channel": channel, "sid": sid})


def error(code, **more):
    return frame(type="error", msg={"code": code, "msg": "text"}, **more)


def commands(session):
    return [json.loads(command) for command in session.commands()]


@pytest.fixture
def private():
    made = private_session()
    made.connected()
    made.receive(subscribed(4, 1, "fill"))
    made.receive(subscribed(5, 1, "user_orders"))
    return made


def test_private_session_is_subscribed_when_every_channel_is():
    made = private_session()
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


@pytest.mark.parametrize("code", [None, "twenty-five"])
def test_an_unasked_error_whose_code_cannot_be_read_is_taken_for_the_end_of_its_channel(private, code):
    [lost] = private.receive(error(code, sid=4))

    assert lost == SubscriptionLost(4, 0)
    assert [command["params"]["channels"] for command in commands(private)] == [["fill"]]


def test_a_channel_that_the_venue_ends_without_an_error_is_subscribed_to_again(private):
    [lost] = private.receive(frame(type="unsubscribed", sid=4))

    assert lost == SubscriptionLost(4, 0)
    assert not private.is_subscribed
    assert [command["params"]["channels"] for command in commands(private)] == [["fill"]]


def test_a_number_that_is_given_to_another_channel_ends_the_one_that_had_it(private):
    private.receive(error(25, sid=5))
    [command] = commands(private)

    events = private.receive(subscribed(4, command["id"], "user_orders"))

    assert [type(event) for event in events] == [SubscriptionLost, Subscribed]
    assert [command["params"]["channels"] for command in commands(private)] == [["fill"]]
    assert not private.is_subscribed
