"""Sends messages to named peers, each at most as often as its credit allows.

Peers are known by name; their addresses come from the Supervisor and change when one is replaced. The
transmit slots of Thespian are per sender (20), so nothing that repeats is sent without a credit.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from dataclasses import dataclass
from typing import ClassVar, Final

from thespian.actors import Actor, ActorAddress

from actors.messages import Message
from actors.thespian.credits import Credits
from actors.thespian.envelope import seal
from actors.thespian.tamed_thespian import renew_link

TELL_EXPIRES_S: Final = 60.0
PAGE: Final = "page"  # the program outside the tree, which may be as slow as it likes


class PeerSilent(Exception):
    """A peer has not answered for long, and nobody has replaced it."""


@dataclass(frozen=True, slots=True)
class _Peer:
    address: ActorAddress
    incarnation: int


class SendingActor(Actor):
    """The outgoing half of ``MessageActor``."""

    NAME: ClassVar[str] = "Actor"  # the log's prefix, and the name until ``Start`` gives one

    def __init__(self) -> None:
        self.name = self.NAME
        self.incarnation = 0
        self.log = logging.Logger(self.NAME)
        self.dropped: Counter[str] = Counter()  # reason → messages that went nowhere
        self._peers: dict[str, _Peer] = {}
        self._credits = Credits()

    def tell(self, peer: str, message: Message, *, expires_s: float = TELL_EXPIRES_S) -> None:
        """Send to a peer by name; to one not wired yet it is counted and dropped."""
        if peer in self._peers:
            self._post(self._peers[peer].address, message, expires_s=expires_s)
        else:
            self.dropped["not wired"] += 1

    def may_offer(self, peer: str, kind: type[Message]) -> bool:
        """Whether ``offer`` would send; worth asking before building a large message."""
        return peer in self._peers and self._credits.is_free(peer, kind.__name__, time.monotonic())

    def offer(self, peer: str, message: Message, *, expires_s: float = TELL_EXPIRES_S) -> bool:
        """Send unless the last of this kind to this peer is unanswered; ``credited`` follows."""
        if not self.may_offer(peer, type(message)):
            return False
        kind, now, address = type(message).__name__, time.monotonic(), self._peers[peer].address
        silent_s = self._credits.unanswered_s(peer, kind, now)
        if silent_s:
            self.log.warning("%s has not answered for %.1f s: connecting to it anew", peer, silent_s)
            renew_link(self, address)
        number = self._credits.take(peer, kind, now)
        self._post(address, message, expires_s=expires_s, number=number)
        return True

    def look_for_silence(self) -> None:
        """Once a second. Raises PeerSilent: whoever the Supervisor finds alive and this actor cannot reach,
        another in its place will."""
        silent = [peer for peer in self._credits.look(time.monotonic()) if peer != PAGE]
        if silent:
            raise PeerSilent(f"no answer from {', '.join(silent)}, although connected to anew")

    def _post(
        self,
        address: ActorAddress,
        message: Message,
        *,
        expires_s: float = TELL_EXPIRES_S,
        number: int = 0,
        addresses: dict[str, ActorAddress] | None = None,
    ) -> None:
        origin = (self.name, self.incarnation)
        self.send(
            address, seal(message, expires_s=expires_s, origin=origin, number=number, addresses=addresses)
        )

    def _connect(self, name: str, address: ActorAddress, incarnation: int) -> None:
        known = self._peers.get(name)
        if known is not None and known.incarnation != incarnation:
            self._credits.forget(name)
        self._peers[name] = _Peer(address, incarnation)
