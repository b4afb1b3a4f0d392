"""Every batch of decisions is there to be decided again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from persistence.decisions import journal as decision_journal
from persistence.decisions.files import free_incarnation, journal_files
from persistence.decisions.journal import DecisionJournal, JournalReader
from persistence.faults import DiskFull, FileUnusable, PersistenceError, WriterConflict
from tests.persistence.decided_batches import SETUP, decided_batch
from trading.actions import Action
from trading.decision_hash import NONE_YET, hash_of


def batch(batch_no, count=2):
    actions = (Action.HOLD, Action.BUY_NO)
    return decided_batch(
        batch_no, *((f"KX-{n}", actions[n % 2], f"draw {n}: 0.{n:04d}") for n in range(count))
    )


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "state" / "decisions"


def read(folder):
    """All batches of all journals."""
    found = []
    for file in journal_files(folder):
        with JournalReader(file.path) as reader:
            found += reader.batches()
    return found


def test_batches_come_out_as_they_went_in_and_in_order(folder):
    journal = DecisionJournal(folder, SETUP)
    batches = [batch(number, count=number) for number in (1, 2, 5, 250)]

    for one in batches:
        journal.append(one)

    with JournalReader(folder / "s1-2.db") as reader:
        assert list(reader.batches()) == batches
        assert list(reader.batches(after_batch_no=2)) == batches[2:]
        assert list(reader.latest()) == batches[::-1]
        assert {type(action) for one in reader.batches() for action in one.actions} == {Action}
    journal.close()


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | st.from_regex(
    r"\A[a-z#: ]{0,3}[0-9]{0,20}\.[0-9]{0,5}%?\Z"
)


@given(st.lists(st.tuples(texts, st.sampled_from(Action), texts), max_size=5))
def test_any_decision_comes_out_as_it_went_in(tmp_path_factory, rows):
    folder = tmp_path_factory.mktemp("journal")
    decided = decided_batch(1, *rows)
    journal = DecisionJournal(folder, SETUP)
    journal.append(decided)
    journal.close()

    assert read(folder) == [decided]


def test_a_journal_says_once_how_its_decisions_were_made(folder):
    DecisionJournal(folder, SETUP).close()

    with JournalReader(folder / "s1-2.db") as reader:
        assert reader.head.setup == SETUP
        assert (reader.head.part, reader.head.hash_before) == (1, NONE_YET)


def test_a_number_names_one_batch(folder):
    journal = DecisionJournal(folder, SETUP)
    journal.append(batch(7))

    with pytest.raises(PersistenceError, match="batch 7"):
        journal.append(batch(7, count=3))

    assert read(folder) == [batch(7)]
    journal.close()


def test_what_is_new_in_a_batch_that_was_not_taken_is_told_with_the_next(folder):
    journal = DecisionJournal(folder, SETUP)
    journal.append(batch(1))
    with pytest.raises(PersistenceError):
        journal.append(batch(1, count=9))

    journal.append(batch(2, count=9))
    journal.close()

    assert read(folder) == [batch(1), batch(2, count=9)]


def test_a_long_journal_goes_on_in_another_part_with_the_same_hash(folder):
    batches = [batch(number, count=9) for number in range(1, 41)]
    journal = DecisionJournal(folder, SETUP, part_bytes=2_000)
    for one in batches:
        journal.append(one)
    journal.close()

    files = journal_files(folder)
    assert [file.part for file in files] == list(range(1, len(files) + 1))
    assert len(files) > 3
    assert read(folder) == batches
    before = NONE_YET
    for file in files:
        with JournalReader(file.path) as reader:
            assert (reader.head.setup, reader.head.hash_before) == (SETUP, before)
            before = hash_of(reader.batches(), before)
            is_last = file == files[-1]
            assert reader.final_hash() == (journal.hash if is_last else None)
    assert before == journal.hash == hash_of(batches)


def test_a_part_goes_on_while_the_disk_has_no_room_for_another(folder, monkeypatch):
    journal = DecisionJournal(folder, SETUP, part_bytes=1)

    def full(*_arguments, **_more):
        raise DiskFull("there is no room left")

    with monkeypatch.context() as disk:
        disk.setattr(decision_journal, "SingleWriterFile", full)
        journal.append(batch(1))
        journal.append(batch(2))
    journal.append(batch(3))
    journal.append(batch(4))
    journal.close()

    assert read(folder) == [batch(number) for number in (1, 2, 3, 4)]
    assert len(journal_files(folder)) == 3


def test_every_incarnation_has_a_journal_of_its_own(folder):
    assert free_incarnation(folder, "s1", 2) == 2
    DecisionJournal(folder, SETUP).close()

    assert free_incarnation(folder, "s1", 1) == 3  # all actors were started again
    assert free_incarnation(folder, "s1", 7) == 7
    assert free_incarnation(folder, "s2", 1) == 1


def test_journals_are_read_in_the_order_in_which_they_were_written(folder):
    folder.mkdir(parents=True)
    names = ["s1-2.db", "s1-10.db", "s1-10-2.db", "s1-10-11.db", "s2-1.db"]
    for name in [*reversed(names), "s1-2.db.lock", "notes.txt"]:
        (folder / name).touch()

    assert [file.path.name for file in journal_files(folder)] == names


def test_more_batches_than_a_page_are_read_to_the_end(folder):
    journal = DecisionJournal(folder, SETUP)
    for number in range(1, 451):
        journal.append(batch(number))
    journal.close()

    assert [one.batch_no for one in read(folder)] == list(range(1, 451))


def test_one_process_writes_it(folder):
    journal = DecisionJournal(folder, SETUP)

    with pytest.raises(WriterConflict):
        DecisionJournal(folder, SETUP)
    journal.close()


def test_the_decisions_of_another_process_are_not_gone_on_with(folder):
    journal = DecisionJournal(folder, SETUP)
    journal.append(batch(1))
    journal.close()

    with pytest.raises(PersistenceError, match="another process"):
        DecisionJournal(folder, SETUP)


def test_no_journal_is_not_an_empty_journal(folder):
    with pytest.raises(PersistenceError):
        JournalReader(folder / "s1-2.db")


def test_a_damaged_batch_is_named_with_its_file(folder):
    journal = DecisionJournal(folder, SETUP)
    journal.append(batch(1))
    journal._file.connection.execute("UPDATE batch SET payload = x'93010203'")

    with pytest.raises(FileUnusable, match=r"s1-2\.db has a batch that cannot be read"):
        read(folder)
    journal.close()
