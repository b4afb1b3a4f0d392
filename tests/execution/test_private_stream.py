"""The private stream hands on what it tells, and says when something may have been lost."""

import json
from pathlib import Path

import pytest

from execution.private_stream import PrivateStream
from kalshi_client.signing_clock import SigningClock
from kalshi_client.stream.deadlines import ANSWER_WITHIN_S
from kalshi_client.stream.inbox import Connected, Disconnected, Frames, Overflowed
from kalshi_client.wire.values import FillMessage, OrderMessage

WIRE = Path(__file__).parents[1] / "wire"
FILL, ORDER = (
    json.loads((WIRE / f"{name}.json").read_text())["frame"] for name in ("ws_fill", "ws_user_order")
)
NOW_US = 1_700_000_000_000_000


def subscribed(sid, channel, **more):
    return {"type": "subscribed", "id": 1, "msg": {"channel": channel, "sid": sid}} | more


SUBSCRIBED = (subscribed(4, "fill"), subscribed(5, "user_orders"))


def frames(*told, generation=1):
    return Frames(0, generation, NOW_US, [json.dumps(each).encode() for each in told])


@pytest.fixture
def clock():
    return SigningClock(lambda: NOW_US)


@pytest.fixture
def stream(clock):
    return PrivateStream(clock, now_s=0.0)


def take(stream, *items, now_s=1.0):
    return stream.take(items, now_us=NOW_US, now_s=now_s)


@pytest.fixture
def listening(stream):
    take(stream, Connected(0, 1), frames(*SUBSCRIBED))
    assert stream.is_listening
    return stream


def test_it_is_listened_to_once_every_channel_is_acknowledged(stream):
    assert stream.trouble() == "the private stream is not up yet"
    heard = take(stream, Connected(0, 1))
    assert [generation for generation, _ in heard.commands] == [1]
    assert heard.is_interrupted

    take(stream, frames(SUBSCRIBED[0]))
    assert not stream.is_listening
    assert stream.trouble() == "the private stream has not acknowledged its subscription"

    take(stream, frames(SUBSCRIBED[1]))
    assert stream.is_listening
    assert stream.trouble() == ""


def test_fills_and_orders_are_handed_on_in_their_order(listening):
    heard = take(listening, frames(FILL, ORDER), frames(FILL))

    assert [type(each) for each in heard.messages] == [FillMessage, OrderMessage, FillMessage]
    assert (heard.is_interrupted, heard.reconnect, heard.notes) == (False, False, [])


def test_frames_of_a_connection_that_is_gone_tell_nothing(listening):
    heard = take(listening, Connected(0, 2), frames(FILL, generation=1))

    assert heard.messages == []


@pytest.mark.parametrize(
    ("item", "why"), [(Disconnected(0, 1, "cut"), " (cut)"), (Overflowed(0, 1), "")], ids=["cut", "overflow"]
)
def test_a_lost_connection_interrupts_and_is_listened_to_again_only_when_it_is_back(listening, item, why):
    heard = take(listening, item)
    assert heard.is_interrupted
    assert not listening.is_listening
    assert listening.trouble() == f"the private stream is down{why}"

    take(listening, Connected(0, 2), frames(*SUBSCRIBED, generation=2))
    assert listening.is_listening
    assert listening.reconnects == 1


def test_an_outage_is_told_when_it_begins_and_when_it_ends(listening):
    told = [take(listening, item).notes for item in (Disconnected(0, 1, "cut"), Connected(0, 2))]

    assert told == [["Private stream lost: cut"], ["Private stream is back"]]


@pytest.mark.parametrize(
    "frame",
    [
        FILL | {"msg": FILL["msg"] | {"count_fp": "4.001"}},
        {"type": "error", "sid": 4, "msg": {"code": 25, "msg": "text"}},
        {"type": "error", "id": 1, "msg": {"code": 9, "msg": "text"}},
    ],
)
def test_a_message_that_cannot_be_read_and_a_refusal_may_hide_something_of_the_account(listening, frame):
    heard = take(listening, frames(frame))

    assert heard.is_interrupted
    assert "reading the account again" in heard.notes[0]


def test_a_channel_that_ended_is_asked_for_again_on_its_own_connection(listening):
    heard = take(listening, frames({"type": "error", "sid": 4, "msg": {"code": 25, "msg": "text"}}))

    [(generation, command)] = heard.commands
    assert generation == 1
    assert json.loads(command)["params"]["channels"] == ["fill"]


def test_a_subscription_without_an_answer_has_the_connection_opened_again(stream):
    take(stream, Connected(0, 1))
    assert not stream.look(1.0).reconnect

    heard = stream.look(1.0 + ANSWER_WITHIN_S)

    assert heard.reconnect
    assert "no answer to subscribe" in heard.notes[0]


def test_nothing_is_overdue_on_a_connection_that_is_down(stream):
    assert stream.look(1.0).notes == stream.look(100.0).notes == []


def test_the_answer_to_the_subscription_tells_the_venues_clock(stream, clock):
    ahead_ms = NOW_US // 1000 + 60_000
    answers = [{**each, "sending_ts_ms": ahead_ms} for each in SUBSCRIBED]

    take(stream, Connected(0, 1), frames(*answers))

    assert clock.offset().guess_us == pytest.approx(60_000_000, abs=20_000)


def test_how_long_it_is_silent_counts_from_the_newest_frame(listening):
    take(listening, frames(FILL), now_s=5.0)
    take(listening, now_s=7.0)

    assert listening.silent_s(9.0) == 4.0
