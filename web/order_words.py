"""An order in words: at the price of the outcome that it buys or sells, and why it is over."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, NamedTuple

from trading.market import complement_e4, format_count_e2, format_price_e4
from trading.order_life import TRADED, end_reason
from trading.orders import Order

Outcome = Literal["YES", "NO"]

NOT_TOLD: Final = "nothing told why: it was canceled by hand, or read only when it was over"
_ENDS: Final[Mapping[str, str]] = {
    TRADED: "",
    "": NOT_TOLD,
    "ExpiryCancel": "its time was over, so it expired at the venue",
    "HaltCancel": "the venue halted trading",
    "CloseCancel": "its market closed",
    "MarginCancel": "the cash did not cover it",
    "SelfTradeCancel": "it would have traded with an order of the same account",
    "PostOnlyCrossCancel": "it was post-only and would have taken what rests",
    "ReduceOnlyCancel": "it was reduce-only and would have opened a position",
    "immediate_or_cancel": "nothing more could be taken at its price at once",
}
"""By ``order_life.end_reason``; what is not here is said as it is."""


class Priced(NamedTuple):
    """The outcome that an order buys or sells, and what it asks or offers for one of it."""

    outcome: Outcome
    price_e4: int


def priced(order: Order) -> Priced:
    """Of an order that is not ours in YES: nobody knows which outcome it is about."""
    if order.intent is not None and order.intent.action.endswith("_NO"):
        return Priced("NO", complement_e4(order.price_e4))
    return Priced("YES", order.price_e4)


def order_words(order: Order) -> str:
    """The order's terms, its state, and the reason for its end."""
    action, count = order.intent.action if order.intent else order.side, format_count_e2(order.count_e2)
    outcome, price_e4 = priced(order)
    why = end_words(order)
    return (
        f"{action} {count} at {outcome} {format_price_e4(price_e4)}:"
        f" {order.state()}, {format_count_e2(order.filled_e2)} of {count} filled"
        f"{f' ({why})' if why else ''}"
    )


def end_words(order: Order) -> str:
    """Why it is over; "" while it is not, and of one that filled, which needs no reason."""
    if not order.is_terminal:
        return ""
    reason = end_reason(order)
    return _ENDS.get(reason, reason)
