"""No two lives of a watcher in one session have the same number."""

from persistence.tape.lives import end_of_session, next_life
from persistence.tape.outbox import TapeSource, tape_path


def test_lives_are_counted_on_when_a_new_tree_of_actors_counts_from_one(tmp_path):
    folder = tmp_path / "tape"

    lives = [next_life(folder, "s1", 0, incarnation=number) for number in (1, 2, 1, 1)]

    assert lives == [1, 2, 3, 4]


def test_each_shard_and_session_counts_for_itself(tmp_path):
    assert [next_life(tmp_path, "s1", shard, incarnation=1) for shard in (0, 0, 1)] == [1, 2, 1]
    assert next_life(tmp_path, "s2", 0, incarnation=1) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["s2-0.life"]


def test_a_file_of_the_session_counts_even_where_its_number_was_not_kept(tmp_path):
    tape_path(tmp_path, TapeSource("s1", 0, 7), 1).touch()
    (tmp_path / "s1-0.life").write_text("no number")

    assert next_life(tmp_path, "s1", 0, incarnation=1) == 8


def test_a_folder_that_cannot_be_made_keeps_nobody_from_beginning(tmp_path):
    (tmp_path / "tape").touch()

    assert next_life(tmp_path / "tape", "s1", 0, incarnation=3) == 3


def test_nothing_of_it_is_left_when_the_session_ends(tmp_path):
    next_life(tmp_path, "s1", 0, incarnation=1)

    end_of_session(tmp_path, "s1", 0)
    end_of_session(tmp_path, "s1", 0)

    assert list(tmp_path.iterdir()) == []
