"""Orders whose fate is open are looked up in turn, a few at a time."""

from types import SimpleNamespace

from execution.look_ups import AT_ONCE, LookUps


def orders(*keys):
    return [SimpleNamespace(key=key) for key in keys]


def keys(found):
    return [order.key for order in found]


def test_those_that_were_asked_about_longest_ago_come_first():
    look_ups, unsettled = LookUps(), orders("a", "b", "c", "d", "e")

    turns = []
    for _ in range(4):
        due = keys(look_ups.due(unsettled, ()))
        turns.append(due[0])
        look_ups.asked(due[0])

    assert turns == ["a", "b", "c", "d"]
    assert len(look_ups.due(unsettled, ())) == AT_ONCE


def test_one_that_is_being_asked_about_is_not_due():
    assert keys(LookUps().due(orders("a", "b"), {"a"})) == ["b"]


def test_a_failure_is_news_once_until_there_is_another_or_an_answer():
    look_ups = LookUps()
    look_ups.due(orders("a"), ())

    told = [look_ups.failed("a", why) for why in ("down", "down", "slow", "slow")]
    look_ups.answered("a")

    assert told == [True, False, True, False]
    assert look_ups.failed("a", "slow")


def test_what_is_settled_is_forgotten():
    look_ups = LookUps()
    look_ups.due(orders("a"), ())
    look_ups.asked("a")
    look_ups.failed("a", "down")

    look_ups.due(orders("b"), ())

    assert look_ups.failed("a", "down")
    assert keys(look_ups.due(orders("a", "b"), ())) == ["a", "b"]
