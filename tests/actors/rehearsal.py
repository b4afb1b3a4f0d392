"""One actor of the trading path on stage, everybody around it played by the test.

Under ``simpleSystemBase`` there are no watches: the rehearsal watches the actor's descriptors itself
and pokes it when one can be read, which is what the other base does.
"""

from __future__ import annotations

import itertools
import select
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from thespian.actors import ActorAddress, ActorExitRequest

from actors import messages
from actors.messages import Message
from actors.thespian.dispatch import MessageActor
from actors.thespian.envelope import Envelope, seal, unseal
from actors.thespian.processes import ProcessHandle, wait_until_gone
from execution.account_book import AccountBook
from execution.committed_facts import CommittedFacts
from execution.manager_parts import ManagerParts
from execution.venue_books import VenueBooks
from execution.venue_watch import VenueWatch
from kalshi_client.background import Background
from kalshi_client.rest.client import RestClient
from kalshi_client.stream.feed import Feed
from market_data.data_venue_watch import DataVenueWatch
from persistence.decisions.journal import DecisionJournal
from persistence.outbox import Outbox, OutboxReader
from tests.actors.probes import settings

PATIENCE_S = 20.0
TURN_S = 0.02
CLOSABLE = (Background, DecisionJournal, Feed, Outbox, OutboxReader, RestClient)

# Never used twice, so that a message of an actor that was ended is known by it.
_incarnations = itertools.count(1)


