"""The memory of removed files: how far the database had them."""

import pytest

from persistence.faults import PersistenceError
from persistence.removed_files import MOST, RemovedFiles


def test_the_farthest_position_of_each_source_is_known_to_the_next_process(tmp_path):
    removed = RemovedFiles(tmp_path / "removed.json")
    removed.note({"s1-0-1": 100, "s1-1-1": 7})
    removed.note({"s1-0-1": 90, "s1-1-1": 9})

    assert RemovedFiles(tmp_path / "removed.json").positions() == {"s1-0-1": 100, "s1-1-1": 9}


@pytest.mark.parametrize("text", ["", "[1]", '{"s1": "x"}', '{"s1-0-1": 1'])
def test_a_damaged_memory_counts_as_none(tmp_path, text):
    (tmp_path / "removed.json").write_text(text)

    assert RemovedFiles(tmp_path / "removed.json").positions() == {}


def test_the_oldest_sources_are_forgotten_first(tmp_path):
    removed = RemovedFiles(tmp_path / "removed.json")
    removed.note({f"s{number}-0-1": 1 for number in range(MOST)})
    removed.note({"new-0-1": 1, "s0-0-1": 2})

    assert len(removed.positions()) == MOST
    assert {"new-0-1", "s0-0-1"} <= removed.positions().keys()
    assert "s1-0-1" not in removed.positions()


def test_a_memory_that_cannot_be_written_is_told(tmp_path):
    with pytest.raises(PersistenceError):
        RemovedFiles(tmp_path / "no folder" / "removed.json").note({"s1-0-1": 1})
