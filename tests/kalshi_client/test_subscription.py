"""A subscription stands from the venue's word on, until it ends: as its table says."""

import pytest

from kalshi_client.stream.sequence import BEFORE_ANY
from kalshi_client.stream.subscription import MAX_ATTEMPTS, Attempts, State, Subscription

IDLE, ASKED, STANDING, GIVEN_UP = State.IDLE, State.ASKED, State.STANDING, State.GIVEN_UP
STEPS = {
    "ask": lambda each: each.ask(8),
    "stand": lambda each: each.stand(3),
    "end": Subscription.end,
    "give up": Subscription.give_up,
}
BEFORE = {
    IDLE: (),
    ASKED: ("ask",),
    STANDING: ("ask", "stand"),
    GIVEN_UP: ("ask", "give up"),
}


def subscription(state):
    made = Subscription("orderbook_delta", Attempts())
    for step in BEFORE[state]:
        STEPS[step](made)
    assert made.state is state
    return made


@pytest.mark.parametrize(
    ("state", "ask", "stand", "end", "give_up"),
    [
        (IDLE, ASKED, STANDING, IDLE, GIVEN_UP),
        (ASKED, ASKED, STANDING, IDLE, GIVEN_UP),
        (STANDING, STANDING, STANDING, IDLE, STANDING),
        (GIVEN_UP, ASKED, STANDING, IDLE, GIVEN_UP),
    ],
)
def test_each_state_is_left_as_the_table_says(state, ask, stand, end, give_up):
    after = []
    for step in STEPS.values():
        made = subscription(state)
        step(made)
        after.append(made.state)

    assert after == [ask, stand, end, give_up]


@pytest.mark.parametrize("state", State)
def test_it_has_a_number_while_it_stands_and_a_request_while_it_is_asked_for(state):
    made = subscription(state)

    assert (made.sid is not None) is (state is STANDING)
    assert (made.request_id != 0) is (state is ASKED)


def test_what_stands_anew_begins_with_any_number():
    made = subscription(STANDING)
    made.numbers.take(5)

    made.stand(4)

    assert (made.sid, made.numbers.last) == (4, BEFORE_ANY)


def test_attempts_count_from_the_last_success():
    attempts = Attempts()
    assert [attempts.another() for _ in range(MAX_ATTEMPTS + 1)] == [True] * MAX_ATTEMPTS + [False]

    attempts.succeeded()

    assert attempts.another()
