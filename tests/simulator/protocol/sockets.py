"""A WebSocket at the desk."""

from __future__ import annotations

import contextlib

from tests.simulator.conversation import Client, Listener
from tests.simulator.protocol.desk import Desk


@contextlib.asynccontextmanager
async def connected(desk: Desk, *, by: Client | None = None):
    async with (by or desk.client).listener() as listener:
        yield listener


async def said(listener: Listener, cmd: str, count: int, /, **params) -> list[dict]:
    """The next ``count`` messages after a command."""
    await listener.command(cmd, **params)
    return await heard(listener, count)


async def heard(listener: Listener, count: int) -> list[dict]:
    """The next ``count`` messages, without the time of their sending."""
    messages = [await listener.next() for _ in range(count)]
    for message in messages:
        message.pop("sending_ts_ms", None)
    return messages
