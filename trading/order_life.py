"""The life of each order, told from its facts: when it was decided, sent and answered, and how it ended.

A reader that keeps its place in the outboxes need not hold every order there ever was: of an order that
a new fact is about, it brings the earlier facts first, in any order, and the same life results.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final, Literal, NamedTuple, get_args

from trading.events import (
    Answered,
    CancelAnswered,
    CancelStarted,
    FillSeen,
    IntentRecorded,
    OrderSeen,
    SendStarted,
)
from trading.order_facts import OrderFact
from trading.order_index import OrderIndex
from trading.orders import Order

FACTS: Final = get_args(OrderFact)
TRADED: Final = "Trade"  # the venue's word for an end by a fill
CANCELED_BY_US: Final = "canceled by us"

Writer = Literal["OrderManager", "FillProcessor"]


class EventPlace(NamedTuple):
    """Where a fact is recorded."""

    writer: Writer
    seq: int


class OrderLife(NamedTuple):
    """One order as its facts so far prove it. None: no fact tells it."""

    key: str  # our client_order_id, or the order_id of an order that is not ours
    is_ours: bool
    order_id: str
    client_order_id: str  # that it bore first
    intent: IntentRecorded | None
    ticker: str
    exchange_index: int
    side: str | None
    price_e4: int | None
    count_e2: int | None
    filled_e2: int
    state: str
    is_closed: bool
    end_reason: str
    sent_us: int | None
    answered_us: int | None
    ended_us: int | None
    updated_us: int
    places: tuple[EventPlace, ...]


def names_in(fact: OrderFact) -> set[str]:
    """Every name of an order in a fact."""
    return {fact.client_order_id, getattr(fact, "order_id", "")} - {""}


class OrderLives:
    """The orders that were asked for so far, each with all of its facts."""

    def __init__(self) -> None:
        self._index = OrderIndex()
        self._attempts: dict[str, dict[EventPlace, OrderFact]] = {}  # by our name
        self._heard: dict[str, dict[EventPlace, OrderFact]] = {}  # by the venue's order_id
        self._places: set[EventPlace] = set()
        self._changed: dict[str, None] = {}
        self.known: set[str] = set()  # names of which everything so far is here

    def __len__(self) -> int:
        return len(self._index.orders)

    def bring(self, facts: Iterable[tuple[EventPlace, OrderFact]]) -> set[str]:
        """Take in what was recorded earlier; the names in it. What is here already is left out."""
        names: set[str] = set()
        for place, fact in facts:
            names |= names_in(fact)
            self._merge(place, fact)
        return names

    def take(self, place: EventPlace, fact: OrderFact) -> None:
        """Take in a new fact; its orders have changed."""
        for key in self._merge(place, fact):
            self._changed[key] = None

    def take_changed(self) -> tuple[list[OrderLife], list[str]]:
        """Lives that have changed since the last call, and keys that name no order any more."""
        keys, self._changed = list(self._changed), {}
        orders = self._index.orders
        lives = [self._life(orders[key]) for key in keys if key in orders]
        return lives, [key for key in keys if key not in orders]

    def _merge(self, place: EventPlace, fact: OrderFact) -> Collection[str]:
        if place in self._places:
            return ()
        self._places.add(place)
        merged = self._index.merge(fact)
        self._file(place, fact)
        return dict.fromkeys([*(order.key for order in merged.orders), *(left.key for left in merged.left)])

    def _file(self, place: EventPlace, fact: OrderFact) -> None:
        match fact:
            case IntentRecorded() | SendStarted():
                self._attempts.setdefault(fact.client_order_id, {})[place] = fact
            case Answered() if fact.outcome != "accepted":
                self._attempts.setdefault(fact.client_order_id, {})[place] = fact
            case CancelAnswered(order_id="") if order := self._index.find(fact.client_order_id):
                self._heard.setdefault(order.order_id, {})[place] = fact
            case _:
                self._heard.setdefault(fact.order_id, {})[place] = fact

    def _life(self, order: Order) -> OrderLife:
        attempt = order.attempt
        told = dict(self._attempts.get(attempt.client_order_id, {})) if attempt is not None else {}
        if order.order_id:
            told |= self._heard.get(order.order_id, {})
        is_told = order.terms is not None
        return OrderLife(
            key=order.key,
            is_ours=order.is_ours,
            order_id=order.order_id,
            client_order_id=order.naming.name if order.naming is not None else "",
            intent=order.intent,
            ticker=order.ticker,
            exchange_index=order.exchange_index,
            side=order.side if is_told else None,
            price_e4=order.price_e4 if is_told else None,
            count_e2=order.count_e2 if is_told else None,
            filled_e2=order.filled_e2,
            state=order.state(),
            is_closed=order.is_closed,
            end_reason=end_reason(order),
            sent_us=_first(told.values(), SendStarted),
            answered_us=_first((fact for fact in told.values() if _is_answer(fact)), Answered),
            ended_us=_ended_us(order, told.values()),
            updated_us=order.updated_us,
            places=tuple(sorted(told)),
        )


def _is_answer(fact: OrderFact) -> bool:
    """Whether it is the venue's own to our attempt, and not a look-up's."""
    return isinstance(fact, Answered) and fact.outcome in ("accepted", "rejected") and fact.record is None


def _first(facts: Iterable[OrderFact], kind: type[OrderFact]) -> int | None:
    return min((fact.at_us for fact in facts if isinstance(fact, kind)), default=None)


def end_reason(order: Order) -> str:
    """Why it is over, in the venue's word where it gave one; "" while it is not, or where nothing tells."""
    if not order.is_terminal:
        return ""
    if order.end_told is not None:
        return order.end_told.reason
    if order.denial is not None and not order.is_known_to_venue:
        return order.denial.reason or order.denial.word
    if order.state() == "filled":
        return TRADED
    if order.cancel_asked is not None and order.cancel_asked.reason:
        return f"{CANCELED_BY_US}: {order.cancel_asked.reason}"
    if order.cancel_asked is not None or order.cancel_reduced_e2 is not None:
        return CANCELED_BY_US
    is_immediate = order.intent is not None and order.intent.time_in_force == "immediate_or_cancel"
    return "immediate_or_cancel" if is_immediate else ""


def _ended_us(order: Order, facts: Collection[OrderFact]) -> int | None:
    """When we first heard what proves the end; the last fact of an order that only its fills ended."""
    if not order.is_terminal:
        return None
    ends = [fact.at_us for fact in facts if _is_end(fact, is_known_to_venue=order.is_known_to_venue)]
    return min(ends) if ends else max((fact.at_us for fact in facts), default=None)


def _is_end(fact: OrderFact, *, is_known_to_venue: bool) -> bool:
    match fact:
        case OrderSeen():
            return fact.status in ("canceled", "executed")
        case Answered(outcome="accepted"):
            return fact.remaining_e2 == 0
        case Answered():
            return fact.outcome != "unknown" and not is_known_to_venue  # evidence outranks a denial
        case CancelAnswered():
            return fact.outcome == "canceled"
        case CancelStarted() | FillSeen() | IntentRecorded() | SendStarted():
            return False
