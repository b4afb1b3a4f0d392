"""Small actors that stand in for the real ones in the tests of what carries them."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Any, ClassVar

from thespian.system.transport.TCPTransport import opsKey

from actors import messages
from actors.guard import Guard
from actors.supervisor import Supervisor
from actors.thespian import tamed_thespian
from actors.thespian.dispatch import MessageActor
from persistence.faults import FileUnusable


def settings(folder: Path, **more: Any) -> dict[str, Any]:
    log_path = str(folder / "logs" / "session.log")
    return {
        "state_dir": str(folder),
        "database": {"dsn": "", "bin_dir": "", "retention_days": 30},
        "log_path": log_path,
        "run_pid": os.getpid(),
        "renamed": {},
        **more,
    }


def answered(request_id: int, text: str) -> messages.ActionAnswered:
    return messages.ActionAnswered(request_id, True, text)


class Probe(MessageActor):
    """Does what ``ActionRequested`` says and answers with ``ActionAnswered``."""

    NAME = "Probe"

    def __init__(self) -> None:
        super().__init__()
        self.raised: dict[str, str] = {}
        self.seen: list[str] = []
        self.chain = 0
        self.reader, self.writer = None, None

    def on_ActionRequested(self, message: messages.ActionRequested, sender: str) -> None:
        what, _, argument = message.action.partition(" ")
        text = getattr(self, f"do_{what}")(argument)
        if text is not None:
            self.tell(sender, answered(message.request_id, text))

    def do_echo(self, text: str) -> str:
        return text

    def do_pid(self, _: str) -> str:
        return str(os.getpid())

    def do_dropped(self, _: str) -> str:
        return " ".join(f"{reason}={count}" for reason, count in sorted(self.dropped.items()))

    def do_seen(self, _: str) -> str:
        return " ".join(self.seen)

    def do_raise(self, path: str) -> None:
        with Path(path).open("a") as runs:
            runs.write("run\n")
        raise RuntimeError("as asked")

    def do_reason(self, state: str) -> str:
        self.raised = {state: "as asked"} if state else {}
        return "raised"

    def do_offer(self, peer: str) -> str:
        return str(self.offer(peer, messages.StateChanged("trading", "")))

    def do_tell(self, peer: str) -> str:
        for _ in range(5):
            self.tell(peer, messages.StateChanged("trading", ""))
        return "told"

    def do_lose(self, peer: str) -> str:
        """From now on nobody here reads the open connection that the peer still believes in."""
        transport = self._myRef.transport
        self.lost = transport._openSockets.pop(opsKey(self._peers[peer].address))
        return "lost"

    def do_look(self, _: str) -> str:
        self.look_for_silence()
        return "nobody is silent"

    def do_slots(self, _: str) -> str:
        return str(self._myRef.transport._aTB_numPendingTransmits)

    def do_timer(self, argument: str) -> None:
        seconds, name = argument.split()
        self.after(float(seconds), name)

    def do_chain(self, length: str) -> None:
        self.chain = int(length)
        self.after(0.001, "chain")

    def do_watch(self, _: str) -> str:
        self.reader, self.writer = socket.socketpair()
        return "watching"

    def do_write(self, text: str) -> str:
        self.writer.send(text.encode())
        return "written"

    def on_StateChanged(self, message: messages.StateChanged, sender: str) -> None:
        self.seen.append(f"{sender}:{message.state}")

    def credited(self, peer: str, kind: str) -> None:
        self.tell("page", answered(0, f"credited {peer} {kind}"))

    def on_timer(self, name: str) -> None:
        if name == "write":
            self.do_write("after a timer")
            return
        if name != "chain":
            self.seen.append(name)
            self.tell("page", answered(0, f"timer {name}"))
            return
        self.chain -= 1
        if self.chain:
            self.after(0.001, "chain")
        else:
            self.tell("page", answered(0, "chain done"))

    def descriptors(self) -> list[int]:
        return [self.reader.fileno()] if self.reader else []

    def readable(self) -> None:
        text = self.reader.recv(100).decode() if self.reader else "poked"
        self.tell("page", answered(0, f"read {text}"))
        if text == "after a timer":
            self.do_write("after a read")

    def reasons(self) -> dict[str, str]:
        return self.raised


class Alone(Probe):
    """In the Supervisor's place, with no children."""

    def begin(self) -> None:
        if self.settings.get("fail"):
            raise RuntimeError("no key at that path")
        registered = messages.PidsRegistered(os.getpid(), os.getppid(), [tamed_thespian.logger_pid])
        self.tell("page", registered)

    def do_paused(self, _: str) -> str:
        return str(self.settings["paused"])

    def do_pause(self, _: str) -> str:
        return "trading is paused"


