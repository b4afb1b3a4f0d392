"""Whether a report of an order says anything that is not known yet.

The merge itself is asked: what would change nothing is not worth recording, and whatever would is
news, be it a fill, an end, another price or another count.
"""

from __future__ import annotations

from copy import copy

from trading.events import OrderSeen
from trading.orders import Order


def tells_anew(seen: OrderSeen, order: Order | None) -> bool:
    """Whether the order stands otherwise once this report of it is merged.

    A report older than what we heard since changes nothing, whenever it comes.
    """
    if order is None:
        return True
    after = copy(order)
    after.merge(seen)
    return _standing(after) != _standing(order)


def _standing(order: Order) -> tuple[object, ...]:
    known = (order.state(), order.filled_e2)
    if order.is_terminal:
        why = order.state() == "canceled" and order.end_told is not None
        return (*known, order.end is not None, why)  # the record of it outranks what answers imply
    return known if order.terms is None else (*known, order.price_e4, order.count_e2)
