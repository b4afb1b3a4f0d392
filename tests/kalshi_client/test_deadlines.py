"""A command without its answer ends: the connection is replaced, or what is safe to ask twice is."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalshi_client.stream.deadlines import ANSWER_WITHIN_S, Deadlines
from kalshi_client.stream.news_session import news_session
from kalshi_client.stream.private_session import private_session
from kalshi_client.stream.session_events import CommandUnanswered, ReconnectNeeded
from kalshi_client.stream.subscription import MAX_ATTEMPTS
from tests.kalshi_client.test_book_session import BOS, CHI, NYC, Watching, error, ok, snapshot, subscribed

NOW = 1_000.0


def looks(session, *, for_s=ANSWER_WITHIN_S, began=NOW):
    """The events of a session that is told the time each second of so many."""
    return [event for second in range(int(for_s) + 1) for event in session.look(began + second)]


def reasons(events):
    return [event.reason for event in events if isinstance(event, ReconnectNeeded)]


@pytest.fixture
def live():
    made = Watching(NYC, BOS)
    made.hear(subscribed(), snapshot(1), snapshot(2, BOS))
    return made


@given(
    seconds=st.lists(st.floats(0.0, 3.0), min_size=1, max_size=40),
    answered_at=st.integers(0, 40),
)
def test_a_command_is_overdue_when_its_time_has_passed_since_the_first_look_and_no_answer_came(
    seconds, answered_at
):
    deadlines, now, first = Deadlines(), NOW, None
    for number, passed_s in enumerate(seconds):
        now += passed_s
        if number >= answered_at:
            assert deadlines.overdue([], now) == []
            continue
        first = now if first is None else first
        assert (deadlines.overdue([7], now) == [7]) is (now - first >= ANSWER_WITHIN_S)


# --- subscriptions -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("session", "channels"),
    [(private_session(), "fill, user_orders"), (news_session(), "market_lifecycle_v2")],
    ids=["private", "news"],
)
def test_a_subscription_that_nobody_acknowledges_costs_the_connection(session, channels):
    session.connected()

    assert looks(session, for_s=ANSWER_WITHIN_S - 1) == []
    assert reasons(session.look(NOW + ANSWER_WITHIN_S)) == [
        f"no answer to subscribe to {channels} within 10 s"
    ]


def test_a_subscription_to_books_that_nobody_acknowledges_costs_the_connection():
    new = Watching(NYC)

    assert reasons(looks(new.session)) == ["no answer to subscribe to orderbook_delta within 10 s"]


def test_half_an_acknowledgement_is_none():
    private = private_session()
    private.connected()
    private.receive(subscribed(4, channel="fill"))

    assert reasons(looks(private)) == ["no answer to subscribe to user_orders within 10 s"]


def test_what_is_acknowledged_in_time_is_left_alone(live):
    private, news = private_session(), news_session()
    private.connected()
    news.connected()
    for session in (private, news, live.session):
        session.look(NOW)
    private.receive(subscribed(4, channel="fill"))
    private.receive(subscribed(5, channel="user_orders"))
    news.receive(subscribed(7, channel="market_lifecycle_v2"))

    assert [looks(session) for session in (private, news, live.session)] == [[], [], []]


def test_an_acknowledgement_that_names_no_request_counts():
    private = private_session()
    private.connected()
    private.receive(subscribed(4, request=0, channel="fill"))
    private.receive(subscribed(5, request=0, channel="user_orders"))

    assert looks(private) == []


def test_a_refusal_is_an_answer(live):
    live.session.add([CHI])
    [command] = live.commands()
    live.hear(error(11, CHI, id=command["id"]))

    assert looks(live.session) == []


def test_each_connection_has_its_own_time():
    private = private_session()
    private.connected()
    private.look(NOW)
    private.connected()

    assert private.look(NOW + ANSWER_WITHIN_S) == []
    assert len(reasons(private.look(NOW + 2 * ANSWER_WITHIN_S))) == 1


def test_a_channel_that_is_asked_for_again_has_its_own_time():
    private = private_session()
    private.connected()
    private.look(NOW)
    private.receive(subscribed(4, channel="fill"))
    private.receive(subscribed(5, channel="user_orders"))
    private.receive(error(25, sid=4))
    private.look(NOW + ANSWER_WITHIN_S)

    assert private.look(NOW + 2 * ANSWER_WITHIN_S - 1) == []
    assert reasons(private.look(NOW + 2 * ANSWER_WITHIN_S)) == ["no answer to subscribe to fill within 10 s"]


def test_it_is_said_once_for_each_connection():
    private = private_session()
    private.connected()

    assert len(looks(private, for_s=3 * ANSWER_WITHIN_S)) == 1


# --- changes of a subscription, and books that are asked for -------------------------------------------


@pytest.mark.parametrize(
    ("change", "asked"),
    [
        (lambda session: session.add([CHI]), "add_markets for 1 markets"),
        (lambda session: session.remove([BOS]), "delete_markets for 1 markets"),
        (lambda session: session.audit([NYC, BOS]), "get_snapshot for 2 markets"),
    ],
    ids=["add", "delete", "get_snapshot"],
)
def test_a_command_to_a_subscription_that_is_not_answered_costs_the_connection(live, change, asked):
    change(live.session)
    live.commands()

    assert reasons(looks(live.session)) == [f"no answer to {asked} within 10 s"]


def test_commands_that_are_answered_cost_nothing(live):
    live.session.add([CHI])
    live.session.remove([BOS])
    live.session.audit([NYC])
    by_action = {command["params"]["action"]: command["id"] for command in live.commands()}
    live.session.look(NOW)
    live.hear(ok(3, request=by_action["add_markets"]), snapshot(4, CHI))
    live.hear(ok(5, request=by_action["delete_markets"]), snapshot(6, id=by_action["get_snapshot"]))

    assert looks(live.session) == []


def test_a_book_that_names_no_request_answers_what_asked_for_it(live):
    live.session.audit([NYC])
    live.commands()
    live.hear(snapshot(3))

    assert looks(live.session) == []


def test_a_book_that_is_left_out_costs_only_itself_while_others_are_answered(live):
    """The connection carries out what is asked of it; the one book is asked for again."""
    live.session.audit([NYC])
    live.session.look(NOW)
    live.session.audit([BOS])
    newest = live.commands()[-1]["id"]
    live.hear(snapshot(3, BOS, id=newest))

    assert looks(live.session) == []


def test_markets_that_are_asked_for_again_are_for_the_newer_request_to_answer(live):
    live.session.add([CHI])
    live.session.look(NOW)
    live.session.ask_again([CHI])
    commands = [each for each in live.commands() if each["params"]["action"] == "add_markets"]
    live.hear(ok(3, request=commands[-1]["id"]), snapshot(4, CHI))

    assert looks(live.session) == []


# --- public trades, which books do without -------------------------------------------------------------


def test_trades_that_nobody_acknowledges_are_asked_for_again_and_cost_no_book():
    made = Watching(NYC, with_trades=True)
    made.hear(subscribed(), snapshot(1))

    assert looks(made.session) == [CommandUnanswered(1, "subscribe to trade")]
    [command] = made.commands()
    assert command["params"]["channels"] == ["trade"]
    assert not made.untrusted
    made.hear(subscribed(2, request=command["id"], channel="trade"))
    assert looks(made.session, began=NOW + 100) == []


def test_trades_that_are_never_acknowledged_are_given_up_until_the_next_connection():
    made = Watching(NYC, with_trades=True)
    made.hear(subscribed(), snapshot(1))
    asked = []
    for round_ in range(MAX_ATTEMPTS + 3):
        assert not reasons(looks(made.session, began=NOW + 100 * round_))
        asked += [json.dumps(command) for command in made.commands()]

    assert len(asked) == MAX_ATTEMPTS
