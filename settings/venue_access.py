"""How to reach a venue: its addresses, its key by path, and the clients made from them.

The key itself is read here, by the process that signs, and is in no message.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from kalshi_client.auth import Signer
from kalshi_client.rest.client import RestClient
from kalshi_client.rest.read_budget import Pacing
from kalshi_client.signing_clock import SigningClock
from kalshi_client.stream.feed import Feed
from kalshi_client.stream.holding import Client


@dataclass(frozen=True, slots=True)
class VenueAccess:
    """How to reach a venue. The key itself is read by the processes that sign, and by no other."""

    name: str
    rest_url: str
    ws_url: str
    key_id: str
    private_key_path: str
    reads_per_s: float  # unsigned ones, of each process


def signer_for(venue: VenueAccess) -> Signer:
    """Raises kalshi_client.errors.KeyFileError when the key cannot be used."""
    return Signer.from_pem(venue.key_id, Path(venue.private_key_path))


def rest_for(venue: VenueAccess, clock: SigningClock | None = None) -> RestClient:
    """A signed client; its calls may be made from several threads.

    ``clock``: what this process knows of the venue's clock, which every client and feed adds to.
    """
    pacing = Pacing(unsigned_per_s=venue.reads_per_s)
    return RestClient(venue.rest_url, signer_for(venue), pacing=pacing, clock=clock)


def feed_for(
    venue: VenueAccess,
    connections: int,
    *,
    silence_s: float,
    clock: SigningClock,
    client: Client = "websockets",
) -> Feed:
    """A feed of so many connections, which open at once; to be closed by the caller."""
    urls = [venue.ws_url] * connections
    return Feed(urls, signer_for(venue), silence_s=silence_s, client=client, clock=clock)
