"""The decisions that an earlier version of this program wrote down are not lost."""

import sqlite3
import zlib

import msgspec
import pytest

from persistence.decisions.earlier_journal import earlier_batches, latest_earlier
from persistence.faults import FileUnusable
from tests.persistence.decided_batches import decided_batch
from trading.actions import Action
from trading.observation import Resting

NEW = ("blocked", "yes_bids_e4", "yes_asks_e4", "positions_e2", "resting")


def as_it_was(batch):
    """The batch as the earlier version wrote it: without what it did not know."""
    fields = msgspec.to_builtins(batch)
    fields = {name: value for name, value in fields.items() if name not in NEW}
    return fields | {"watcher": fields["watcher"][:3]}


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "decisions.db"
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("CREATE TABLE batch (batch_no INTEGER PRIMARY KEY, at_us INTEGER, payload BLOB)")
    connection.execute("PRAGMA user_version = 2")
    for number in (1, 2, 3):
        written = as_it_was(decided_batch(number, ("KX-1", Action.HOLD, "no edge")))
        payload = zlib.compress(msgspec.json.encode(written))
        connection.execute("INSERT INTO batch VALUES (?, ?, ?)", (number, 0, payload))
    connection.close()
    return path


def test_an_earlier_journal_is_read_in_either_order(path):
    assert [batch.batch_no for batch in earlier_batches(path)] == [1, 2, 3]
    assert [batch.batch_no for batch in earlier_batches(path, 2)] == [3]
    assert [batch.batch_no for batch in latest_earlier(path)] == [3, 2, 1]


def test_what_it_does_not_tell_is_as_where_there_was_nothing(path):
    batch = next(earlier_batches(path))

    assert batch.tickers == ("KX-1",)
    assert batch.actions == (Action.HOLD,)
    assert batch.watcher == (0, 1, 1, 0)
    assert batch.blocked == ()
    assert (batch.yes_bids_e4, batch.yes_asks_e4, batch.positions_e2) == ((0,), (0,), (0,))
    assert batch.resting == (Resting(),)


def test_a_damaged_batch_of_it_is_named(path):
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("UPDATE batch SET payload = x'00' WHERE batch_no = 2")
    connection.close()

    with pytest.raises(FileUnusable, match="batch 2"):
        list(earlier_batches(path))
