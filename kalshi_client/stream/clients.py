"""The libraries that hold connections; only the wanted one is loaded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from kalshi_client.stream.holding import Client, ClientMissing, Hold


def holder(client: Client) -> Hold:
    """The function that holds connections with this library. Raises ClientMissing."""
    return _HOLDERS[client]()


def _websockets() -> Hold:
    from kalshi_client.stream import websockets_client  # only what is used is loaded

    return websockets_client.hold


def _picows() -> Hold:
    try:
        from kalshi_client.stream import picows_client  # an extra, may be missing
    except ImportError as error:
        raise ClientMissing("picows") from error
    return picows_client.hold


_HOLDERS: Final[dict[Client, Callable[[], Hold]]] = {"websockets": _websockets, "picows": _picows}
