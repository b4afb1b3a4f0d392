"""How does an actor reach a venue, given its part of the settings?

The settings of a venue are its name, two addresses, a key id, the path of the key and the pace of
unsigned reads. The key itself is read here, by the process that signs, and is in no message.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kalshi_client.auth import Signer
from kalshi_client.rest.client import RestClient
from kalshi_client.rest.read_budget import Pacing
from kalshi_client.stream.feed import Feed
from kalshi_client.stream.holding import Client
from trading.market import Market, PriceGrid, PriceRange


def signer_for(venue: dict[str, Any]) -> Signer:
    """Raises kalshi_client.errors.KeyFileError when the key cannot be used."""
    return Signer.from_pem(venue["key_id"], Path(venue["private_key_path"]))


def rest_for(venue: dict[str, Any]) -> RestClient:
    """A signed client; its calls may be made from several threads."""
    pacing = Pacing(unsigned_per_s=venue["reads_per_s"])
    return RestClient(venue["rest_url"], signer_for(venue), pacing=pacing)


def feed_for(
    venue: dict[str, Any], connections: int, *, silence_s: float, client: Client = "websockets"
) -> Feed:
    """A feed of so many connections, which open at once; to be closed by the caller."""
    return Feed([venue["ws_url"]] * connections, signer_for(venue), silence_s=silence_s, client=client)


def market_fields(market: Market) -> dict[str, Any]:
    """A market as plain values, for a message."""
    # Not asdict: it copies every value deeply, and of 20,000 markets that takes a second.
    fields: dict[str, Any] = {name: getattr(market, name) for name in Market.__slots__}
    fields["grid"] = market.grid.ranges
    return fields


def market_of(fields: dict[str, Any]) -> Market:
    """The market of ``market_fields``."""
    return Market(**{**fields, "grid": PriceGrid(tuple(PriceRange(*r) for r in fields["grid"]))})