class Relay(MessageActor):
    """Passes ``BookRequested`` for ``"a b c"`` on to b, which passes it to c, who reports to the page."""

    NAME = "Relay"
    raised: dict[str, str]

    def begin(self) -> None:
        if self.settings.get("fail") == self.name:
            raise RuntimeError("it never begins")
        self.raised = {}
        self.told: list[str] = []

    def reasons(self) -> dict[str, str]:
        return self.raised

    def on_BookRequested(self, message: messages.BookRequested, _sender: str) -> None:
        what, _, rest = message.ticker.partition(" ")
        if what == "raise":
            raise RuntimeError("as asked")
        if what == "damaged":
            raise FileUnusable(Path(rest), "is damaged")
        if what == "reason":
            self.raised = {rest: "as asked"} if rest else {}
        elif rest:
            onward = messages.BookRequested(message.request_id, rest)
            self.tell(rest.partition(" ")[0], onward)
            return
        book = {"name": self.name, "pid": os.getpid(), "told": self.told, "settings": sorted(self.settings)}
        self.tell("page", messages.BookReported(message.request_id, True, book))

    def _note(self, text: str) -> None:
        self.told = [*self.told[-20:], text]

    def on_ShardAssigned(self, message: messages.ShardAssigned, _sender: str) -> None:
        self._note(f"shard {message.shard}/{message.shards} {','.join(message.tickers)}")

    def on_MarketsHeld(self, message: messages.MarketsHeld, _sender: str) -> None:
        self._note(f"held {','.join(message.tickers)}")

    def on_MarketsUnwatched(self, message: messages.MarketsUnwatched, _sender: str) -> None:
        self._note(f"unwatched {','.join(message.tickers)}")

    def on_MarketsChosen(self, message: messages.MarketsChosen, _sender: str) -> None:
        asked = f" and {','.join(message.asked_about)}" if message.asked_about else ""
        self._note(f"chosen {','.join(message.tickers)}{asked}")

    def on_StateChanged(self, message: messages.StateChanged, _sender: str) -> None:
        self._note(f"state {message.state}")

    def on_LeaseGranted(self, message: messages.LeaseGranted, _sender: str) -> None:
        self._note(f"lease {message.state} {message.valid_s}")

    def on_WhyRequested(self, message: messages.WhyRequested, _sender: str) -> None:
        self._note(f"why {message.ticker}")

    def on_BookLinesRequested(self, message: messages.BookLinesRequested, _sender: str) -> None:
        self.tell("page", messages.BookLinesReported(message.request_id, 0, 1, self.name.encode()))

    def stopping(self, deadline_s: float) -> None:
        self.log.info("stopping within %.1f s", deadline_s)
        self.stopped()


class RelayWatcher(Relay):
    NAME = "MarketWatcher"


class RelayManager(Relay):
    NAME = "OrderManager"


class RelayProcessor(Relay):
    NAME = "FillProcessor"


class RelaySelector(Relay):
    NAME = "Selector"


class RelayRecorder(Relay):
    NAME = "Recorder"
    TRADES_WITHOUT = True

    def on_ActionRequested(self, message: messages.ActionRequested, _sender: str) -> None:
        self._note(message.action)


class RelaySupervisor(Supervisor):
    """The Supervisor with relays for actors; asked for a book of ``"a …"``, it starts the relay at a."""

    ACTORS: ClassVar = {
        "Guard": Guard,
        "MarketWatcher": RelayWatcher,
        "OrderManager": RelayManager,
        "FillProcessor": RelayProcessor,
        "Selector": RelaySelector,
        "Recorder": RelayRecorder,
    }

    def on_BookRequested(self, message: messages.BookRequested, sender: str) -> None:
        first = message.ticker.partition(" ")[0]
        if first in self._members:
            self.tell(first, messages.BookRequested(message.request_id, message.ticker))
        elif " " in message.ticker:
            name, _, rest = message.ticker.partition(": ")
            self.tell(name, messages.BookRequested(message.request_id, rest))
        else:
            super().on_BookRequested(message, sender)
