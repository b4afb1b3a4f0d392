"""The seeded driver of ``python -m verification engine``, in short form."""

from __future__ import annotations

from verification.conservation import Driver


def test_no_rule_is_broken_by_many_random_commands_of_every_kind():
    driver = Driver(seed=7)
    driver.run(5_000)

    accepted = {kind for kind in driver.commands if not kind.endswith("refused")}
    assert accepted >= {"place", "cancel", "amend", "decrease", "group", "wait", "cancel_all", "settle"}


def test_the_same_seed_and_commands_make_the_same_history_of_books():
    histories = []
    for seed in (1, 1, 2):
        driver = Driver(seed=seed)
        driver.run(1_500)
        histories.append(driver.tape.history.hexdigest())

    assert histories[0] == histories[1] != histories[2]
