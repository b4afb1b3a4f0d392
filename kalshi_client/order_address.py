"""The addresses that orders may go to.

There are two kinds: https under kalshi.co, where Kalshi keeps its demo venue, and an exchange on this
machine that has to prove itself first (``kalshi_client.rest.exchange_proof``). An address is taken only as
plainly written as the published ones: whatever two programs could read differently (a user part, an escape,
another spelling of a number or of a name) is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote, urlsplit

from kalshi_client.environment import is_production_host
from kalshi_client.errors import WriteRefused

OWN_HOST: Final = "127.0.0.1"  # a number: a name may resolve elsewhere
ONLY: Final = (
    f"orders go only to https addresses under kalshi.co, and to exchanges of this program at {OWN_HOST}"
)
_PATH: Final = r"(?:/[A-Za-z0-9/_-]*(?:\.[A-Za-z0-9/_-]+)*)?"
_DEMO: Final = re.compile(r"(?:https|wss)://((?:[a-z0-9-]{1,63}\.){0,8}kalshi\.co)(?::443)?" + _PATH)
_OWN: Final = re.compile(r"(?:http|ws)://127\.0\.0\.1:([1-9][0-9]{0,4})" + _PATH)
_DEMO_PORT: Final = 443
_MOST_PORT: Final = 65_535


@dataclass(frozen=True, slots=True)
class OrderAddress:
    """Where a connection for orders goes. ``has_to_prove_itself``: it says by itself that it is no Kalshi."""

    scheme: str
    host: str
    port: int
    has_to_prove_itself: bool


def order_address(url: str) -> OrderAddress:
    """The address of a REST or WebSocket URL. Raises WriteRefused unless orders may go there."""
    demo = _DEMO.fullmatch(url)
    if demo:
        return OrderAddress("https", demo[1], _DEMO_PORT, has_to_prove_itself=False)
    own = _OWN.fullmatch(url)
    if own and int(own[1]) <= _MOST_PORT:
        return OrderAddress("http", OWN_HOST, int(own[1]), has_to_prove_itself=True)
    raise WriteRefused(_why_not(url))


def order_address_problem(url: str) -> str:
    """Why orders may not go there; empty when they may."""
    try:
        order_address(url)
    except WriteRefused as refused:
        return str(refused)
    return ""


def _why_not(url: str) -> str:
    """Never repeats the address: it may hold a password."""
    if any(is_production_host(host) for host in _hosts(url)):
        return "is a production host, and orders never go to production"
    return f"is no address for orders: {ONLY}"


def _hosts(url: str) -> list[str]:
    """Every name that some reader may take for the host of this URL."""
    try:
        parts = urlsplit(unquote(url))
        return [parts.hostname or "", *re.split(r"[@:/\\#?]", parts.netloc)]
    except ValueError:
        return []
