"""Carries what waits in files into the database, in a thread of its own, for as long as it is asked to.

While the database is away it waits and tries again, and the files wait with it. It never speaks to an actor:
whoever started it watches ``fileno`` and reads how it stands.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from persistence.database.connections import Connection
from persistence.database.faults import DatabaseDown, DatabaseRefused
from persistence.faults import PersistenceError
from persistence.lane import Lane, Progress

State = Literal["starting", "ready", "waiting", "down", "refused", "failed", "stopped"]
"""waiting: the database does not answer. refused: only a person can change why. failed: the thread has ended
on a mistake of its own."""

REST_S: Final = 0.25  # between two rounds that leave nothing behind: what comes meanwhile shares a commit
SILENT_S: Final = 5.0  # a step is bounded: a database that takes longer for one is told
FIRST_RETRY_S: Final = 0.2
LONGEST_RETRY_S: Final = 2.0


@dataclass(frozen=True, slots=True)
class LaneStanding:
    """The standing of one lane; ``written`` and ``dropped`` are counted since the start."""

    written: int = 0
    behind: int = 0
    dropped: int = 0
    note: str = ""

    def after(self, progress: Progress) -> LaneStanding:
        written, dropped = self.written + progress.written, self.dropped + progress.dropped
        return LaneStanding(written, progress.behind, dropped, progress.note)


@dataclass(frozen=True, slots=True)
class DrainStanding:
    """The standing of a drain."""

    state: State = "starting"
    why: str = ""
    lanes: dict[str, LaneStanding] = field(default_factory=dict)
    idle_round: int = 0  # the number of the last round that found nothing to write
    flushed_no: int = 0  # of the newest flush after which all is written that was there when it was asked for

    @property
    def behind(self) -> int:
        return sum(lane.behind for lane in self.lanes.values())


class Drain:
    """Lanes and the thread that walks them; ``connect`` may start a server, and raises PersistenceError."""

    def __init__(
        self,
        name: str,
        connect: Callable[[], Connection],
        lanes: Sequence[Lane],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._standing = DrainStanding(lanes={lane.name: LaneStanding() for lane in lanes})
        self.failure: Exception | None = None
        self._connect = connect
        self._lanes = lanes
        self._clock = clock
        self._connection: Connection | None = None
        self._retry_s = 0.0
        self._round_no = 0
        self._asked_no = 0  # of the newest flush; only whoever asks counts it on
        self._told_no = 0  # of the newest one that the lanes were told of; the thread's
        self._step_since: tuple[str, float] | None = None  # the lane that is in a step, and from when
        self._ends_at: float | None = None  # by the clock, once it was asked to stop
        self._wake = threading.Event()
        self._reader, self._writer = socket.socketpair()
        for end in (self._reader, self._writer):
            end.setblocking(False)  # noqa: FBT003  # its only argument
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin; ``turn`` is the thread's from now on."""
        self._thread.start()

    def fileno(self) -> int:
        """Readable when ``take_news`` has something new."""
        return self._reader.fileno()

    def take_news(self) -> DrainStanding:
        """The standing now; heard."""
        with suppress(BlockingIOError):
            while self._reader.recv(4096):
                pass
        return self.standing

    @property
    def standing(self) -> DrainStanding:
        """The standing now, for any thread; the time without an answer is told where it is long."""
        standing, step = self._standing, self._step_since
        silent_s = 0.0 if step is None else self._clock() - step[1]
        if step is None or silent_s < SILENT_S or standing.state != "ready":
            return standing
        why = f"no answer from the database for {silent_s:.0f} s (lane {step[0]})"
        return replace(standing, state="waiting", why=why)

    def counted(self) -> DrainStanding:
        """The standing now, with what waits counted here while the thread cannot."""
        standing = self.standing
        return self._with_waiting(standing) if standing.state == "waiting" else standing

    def flush(self) -> int:
        """Write what is there at once: it is done when ``flushed_no`` is the number answered, or above it.

        To be called by one thread.
        """
        self._asked_no += 1
        self._wake.set()
        return self._asked_no

    def stop(self, within_s: float) -> None:
        """Write what is there, for so long at the most, and end."""
        self._ends_at = self._clock() + within_s
        self._wake.set()

    # --- the thread ------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            while (wait_s := self.turn()) is not None:
                self._wake.wait(wait_s)
                self._wake.clear()
        except Exception as error:  # noqa: BLE001  # whatever it was, whoever watches must hear of it
            self.failure = error
            self._disconnect()
            self._say("failed", f"{type(error).__name__}: {error}")

    def turn(self) -> float | None:
        """One round; how long to wait before the next one, or None when it is over."""
        is_stopping = self._ends_at is not None
        if self._ends_at is not None and self._clock() > self._ends_at:
            self._end()
            return None
        try:
            wait_s = self._round()
        except PersistenceError as error:
            self._disconnect()
            self._standing = self._with_waiting(self._standing)
            self._say("down" if isinstance(error, DatabaseDown) else "refused", str(error))
            wait_s = self._retry_s = min(max(self._retry_s * 2, FIRST_RETRY_S), LONGEST_RETRY_S)
            is_over = is_stopping
        else:
            self._retry_s = 0.0
            is_over = is_stopping and self._standing.idle_round == self._round_no
        if is_over:
            self._end()
            return None
        return 0.0 if is_stopping else wait_s

    def _end(self) -> None:
        self._disconnect()
        for lane in self._lanes:
            lane.close()
        self._say("stopped", self._standing.why)

    def _round(self) -> float:
        """Step each lane once; how long to wait before the next round."""
        self._round_no += 1
        if self._connection is None:
            self._connection = self._connect()
            self._say("ready", "")
        asked_no = self._asked_no
        if asked_no > self._told_no or self._ends_at is not None:
            for lane in self._lanes:
                lane.flush()
            self._told_no = asked_no
        steps = self._steps(self._connection)
        if not any(step.written for step in steps):
            self._standing = replace(self._standing, idle_round=self._round_no)
        self._look_at_flush()
        return 0.0 if any(step.written and step.behind for step in steps) else REST_S

    def _steps(self, connection: Connection) -> list[Progress]:
        """A step of each lane: one that the database refuses keeps no other from its own."""
        steps: list[Progress] = []
        refusal: DatabaseRefused | None = None
        for lane in self._lanes:
            try:
                steps.append(self._step(lane, connection))
            except DatabaseRefused as reason:
                refusal = refusal or reason
        if refusal is not None:
            raise refusal
        return steps

    def _look_at_flush(self) -> None:
        """Tell whoever waits for it that all is written that was there when it was asked for."""
        if self._told_no > self._standing.flushed_no and all(lane.is_flushed for lane in self._lanes):
            self._standing = replace(self._standing, flushed_no=self._told_no)
            self._ring()

    def _with_waiting(self, standing: DrainStanding) -> DrainStanding:
        """While nothing can be written, what waits grows."""
        lanes = dict(standing.lanes)
        for lane in self._lanes:
            with suppress(PersistenceError):
                lanes[lane.name] = replace(lanes[lane.name], behind=lane.waiting())
        return replace(standing, lanes=lanes)

    def _step(self, lane: Lane, connection: Connection) -> Progress:
        before = self._standing.lanes[lane.name]
        self._step_since = (lane.name, self._clock())
        try:
            progress = lane.step(connection)
        except (DatabaseDown, DatabaseRefused):
            raise
        except PersistenceError as error:  # of this lane's own files or rows: the others go on
            progress = Progress(0, before.behind, str(error))
        finally:
            self._step_since = None
        after = before.after(progress)
        if after != before:
            self._standing = replace(self._standing, lanes={**self._standing.lanes, lane.name: after})
            if after.note != before.note or bool(after.behind) != bool(before.behind):
                self._ring()
        return progress

    def _disconnect(self) -> None:
        if self._connection is not None:
            with suppress(Exception):
                self._connection.close()
            self._connection = None

    def _say(self, state: State, why: str) -> None:
        if (state, why) != (self._standing.state, self._standing.why):
            self._standing = replace(self._standing, state=state, why=why)
            self._ring()

    def _ring(self) -> None:
        with suppress(BlockingIOError):
            self._writer.send(b"!")
