"""A folder that is to keep an exchange of this machine is refused where nothing can be written in it."""

from __future__ import annotations

import os
from pathlib import Path

from cli.errors import PreflightRefused
from settings.config import Config
from settings.exchange_settings import own_section


def check_states(config: Config) -> None:
    """Raises PreflightRefused with each folder and what keeps it from being written. Makes none."""
    problems = [
        f"{own_section(venue)}.state: {trouble}; name a folder that can be written"
        for venue, own in config.own_exchanges().items()
        if own.state and (trouble := _trouble_with(Path(own.state).resolve()))
    ]
    if problems:
        raise PreflightRefused(*problems)


def _trouble_with(folder: Path) -> str:
    """Why it cannot be written, or made where it is not there yet; empty when it can."""
    found = folder  # os.path.exists is False, too, of what lies in a folder that is closed to us
    while not os.path.exists(found) and found != found.parent:
        found = found.parent
    if not found.is_dir():
        return f"{found} is no folder"
    return "" if os.access(found, os.W_OK | os.X_OK) else f"{found} may not be written"
