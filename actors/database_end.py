"""Stops the database server of a program that was killed, from a process that nobody kills with the tree."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Final, NoReturn

from setproctitle import setproctitle

PATIENCE_S: Final = 5.0  # until the processes that used it have ended


def stop_database_apart(settings: dict[str, Any]) -> int:
    """Returns at once; the pid of the process that stops it, once nobody uses it any more.

    A server that somebody else started, one that another program uses and one that cannot be stopped run on:
    the next session adopts it.
    """
    child = os.fork()
    if child == 0:
        _stop(settings)
    return child


def _stop(settings: dict[str, Any]) -> NoReturn:
    try:
        os.setsid()  # out of the group that is killed
        setproctitle("rl-trader database end")
        # Here alone: no other actor but the Recorder has any use for it.
        from persistence.server.database_server import database_server

        database = settings["database"]
        server = database_server(
            database["dsn"], state_dir=Path(settings["state_dir"]), bin_dir=database["bin_dir"]
        )
        server.release(patience_s=PATIENCE_S)
    finally:
        os._exit(0)
