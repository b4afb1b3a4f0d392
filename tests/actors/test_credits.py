"""When may the next message of a kind go to a peer?"""

from __future__ import annotations

from actors.machinery.credits import RETAKE_S, Credits


def test_one_offer_of_a_kind_to_a_peer_is_open_at_a_time():
    given = Credits()
    number = given.take("Selector", "MarketsObserved", 10.0)

    assert not given.is_free("Selector", "MarketsObserved", 10.1)
    assert given.is_free("Selector", "Telemetry", 10.1)
    assert given.is_free("page", "MarketsObserved", 10.1)

    assert given.release("Selector", "MarketsObserved", number)
    assert given.is_free("Selector", "MarketsObserved", 10.1)


def test_an_unanswered_offer_is_retaken_and_its_late_answer_ignored():
    given = Credits()
    first = given.take("Selector", "MarketsObserved", 10.0)

    assert not given.is_free("Selector", "MarketsObserved", 10.0 + RETAKE_S)
    assert given.is_free("Selector", "MarketsObserved", 10.01 + RETAKE_S)

    second = given.take("Selector", "MarketsObserved", 12.01)
    assert not given.release("Selector", "MarketsObserved", first)
    assert given.release("Selector", "MarketsObserved", second)


def test_a_replaced_peer_owes_nothing_and_others_still_do():
    given = Credits()
    number = given.take("Selector", "MarketsObserved", 10.0)
    given.take("page", "Telemetry", 10.0)

    given.forget("Selector")

    assert given.is_free("Selector", "MarketsObserved", 10.0)
    assert not given.is_free("page", "Telemetry", 10.0)
    assert not given.release("Selector", "MarketsObserved", number)


def test_a_peer_that_never_answers_cannot_fill_the_senders_slots():
    """Thespian holds an undelivered message for five minutes, and stops a sender that has 20 of them."""
    given = Credits()
    now, taken_at = 10.0, []
    while now < 1_000.0:
        if given.is_free("page", "Telemetry", now):
            given.take("page", "Telemetry", now)
            taken_at.append(now)
        now += 0.25

    held_at_once = max(sum(0 <= at - start < 300 for at in taken_at) for start in taken_at)
    assert held_at_once <= 10


def test_an_answer_makes_the_next_retake_quick_again():
    given = Credits()
    for at in (10.0, 20.0, 40.0):
        number = given.take("page", "Telemetry", at)
    assert not given.is_free("page", "Telemetry", 40.01 + RETAKE_S)

    assert given.release("page", "Telemetry", number)
    given.take("page", "Telemetry", 50.0)

    assert given.is_free("page", "Telemetry", 50.01 + RETAKE_S)
