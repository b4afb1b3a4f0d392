"""What do these bytes say? Every frame becomes a value; none raises.

``decode`` is one typed pass for a message this client reads. Only what does not fit is looked at
a second time, to tell a message of another type (Unknown) from a broken one (Malformed).
``decode_frame`` is that pass alone, for a reader that can do without the value.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec

from kalshi_client.wire.frames import DeltaFrame, Frame, SnapshotFrame
from kalshi_client.wire.values import Malformed, Message, Unknown

MAX_TYPE_NAME: Final = 64  # characters

_FRAMES: Final[msgspec.json.Decoder[Frame]] = msgspec.json.Decoder(Frame)

decode_frame: Final[Callable[[bytes], Frame]] = _FRAMES.decode
"""One message as the wire writes it: shape and whole numbers are checked, the texts of prices and
counts are not. Raises one of ``BROKEN``; then ``decode`` says what is wrong."""

BROKEN: Final = (msgspec.MsgspecError, ValueError, RecursionError)


class _Envelope(msgspec.Struct):
    type: str


_ENVELOPE: Final = msgspec.json.Decoder(_Envelope)
_KNOWN_TYPES: Final = frozenset(str(frame.__struct_config__.tag) for frame in Frame.__args__)


def decode(frame: bytes) -> Message:
    """The value of one message. Anything that cannot be true is Malformed with a reason."""
    try:
        shaped = decode_frame(frame)
    except BROKEN as error:
        return _unknown_or_malformed(frame, str(error))
    try:
        return shaped.to_value()
    except BROKEN as error:
        return _impossible(shaped, str(error))


def _impossible(frame: Frame, reason: str) -> Malformed:
    name = str(frame.__struct_config__.tag)
    if isinstance(frame, SnapshotFrame | DeltaFrame):
        return Malformed(f"{name}: {reason}", name, frame.sid, frame.seq, frame.msg.market_ticker)
    return Malformed(f"{name}: {reason}", name)


def _unknown_or_malformed(frame: bytes, reason: str) -> Unknown | Malformed:
    try:
        name = _ENVELOPE.decode(frame).type[:MAX_TYPE_NAME]
    except BROKEN:
        return Malformed(reason)
    return Malformed(f"{name}: {reason}", name) if name in _KNOWN_TYPES else Unknown(name)
