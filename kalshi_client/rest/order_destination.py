"""The one place that a client's orders go to, and the proof that is asked of it first."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final

from kalshi_client.auth import Signer
from kalshi_client.errors import WriteRefused
from kalshi_client.order_address import ONLY, order_address
from kalshi_client.rest.exchange_proof import prove_exchange

ONLY_SHOWS_DATA: Final = "this venue only shows data: no order is ever sent to it"

Prove = Callable[[str, int, Signer], None]


class OrderDestination:
    """An address that takes orders, for whoever signs with this key. Safe to use from several threads.

    Raises WriteRefused, when made, for an address that orders may not go to.
    """

    def __init__(self, url: str, signer: Signer, *, prove: Prove = prove_exchange) -> None:
        self._address = order_address(url)
        self._signer = signer
        self._prove = prove
        self._is_known = not self._address.has_to_prove_itself
        self._lock = threading.Lock()

    def admit(self) -> None:
        """To be called before anything is signed for this address; costs something the first time alone.

        Raises ExchangeNotProven, and VenueUnavailable when nobody answers now.
        """
        if self._is_known:
            return
        with self._lock:
            if not self._is_known:
                self._prove(self._address.host, self._address.port, self._signer)
                self._is_known = True

    def check_write(self, scheme: str | None, host: str, port: int | None) -> None:
        """Where a connection for a write really goes. Raises WriteRefused unless it is this address."""
        address = self._address
        if not self._is_known or (scheme, host, port) != (address.scheme, address.host, address.port):
            raise WriteRefused(f"{scheme}://{host}:{port} is not where this client's orders go; {ONLY}")
