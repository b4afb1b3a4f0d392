"""Unsigned reads, as anybody may make them."""

from __future__ import annotations

from tests.simulator.protocol.desk import Desk


async def read(desk: Desk, path: str, **query):
    """The body of a read that succeeds."""
    status, body = await desk.call("GET", path, signed=False, query=query)
    assert status == 200, body
    return body


async def refused(desk: Desk, path: str, **query) -> tuple[int, str]:
    """Status and code of a read that does not."""
    status, body = await desk.call("GET", path, signed=False, query=query)
    return status, body["error"]["code"]
