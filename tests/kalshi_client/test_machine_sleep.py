"""A machine that was suspended is noticed once."""

from kalshi_client.machine_sleep import SLEEP_S, MachineSleep, machine_slept_s


def test_each_sleep_is_told_once():
    slept_s = [500.0]  # before anybody looked
    sleep = MachineSleep(lambda: slept_s[0])
    assert sleep.take_s() == 0.0

    slept_s[0] += 3_600.0

    assert sleep.take_s() == 3_600.0
    assert sleep.take_s() == 0.0


def test_short_sleeps_add_up():
    slept_s = [0.0]
    sleep = MachineSleep(lambda: slept_s[0])

    slept_s[0] = SLEEP_S * 0.6
    assert sleep.take_s() == 0.0
    slept_s[0] = SLEEP_S * 1.2
    assert sleep.take_s() == SLEEP_S * 1.2


def test_a_machine_that_is_awake_has_not_slept():
    before_s = machine_slept_s()

    assert abs(machine_slept_s() - before_s) < SLEEP_S  # two clocks are read one after the other
