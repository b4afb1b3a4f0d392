"""The client_order_ids that this program gives, and what an id says of its order.

``rl1-<account8>-<outbox8>-<n>``: outbox8 begins the random id of OrderManager's ledger file, and n is
counted over the life of that file. So neither two programs nor a new file ever give the same id. In
earlier ledgers the name of a session stands in place of outbox8.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, NamedTuple

SHORT: Final = 8  # digits of an outbox's id that go into a client_order_id
MOST_COUNTED: Final = 10**12  # a larger number in somebody else's id is not a count
_FORM: Final = re.compile(r"rl1-([0-9a-z]+)-([0-9a-z]+)-([1-9][0-9]*)")
_EARLIER_ISSUER: Final = re.compile(r"s[0-9a-z]+")


class IssuedId(NamedTuple):
    """The parts of an id that a program of this account gave."""

    issuer: str  # outbox8, or the session of an earlier ledger
    number: int


@dataclass(frozen=True, slots=True)
class OrderIds:
    """The ids of one ledger file of one account.

    ``issuer`` is "" until it is known; then every id of the account counts as this ledger's.
    """

    account: str
    issuer: str = ""

    @staticmethod
    def of(account: str, outbox_id: str) -> OrderIds:
        return OrderIds(account, outbox_id[:SHORT])

    def make(self, number: int) -> str:
        return f"rl1-{self.account}-{self.issuer}-{number}"

    def issued(self, client_order_id: str) -> IssuedId | None:
        """The parts of an id that some program of this account gave; None for any other id."""
        found = _FORM.fullmatch(client_order_id)
        if found is None or found[1] != self.account:
            return None
        return IssuedId(found[2], int(found[3]))

    def is_own(self, issuer: str) -> bool:
        """Whether ids of this issuer are this ledger's."""
        return self.issuer in ("", issuer) or _EARLIER_ISSUER.fullmatch(issuer) is not None

    def label(self, client_order_id: str, order_id: str = "") -> str:
        """The name of an order for people: ``order_<n>`` for one of this ledger, else by the venue's id."""
        issued = self.issued(client_order_id)
        if issued is not None and self.is_own(issued.issuer):
            return f"order_{issued.number}"
        return f"order_{order_id[:SHORT]}"
