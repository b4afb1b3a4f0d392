"""Keeps every actor running, tells the others where it is, and gives up one that cannot run.

``ParentActor`` starts, wires, watches and replaces; what the actors are for is its subclass's matter.
It holds no thread, no key and no database handle, because every actor is forked from it.
"""

from __future__ import annotations

import os
import time
from typing import Any, ClassVar, Final

from thespian.actors import ActorAddress

from actors import messages
from actors.thespian import tamed_thespian
from actors.thespian.dispatch import MessageActor
from actors.thespian.member import Member
from actors.thespian.reporting import ReportingActor
from actors.thespian.sending import TELL_EXPIRES_S
from actors.thespian.tamed_thespian import child_is_alive, child_pid, has_own_process, kill_child

BEAT_S: Final = 1.0
JUDGE_S: Final = 0.25  # how often silence is looked for
LATE_S: Final = 1.0  # a parent this late was itself not running, so nobody is judged by it
PING_EXPIRES_S: Final = 5.0


class ParentActor(ReportingActor):
    """The parent of the actors named in ``ACTORS``."""

    ACTORS: ClassVar[dict[str, type[MessageActor]]] = {}  # kind → class, in the order of starting

    # -- for subclasses -----------------------------------------------------------------------

    def start_members(self, counts: dict[str, int]) -> None:
        """Launch one of each kind, or ``counts[kind]`` of them, numbered; to be called from ``begin``."""
        self._members: dict[str, Member] = {}
        self._addresses: dict[str, ActorAddress] = {}
        self._judged = time.monotonic()
        self._ping_number = 0
        for kind in self.ACTORS:
            names = [f"{kind}-{number}" for number in range(counts[kind])] if kind in counts else [kind]
            for name in names:
                self._members[name] = Member(name, kind, trades_without=self.ACTORS[kind].TRADES_WITHOUT)
        for name in self._members:
            self._launch(name)
        self._register_pids()
        self.after(BEAT_S, "beat")
        self.after(JUDGE_S, "judge")

    def running(self, kind: str = "") -> list[Member]:
        """The members that may be told something, of one kind or of all."""
        return [
            member for member in self._members.values() if member.is_running and kind in ("", member.kind)
        ]

    def tell_running(
        self, kind: str, message: messages.Message, *, expires_s: float = TELL_EXPIRES_S
    ) -> None:
        """Tell all running members of a kind."""
        for member in self.running(kind):
            self.tell(member.name, message, expires_s=expires_s)

    def member_timer(self, name: str) -> bool:
        """Whether the timer was one of ours; to be asked first by ``on_timer``."""
        what, _, member = name.partition(" ")
        if what == "beat":
            self._beat()
        elif what == "judge":
            self._judge()
        elif what == "restart":
            self._restart(member)
        else:
            return False
        return True

    # -- hooks --------------------------------------------------------------------------------

    def settings_for(self, kind: str) -> dict[str, Any]:
        """The settings of an actor of this kind when it starts."""
        raise NotImplementedError

    def brief(self, member: Member) -> None:
        """This one is fresh: tell it what it has to know beyond its peers."""

    def members_changed(self) -> None:
        """Some member came, went, or raised or cleared a reason."""

    def gone(self, member: Member) -> bool:
        """This one has ended; whether another is to take its place."""
        raise NotImplementedError

    def hopeless(self, member: Member) -> None:
        """This one was given up: ``member.fault`` says why."""

    def beaten(self) -> None:
        """Once a second."""

    # -- starting -----------------------------------------------------------------------------

    def _launch(self, name: str) -> None:
        member = self._members[name]
        address = self.createActor(self.ACTORS[member.kind])
        member.launched(child_pid(self, address), time.monotonic())
        self._addresses[name] = address
        self._connect(name, address, member.incarnation)
        self.tell(name, messages.Start(name, member.incarnation, self.settings_for(member.kind)))

    def on_Ready(self, message: messages.Ready, _sender: str) -> None:
        member = self._members[message.name]
        if message.incarnation == member.incarnation and member.state == "starting":
            member.ready()
            self._wire_all()
            self._register_pids()
            self.brief(member)
            self.members_changed()

    def _wire_all(self) -> None:
        running = self.running()
        addresses = {member.name: self._addresses[member.name] for member in running}
        incarnations = {member.name: member.incarnation for member in running}
        page = self._peers["page"]
        addresses["page"], incarnations["page"] = page.address, page.incarnation
        for member in running:
            self._post(self._addresses[member.name], messages.Wired(incarnations), addresses=addresses)

    # -- watching -----------------------------------------------------------------------------

    def child_exited(self, address: ActorAddress) -> None:
        for name, known in self._addresses.items():
            if known == address and self._members[name].is_up:
                self._replace(self._members[name], "has exited")

    def on_Crashed(self, message: messages.Crashed, _sender: str) -> None:
        member = self._members[message.name]
        if message.incarnation != member.incarnation or not member.is_up:
            return
        if message.permanent:
            self._give_up(member, message.error)
        else:
            self._replace(member, f"crashed: {message.error}")

    def _replace(self, member: Member, why: str) -> None:
        """Whatever happened to it, its process ends here and another one follows, unless none ever ran."""
        kill_child(self, self._addresses[member.name])
        wait_s = member.exited(time.monotonic(), why)
        self._peers.pop(member.name, None)
        if member.is_hopeless:
            self._give_up(member, f"{why}, {member.failed_starts} times in a row before it was ready")
            return
        if self.gone(member):
            self.log.error("%s %s; restarting it in %.1f s", member.name, why, wait_s)
            self.after(wait_s, f"restart {member.name}")
        self._register_pids()
        self.members_changed()

    def _give_up(self, member: Member, why: str) -> None:
        """Its process ends here, and none follows: it would meet the same again."""
        kill_child(self, self._addresses[member.name])
        member.give_up(why)
        self._peers.pop(member.name, None)
        self.log.error("%s cannot go on: %s", member.name, why)
        self._register_pids()
        self.hopeless(member)
        self.members_changed()

    def _restart(self, name: str) -> None:
        if self._members[name].state == "restarting":
            self._launch(name)
            self._register_pids()
            self.members_changed()

    def _beat(self) -> None:
        self.after(BEAT_S, "beat")
        now = time.monotonic()
        for member in self.running():
            if member.ping_sent is None:
                self._ping_number += 1
                member.ping_sent = now
                self.tell(member.name, messages.Ping(self._ping_number), expires_s=PING_EXPIRES_S)
        self.beaten()

    def on_Pong(self, message: messages.Pong, _sender: str) -> None:
        member = self._members[message.name]
        if message.incarnation == member.incarnation:
            if message.number:
                member.ping_sent = None
            member.reasons = message.reasons
            self.members_changed()

    def _judge(self) -> None:
        self.after(JUDGE_S, "judge")
        now = time.monotonic()
        was_late = now - self._judged > JUDGE_S + LATE_S
        self._judged = now
        for member in self._members.values():
            if was_late and member.ping_sent is not None:
                member.ping_sent = now
            elif member.is_up and not child_is_alive(self, self._addresses[member.name]):
                self._replace(member, "has ended")
            elif member.is_silent(now):
                self._replace(member, "does not answer and was killed")

    def _register_pids(self) -> None:
        if not has_own_process(self):
            return
        pids = [member.pid for member in self._members.values() if member.pid]
        registered = messages.PidsRegistered(os.getpid(), os.getppid(), [*pids, tamed_thespian.logger_pid])
        self.tell("page", registered)
        self.tell_running("Guard", registered)
