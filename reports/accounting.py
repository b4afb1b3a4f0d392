"""The realised trades of a session as a file for an accountant."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Final, TextIO, cast

from persistence.sessions.export import HeldBefore, MoveRow, SessionRows
from reports.realised import Filled, Holding, Moved, RealisedTrade, RealisedTrades
from trading.market import BookSide, format_count_e2, format_money_e6

COLUMNS: Final = (
    *("market", "day_utc", "outcome", "opened_utc", "closed_utc", "contracts", "cost", "proceeds"),
    *("profit_before_fees", "fees", "profit_after_fees"),
)


def realised_trades(rows: SessionRows) -> list[RealisedTrade]:
    """Of each ledger of the session."""
    found: list[RealisedTrade] = []
    for ledger in rows.ledgers():
        held = {each.ticker: _holding(each) for each in rows.held_before(ledger)}
        found += RealisedTrades(held).take(map(_moved, rows.moves(ledger))).all()
    return found


def write_realised(trades: Iterable[RealisedTrade], file: TextIO) -> int:
    """As CSV; how many rows."""
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    rows = list(_rows(trades))
    writer.writerows(rows)
    return len(rows)


def _rows(trades: Iterable[RealisedTrade]) -> Iterator[tuple[str, ...]]:
    for trade in trades:
        yield (
            *(trade.ticker, f"{trade.day:%Y-%m-%d}", trade.outcome, _time(trade.opened_us)),
            *(_time(trade.closed_us), format_count_e2(trade.contracts_e2)),
            *map(format_money_e6, (trade.cost_e6, trade.proceeds_e6, trade.profit_e6, trade.fees_e6)),
            format_money_e6(trade.profit_e6 - trade.fees_e6),
        )


def _time(at_us: int | None) -> str:
    """Empty where it is not known, or nothing was closed."""
    return "" if at_us is None else f"{datetime.fromtimestamp(at_us / 1e6, UTC):%Y-%m-%dT%H:%M:%S.%fZ}"


def _holding(held: HeldBefore) -> Holding:
    opened_us = None if held.cause == "opened" else held.at_us
    return Holding(held.position_e2, held.cost_e6, opened_us)


def _moved(row: MoveRow) -> Moved:
    fill = None
    if row.side is not None and row.price_e4 is not None and row.count_e2 is not None:
        fill = Filled(cast("BookSide", row.side), row.price_e4, row.count_e2)
    is_opened_before = row.cause == "opened"
    return Moved(*row[:6], fill=fill, is_from_before=is_opened_before)
