"""A real MarketWatcher in a real actor system, all its peers played here, at an exchange that replays.

Three processes that matter: the exchange on the first core, the watcher on the second, this one
wherever there is room; it gives the watcher's messages their credit and otherwise sleeps.
"""

from __future__ import annotations

import multiprocessing
import os
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import psutil
from thespian.actors import ActorAddress, ActorSystem

from actors import messages
from actors.thespian.envelope import Envelope, seal, unseal
from actors.thespian.launching import BASE, launch_admin
from benchmarks import replay_server
from benchmarks.replay_server import COUNTED
from benchmarks.timed_watcher import TimedWatcher
from settings.config import Config
from settings.venue_access import VenueAccess
from trading.book import books_hash
from trading.venue_time import VenueTimeUs

NAME: Final = "MarketWatcher-1"  # the first one would discover
FAR_AWAY_US: Final = VenueTimeUs(2_000_000_000_000_000)
READY_WITHIN_S: Final = 120.0
PEERS: Final = ("page", "Selector", "OrderManager")


class WatcherRig:
    """Made by ``rig``."""

    def __init__(self, system: Any, folder: Path, server: Any, venue: dict[str, Any], client: str) -> None:
        self._system, self._server = system, server
        self.folder, self.venue = folder, venue
        self.tickers: list[str] = venue["tickers"]
        self.telemetry: dict[str, Any] = {}
        self.samples: list[dict[str, Any]] = []  # of the telemetry, in order
        self._answers: list[messages.BookLinesReported] = []
        self.pid = 0
        config = {"data": {"client": client}, "markets": {"count": len(self.tickers)}}
        dumped = Config.model_validate(config).model_dump(mode="json", exclude={"web", "credentials"})
        self._address: ActorAddress = system.createActor(TimedWatcher)
        settings = {
            "config": dumped,
            "data": {name: venue[name] for name in VenueAccess.__slots__ if name in venue},
            "renamed": {},
            "log_path": str(folder / "session.log"),
            "state_dir": str(folder),
            "account_dir": str(folder / "account"),
            "session": "bench",
            "run_pid": os.getpid(),
        }
        self._say(messages.Start(NAME, 1, settings))
        self.until(lambda: self.pid, READY_WITHIN_S)
        incarnations, mine = dict.fromkeys(PEERS, 1), system._systemBase.transport.myAddress  # noqa: SLF001
        self._say(messages.Wired(incarnations), addresses=dict.fromkeys(PEERS, mine))
        self._say(messages.StateChanged("trading", ""))

    def watch_all(self) -> float:
        """Seconds until every book is live."""
        began = time.monotonic()
        closes_us = [FAR_AWAY_US] * len(self.tickers)
        self._say(messages.ShardAssigned(0, 1, self.tickers, closes_us))
        self.until(lambda: self.telemetry.get("live") == len(self.tickers), READY_WITHIN_S)
        return time.monotonic() - began

    def play(self, rate: float | None, seconds: float) -> dict[str, Any]:
        """The exchange's word of it, with the watcher's ``watcher_cpu_s``, once all has arrived."""
        process = psutil.Process(self.pid)
        base, cpu_s = self._counted(), _cpu_s(process)
        self.samples.clear()
        self._server.send(("play", rate, seconds))
        self.until(self._server.poll, seconds + 60)
        done: dict[str, Any] = self._server.recv()
        self.until(lambda: self._counted() - base >= done["sent"], 60)
        return done | {"watcher_cpu_s": _cpu_s(process) - cpu_s}

    def hashes(self) -> tuple[str, str]:
        """Of the watcher's books and of the exchange's, while nothing is played."""
        self._answers.clear()
        self._say(messages.BookLinesRequested(1))
        self.until(lambda: self._answers, 30)
        self._server.send("hash")
        lines = zlib.decompress(self._answers[0].lines).decode().split("\n")
        return books_hash(lines), self._server.recv()

    def until(self, holds: Callable[[], object], within_s: float) -> None:
        """Plays the peers until it holds. Raises TimeoutError."""
        deadline = time.monotonic() + within_s
        while not holds():
            if time.monotonic() > deadline:
                raise TimeoutError(f"not within {within_s} s; the watcher's last report: {self.telemetry}")
            arrived = self._system.listen(0.02)
            if isinstance(arrived, Envelope):
                self._take(arrived)

    def notes(self, what: str) -> bytes:
        """The watcher's notes, up to about a second ago."""
        return (self.folder / f"{NAME}.{what}").read_bytes()

    def _take(self, envelope: Envelope) -> None:
        message = unseal(envelope)
        if envelope.number:
            peer = {"MarketsObserved": "Selector", "ShardObserved": "OrderManager"}.get(envelope.kind, "page")
            self._say(messages.Credit(envelope.kind, envelope.number), by=peer)
        match message:
            case messages.Ready(pid=pid):
                self.pid = pid
                psutil.Process(pid).cpu_affinity([(os.cpu_count() or 1) - 1])
            case messages.Telemetry(values=values):
                self.telemetry |= values
                self.samples.append(values)
            case messages.BookLinesReported():
                self._answers.append(message)
            case messages.Crashed(error=error):
                raise RuntimeError(error)

    def _say(self, message: messages.Message, *, by: str = "Supervisor", **more: Any) -> None:
        self._system.tell(self._address, seal(message, expires_s=60.0, origin=(by, 1), **more))

    def _counted(self) -> int:
        return int(COUNTED.unpack((self.folder / f"{NAME}.counted").read_bytes())[0])


def _cpu_s(process: psutil.Process) -> float:
    return float(sum(process.cpu_times()[:2]))


@contextmanager
def rig(folder: Path, *, markets: int, changes: int, client: str = "websockets") -> Iterator[WatcherRig]:
    """A watcher that was started and watches nothing yet."""
    port, keeper = launch_admin(folder, str(folder / "session.log"), module="benchmarks.timed_watcher")
    system = ActorSystem(BASE, {"Admin Port": port}, transientUnique=True)
    counted = folder / f"{NAME}.counted"
    counted.write_bytes(COUNTED.pack(0))
    ours, theirs = multiprocessing.get_context("spawn").Pipe()
    server = multiprocessing.get_context("spawn").Process(
        target=replay_server.run,
        args=(theirs, str(counted)),
        kwargs={"markets": markets, "changes": changes},
        daemon=True,
    )
    server.start()
    try:
        yield WatcherRig(system, folder, ours, ours.recv(), client)
        ours.send("stop")
    finally:
        system.shutdown()
        keeper.end()
        server.join(2)
        server.kill()
