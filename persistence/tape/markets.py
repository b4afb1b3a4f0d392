"""The markets that a tape tells of, as the table ``market`` has them: those of the venue of the books."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from persistence.database.connections import Cursor
from persistence.database.named_queries import queries
from trading import tape_rows as rows_of
from trading.tape_rows import TapePiece

SOURCE: Final = "data"
_TELL: Final = (rows_of.KEPT, rows_of.CLOSES, rows_of.BELONGS)

Tape = tuple[str, str, int, int]
"""Account, session, shard and incarnation."""


def market_rows(
    cursor: Cursor, tape: Tape, pieces: Iterable[TapePiece], *, venue: str
) -> list[tuple[object, ...]]:
    """A row for each market of whose close or event something was told; their texts are in the database."""
    closes_us: dict[int, int] = {}
    events: dict[int, int] = {}
    told_us: dict[int, int] = {}
    for piece in pieces:
        for kind in _TELL:
            told = events if kind == rows_of.BELONGS else closes_us
            places = (piece.kind == kind).nonzero()[0]
            for market, value in zip(piece.a[places].tolist(), piece.b[places].tolist(), strict=True):
                told[market] = value
                told_us[market] = piece.t1_us
    names = _texts(cursor, tape, sorted({*told_us, *events.values()}))
    return [
        _row(
            tape[0], names[market], venue, names.get(events.get(market, -1), ""), closes_us.get(market, 0), at
        )
        for market, at in told_us.items()
        if market in names
    ]


def _row(account: str, ticker: str, venue: str, event: str, close_us: int, at_us: int) -> tuple[object, ...]:
    series = event.partition("-")[0]
    return (account, SOURCE, ticker, venue, event, series, "", 0, close_us, "", 0, at_us)


def _texts(cursor: Cursor, tape: Tape, numbers: Sequence[int]) -> dict[int, str]:
    if not numbers:
        return {}
    account, session, shard, incarnation = tape
    given = {
        "account": account,
        "session": session,
        "shard": shard,
        "incarnation": incarnation,
        "numbers": list(numbers),
    }
    cursor.execute(queries("tape")["texts"], given)
    return dict(cursor.fetchall())