class Rehearsal:
    """Speaks and listens in the place of the actor's peers."""

    def __init__(
        self,
        system: Any,
        actor: type[MessageActor],
        *,
        is_simple: bool,
        folder: Path,
        name: str = "",
        config: dict[str, Any] | None = None,
        **more: Any,
    ) -> None:
        self.is_simple = is_simple
        self.incarnation = next(_incarnations)
        self.unanswered: set[str] = set()  # kinds of offered messages that get no credit for now
        self.offers: list[tuple[str, int]] = []  # kind and number of those
        self._system = system
        self._heard: list[Message] = []
        self._read_upto: dict[str, int] = {}
        self._numbers = itertools.count(1)
        self._process: ProcessHandle | None = None
        self._is_over = False
        self.address: ActorAddress = system.createActor(actor)
        # The actor itself, where it lives in this process.
        self.instance: Any = (
            is_simple and system._systemBase.actorRegistry[self.address.actorAddressString].instance
        )
        ours = {"config": config or {}, "account": "0a1b2c3d", "session": "s0", "started_us": 0}
        ours["is_one_venue"] = True
        told = settings(folder, **{"account_dir": str(folder / "account"), **ours, **more})
        self.say(messages.Start(name or actor.NAME, self.incarnation, told), by="Supervisor")

    # --- speaking --------------------------------------------------------------------------------

    def say(self, message: Message, *, by: str, expires_s: float = 60.0, **more: Any) -> None:
        """``by``: the name of the peer that the test plays."""
        self._system.tell(self.address, seal(message, expires_s=expires_s, origin=(by, 1), **more))

    def wire(self, **peers: int) -> None:
        """Name each peer and its incarnation; all of them are the test."""
        addresses = dict.fromkeys(peers, self._own_address())
        self.say(messages.Wired(peers), by="Supervisor", addresses=addresses)

    def credit(self, *, by: str) -> None:
        """Answer the oldest offer that was left unanswered."""
        kind, number = self.offers.pop(0)
        self.say(messages.Credit(kind, number), by=by)

    def _own_address(self) -> ActorAddress:
        if self.is_simple:
            return self._system._systemBase.actorRegistry["System:ExternalRequester"].address
        return self._system._systemBase.transport.myAddress

    # --- hearing ---------------------------------------------------------------------------------

    def hear(
        self,
        kind: type[Message],
        where: Callable[[Any], bool] = lambda _: True,
    ) -> Any:
        """The next such message; those of its kind before it count as heard. Fails if it never comes."""
        found = iter(self._new(kind))
        deadline = time.monotonic() + PATIENCE_S
        while True:
            for message in found:
                if where(message):
                    return message
            assert time.monotonic() < deadline, f"no such {kind.__name__}, the last: {self.heard(kind)[-1:]}"
            assert not self.heard(messages.Crashed), self.heard(messages.Crashed)[0].error
            self._turn()
            found = iter(self._new(kind))

    def heard(self, kind: type[Message]) -> list[Any]:
        """All such messages so far."""
        return [message for message in self._heard if isinstance(message, kind)]

    def until(self, holds: Callable[[], Any]) -> Any:
        """The answer of ``holds`` once it is true; fails when it never is."""
        deadline = time.monotonic() + PATIENCE_S
        while not (answer := holds()):
            assert time.monotonic() < deadline, f"it never happened; the last heard: {self._heard[-1:]}"
            self._turn()
        return answer

    def settle(self) -> messages.Pong:
        """All that was said has been handled, and what was sent because of it has been heard."""
        number = next(self._numbers)
        self.say(messages.Ping(number), by="Supervisor")
        return self.hear(messages.Pong, lambda pong: pong.number == number)

    def telemetry(self, where: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
        """The next values reported to the page for which ``where`` holds."""
        return self.hear(messages.Telemetry, lambda told: where(told.values)).values

    def _new(self, kind: type[Message]) -> Iterator[Message]:
        start = self._read_upto.get(kind.__name__, 0)
        for index in range(start, len(self._heard)):
            if isinstance(self._heard[index], kind):
                self._read_upto[kind.__name__] = index + 1
                yield self._heard[index]

    def _turn(self) -> None:
        if self.is_simple:
            self._watch()
        arrived = self._system.listen(0.001 if self.is_simple else TURN_S)
        while arrived is not None:
            if isinstance(arrived, Envelope) and arrived.origin[1] == self.incarnation:
                self._take(arrived)
            arrived = self._system.listen(0)

    def _watch(self) -> None:
        if self.instance._started and not self.instance._crashed:
            readable, _, _ = select.select(self.instance.descriptors(), [], [], TURN_S / 4)
            if readable:
                self.say(messages.Poke(), by="Supervisor")

    def _take(self, envelope: Envelope) -> None:
        message = unseal(envelope)
        self._heard.append(message)
        if isinstance(message, messages.Ready) and not self.is_simple:
            self._process = ProcessHandle(message.pid)
        if envelope.number and envelope.kind in self.unanswered:
            self.offers.append((envelope.kind, envelope.number))
        elif envelope.number:
            peer = {"MarketsObserved": "Selector", "AccountObserved": "Selector", "Telemetry": "page"}
            credit = messages.Credit(envelope.kind, envelope.number)
            self.say(credit, by=peer.get(envelope.kind, "OrderManager"))

    # --- the end ---------------------------------------------------------------------------------

    def kill(self) -> None:
        """End it as SIGKILL does: nothing is said, and the kernel takes back what it held."""
        if self._is_over:
            return
        self._is_over = True
        if self.is_simple:
            self._system.tell(self.address, ActorExitRequest())
            for held in list(_held_by(self.instance)):
                if isinstance(held, Background):
                    finish(held)
                elif isinstance(held, CLOSABLE):
                    held.close()
        elif self._process is not None:
            self._process.kill()
            wait_until_gone([self._process], PATIENCE_S)
            self._process.close()


def finish(background: Background) -> None:
    """Let the calls under way finish, without anybody taking their answers."""
    background.close()
    for thread in background._threads:
        thread.join(PATIENCE_S)


def _held_by(owner: Any) -> Iterator[Any]:
    """The resources that the kernel would take back from its process."""
    owners = AccountBook | CommittedFacts | DataVenueWatch | ManagerParts | VenueBooks | VenueWatch
    for held in vars(owner).values():
        if isinstance(held, owners):
            yield from _held_by(held)
        else:
            yield held
