"""The way one WebSocket connection is held, whichever library does it."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from socket import gaierror
from typing import Final, Literal, Protocol

from kalshi_client.wire.bodies import read_error

Client = Literal["websockets", "picows"]
"""The library that holds the connections; ``picows`` is fast, and an extra to install."""

MAX_MESSAGE_BYTES: Final = 64 * 2**20  # the exchange's own limit (protocol 5.1)
OPEN_TIMEOUT_S: Final = 10.0
CLOSE_TIMEOUT_S: Final = 1.0  # a silent peer never answers the closing handshake
MAX_REASON: Final = 200  # characters
CUT: Final = "the connection was cut"
GIVEN_UP: Final = "it was given up, and did not answer that either"
FELL_SILENT: Final = "it fell silent: a ping had no answer"
_WORDS: Final[dict[type[Exception], str]] = {  # of what happens to any connection
    ConnectionRefusedError: "the connection is refused",
    TimeoutError: "no answer in time",
    gaierror: "the name of the host is not found",
}


class OpenConnection(Protocol):
    """A connection while it lasts."""

    def send(self, data: bytes) -> None:
        """Send a text frame, in its turn."""

    def close(self) -> None:
        """Begin the closing handshake."""


class SocketListener(Protocol):
    """Hears the news of a connection. Called in the feed's thread; must not wait."""

    def opened(self, connection: OpenConnection, *, date: str) -> None:
        """The venue took it. ``date``: its time as the answer's header says it; "" if it does not."""

    def received(self, data: bytes) -> bool:
        """One message, text or binary. False to end the connection."""


class Hold(Protocol):
    """One connection from handshake to end. Answers, or raises, why it ended."""

    def __call__(
        self, url: str, headers: Mapping[str, str], listener: SocketListener, *, silence_s: float
    ) -> Awaitable[str]: ...


class UpgradeRefused(Exception):
    """The venue answered the handshake with something else than an upgrade."""

    def __init__(self, status: int, body: bytes, *, date: str) -> None:
        self.status = status
        self.code = read_error(body).code
        self.date = date
        """The venue's time as the answer's header says it; "" if it does not."""
        super().__init__(f"{status} {self.code}".rstrip())


class ClientMissing(Exception):
    """A library that was asked for is not installed."""

    def __init__(self, client: str) -> None:
        super().__init__(f"{client} is not installed: pip install '.[fast]', or choose websockets")


def ping_plan(silence_s: float) -> tuple[float, float]:
    """Seconds until a ping goes out, and seconds its answer may take: together the silence."""
    return silence_s / 2, silence_s / 2


def describe_failure(error: Exception) -> tuple[str, bool]:
    """Why a connection failed, in a line, and whether the venue refused the key or the clock."""
    if isinstance(error, UpgradeRefused):
        return str(error)[:MAX_REASON], error.status in (401, 403)
    for kind, words in _WORDS.items():
        if isinstance(error, kind):
            return words, False
    return f"{type(error).__name__}: {error}"[:MAX_REASON], False
