"""Changes a frame on its way to a client when a fault is armed.

A connection sends through its line. While nothing is armed the line is no part of the way.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any, Final

import msgspec

from simulator.faults.faults import CONNECTION_KINDS, FRAME_KINDS, Fault, Faults

UNKNOWN_FRAME: Final = b'{"type":"weather_report","msg":{"wind":"north"}}'
_ON_FRAMES: Final = (*CONNECTION_KINDS, *FRAME_KINDS)
_NEEDS_NUMBER: Final = ("gap", "reorder")  # without ``where``: a loss that a client can notice


class FaultyLine:
    """The faults of what one connection sends."""

    def __init__(self, faults: Faults, *, cut: Callable[[], None], follows: Callable[[str], bool]) -> None:
        self._faults = faults
        self._cut = cut
        self._follows = follows  # whether the connection subscribes to a market's book
        self._held: list[bytes] = []
        self._left_out: defaultdict[int, int] = defaultdict(int)  # by sid: frames that took no number

        self.is_in_the_way = False  # whether frames must pass through here
        self.look()

    def look(self) -> None:
        is_busy = bool(self._held or self._left_out)
        self.is_in_the_way = is_busy or self._faults.has_any(_ON_FRAMES)

    def is_silent(self) -> bool:
        """Whether the connection says nothing at all, not even that it lives."""
        return self._faults.find(("silent_ws",), lambda f: f.is_of_connections and self.is_of(f)) is not None

    def is_of(self, fault: Fault) -> bool:
        """Whether a fault of whole connections means this one."""
        if fault.lines is not None and self not in fault.lines:
            return False
        return not fault.market or self._follows(fault.market)

    def cut(self) -> None:
        self._cut()

    def tamper(self, payload: bytes) -> list[bytes]:
        """The frames to send in place of one."""
        if self.is_silent():
            return []
        frame: dict[str, Any] = msgspec.json.decode(payload)
        fault = self._faults.find(_ON_FRAMES, lambda f: not f.is_of_connections and _is_meant(f, frame))
        if fault is None:
            sent = self._release([self._renumbered(payload, frame)])
        else:
            self._faults.strike(fault)
            sent = self._struck(fault, payload, frame)
        self.look()
        return sent

    def _struck(self, fault: Fault, payload: bytes, frame: dict[str, Any]) -> list[bytes]:
        if fault.kind == "drop_ws":
            self._cut()
            return []
        if fault.kind == "silent_ws":
            if "seq" in frame:
                self._left_out[frame["sid"]] += 1
            return []
        sent = self._renumbered(payload, frame)
        if fault.kind == "reorder":
            self._held.append(sent)
            return []
        instead = {
            "gap": [],
            "malformed_frame": [sent[: len(sent) // 2]],
            "unknown_frame": [UNKNOWN_FRAME, sent],
        }
        return self._release(instead.get(fault.kind, [sent, sent]))

    def _release(self, frames: list[bytes]) -> list[bytes]:
        """The frames held back go behind the next one."""
        if frames and self._held:
            frames, self._held = [*frames, *self._held], []
        return frames

    def _renumbered(self, payload: bytes, frame: dict[str, Any]) -> bytes:
        """Without the numbers of what was left out, or a frozen feed would show as a gap."""
        left_out = self._left_out.get(frame.get("sid", 0), 0)
        if not left_out or "seq" not in frame:
            return payload
        return msgspec.json.encode(frame | {"seq": frame["seq"] - left_out})


def _is_meant(fault: Fault, frame: dict[str, Any]) -> bool:
    kind, msg = frame["type"], frame.get("msg")
    if fault.where:
        if kind != fault.where:
            return False
    elif fault.kind in _NEEDS_NUMBER and "seq" not in frame:
        return False
    if not fault.market:
        return True
    body = msg if isinstance(msg, dict) else {}
    return fault.market in (body.get("market_ticker"), body.get("ticker"))
