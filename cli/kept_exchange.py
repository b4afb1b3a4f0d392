"""One exchange of a session: when it ends it is started again where it was, if it is kept in a folder.

It comes back on its port, with its keys, accounts, orders and books, as a venue does after an outage. One
that no folder keeps would come back as another world: it has ended for good.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from cli.errors import PreflightRefused
from cli.exchange_child import READY_WITHIN_S, ExchangeAddress, ExchangeChild
from cli.kept_logs import remove_if_empty

MOST_FAILED_STARTS: Final = 3  # in a row
LASTS_AFTER_S: Final = 10.0  # one that runs so long has started


class KeptExchange:
    """``look`` has to be called again and again; it never waits.

    It runs; it is being ended, once there is a reason for another start; or it is starting.
    """

    def __init__(self, venue: str, flags: Sequence[str], *, state: Path | None, log: Path) -> None:
        """Launch it on any free port. ``flags`` are those of the command ``exchange``."""
        self.venue = venue
        self._is_kept = state is not None
        self._flags = [*flags, *([f"--state={state}"] if state else [])]
        self._log = log
        self._child = ExchangeChild.launch([*self._flags, "--port=0"], log=log)
        self._address: ExchangeAddress | None = None  # until it is ready for the first time
        self._ended_for = ""  # why it is to be started again, until it is
        self._starting_until_s: float | None = None  # monotonic; None while it runs
        self._began_s = float("-inf")
        self._failed_starts = 0
        self.has_ended = False  # for good

    def wait_until_ready(self) -> ExchangeAddress:
        """Raises PreflightRefused when it does not start."""
        try:
            self._address = self._child.wait_until_ready()
        except PreflightRefused as refused:
            raise PreflightRefused(*(f"{self.venue}: {line}" for line in refused.lines)) from None
        return self._address

    def look(self, now_s: float) -> str:
        """Start it again if it has ended; what there is to tell about it, as a rule nothing."""
        if self.has_ended:
            return ""
        if self._ended_for:
            return self._go_on_ending(now_s)
        if self._starting_until_s is None:
            if self._child.is_alive():
                if now_s - self._began_s >= LASTS_AFTER_S:
                    self._failed_starts = 0
                return ""
            return self._start_again("ended", now_s)
        try:
            address = self._child.ready(0.0)
        except PreflightRefused as refused:
            return self._start_again("; ".join(refused.lines), now_s)
        if address is None:
            is_late = now_s > self._starting_until_s
            return self._start_again(f"was not ready within {READY_WITHIN_S:.0f} s", now_s) if is_late else ""
        if address != self._address:
            return self._start_again("came back as another one", now_s)
        self._starting_until_s, self._began_s = None, now_s
        return f"the exchange for {self.venue} runs again, where it was"

    def stop(self) -> None:
        """End it, asking first."""
        self._child.stop()
        remove_if_empty(self._log)

    def _start_again(self, why: str, now_s: float) -> str:
        self._ended_for = why
        return self._go_on_ending(now_s)

    def _go_on_ending(self, now_s: float) -> str:
        """Launch another as soon as this one has ended: they have one port and one folder."""
        if not self._child.end(now_s):
            return ""
        said = f"the exchange on this machine for {self.venue}: {self._ended_for}"
        self._ended_for = ""
        if not self._is_kept:
            self.has_ended = True
            return said
        if self._failed_starts >= MOST_FAILED_STARTS:
            self.has_ended = True
            return f"{said}; {MOST_FAILED_STARTS} starts have failed"
        self._failed_starts += 1
        assert self._address is not None
        port = urlsplit(self._address.rest_url).port
        self._child = ExchangeChild.launch([*self._flags, f"--port={port}"], log=self._log)
        self._starting_until_s = now_s + READY_WITHIN_S
        return f"{said}; starting it again from its state"
