"""The files of an account's folder, each with one writer."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

from persistence.faults import FileUnusable, PersistenceError
from persistence.outbox import check_outbox

ORDER_MANAGER: Final = "order_manager.db"
FILL_PROCESSOR: Final = "fill_processor.db"
SESSIONS: Final = "session.db"
DECISIONS: Final = "decisions"  # the folder of the Selectors' journals
TAPE: Final = "tape"  # the folder of the watchers' tapes
READ_WITHIN_S: Final = 2.0  # of each ledger, before anything is started; its actor reads it all


_ACCOUNT: Final = re.compile(r"(?P<world>[a-z]+|[a-z]+-standin)-[0-9a-f]{8}")
_MINTED: Final = "loopback"  # and stand-ins: exchanges of this program


def accounts_in(state_dir: Path) -> list[str]:
    """The accounts that have a folder in a state folder."""
    return sorted(
        folder.name for folder in state_dir.glob("*-*") if _ACCOUNT.fullmatch(folder.name) and folder.is_dir()
    )


def is_minted(account: str) -> bool:
    """Whether its venue is an exchange of this program, and no real one."""
    match = _ACCOUNT.fullmatch(account)
    return match is not None and (match["world"] == _MINTED or match["world"].endswith("-standin"))


def faults_in(folder: Path) -> list[str]:
    """A line for each file that its writer could not go on with."""
    looks: tuple[Callable[[], None], ...] = (
        partial(check_outbox, folder / ORDER_MANAGER, "OrderManager", within_s=READ_WITHIN_S),
        partial(check_outbox, folder / FILL_PROCESSOR, "FillProcessor", within_s=READ_WITHIN_S),
        partial(check_outbox, folder / SESSIONS, "Recorder", within_s=READ_WITHIN_S),
        partial(_check_folder, folder / DECISIONS),
    )
    faults = []
    for look in looks:
        try:
            look()
        except PersistenceError as error:
            faults.append(str(error))
    return faults


def _check_folder(path: Path) -> None:
    """Journals are begun anew, so that a damaged one stands in nobody's way."""
    if path.exists() and not path.is_dir():
        raise FileUnusable(path, "is not a folder", to_do="move it away")
