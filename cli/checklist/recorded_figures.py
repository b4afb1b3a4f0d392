"""Orders and fills one by one, as the ledgers here and the venue's REST have them, ready to be compared."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final

from cli.checklist.comparison import Figures
from cli.checklist.recorded import RecordedOrders
from cli.checklist.venue_account import VenueAccount, VenueFill, VenueOrder
from trading.events import FillSeen
from trading.market import format_count_e2, format_money_e6, format_price_e4

DENIED: Final = ("rejected", "absent", "not_sent")
SENT: Final = "sent"
FILL: Final = "fill"


def of_ledger(recorded: RecordedOrders) -> dict[str, str]:
    """Orders that the venue must have by all that is recorded, and every fill that was heard of."""
    found = {
        f"{SENT} {order.intent.client_order_id}": _terms(
            order.intent.ticker, order.intent.side, order.intent.price_e4, order.intent.count_e2
        )
        for order in recorded.sent()
        if order.outcome not in DENIED
    }
    return found | _fills(recorded.fills.items())


def of_venue(account: VenueAccount, client_order_ids: Collection[str]) -> dict[str, str]:
    """Orders of these ids, and every fill."""
    found = {
        f"{SENT} {each}": _order(account.orders[account.client_order_ids[each]])
        for each in client_order_ids
        if each in account.client_order_ids
    }
    return found | _fills(
        (trade_id, fill) for trade_id, fill in account.fills.items() if fill.ts_ms * 1_000 >= account.since_us
    )


def since(figures: Figures, recorded: RecordedOrders, account: VenueAccount) -> dict[str, str]:
    """Without fills of before the time that the venue was asked for: these may be heard of late."""
    early = {
        f"{FILL} {trade_id}"
        for trade_id, fill in recorded.fills.items()
        if fill.ts_ms * 1_000 < account.since_us
    }
    return {key: text for key, text in figures.items() if key not in early}


def _order(order: VenueOrder) -> str:
    return _terms(order.ticker, order.side, order.price_e4, order.count_e2)


def _terms(ticker: str, side: str, price_e4: int, count_e2: int) -> str:
    return f"{ticker} {side} {format_count_e2(count_e2)} at {format_price_e4(price_e4)}"


def _fills(fills: Iterable[tuple[str, FillSeen | VenueFill]]) -> dict[str, str]:
    return {
        f"{FILL} {trade_id}": f"{_terms(fill.ticker, fill.side, fill.price_e4, fill.count_e2)},"
        f" fee {format_money_e6(fill.fee_e6)}"
        for trade_id, fill in fills
    }
