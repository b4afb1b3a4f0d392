"""Tells people of faults on a connection, at most twenty sentences a second."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Final

from kalshi_client.stream.session import BookEvent
from kalshi_client.stream.subscription import (
    AuditFailed,
    CommandFailed,
    CommandUnanswered,
    GapFound,
    ImpossibleChange,
    ReconnectNeeded,
    SubscriptionLost,
    TradesMissed,
)
from kalshi_client.wire.values import Malformed

A_SECOND: Final = 20  # sentences


def note(connection: int, event: BookEvent) -> str:
    """A sentence; "" for what needs none."""
    match event:
        case GapFound():
            return f"Connection {connection} missed messages: {event}"
        case ImpossibleChange(ticker):
            return f"Book of {ticker} could not be true: asking for it again"
        case AuditFailed(ticker):
            return (
                f"Book of {ticker} was not the venue's: asking for all of connection {connection} again, "
                f"and not trading this one before it is"
            )
        case TradesMissed():
            return f"Connection {connection} missed public trades"
        case SubscriptionLost():
            return f"Connection {connection} lost its subscription: {event}"
        case ReconnectNeeded(reason):
            return f"Connection {connection} cannot go on: {reason}; opening it again"
        case CommandFailed():
            return f"Connection {connection} was refused a command: {event}"
        case CommandUnanswered(_, asked):
            return f"Connection {connection} had no answer to {asked}: asking again"
        case Malformed(reason):
            return f"Frame not understood: {reason}"
        case _:
            return ""


class Complaints:
    """A broken venue says the same thing thousands of times: some of it each second will do."""

    def __init__(self, log: logging.Logger) -> None:
        self._log = log
        self._said = 0  # this second

    def next_second(self) -> None:
        self._said = 0

    def say(self, sentences: Iterable[str]) -> None:
        for sentence in sentences:
            self._said += 1
            if self._said <= A_SECOND:
                self._log.warning("%s", sentence)
            elif self._said == A_SECOND + 1:
                self._log.warning("More of this is only counted")
