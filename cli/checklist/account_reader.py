"""Reads the account at its venue in a process of its own: it alone holds the key, and no other identity.

``python -m cli.checklist.account_reader`` takes the venue's address and the path of the key as its first
line, then the moment since which orders and fills are asked for, a line for each read.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Collection
from dataclasses import asdict
from typing import Final

import msgspec

from cli.checklist.venue_account import VenueAccount, read_venue
from cli.errors import PreflightRefused
from cli.exchange_child import program_environment
from kalshi_client.errors import KalshiError
from settings.venue_access import VenueAccess, account_rest_for

COMMAND: Final = (sys.executable, "-P", "-m", "cli.checklist.account_reader")
STOP_WITHIN_S: Final = 5.0


class AccountUnread(Exception):
    """The venue did not let the account be read; the text says why."""


class AccountReader:
    """The asking end. ``without``: variables of the environment that the reading process must not see."""

    def __init__(self, access: VenueAccess, *, without: Collection[str] = ()) -> None:
        environment = program_environment()
        self._process = subprocess.Popen(
            COMMAND,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={name: value for name, value in environment.items() if name not in without},
            text=True,
            start_new_session=True,  # a Ctrl-C is for us; its pipe ends with us
        )
        self._access = access.name
        self._ask(json.dumps(asdict(access)))

    def read(self, since_us: int) -> VenueAccount:
        """The account now, with orders and fills since then by this machine's clock. Raises AccountUnread."""
        self._ask(str(since_us))
        assert self._process.stdout is not None
        answer = self._process.stdout.readline()
        if not answer:
            raise PreflightRefused(f"{self._access}: the process that reads the account has ended")
        if answer.startswith("!"):
            raise AccountUnread(f"{self._access}: {answer[1:].strip()}")
        return msgspec.json.decode(answer, type=VenueAccount)

    def close(self) -> None:
        """End the process."""
        self._process.communicate(timeout=STOP_WITHIN_S)

    def _ask(self, line: str) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(f"{line}\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            pass  # the next answer will be none


def main() -> int:
    """The reading end, until nobody asks any more."""
    access = VenueAccess(**json.loads(sys.stdin.readline()))
    rest = account_rest_for(access)
    for line in sys.stdin:
        try:
            answer = msgspec.json.encode(read_venue(rest, int(line)))
        except KalshiError as error:
            answer = f"!{' '.join(str(error).split())}".encode()
        sys.stdout.buffer.write(answer + b"\n")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
