"""What do these bytes say? Every frame becomes a value; none raises.

``decode`` is one typed pass for a message this client reads. Only what does not fit is looked at
a second time, to tell a message of another type (Unknown) from a broken one (Malformed).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import msgspec

from kalshi_client.wire.frames import Frame
from kalshi_client.wire.values import Malformed, Message, Unknown

MAX_TYPE_NAME: Final = 64  # characters

_FRAMES: Final[msgspec.json.Decoder[Frame]] = msgspec.json.Decoder(Frame)
_BROKEN: Final = (msgspec.MsgspecError, ValueError, RecursionError)


class _Envelope(msgspec.Struct):
    type: str


_ENVELOPE: Final = msgspec.json.Decoder(_Envelope)
_KNOWN_TYPES: Final = frozenset(str(frame.__struct_config__.tag) for frame in Frame.__args__)


def decode(frame: bytes) -> Message:
    """The value of one message. Anything that cannot be true is Malformed with a reason."""
    try:
        return _FRAMES.decode(frame).to_value()
    except _BROKEN as error:
        return _unknown_or_malformed(frame, str(error))


def _unknown_or_malformed(frame: bytes, reason: str) -> Unknown | Malformed:
    try:
        name = _ENVELOPE.decode(frame).type[:MAX_TYPE_NAME]
    except _BROKEN:
        return Malformed(reason)
    return Malformed(f"{name}: {reason}") if name in _KNOWN_TYPES else Unknown(name)


# --- commands (protocol 5.2) ---------------------------------------------------------------------


def subscribe(
    request_id: int, channels: Iterable[str], *, tickers: Iterable[str] = (), books: bool = False
) -> bytes:
    """Start one subscription per channel. No tickers means everything the channel has."""
    params: dict[str, Any] = {"channels": list(channels)}
    if market_tickers := list(tickers):
        params["market_tickers"] = market_tickers
    if books:
        # Each side in its own outcome. Said explicitly because the default will change (5.5).
        params["use_yes_price"] = False
    return _command(request_id, "subscribe", params)


def get_snapshot(request_id: int, sid: int, tickers: Iterable[str]) -> bytes:
    """Ask for the books again without touching the subscription."""
    params = {"sids": [sid], "action": "get_snapshot", "market_tickers": list(tickers)}
    return _command(request_id, "update_subscription", params)


def _command(request_id: int, cmd: str, params: dict[str, Any]) -> bytes:
    return msgspec.json.encode({"id": request_id, "cmd": cmd, "params": params})
