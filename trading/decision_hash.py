"""One fingerprint of all decisions: equal exactly when each batch decided the same, in the same order.

A chain of SHA-256: each batch is hashed behind what was hashed before it. Hashed are its numbers, as
integers of 64 bits; then how many characters each ticker, action, reason and outcome has, of 32 bits, the
lowest byte first; then all these texts, in UTF-8. Only integers and texts are hashed, in the order of the
batch, so the fingerprint is the same on every version of Python and on every machine. Times and prices are
not in it: who decides again is given the recorded ones.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterable
from typing import Final

from trading.decision import DecidedBatch

NONE_YET: Final = "0" * 64
"""The hash before the first batch."""


def hash_after(before: str, batch: DecidedBatch) -> str:
    """The hash once this batch is decided too; ``before`` is the hash without it."""
    return hashlib.sha256(bytes.fromhex(before) + _canonical(batch)).hexdigest()


def hash_of(batches: Iterable[DecidedBatch], before: str = NONE_YET) -> str:
    """The hash after all of these."""
    for batch in batches:
        before = hash_after(before, batch)
    return before


def session_hash(by_incarnation: Iterable[tuple[int, str]]) -> str:
    """The one hash of a session whose Selector was restarted: of the incarnations' hashes, in their order.

    A session with one incarnation has that one's hash.
    """
    ordered = sorted(by_incarnation)
    if len(ordered) == 1:
        return ordered[0][1]
    lines = (f"{incarnation} {found}\n" for incarnation, found in ordered)
    return hashlib.sha256("".join(lines).encode("ascii")).hexdigest() if ordered else NONE_YET


def _canonical(batch: DecidedBatch) -> bytes:
    watcher, rows = batch.watcher, len(batch.tickers)
    texts = (*batch.tickers, *batch.actions, *batch.reasons, *batch.outcomes)
    numbers = (batch.batch_no, watcher.shard, watcher.incarnation, watcher.batch_no, rows)
    lengths = struct.pack(f"<{len(texts)}I", *map(len, texts))
    return struct.pack("<5q", *numbers) + lengths + "".join(texts).encode("utf-8", "surrogatepass")
