"""Every batch of decisions is there to be decided again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from persistence.decision_journal import DecisionJournal, read_batches
from persistence.faults import PersistenceError, WriterConflict
from tests.persistence.decided_batches import decided_batch
from trading.actions import Action


def batch(batch_no, count=2):
    actions = (Action.HOLD, Action.BUY_NO)
    return decided_batch(batch_no, *((f"KX-{n}", actions[n % 2], f"draw {n}: 0.5000") for n in range(count)))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "state" / "decisions.db"


def test_batches_come_out_as_they_went_in_and_in_order(path):
    journal = DecisionJournal(path)
    batches = [batch(number, count=number) for number in (1, 2, 5, 250)]

    for one in batches:
        journal.append(one)

    assert list(read_batches(path)) == batches
    assert list(read_batches(path, after_batch_no=2)) == batches[2:]
    assert {type(action) for one in read_batches(path) for action in one.actions} == {Action}
    journal.close()


@given(st.lists(st.tuples(st.text("AB-19"), st.sampled_from(Action), st.text("aé\"'\n☂")), max_size=5))
def test_any_decision_comes_out_as_it_went_in(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("journal") / "decisions.db"
    decided = decided_batch(1, *rows)
    journal = DecisionJournal(path)
    journal.append(decided)
    journal.close()

    assert list(read_batches(path)) == [decided]


def test_a_new_writer_continues_the_numbers(path):
    journal = DecisionJournal(path)
    assert journal.last_batch_no == 0
    journal.append(batch(7))
    journal.close()

    journal = DecisionJournal(path)

    assert journal.last_batch_no == 7
    journal.close()


def test_a_number_names_one_batch(path):
    journal = DecisionJournal(path)
    journal.append(batch(7))

    with pytest.raises(PersistenceError, match="batch 7"):
        journal.append(batch(7, count=3))

    assert list(read_batches(path)) == [batch(7)]
    journal.close()


def test_more_batches_than_a_page_are_read_to_the_end(path):
    journal = DecisionJournal(path)
    for number in range(1, 251):
        journal.append(batch(number))
    journal.close()

    assert [one.batch_no for one in read_batches(path)] == list(range(1, 251))


def test_one_process_writes_it(path):
    journal = DecisionJournal(path)

    with pytest.raises(WriterConflict):
        DecisionJournal(path)
    journal.close()


def test_no_journal_is_not_an_empty_journal(path):
    with pytest.raises(PersistenceError):
        list(read_batches(path))
