"""Decodes frames. Every frame becomes a value; none raises.

``decode`` is one typed pass for a message this client reads. Only what does not fit is looked at
a second time: a message of another type is Unknown, one without a field that nobody needs is read
without it (``salvage``), and a broken one is Malformed.
``decode_frame`` is that pass alone, for a reader that can do without the value.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec

from kalshi_client.wire.frames import DeltaFrame, Frame, SnapshotFrame
from kalshi_client.wire.salvage import BROKEN as BROKEN
from kalshi_client.wire.salvage import Unreadable, salvage
from kalshi_client.wire.values import Malformed, Message, Unknown

MAX_TYPE_NAME: Final = 64  # characters

_FRAMES: Final[msgspec.json.Decoder[Frame]] = msgspec.json.Decoder(Frame)

decode_frame: Final[Callable[[bytes], Frame]] = _FRAMES.decode
"""One message as the wire writes it: shape and whole numbers are checked, the texts of prices and
counts are not. Raises one of ``BROKEN``; then ``decode`` says what is wrong."""


class _Envelope(msgspec.Struct):
    type: str


_ENVELOPE: Final = msgspec.json.Decoder(_Envelope)
_FRAME_OF: Final = {str(frame.__struct_config__.tag): frame for frame in Frame.__args__}


def decode(frame: bytes) -> Message:
    """The value of one message, as far as it is needed. What cannot be true is Malformed with a reason."""
    try:
        return decode_frame(frame).to_value()
    except BROKEN as error:
        return _otherwise(frame, str(error))


def _otherwise(frame: bytes, reason: str) -> Message:
    """The meaning of a frame that could not be read as a whole."""
    try:
        name = _ENVELOPE.decode(frame).type[:MAX_TYPE_NAME]
    except BROKEN:
        return Malformed(reason)
    if name not in _FRAME_OF:
        return Unknown(name)
    try:
        message: Message = salvage(frame, _FRAME_OF[name])
        return message
    except Unreadable as error:
        return _malformed(frame, name, f"{name}: {error}")


def _malformed(frame: bytes, name: str, reason: str) -> Malformed:
    try:
        shaped = decode_frame(frame)
    except BROKEN:
        return Malformed(reason, name)
    if isinstance(shaped, SnapshotFrame | DeltaFrame):
        return Malformed(reason, name, shaped.sid, shaped.seq, shaped.msg.market_ticker)
    return Malformed(reason, name)
