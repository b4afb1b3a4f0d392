"""The subscriptions of one connection: each message finds its own, and a fault is answered once."""

import json

import pytest

from kalshi_client.stream.channel_session import Everything
from kalshi_client.stream.command_queue import CommandQueue
from kalshi_client.stream.deadlines import ANSWER_WITHIN_S
from kalshi_client.stream.session_events import (
    CommandFailed,
    CommandUnanswered,
    ReconnectNeeded,
    SubscriptionLost,
)
from kalshi_client.stream.subscription import MAX_ATTEMPTS, Attempts, Subscription
from kalshi_client.stream.subscriptions import Request, Subscriptions, is_end
from kalshi_client.wire.values import ErrorMessage, Subscribed


class Held:
    """Two channels, of which only ``fill`` is vital."""

    def __init__(self):
        self.queue = CommandQueue()
        wanted = [Subscription("fill", Attempts()), Subscription("trade", Attempts(), is_vital=False)]
        self.all = Subscriptions(wanted, Everything(), self.queue)
        self.all.ask_for_all()

    def asked(self):
        commands = [json.loads(command) for command in self.queue.take()]
        return [(command["id"], command["params"]["channels"]) for command in commands]

    def stand(self, sid, channel="fill", request=1):
        return self.all.stand(Subscribed(request, channel, sid))

    def channel(self, sid):
        found = self.all.by_sid(sid)
        return found and found.channel


@pytest.fixture
def held():
    return Held()


@pytest.fixture
def standing(held):
    held.asked()
    held.stand(4)
    held.stand(5, "trade")
    return held


def refusal(request, code=9):
    return ErrorMessage(request, None, None, code, "no", ())


def test_all_are_asked_for_in_one_command(held):
    assert held.asked() == [(1, ["fill", "trade"])]
    assert not held.all.are_all_standing


def test_a_message_finds_its_subscription_by_the_number_that_the_venue_gave(standing):
    assert standing.all.are_all_standing
    assert [standing.channel(sid) for sid in (4, 5, 6, None)] == ["fill", "trade", None, None]


def test_what_stands_already_does_not_stand_anew(standing):
    assert not standing.stand(4)


def test_a_second_number_of_a_channel_takes_the_place_of_the_first(standing):
    assert standing.stand(9)

    assert standing.all.lose(4) == ()
    assert (standing.channel(4), standing.channel(9)) == (None, "fill")


def test_a_channel_that_nobody_asked_for_is_held_by_nobody(held):
    assert not held.stand(7, "ticker")
    assert held.channel(7) is None


def test_a_lost_subscription_is_asked_for_again_alone_and_once(standing):
    assert standing.all.lose(4, 25) == (SubscriptionLost(4, 25),)
    assert standing.all.lose(4, 25) == ()

    assert standing.asked() == [(2, ["fill"])]


def test_an_end_without_a_number_ends_all(standing):
    assert standing.all.lose(None, 10) == (SubscriptionLost(0, 10),)

    assert standing.asked() == [(2, ["fill", "trade"])]
    assert list(standing.all.sids) == []


def test_a_vital_one_that_ends_too_often_costs_the_connection_once(standing):
    events = []
    for attempt in range(MAX_ATTEMPTS + 2):
        events += standing.all.lose(4, 25)
        standing.stand(4, request=attempt + 2)

    assert [event for event in events if isinstance(event, ReconnectNeeded)] == [
        ReconnectNeeded(f"error 25, {MAX_ATTEMPTS} times")
    ]


def test_one_that_is_not_vital_and_ends_too_often_is_given_up_alone(standing):
    for attempt in range(MAX_ATTEMPTS + 1):
        events = standing.all.lose(5, 25)
        standing.asked()
        if attempt < MAX_ATTEMPTS:
            standing.stand(5, "trade")

    assert events == (SubscriptionLost(5, 25),)
    assert standing.asked() == []
    standing.all.ask_for_idle()
    assert standing.asked() == []


def test_a_refusal_of_a_vital_one_costs_the_connection(held):
    events = held.all.refuse(refusal(1))

    assert events == (CommandFailed(1, 9, "no", ()), ReconnectNeeded("subscribe refused: 9 no"))


def test_a_refusal_costs_no_channel_that_stands_by_an_older_request(held):
    held.all.ask(Request(["fill"]))
    held.stand(4, request=1)

    assert held.all.refuse(refusal(2)) == (CommandFailed(2, 9, "no", ()),)
    assert held.channel(4) == "fill"


@pytest.mark.parametrize("vital_stands", [False, True])
def test_a_request_without_an_answer_costs_the_connection_if_it_was_for_a_vital_one(held, vital_stands):
    held.asked()
    if vital_stands:
        held.stand(4)
    held.all.look(0.0)

    events = held.all.look(ANSWER_WITHIN_S)

    assert [type(event) for event in events] == [CommandUnanswered if vital_stands else ReconnectNeeded]
    assert held.asked() == ([(2, ["trade"])] if vital_stands else [])


@pytest.mark.parametrize(
    ("error", "ends"),
    [
        (ErrorMessage(0, 4, None, 25, "", ()), True),
        (ErrorMessage(3, None, None, 10, "", ()), True),
        (ErrorMessage(0, 4, None, 0, "", ()), True),
        (ErrorMessage(3, 4, None, 0, "", ()), False),
        (ErrorMessage(0, None, None, 0, "", ()), False),
        (ErrorMessage(3, 4, None, 27, "", ()), False),
    ],
)
def test_an_error_ends_a_subscription_or_refuses_a_command(error, ends):
    assert is_end(error) is ends
