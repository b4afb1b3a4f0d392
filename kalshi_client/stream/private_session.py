"""One WebSocket connection's news of our own fills and orders."""

from __future__ import annotations

from typing import Final

from kalshi_client.stream.channel_session import Channels, ChannelSession
from kalshi_client.stream.session_events import SessionEvent
from kalshi_client.wire.values import FillMessage, OrderMessage, PositionMessage

Private = FillMessage | OrderMessage | PositionMessage
PrivateEvent = Private | SessionEvent

PRIVATE: Final[Channels[Private]] = Channels(
    names=("fill", "user_orders"), messages=(FillMessage, OrderMessage, PositionMessage)
)


def private_session() -> ChannelSession[Private]:
    """Fills and orders of the account. They carry no sequence number (protocol 5.4), so what was missed
    while disconnected, or lost in a malformed frame, only a read can tell."""
    return ChannelSession(PRIVATE)
