"""The figures of an account that can be compared: by the page, the venue's REST and an exchange's ledger."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from cli.checklist.comparison import CASH
from cli.checklist.page_mirror import PageMirror
from cli.checklist.venue_account import VenueAccount
from trading.market import format_count_e2, format_money_e6, format_price_e4, parse_count_e2, parse_money_e6

ACCOUNT_KINDS: Final = ("position", CASH)
SOCKET_KINDS: Final = ("position", "order", CASH)
RESULT_KINDS: Final = ("realised", "fees")
FLAT: Final = "0.00"


def of_page(
    positions: Iterable[Mapping[str, Any]] | None,
    open_orders: Iterable[Mapping[str, Any]] | None,
    balance: Mapping[str, Any],
) -> dict[str, str]:
    """By /rl/trader/status; nothing before the account is known."""
    if balance["available"] is None:
        return {}
    found = {CASH: _money(balance["available"])}
    for row in positions or ():
        found |= _market(row["ticker"], row["position"], row["realised"], row["fees"])
    found |= {
        f"order {row['order_id']}": f"{row['side']} {row['price']} {_left(row['count'], row['filled'])}"
        for row in open_orders or ()
        if row["order_id"] and row["state"] == "resting"
    }
    return found


def of_mirror(mirror: PageMirror) -> dict[str, str]:
    """By what /rl/ws told until now."""
    positions, open_orders = (mirror.tables[name].values() for name in ("positions", "open_orders"))
    return of_page(positions, open_orders, mirror.slices["balance"])


def of_venue(account: VenueAccount) -> dict[str, str]:
    """By its REST."""
    found = {CASH: format_money_e6(sum(account.available_e6.values()))}
    for ticker, held in account.positions.items():
        found |= _market_e6(ticker, held.position_e2, held.realised_e6, held.fees_e6)
    for order in account.orders.values():
        if order.status == "resting":
            left = format_count_e2(order.count_e2 - order.filled_e2)
            found[f"order {order.order_id}"] = f"{order.side} {format_price_e4(order.price_e4)} {left}"
    return found


def of_ledger(ledger: Mapping[str, Any]) -> dict[str, str]:
    """By the control API of an exchange of this machine; fees of single markets are not in it."""
    available_e6 = parse_money_e6(ledger["cash"]) - parse_money_e6(ledger["reserved"])
    found = {CASH: format_money_e6(available_e6)}
    for ticker, realised in ledger["realised"].items():
        found |= without_fees(_market(ticker, ledger["positions"].get(ticker, FLAT), realised, "0"))
    for order in ledger["orders"]:
        if order["status"] == "resting":
            text = f"{order['book_side']} {order['yes_price_dollars']} {order['remaining_count_fp']}"
            found[f"order {order['order_id']}"] = text
    return found


def without_fees(figures: Mapping[str, str]) -> dict[str, str]:
    """The part of a ledger with which an exchange's ledger can be compared."""
    return {key: text for key, text in figures.items() if not key.startswith("fees ")}


def comparable(figures: Mapping[str, str], others: Mapping[str, str]) -> dict[str, str]:
    """Without the markets that the others do not list and that are flat here: a venue lists none for ever."""
    gone = {
        key.partition(" ")[2]
        for key, text in figures.items()
        if key.startswith("position ") and key not in others and text == FLAT
    }
    return {key: text for key, text in figures.items() if key.partition(" ")[2] not in gone}


def _market(ticker: str, position: str, realised: str, fees: str) -> dict[str, str]:
    return _market_e6(ticker, parse_count_e2(position), parse_money_e6(realised), parse_money_e6(fees))


def _market_e6(ticker: str, position_e2: int, realised_e6: int, fees_e6: int) -> dict[str, str]:
    return {
        f"position {ticker}": format_count_e2(position_e2),
        f"realised {ticker}": format_money_e6(realised_e6),
        f"fees {ticker}": format_money_e6(fees_e6),
    }


def _money(text: str) -> str:
    return format_money_e6(parse_money_e6(text))


def _left(count: str, filled: str) -> str:
    return format_count_e2(parse_count_e2(count) - parse_count_e2(filled))
