"""The terminal while a session runs.

Without a terminal, or with --plain, the log's lines as they come. On one, a panel with the key figures and
the last lines; the file has them all.
"""

from __future__ import annotations

import os
import sys
import time
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Final, Protocol

from rich.console import Console as RichConsole
from rich.console import Group
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from cli.figures import figures
from cli.output import discard_output, say
from trading.printable import printable

LINES_SHOWN: Final = 12
PAINT_EVERY_S: Final = 0.5
LONGEST_READ_BYTES: Final = 1 << 20
# The terminal echoes Ctrl-C as two columns behind the panel; on a line that is full they would begin another.
ECHO_COLUMNS: Final = 4


class LogTail:
    """The lines that were appended to a file since the last look; the file may not exist yet.

    One that is set aside is read to its end before the file that has its name now.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: BinaryIO | None = None
        self._rest = b""

    def lines(self) -> list[str]:
        fresh = self._read()
        if len(fresh) < LONGEST_READ_BYTES and self._has_successor():
            fresh += self._read()  # what was written before it was renamed
            self.close()
            fresh += self._read()
        *whole, self._rest = (self._rest + fresh).split(b"\n")
        return [line.decode("utf-8", "replace") for line in whole]

    def _read(self) -> bytes:
        if self._file is None:
            with suppress(FileNotFoundError):
                self._file = self._path.open("rb")
        return b"" if self._file is None else self._file.read(LONGEST_READ_BYTES)

    def _has_successor(self) -> bool:
        """Whether another file has the name of the one that is read."""
        if self._file is None:
            return False
        try:
            return not os.path.samestat(os.stat(self._path), os.fstat(self._file.fileno()))
        except FileNotFoundError:
            return False

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


class Screen(Protocol):
    """A terminal, or what stands for one."""

    def __enter__(self) -> Screen: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    @property
    def is_lost(self) -> bool:
        """Whether nobody can see it any more; nothing that is shown raises because of that."""

    def say(self, line: str) -> None:
        """Something of the program itself, to be seen at once."""

    def show(self, lines: list[str], status: Mapping[str, Any]) -> None:
        """New lines of the log, and the figures as they are now."""


def screen(*, plain: bool, page: str) -> Screen:
    """The panel on a terminal; plain lines where nothing can be painted, or where they are asked for."""
    paints = sys.stdout.isatty() and not RichConsole().is_dumb_terminal
    return PanelScreen(page) if paints and not plain else PlainScreen()


class _Output:
    """Standard output until it is lost: a program that trades must not end in the middle for that."""

    def __init__(self) -> None:
        self.is_lost = False

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError:
            self.is_lost = True
            discard_output()


class PlainScreen(_Output):
    """Every line, as it is in the file."""

    def __enter__(self) -> PlainScreen:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._writing():
            sys.stdout.flush()

    def say(self, line: str) -> None:
        with self._writing():
            say(line)

    def show(self, lines: list[str], status: Mapping[str, Any]) -> None:  # noqa: ARG002  the panel shows it
        with self._writing():
            if lines:
                say(*lines)


class _Terminal(RichConsole):
    """Rich ends the whole program when a pipe breaks."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


class PanelScreen(_Output):
    """The key figures and the last few lines, painted in place."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self._page = page
        self._console = _Terminal()
        self._live = Live(console=self._console, auto_refresh=False)
        self._last: deque[str] = deque(maxlen=LINES_SHOWN)
        self._painted_at = 0.0

    def __enter__(self) -> PanelScreen:
        with self._writing():
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._writing():
            self._live.stop()

    def say(self, line: str) -> None:
        with self._writing():
            self._console.print(_text(line))

    def show(self, lines: list[str], status: Mapping[str, Any]) -> None:
        self._last.extend(lines)
        now = time.monotonic()
        if now - self._painted_at < PAINT_EVERY_S:
            return
        self._painted_at = now
        with self._writing():
            self._live.update(self._panel(status), refresh=True)

    def _panel(self, status: Mapping[str, Any]) -> Panel:
        table = Table.grid(padding=(0, 2))
        for name, text in figures(status):
            table.add_row(Text(name, style="dim"), _text(text))
        lines = Text("\n", style="dim", no_wrap=True, overflow="ellipsis").join(map(_text, self._last))
        return Panel(
            Group(table, Text(), lines),
            title="RL Trader",
            subtitle=_text(self._page),
            title_align="left",
            width=max(1, self._console.width - ECHO_COLUMNS),
        )


def _text(line: str) -> Text:
    """A line for the panel: neither the terminal nor rich takes any of it for a command."""
    return Text(printable(line))
