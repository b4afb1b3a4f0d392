"""Named timers go off, late ones only if they may."""

from __future__ import annotations

from actors.thespian.timers import OVERDUE_S, Timers


def test_only_the_newest_timer_of_a_name_counts():
    timers = Timers()
    first = timers.set("beat", 1.0)
    second = timers.set("beat", 2.0)

    assert not timers.take("beat", first)
    assert timers.take("beat", second)
    assert not timers.take("beat", second)


def test_a_timer_whose_wakeup_is_late_is_overdue_once():
    timers = Timers()
    number = timers.set("beat", 1.0)
    timers.set("judge", 9.0)

    assert timers.take_overdue(1.0 + OVERDUE_S) == []
    assert timers.take_overdue(1.001 + OVERDUE_S) == ["beat"]
    assert timers.take_overdue(1.001 + OVERDUE_S) == []
    assert not timers.take("beat", number)
