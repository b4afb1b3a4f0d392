"""Orders on the account that this program did not send, and what it does about them.

An order is ours when this ledger recorded its intent, whatever name it bears by now. Every other one is
foreign: made by hand, or by a second program on the account. What rests of it always counts in cash and
exposure.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final, Literal

from trading.market import format_count_e2, format_price_e4
from trading.order_ids import OrderIds
from trading.orders import Order

ForeignPolicy = Literal["leave", "refuse", "adopt", "cancel"]
"""leave: never touched. refuse: nothing is traded beside them. adopt: managed as ours. cancel: at once."""

Owner = Literal["ours", "program", "hand"]
"""program: another one with an id of this account, or a copy of this ledger. hand: anybody else."""

MOST_NAMED: Final = 20  # orders and programs, in one life of the process
REFUSED_NAMED: Final = 5
_MANAGING: Final = ("adopt", "cancel")
_WHAT_HAPPENS: Final[dict[ForeignPolicy, tuple[str, str]]] = {  # to one, and to many
    "leave": (
        "it counts in cash and exposure, and is left alone",
        "they count in cash and exposure, and are left alone",
    ),
    "refuse": ("nothing is sent while it rests", "nothing is sent while any rests"),
    "adopt": ("it is managed as ours", "they are managed as ours"),
    "cancel": ("it is canceled", "they are canceled"),
}


def owner_of(order: Order, ids: OrderIds) -> Owner:
    """The owner of the order: us or somebody else on the account."""
    if order.is_ours:
        return "ours"
    return "hand" if ids.issued(order.client_order_id) is None else "program"


def rests_foreign(order: Order) -> bool:
    """Whether the venue has shown the order resting, and it is not ours. A fill alone does not show that."""
    return not order.is_ours and order.is_seen and order.is_resting


def managed(orders: Iterable[Order], policy: ForeignPolicy) -> list[Order]:
    """The orders that this program counts among its own and cancels when nothing may rest."""
    manages_foreign = policy in _MANAGING
    return [
        order for order in orders if order.intent is not None or (manages_foreign and rests_foreign(order))
    ]


def refusal_of(foreign: Collection[Order]) -> str:
    """Why nothing is traded beside these orders, and what to do."""
    named = ", ".join(f"{order.order_id} in {order.ticker}" for order in list(foreign)[:REFUSED_NAMED])
    more = f" and {len(foreign) - REFUSED_NAMED} more" if len(foreign) > REFUSED_NAMED else ""
    return (
        f"orders that are not this program's rest on the account ({named}{more}); cancel them, or set"
        f" execution.foreign_orders to leave, adopt or cancel"
    )


class ForeignNotes:
    """Sentences for the log: each order made by hand, and each other program, is named once."""

    def __init__(self, ids: OrderIds, policy: ForeignPolicy) -> None:
        self._ids = ids
        self._of_one, self._of_many = _WHAT_HAPPENS[policy]
        self._named: set[str] = set()
        self._left = MOST_NAMED

    def news(self, foreign: Iterable[Order]) -> list[str]:
        notes = []
        for order in foreign:
            issued = self._ids.issued(order.client_order_id)
            if issued is not None:
                notes += self._once(issued.issuer, self._of_program(issued.issuer))
            else:
                notes += self._once(order.order_id, self._of_order(order))
        return notes

    def _once(self, name: str, note: str) -> list[str]:
        if name in self._named or self._left < 0:
            return []
        self._named.add(name)
        self._left -= 1
        if self._left < 0:
            return ["More orders that are not ours are only counted: orders.foreign in /rl/status"]
        return [note]

    def _of_program(self, issuer: str) -> str:
        start = f"rl1-{self._ids.account}-{issuer}-"
        if issuer == self._ids.issuer:
            return f"A copy of this ledger trades elsewhere: an order of {start} is not recorded here"
        return (
            f"A second program trades on this account, or did before this ledger was made: its orders begin"
            f" with {start}; {self._of_many}. Neither program knows the limits of the other"
        )

    def _of_order(self, order: Order) -> str:
        label = self._ids.label("", order.order_id)
        terms = f"{order.side} {format_count_e2(order.count_e2)} at {format_price_e4(order.price_e4)}"
        return f"Not ours: {label} ({terms}) rests in {order.ticker}; {self._of_one}"
