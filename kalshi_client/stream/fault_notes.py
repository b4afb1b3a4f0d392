"""Says in words what a connection that carries books found wrong."""

from __future__ import annotations

from kalshi_client.stream.session_events import (
    AuditFailed,
    BookEvent,
    CommandFailed,
    CommandUnanswered,
    GapFound,
    ImpossibleChange,
    ReconnectNeeded,
    SubscriptionLost,
    TradesMissed,
)
from kalshi_client.wire.values import Malformed


def note(connection: str, event: BookEvent) -> str:
    """A sentence that begins with the connection's name; "" for what needs none."""
    match event:
        case GapFound():
            return f"{connection} missed messages: {event}"
        case ImpossibleChange(ticker):
            return f"Book of {ticker} could not be true: asking for it again"
        case AuditFailed(ticker):
            return (
                f"Book of {ticker} was not the venue's: asking for all of its connection again, "
                f"and not trading this one before it is"
            )
        case TradesMissed():
            return f"{connection} missed public trades"
        case SubscriptionLost():
            return f"{connection} lost its subscription: {event}"
        case ReconnectNeeded(reason):
            return f"{connection} cannot go on: {reason}; opening it again"
        case CommandFailed():
            return f"{connection} was refused a command: {event}"
        case CommandUnanswered(_, asked):
            return f"{connection} had no answer to {asked}: asking again"
        case Malformed(reason):
            return f"Frame not understood: {reason}"
        case _:
            return ""
