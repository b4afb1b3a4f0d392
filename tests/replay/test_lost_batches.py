"""Batches that were lost count once, and only behind those that were read."""

from replay.lost_batches import LostBatches, behind


def test_only_the_part_behind_the_last_batch_that_was_read_is_lost():
    lost = [LostBatches(1, 3, 9, "a"), LostBatches(1, 12, 20, "b"), LostBatches(2, 1, 4, "c")]

    assert behind({1: 15}, lost) == [LostBatches(1, 16, 20, "b"), LostBatches(2, 1, 4, "c")]


def test_what_is_told_twice_counts_once():
    lost = [LostBatches(1, 1, 20, "cursor"), LostBatches(1, 12, 20, "gap"), LostBatches(1, 12, 25, "later")]

    assert behind({1: 11}, lost) == [LostBatches(1, 12, 20, "cursor"), LostBatches(1, 21, 25, "later")]


def test_nothing_is_lost_where_all_was_read():
    assert behind({1: 20, 2: 4}, [LostBatches(1, 3, 20, "a"), LostBatches(2, 1, 4, "b")]) == []


def test_a_stretch_names_its_batches():
    assert LostBatches(2, 3, 9, "").name("s1") == "batches s1-2-3 to 9"
