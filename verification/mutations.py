"""The changes that a frame may suffer between an exchange and a client that must not be fooled by them.

Each mutation makes of one frame what arrives in its place: nothing, one frame or several.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

_NUMBERS: Final = (0, 1, 2, 3, -1, 250, 2**31, 2**53, 2**63, 10**30, 1.0, 1.5, -0.0, 1e400, float("nan"))
_TEXTS: Final = (
    *("", "0", "0.0000", "0.00", "1.0000", "0.45", "0.4500", ".45", "0.45000", "0.45001", "-0.4500", "+0.45"),
    *(
        " 0.45",
        "0,45",
        "4.5e-1",
        "1e400",
        "nan",
        "Infinity",
        "0x1",
        "٠.٤٥",
        "\u0000",
        "9" * 30,
        "5.00",
        "-5.00",
    ),
    *(
        "0.01",
        "1_0.00",
        "yes",
        "no",
        "YES",
        "orderbook_delta",
        "orderbook_snapshot",
        "subscribed",
        "ok",
        "error",
    ),
    *("trade", "weather"),
)
_OTHERS: Final[tuple[Any, ...]] = (None, True, False, [], {}, [[]], {"a": 1}, ["0.4500", "5.00"])


class Mutations:
    """All kinds of them, drawn at random."""

    def __init__(self, rng: random.Random, tickers: Sequence[str]) -> None:
        self._rng = rng
        self._tickers = tickers
        self._held: list[bytes] = []
        self.counts: Counter[str] = Counter()

    def mutate(self, frame: bytes) -> list[bytes]:
        """The frames that arrive instead of it."""
        name = self._rng.choice(_KINDS)
        self.counts[name] += 1
        return self.behind(getattr(self, f"_{name}")(frame))

    def behind(self, frames: list[bytes]) -> list[bytes]:
        """The frames held back come behind the next frame that arrives."""
        if frames and self._held:
            frames, self._held = [*frames, *self._held], []
        return frames

    # --- on the way ------------------------------------------------------------------------------

    def _drop(self, _frame: bytes) -> list[bytes]:
        return []

    def _double(self, frame: bytes) -> list[bytes]:
        return [frame] * self._rng.choice((2, 2, 3))

    def _swap(self, frame: bytes) -> list[bytes]:
        self._held.append(frame)
        return []

    def _cut(self, frame: bytes) -> list[bytes]:
        return [frame[: self._rng.randrange(len(frame))]]

    def _cut_front(self, frame: bytes) -> list[bytes]:
        return [frame[self._rng.randrange(1, len(frame)) :]]

    def _flip_bits(self, frame: bytes) -> list[bytes]:
        flipped = bytearray(frame)
        for _ in range(self._rng.choice((1, 1, 1, 2, 8))):
            flipped[self._rng.randrange(len(flipped))] ^= 1 << self._rng.randrange(8)
        return [bytes(flipped)]

    def _flip_digit(self, frame: bytes) -> list[bytes]:
        """The most treacherous: still a number."""
        digits = [place for place, byte in enumerate(frame) if 48 <= byte <= 57]
        if not digits:
            return [frame]
        flipped = bytearray(frame)
        flipped[self._rng.choice(digits)] = self._rng.randrange(48, 58)
        return [bytes(flipped)]

    def _insert(self, frame: bytes) -> list[bytes]:
        place = self._rng.randrange(len(frame) + 1)
        return [
            frame[:place]
            + self._rng.choice((b"\x00", b"\xff", b" ", b'"', b"}", b"0", b"\\u0030"))
            + frame[place:]
        ]

    def _repeat_key(self, frame: bytes) -> list[bytes]:
        """The same object with two values for one name."""
        return [frame.replace(b'"delta_fp":', b'"delta_fp":"1.00","delta_fp":', 1)]

    # --- in its fields ---------------------------------------------------------------------------

    def _edit(self, frame: bytes) -> list[bytes]:
        """Any value becomes any other."""
        value = json.loads(frame)
        holder, key = self._rng.choice(list(_places(value)))
        holder[key] = self._other(holder[key])
        return [json.dumps(value).encode()]

    def _remove(self, frame: bytes) -> list[bytes]:
        value = json.loads(frame)
        holder, key = self._rng.choice(list(_places(value)))
        del holder[key]
        return [json.dumps(value).encode()]

    def _other_number(self, frame: bytes) -> list[bytes]:
        """A sequence number or a subscription near the true one."""
        value = json.loads(frame)
        name = self._rng.choice(("seq", "sid"))
        if not isinstance(value.get(name), int):
            return [frame]
        value[name] += self._rng.choice((-2, -1, 1, 2, 1000))
        return [json.dumps(value).encode()]

    def _other_market(self, frame: bytes) -> list[bytes]:
        value = json.loads(frame)
        if "market_ticker" in value.get("msg", ()):
            value["msg"]["market_ticker"] = self._rng.choice(self._tickers)
        return [json.dumps(value).encode()]

    def _escape(self, frame: bytes) -> list[bytes]:
        """The same text written otherwise, which changes nothing."""
        place = self._rng.choice([place for place, byte in enumerate(frame) if 48 <= byte <= 57])
        inside = frame[:place].count(b'"') % 2
        return [frame[:place] + b"\\u%04x" % frame[place] + frame[place + 1 :] if inside else frame]

    def _other(self, value: Any) -> Any:
        rng = self._rng
        if rng.random() < 0.2:
            return rng.choice(_OTHERS)
        if isinstance(value, str) == (rng.random() < 0.9):
            return rng.choice(_TEXTS)
        return rng.choice(_NUMBERS)


def _places(value: Any) -> Any:
    """Every (holder, key) in a JSON value."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in list(items):
        yield value, key
        if isinstance(inner, dict | list):
            yield from _places(inner)


_KINDS: Final = tuple(
    name[1:] for name in vars(Mutations) if name.startswith("_") and name[1:2] != "_" and name != "_other"
)
