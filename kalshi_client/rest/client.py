"""The venue's REST surface: every call of protocol section 3 in one client.

Reads raise ``errors.RequestFailed``; lists are read to their end, or fail. Writes never raise:
their answer says what the attempt proved (``outcomes``, ``change_outcomes``, ``batches``), and a
write is sent once. What the topics can do stands with them.

Account reads and those whose freshness matters are signed. The catalogue is not: an unsigned
answer may be 15 s old, but costs the account no tokens (protocol 1.2, 6).
"""

from __future__ import annotations

from kalshi_client.rest.archive_reads import ArchiveReads
from kalshi_client.rest.event_reads import EventReads
from kalshi_client.rest.exchange_reads import ExchangeReads
from kalshi_client.rest.group_writes import GroupWrites
from kalshi_client.rest.order_writes import OrderWrites


class RestClient(ExchangeReads, EventReads, ArchiveReads, OrderWrites, GroupWrites):
    """One account at one venue; without a signer, its public part. Safe to use from several threads."""
