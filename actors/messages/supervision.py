"""Messages that begin, watch and end actors, and say whether the session trades."""

from __future__ import annotations

from typing import Any

from actors.messages.base import Message


class Start(Message, frozen=True):
    name: str
    incarnation: int
    settings: dict[str, Any]


class Ready(Message, frozen=True):
    name: str
    incarnation: int
    pid: int


class Wired(Message, frozen=True):
    """``peers`` maps an actor's name to its incarnation; the addresses travel on the envelope."""

    peers: dict[str, int]


class Ping(Message, frozen=True):
    number: int


class Pong(Message, frozen=True):
    """``reasons`` maps each state this actor asks for (protocol of states: docs) to why."""

    name: str
    incarnation: int
    number: int
    reasons: dict[str, str]


class Crashed(Message, frozen=True):
    """``permanent``: another incarnation would meet the same."""

    name: str
    incarnation: int
    error: str
    permanent: bool = False


class GaveUp(Message, frozen=True):
    name: str
    error: str


class PidsRegistered(Message, frozen=True):
    """``pids`` are the actors' and the admin's logger's."""

    supervisor: int
    admin: int
    pids: list[int]


class Credit(Message, frozen=True):
    kind: str
    number: int


class LeaseGranted(Message, frozen=True):
    valid_s: float
    state: str
    reason: str


class StateChanged(Message, frozen=True):
    state: str
    reason: str


class Stop(Message, frozen=True):
    """``reason`` is for people, and is recorded."""

    deadline_s: float
    reason: str = ""


class Stopped(Message, frozen=True):
    name: str


class Poke(Message, frozen=True):
    """Look at your descriptors now: the stand-in for a watch where the system base has none."""
