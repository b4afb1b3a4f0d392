"""When may the next message of a kind go to a peer?"""

from __future__ import annotations

from actors.credits import RETAKE_S, Credits


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
