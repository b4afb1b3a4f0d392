"""The envelope of every WebSocket message around its ``msg`` (protocol 5.3, 5.4).

``type`` chooses the struct, ``sid`` names the subscription, ``seq`` numbers what is sent on it.
``sending_ts_ms`` may stand on any message: the instant at which the exchange queued it.
"""

from __future__ import annotations

from msgspec import Struct

from kalshi_client.wire.numbers import Seq, Sid, TsMs


class FrameBase(Struct, tag_field="type", gc=False, kw_only=True):
    """Base of every frame."""

    sending_ts_ms: TsMs | None = None


class UnnumberedFrame(FrameBase, gc=False):
    """A message that nothing tells the loss of: only a read can (protocol 5.4)."""

    sid: Sid


class NumberedFrame(FrameBase, gc=False):
    """A message whose number is one more than that of the last of its ``sid``."""

    sid: Sid
    seq: Seq


class Streamed(Struct, frozen=True, gc=False, kw_only=True):
    """Base of every value made of a frame."""

    sending_ts_ms: int | None = None  # by the venue's clock; None when it did not say


class Numbered(Streamed, frozen=True, gc=False):
    """A value of a numbered message."""

    sid: int
    seq: int
