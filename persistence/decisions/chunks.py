"""Decisions as they are in the database, back as the batches that were decided."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, NamedTuple

import msgspec

from persistence.database.connections import Connection, transaction
from persistence.database.named_queries import queries
from persistence.decisions.codec import ChunkDamaged, decode_chunk, decode_decisions_on
from persistence.decisions.files import named_journal
from persistence.faults import PersistenceError
from trading.decision import DecidedBatch, Setup
from trading.decision_hash import NONE_YET, hash_of

_FIRST: Final = 0
_LAST: Final = 2**62


class DecisionsDamaged(PersistenceError):
    """A chunk that is not what was written; the text names it."""


class _Chunk(NamedTuple):
    first_batch_no: int
    last_batch_no: int
    hash: str
    batches: list[DecidedBatch]


def setups(connection: Connection, account: str, session: str = "") -> list[Setup]:
    """Of each Selector of the session, or of all sessions, in their order."""
    with transaction(connection) as cursor:
        cursor.execute(queries("decisions")["setups"], {"account": account, "session": session})
        rows = cursor.fetchall()
    return [msgspec.convert(setup, Setup) for _, _, setup in rows]


def read_decisions(connection: Connection, account: str, setup: Setup) -> Iterator[DecidedBatch]:
    """All batches of one Selector in order, each chunk held against its hash. Raises DecisionsDamaged."""
    digest, after = NONE_YET, _FIRST
    while chunks := _read(connection, account, setup, after):
        for chunk in chunks:
            is_next = chunk.first_batch_no == after + 1  # else those between are in no file any more
            digest = hash_of(chunk.batches, digest) if is_next else chunk.hash
            if digest != chunk.hash:
                raise _damaged(
                    account, setup, chunk.first_batch_no, "it does not have the hash of its decisions"
                )
            yield from chunk.batches
            after = chunk.last_batch_no


def lost_decisions(connection: Connection, account: str, session: str) -> list[tuple[int, int, int, str]]:
    """Incarnation, first and last batch of each stretch that was never written, and why."""
    with transaction(connection) as cursor:
        cursor.execute(queries("decisions")["gaps"], {"account": account, "session": session})
        return [(incarnation, first, last, why) for incarnation, first, last, why in cursor.fetchall()]


def written_to(connection: Connection, account: str, session: str) -> dict[int, int]:
    """The last batch of each Selector that was written, by incarnation, as the lane remembers it."""
    with transaction(connection) as cursor:
        cursor.execute(queries("decisions")["cursors_of"], {"account": account, "begin": f"{session}-%"})
        rows = cursor.fetchall()
    found: dict[int, int] = {}
    for source, last_no in rows:
        named = named_journal(source)
        if named is not None and named[0] == session:
            found[named[1]] = max(last_no, found.get(named[1], 0))
    return found


def latest_on(
    ticker: str, connection: Connection, account: str, session: str = ""
) -> Iterator[DecidedBatch | None]:
    """The batches of the session, or of all, that decided on this market, the newest first; None for each
    that did not. Raises DecisionsDamaged."""
    for setup in reversed(setups(connection, account, session)):
        before = _LAST
        while rows := _rows(connection, "chunks_back", account, setup, before_batch_no=before):
            for first, _, _, body in rows:
                with _naming(account, setup, first):
                    batches = decode_decisions_on(ticker, bytes(body), setup)
                yield from reversed(batches)
                before = first


def accounts_of(connection: Connection, session: str) -> list[str]:
    """The accounts that a session of this name decided for."""
    with transaction(connection) as cursor:
        cursor.execute(queries("decisions")["accounts_of"], {"session": session})
        return [account for (account,) in cursor.fetchall()]


def _read(connection: Connection, account: str, setup: Setup, after_batch_no: int) -> list[_Chunk]:
    found = []
    for first, last, digest, body in _rows(
        connection, "chunks", account, setup, after_batch_no=after_batch_no
    ):
        with _naming(account, setup, first):
            found.append(_Chunk(first, last, bytes(digest).hex(), decode_chunk(bytes(body), setup)))
    return found


def _rows(connection: Connection, query: str, account: str, setup: Setup, **bounds: int) -> list[Any]:
    key = {"account": account, "session": setup.session, "incarnation": setup.incarnation}
    with transaction(connection) as cursor:
        cursor.execute(queries("decisions")[query], {**key, **bounds})
        return cursor.fetchall()


@contextmanager
def _naming(account: str, setup: Setup, first_batch_no: int) -> Iterator[None]:
    try:
        yield
    except ChunkDamaged as error:
        raise _damaged(account, setup, first_batch_no, str(error)) from error


def _damaged(account: str, setup: Setup, first_batch_no: int, why: str) -> DecisionsDamaged:
    where = f"session {setup.session} of {account}, Selector {setup.incarnation}, from batch {first_batch_no}"
    return DecisionsDamaged(f"the database has damaged decisions ({where}): {why}")
