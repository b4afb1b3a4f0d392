"""A session that verify starts: ``run`` in a process group of its own, always ended in order."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import IO, Final

from cli.errors import CRASH, CommandError
from cli.exchange_child import PROGRAM, program_environment
from cli.running_session import RunningSession, find_running
from settings.config import Config

TELLS_WITHIN_S: Final = 90.0  # how to speak to it; a slow machine makes its keys slowly
LOOK_EVERY_S: Final = 0.1
STOP_WITHIN_S: Final = 30.0
LAST_LINES: Final = 20


class SessionRefused(CommandError):
    """It did not start; its lines and its exit code are those of the session."""

    def __init__(self, exit_code: int, *lines: str) -> None:
        super().__init__(*lines)
        self.exit_code = exit_code


class StartedSession:
    """Started as a user would; its output is read, and a session that nobody reads ends by itself."""

    def __init__(self, flags: Sequence[str]) -> None:
        self._process = subprocess.Popen(
            [*PROGRAM, "run", *flags, "--plain"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=program_environment(),
            text=True,
            errors="replace",
            start_new_session=True,  # a Ctrl-C is for us: it is asked to stop when everything was judged
        )
        self._complaints: deque[str] = deque(maxlen=LAST_LINES)
        self._readers = [
            self._read(self._process.stdout, lambda _: None),
            self._read(self._process.stderr, self._complaints.append),
        ]

    def wait_until_it_tells(self, config: Config) -> RunningSession:
        """The address at which to speak to it. Raises SessionRefused with its own words when it ends
        instead."""
        deadline = time.monotonic() + TELLS_WITHIN_S
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                raise self._refusal()
            running = find_running(config)
            if running is not None and running.pid == self._process.pid:
                return running
            time.sleep(LOOK_EVERY_S)
        raise CommandError(f"the session did not say within {TELLS_WITHIN_S:.0f} s how to speak to it")

    def ended(self) -> str:
        """The end that it came to; empty while it runs."""
        code = self._process.poll()
        if code is None:
            return ""
        return "; ".join([f"it ended with exit code {code}", *self._complaints])

    def stop(self) -> None:
        """Ask it to stop and wait for it; whatever of its group does not end is killed."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            try:
                self._process.wait(STOP_WITHIN_S)
            except subprocess.TimeoutExpired:
                pass
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass  # it took all of its processes with it
        self._process.wait()
        for reader in self._readers:
            reader.join(STOP_WITHIN_S)

    def _refusal(self) -> SessionRefused:
        for reader in self._readers:
            reader.join(STOP_WITHIN_S)
        code = self._process.returncode
        said = list(self._complaints) or [f"the session ended with exit code {code} and said nothing"]
        return SessionRefused(code if code > 0 else CRASH, *said)

    def _read(self, stream: IO[str] | None, take: Callable[[str], None]) -> threading.Thread:
        assert stream is not None

        def read() -> None:
            with stream:
                for text in stream:
                    take(text.rstrip("\n"))

        reader = threading.Thread(target=read, daemon=True)
        reader.start()
        return reader
