"""The access to a venue: its addresses, its key by path, and the clients made from them.

The key itself is read here, by the process that signs, and is in no message.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from kalshi_client.auth import Signer
from kalshi_client.rest.client import RestClient
from kalshi_client.rest.order_destination import OrderDestination
from kalshi_client.rest.read_budget import Pacing
from kalshi_client.signing_clock import SigningClock
from kalshi_client.stream.feed import Feed
from kalshi_client.stream.holding import Client
from kalshi_client.stream.inbox import Item
from settings.venue_label import venue_label

Keep = Callable[[Sequence[Item]], None]
"""Is handed all that a feed drains."""


@dataclass(frozen=True, slots=True)
class VenueAccess:
    """The access to a venue, or to the exchange of this machine that stands in for it.

    The key itself is read by the processes that sign, and by no other.
    """

    name: str
    rest_url: str
    ws_url: str
    key_id: str
    private_key_path: str
    reads_per_s: float  # unsigned ones, of each process
    is_stand_in: bool = False  # an exchange that was started with the session in place of this venue

    @property
    def label(self) -> str:
        """The venue as people are shown it."""
        return venue_label(self.name, (self.rest_url, self.ws_url), is_stand_in=self.is_stand_in)

    @property
    def account8(self) -> str:
        """Eight digits that tell this account from any other."""
        return account8(self.name, self.key_id, is_stand_in=self.is_stand_in)

    @property
    def account_name(self) -> str:
        """The account in folders, in records and on the page."""
        return account_name(self.name, self.key_id, is_stand_in=self.is_stand_in)


def account8(venue: str, key_id: str, *, is_stand_in: bool = False) -> str:
    """Eight digits for the account of a key. A stand-in is a world of ours, never the venue's."""
    return hashlib.sha256(f"{world_name(venue, is_stand_in=is_stand_in)}|{key_id}".encode()).hexdigest()[:8]


def account_name(venue: str, key_id: str, *, is_stand_in: bool = False) -> str:
    """``<venue>-<account8>``, or ``<venue>-standin-<account8>``."""
    return f"{world_name(venue, is_stand_in=is_stand_in)}-{account8(venue, key_id, is_stand_in=is_stand_in)}"


def world_name(venue: str, *, is_stand_in: bool) -> str:
    """The start of the names of its accounts."""
    return f"{venue}-standin" if is_stand_in else venue


def is_one_venue(data: VenueAccess, execution: VenueAccess) -> bool:
    """Whether books and orders go to the same addresses, so that the books are those of both."""
    return (data.rest_url, data.ws_url) == (execution.rest_url, execution.ws_url)


def signer_for(venue: VenueAccess) -> Signer:
    """Raises kalshi_client.errors.KeyFileError when the key cannot be used."""
    return Signer.from_pem(venue.key_id, Path(venue.private_key_path))


def rest_for(venue: VenueAccess, clock: SigningClock | None = None) -> RestClient:
    """A signed client that shows data and sends no order; its calls may be made from several threads.

    ``clock``: what this process knows of the venue's clock, which every client and feed adds to.
    """
    pacing = Pacing(unsigned_per_s=venue.reads_per_s)
    return RestClient(venue.rest_url, signer_for(venue), pacing=pacing, clock=clock)


def account_rest_for(venue: VenueAccess, clock: SigningClock | None = None) -> RestClient:
    """A client of the account that trades: it reads it and sends its orders.

    Nothing is signed before the address is known to be no production (``OrderDestination``). Raises
    WriteRefused for an address that orders may not go to.
    """
    signer, pacing = signer_for(venue), Pacing(unsigned_per_s=venue.reads_per_s)
    orders = OrderDestination(venue.rest_url, signer)
    return RestClient(venue.rest_url, signer, pacing=pacing, clock=clock, orders=orders)


def feed_for(
    venue: VenueAccess,
    connections: int,
    *,
    silence_s: float,
    clock: SigningClock,
    client: Client = "websockets",
    keep: Keep | None = None,
) -> Feed:
    """A feed of so many connections, which open at once; to be closed by the caller."""
    urls = [venue.ws_url] * connections
    return Feed(urls, signer_for(venue), silence_s=silence_s, client=client, clock=clock, keep=keep)


def account_feed_for(
    venue: VenueAccess,
    connections: int,
    *,
    silence_s: float,
    clock: SigningClock,
    client: Client = "websockets",
    keep: Keep | None = None,
) -> Feed:
    """A feed like ``feed_for`` of the account that trades, signed like ``account_rest_for``."""
    signer, urls = signer_for(venue), [venue.ws_url] * connections
    admit = OrderDestination(venue.ws_url, signer).admit
    return Feed(urls, signer, silence_s=silence_s, client=client, clock=clock, admit=admit, keep=keep)
