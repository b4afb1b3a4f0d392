"""The published addresses of the venues, and the names of production.

The addresses that orders may go to are in ``kalshi_client.order_address``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

REST_PREFIX: Final = "/trade-api/v2"
WS_PATH: Final = "/trade-api/ws/v2"


@dataclass(frozen=True, slots=True)
class VenueUrls:
    """Where a venue listens. A program's own exchange prints these when it is ready."""

    rest_url: str
    ws_url: str


PUBLISHED_VENUES: Final = {  # recommended (protocol 1.1); a loopback exchange chooses a free port
    "production": VenueUrls(
        "https://external-api.kalshi.com" + REST_PREFIX,
        "wss://external-api-ws.kalshi.com" + WS_PATH,
    ),
    "demo": VenueUrls(
        "https://external-api.demo.kalshi.co" + REST_PREFIX,
        "wss://external-api-ws.demo.kalshi.co" + WS_PATH,
    ),
}
OLDER_ADDRESSES: Final = {  # documented before them; they still work
    "production": VenueUrls(
        "https://api.elections.kalshi.com" + REST_PREFIX,
        "wss://api.elections.kalshi.com" + WS_PATH,
    ),
    "demo": VenueUrls(
        "https://demo-api.kalshi.co" + REST_PREFIX,
        "wss://demo-api.kalshi.co" + WS_PATH,
    ),
}


def is_published(venue: str, url: str) -> bool:
    """Whether Kalshi documents this address, recommended or older, for the venue of this name."""
    documented = (each[venue] for each in (PUBLISHED_VENUES, OLDER_ADDRESSES) if venue in each)
    return any(url.rstrip("/") in (urls.rest_url, urls.ws_url) for urls in documented)


def is_production_host(host: str) -> bool:
    """Whether real money is behind this host: kalshi.com and everything under it.

    Demo lives under kalshi.co, so a production host that is not published yet is refused too.
    """
    name = host.strip().rstrip(".").lower()
    return name == "kalshi.com" or name.endswith(".kalshi.com")
