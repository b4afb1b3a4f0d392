"""A replay leaves the collector of cycles as it was."""

import gc

import pytest

from replay.cycle_collection import rare_collections


def test_cycles_are_looked_for_as_before_also_after_a_failure():
    before = gc.get_threshold()

    def fails():
        with rare_collections():
            assert gc.get_threshold()[0] > before[0]
            raise KeyError

    with pytest.raises(KeyError):
        fails()

    assert gc.get_threshold() == before
    assert gc.get_freeze_count() == 0
