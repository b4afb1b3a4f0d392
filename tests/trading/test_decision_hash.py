"""Equal decisions have one hash, on every Python; any other decision has another."""

from dataclasses import replace

import pytest

from tests.persistence.decided_batches import decided_batch
from trading.actions import Action
from trading.decision import WatcherBatch
from trading.decision_hash import NONE_YET, hash_after, hash_of, session_hash

ONE = decided_batch(1, ("KX-1", Action.BUY_YES, "draw 1: 0.8"), ("KX-é\n", Action.HOLD, 'no "edge"'))
TWO = decided_batch(2, ("KX-2", Action.SELL_NO, ""))
KNOWN = "3a0e450a0d295e058353d291b60a255e0452a7c7ae53be6cd0509d811fc47460"


def test_known_decisions_have_the_known_hash():
    """This test is the common ground of the versions of Python."""
    assert hash_of([ONE, TWO]) == KNOWN


def test_an_action_is_hashed_as_its_word():
    words = replace(ONE, actions=tuple(action.value for action in ONE.actions))

    assert hash_of([words]) == hash_of([ONE])


OTHERS = {
    "batch": {"batch_no": 9},
    "watcher": {"watcher": WatcherBatch(0, 2, 1)},
    "ticker": {"tickers": ("KX-1", "KX-2")},
    "action": {"actions": (Action.BUY_NO, Action.HOLD)},
    "reason": {"reasons": ("draw 1: 0.9", 'no "edge"')},
    "outcome": {"outcomes": ("write_budget", "hold")},
    "rows": {"tickers": ONE.tickers[::-1]},
}


@pytest.mark.parametrize("change", OTHERS.values(), ids=OTHERS)
def test_any_other_decision_has_another_hash(change):
    assert hash_of([replace(ONE, **change)]) != hash_of([ONE])


def test_the_order_of_batches_counts():
    assert hash_of([ONE, TWO]) != hash_of([TWO, ONE])


def test_texts_do_not_run_into_each_other():
    split = replace(ONE, tickers=("KX-1,", "KX"), reasons=("a", "b,c"))
    other = replace(ONE, tickers=("KX-1", ",KX"), reasons=("a,b", "c"))

    assert hash_of([split]) != hash_of([other])


def test_times_and_prices_are_not_in_it():
    later = replace(ONE, decided_us=5, observed_us=4, changed_us=(1, 2), yes_bids_e4=(1, 2))

    assert hash_of([later]) == hash_of([ONE])


def test_the_hash_is_the_same_batch_by_batch():
    assert hash_after(hash_after(NONE_YET, ONE), TWO) == hash_of([ONE, TWO])


def test_a_session_of_one_incarnation_has_its_hash_and_one_of_more_has_another():
    first, second = hash_of([ONE]), hash_of([TWO])

    assert session_hash([(1, first)]) == first
    assert session_hash([(2, second), (1, first)]) == session_hash([(1, first), (2, second)])
    assert session_hash([(1, first), (2, second)]) not in (first, second)
    assert session_hash([]) == NONE_YET
