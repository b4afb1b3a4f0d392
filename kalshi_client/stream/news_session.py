"""One WebSocket connection's news of markets that open, pause, close and end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, get_args

from kalshi_client.stream.channel_session import Channels, ChannelSession
from kalshi_client.stream.session_events import SessionEvent
from kalshi_client.wire.news import EventFeesUpdated, EventListed, MarketNews

CHANNEL: Final = "market_lifecycle_v2"


@dataclass(frozen=True, slots=True)
class NewsMissed:
    """Something was lost, or was told before we listened: only a read can tell what it was."""


News = MarketNews | EventListed | EventFeesUpdated | NewsMissed
NewsEvent = News | SessionEvent

NEWS: Final[Channels[News]] = Channels(
    names=(CHANNEL,),
    messages=(*get_args(MarketNews), EventListed, EventFeesUpdated),
    missed=(NewsMissed(),),
)


def news_session() -> ChannelSession[News]:
    """The lifecycle of every market; nothing can be left out of it (protocol 5.6)."""
    return ChannelSession(NEWS)
