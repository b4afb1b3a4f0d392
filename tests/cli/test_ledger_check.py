"""A damaged ledger is refused before anything is started, each file by its name."""

import pytest

from cli.errors import PREFLIGHT_REFUSED, PreflightRefused
from cli.ledger_check import check_ledgers, check_room
from persistence.account_files import DECISIONS, FILL_PROCESSOR, ORDER_MANAGER
from persistence.outbox import Outbox, OutboxReader


@pytest.fixture
def folder(tmp_path):
    Outbox(tmp_path / ORDER_MANAGER, "OrderManager").close()
    Outbox(tmp_path / FILL_PROCESSOR, "FillProcessor").close()
    (tmp_path / DECISIONS).mkdir()
    return tmp_path


def test_whole_files_and_a_new_account_are_fine(folder):
    check_ledgers(folder)
    check_ledgers(folder / "a new account")


def test_each_damaged_file_has_a_line_of_its_own(folder):
    (folder / ORDER_MANAGER).write_bytes(bytes(8192))
    (folder / DECISIONS).rmdir()
    (folder / DECISIONS).touch()

    with pytest.raises(PreflightRefused) as refused:
        check_ledgers(folder)

    assert refused.value.exit_code == PREFLIGHT_REFUSED
    assert [line.split(": ")[0] for line in refused.value.lines] == [
        f"{folder / ORDER_MANAGER} is damaged (it does not begin like a database)",
        f"{folder / DECISIONS} is not a folder",
    ]


def test_a_damaged_journal_of_an_earlier_selector_stands_in_nobodys_way(folder):
    (folder / DECISIONS / "s1-1.db").write_bytes(bytes(8192))
    (folder / "decisions.db").write_bytes(bytes(8192))

    check_ledgers(folder)


def test_a_ledger_of_the_other_writer_is_refused(folder):
    (folder / FILL_PROCESSOR).rename(folder / ORDER_MANAGER)

    with pytest.raises(PreflightRefused, match="belongs to FillProcessor"):
        check_ledgers(folder)


def test_an_almost_full_disk_is_refused_with_how_much_is_needed(tmp_path, monkeypatch):
    monkeypatch.setattr("persistence.disk_room._free", lambda _folder: (400_000, 1000))

    with pytest.raises(PreflightRefused, match=r"0\.4 MB are free on its disk, and 2\.0 MB are needed"):
        check_room(tmp_path)


def test_what_a_killed_session_left_beside_its_files_is_folded_in_before_the_next_one(folder):
    ledger, reader = Outbox(folder / ORDER_MANAGER, "OrderManager"), OutboxReader(folder / ORDER_MANAGER)
    ledger.close()
    reader.close()
    assert (folder / f"{ORDER_MANAGER}-shm").exists()

    check_ledgers(folder)

    assert not (folder / f"{ORDER_MANAGER}-shm").exists()
