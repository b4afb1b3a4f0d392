"""The next message of a kind goes to a peer once the last one is answered."""

from __future__ import annotations

from actors.thespian.credits import LOOKS, RETAKE_S, Credits


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


def test_how_long_a_peer_has_not_answered_is_counted_from_the_first_offer_that_it_left_open():
    given = Credits()
    assert given.unanswered_s("Selector", "MarketsObserved", 9.0) == 0.0
    given.take("Selector", "MarketsObserved", 10.0)
    number = given.take("Selector", "MarketsObserved", 12.5)

    assert given.unanswered_s("Selector", "MarketsObserved", 13.0) == 3.0
    assert given.release("Selector", "MarketsObserved", number)
    assert given.unanswered_s("Selector", "MarketsObserved", 14.0) == 0.0


def looked_at(given: Credits, *, every_s: float, until: float) -> list[tuple[float, list[str]]]:
    """When a look first found whom."""
    now = 10.0
    found: list[tuple[float, list[str]]] = []
    while now < until and not found:
        for peer in ("Selector", "page"):
            if given.is_free(peer, "Telemetry", now):
                number = given.take(peer, "Telemetry", now)
                if peer == "page":
                    assert given.release(peer, "Telemetry", number)
        found = [(now, silent)] if (silent := given.look(now)) else []
        now += every_s
    return found


def test_who_is_silent_through_ten_looks_and_its_retakes_is_given_up_and_nobody_else():
    given = Credits()

    ((at, silent),) = looked_at(given, every_s=1.0, until=100.0)

    assert silent == ["Selector"]
    assert at == 10.0 + RETAKE_S + LOOKS


def test_time_in_which_nobody_looked_makes_nobody_silent():
    """The whole tree may have been suspended: then everybody's answers are late by that."""
    given = Credits()
    given.take("Selector", "Telemetry", 10.0)

    assert [given.look(10.0 + 60.0 * number) for number in range(LOOKS)] == [[]] * LOOKS


def test_one_answer_or_a_replacement_starts_the_looks_again():
    given = Credits()
    for ends in ("answered", "replaced"):
        number = given.take("Selector", "Telemetry", 10.0)
        assert [given.look(13.0 + n) for n in range(LOOKS - 1)] == [[]] * (LOOKS - 1)
        if ends == "answered":
            assert given.release("Selector", "Telemetry", number)
        else:
            given.forget("Selector")
        given.take("Selector", "Telemetry", 30.0)

        assert given.look(30.5) == given.look(33.0) == []
        given.forget("Selector")
