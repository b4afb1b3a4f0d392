"""Some faults end the program, others are waited for."""

from pathlib import Path

import pytest

from actors.permanent_faults import is_permanent
from kalshi_client.errors import KeyFileError, VenueUnavailable
from persistence.faults import DiskFull, FileUnusable, PersistenceError, WriterConflict
from strategies.action_selector import StrategyError


@pytest.mark.parametrize(
    ("error", "permanent"),
    [
        (FileUnusable(Path("order_manager.db"), "is damaged"), True),
        (KeyFileError("key.pem: there is no such key file"), True),
        (StrategyError("no such strategy"), True),
        (WriterConflict("its last writer is just ending"), False),
        (DiskFull("make room"), False),
        (PersistenceError("busy"), False),
        (VenueUnavailable(503, "", ""), False),
        (MemoryError(), False),
        (None, False),
    ],
)
def test_only_a_person_can_mend_some_faults(error, permanent):
    assert is_permanent(error) is permanent
