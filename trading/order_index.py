"""All orders of an account, and which of them our attempts made, whatever they are called by now.

The venue's order_id is the identity of an order. Our own name of it leads to the order that we heard
of under that name first: an amend may give ours another name, and give its name to a foreign order.
The answer to an attempt settles it whatever names came before. In any order of arrival the same
orders result, so an attempt moves to another order when earlier evidence is told later.
"""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple

from trading.events import Answered, CancelAnswered, FillSeen, IntentRecorded, OrderSeen, SendStarted
from trading.order_evidence import BY_ANSWER, Attempt, AttemptFact, Naming
from trading.order_facts import OrderFact, VenueFact
from trading.orders import Order


class Filing(NamedTuple):
    """Where an order stood before a fact changed its key."""

    key: str
    ticker: str
    exchange_index: int


class Merged(NamedTuple):
    """The effect of one fact; no orders: it is about one that was forgotten."""

    orders: tuple[Order, ...] = ()
    left: tuple[Filing, ...] = ()


class OrderIndex:
    """The orders of one account."""

    def __init__(self) -> None:
        self.orders: dict[str, Order] = {}  # by Order.key
        self._by_order_id: dict[str, Order] = {}
        self._by_attempt: dict[str, Order] = {}  # by our own name
        self._bearers: defaultdict[str, set[str]] = defaultdict(set)  # order_ids by first name
        self._forgotten: set[str] = set()

    def find(self, name: str) -> Order | None:
        """The order by its key, or by the venue's id."""
        return self._by_order_id.get(name) or self.orders.get(name)

    def merge(self, fact: OrderFact) -> Merged:
        """Let the order that the fact is about take it in."""
        match fact:
            case IntentRecorded() | SendStarted():
                return self._merge_attempted(fact)
            case Answered() if fact.outcome != "accepted":
                return self._merge_attempted(fact)
            case CancelAnswered(order_id="") if (order := self.find(fact.client_order_id)) is not None:
                return self._merge_heard(order.order_id, fact)
            case _:
                return self._merge_heard(fact.order_id, fact)

    def open_attempts(self) -> list[Attempt]:
        """Our attempts whose order the venue's answer has not told, denied ones included: it may yet."""
        return [
            order.attempt
            for order in self._by_attempt.values()
            if order.attempt is not None and (order.naming is None or order.naming.source != BY_ANSWER)
        ]

    def forget(self, order: Order) -> None:
        """Let it go. A late fact about it is taken by no order."""
        del self.orders[order.key]
        self._by_order_id.pop(order.order_id, None)
        self._by_attempt.pop(order.key, None)
        if order.naming is not None:
            self._unname(order.order_id, order.naming)
        self._forgotten.update(name for name in (order.key, order.order_id) if name)

    # --- one fact --------------------------------------------------------------------------------

    def _merge_attempted(self, fact: AttemptFact) -> Merged:
        name = fact.client_order_id
        if name in self._forgotten:
            return Merged()
        order = self._by_attempt.get(name)
        if order is None:
            order = self._by_attempt[name] = self.orders[name] = Order(attempt=Attempt(name))
        order.merge(fact)
        if not order.order_id and name not in self._bearers:
            return Merged((order,))
        return self._pair((name,), order)

    def _merge_heard(self, order_id: str, fact: VenueFact) -> Merged:
        if not order_id or order_id in self._forgotten:
            return Merged()
        order = self._by_order_id.get(order_id)
        if order is None:
            order = self._by_order_id[order_id] = self._begin(order_id, fact)
        before = order.naming
        order.merge(fact)
        if order.naming is None or order.naming == before:
            return Merged((order,))
        if before is not None:
            self._unname(order_id, before)
        name = order.naming.name
        self._bearers[name].add(order_id)
        if order.key == name and len(self._bearers[name]) == 1:
            return Merged((order,))  # ours already, and nobody else bore its name
        return self._pair((before.name, name) if before is not None else (name,), order)

    def _begin(self, order_id: str, fact: VenueFact) -> Order:
        """The order that an id told for the first time is of: most often that of our last attempt."""
        holder = self._by_attempt.get(fact.client_order_id)
        if holder is not None and holder.attempt is not None and not holder.order_id:
            match fact:
                case Answered():
                    return holder
                case OrderSeen() | FillSeen() if holder.attempt.may_have_made(fact.ticker, fact.side):
                    return holder
        order = self.orders[order_id] = Order(order_id)
        return order

    def _unname(self, order_id: str, naming: Naming) -> None:
        self._bearers[naming.name].discard(order_id)
        if not self._bearers[naming.name]:
            del self._bearers[naming.name]

    # --- which order is ours ---------------------------------------------------------------------

    def _pair(self, names: tuple[str, ...], order: Order) -> Merged:
        """Give the attempts of these names to the orders they made; ``order`` has changed anyway."""
        changed, left = [order], []
        for name in dict.fromkeys(names):
            holder = self._by_attempt.get(name)
            if holder is None or holder.attempt is None:
                continue
            made = self._made_by(holder.attempt) or (Order() if holder.order_id else holder)
            if made is not holder:
                left += [_filing(each) for each in (holder, made) if each.key]
                self._move_attempt(holder, made)
                changed += [holder, made]
        return Merged(tuple(each for each in changed if each.key), tuple(left))

    def _made_by(self, attempt: Attempt) -> Order | None:
        bearers = [self._by_order_id[order_id] for order_id in self._bearers.get(attempt.client_order_id, ())]
        ours = [order for order in bearers if _may_be_ours(order, attempt)]
        return min(ours, key=lambda order: (order.naming, order.order_id), default=None)

    def _move_attempt(self, holder: Order, made: Order) -> None:
        attempt = holder.attempt
        holder.take_attempt(None)
        self.orders.pop(made.order_id, None)
        if holder.order_id:
            self.orders[holder.order_id] = holder
        made.take_attempt(attempt)
        self.orders[made.key] = self._by_attempt[made.key] = made


def _may_be_ours(order: Order, attempt: Attempt) -> bool:
    is_settled = order.naming is not None and order.naming.source == BY_ANSWER
    return is_settled or attempt.may_have_made(order.venue_ticker, order.venue_side)


def _filing(order: Order) -> Filing:
    return Filing(order.key, order.ticker, order.exchange_index)
