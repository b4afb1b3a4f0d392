"""What do the facts say about one order?

An order is a merge of facts: any arrival order, with any repetition, gives the same order. Every
merge below is therefore a maximum, a union or a fact of which there is only one. What is *unknown*
about an order is never stored: it is what the facts so far leave open.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple

from trading.events import (
    Answered,
    CancelAnswered,
    CancelStarted,
    FillSeen,
    IntentRecorded,
    OrderSeen,
    SendStarted,
)
from trading.market import BookSide

OrderFact = IntentRecorded | SendStarted | Answered | CancelStarted | CancelAnswered | OrderSeen | FillSeen

OrderState = Literal[
    "recorded", "in_flight", "unknown", "resting", "filled", "canceled", "rejected", "not_sent"
]

_DENIED_STATE: Final[dict[str, OrderState]] = {
    "rejected": "rejected",
    "not_sent": "not_sent",
    "absent": "not_sent",  # the attempt was made, but nothing of it ever reached the book
}


class Terms(NamedTuple):
    """What was ordered. They compare by how well the source knows, then by its time."""

    source: int  # _FROM_FILL < _FROM_INTENT < _FROM_VENUE
    at_us: int
    price_e4: int
    count_e2: int
    side: BookSide


_FROM_FILL: Final = 0  # a fill tells the side, but neither the limit price nor the count
_FROM_INTENT: Final = 1
_FROM_VENUE: Final = 2  # an order somebody amended differs from what was first asked


class Verdict(NamedTuple):
    """A word that ends an order; the newest one counts."""

    at_us: int
    word: str
    reason: str


@dataclass(slots=True)
class Order:
    """One order, ours or foreign. Only the ledger merges into it; everybody else reads."""

    client_order_id: str = ""
    order_id: str = ""
    ticker: str = ""  # "" until a fact tells it
    exchange_index: int = 0
    terms: Terms | None = None
    intent: IntentRecorded | None = None  # None: not recorded here, foreign or not yet read
    deadline_us: int | None = None  # set once the send began
    denial: Verdict | None = None  # proof that there is no such order: rejected, not_sent, absent
    is_accepted: bool = False
    is_accepted_ended: bool = False  # the acknowledgement left nothing resting
    is_seen: bool = False
    end: Verdict | None = None  # the venue showed it canceled or executed
    cancel_reduced_e2: int | None = None  # set once the venue confirmed our cancel
    reported_fill_e2: int = 0  # the most that acknowledgements and OrderSeen told
    fills: dict[str, int] = field(default_factory=dict)  # trade_id → count_e2
    known_fills_e2: int = 0
    updated_us: int = 0

    @property
    def key(self) -> str:
        """What the ledger files it under: the client_order_id, or the order_id of one without."""
        return self.client_order_id or self.order_id

    @property
    def is_ours(self) -> bool:
        return self.intent is not None

    @property
    def side(self) -> BookSide:
        return self._known_terms.side

    @property
    def price_e4(self) -> int:
        """YES limit price; of an order known by a fill alone, the price of that fill."""
        return self._known_terms.price_e4

    @property
    def count_e2(self) -> int:
        """Ordered count; of an order known by fills alone, what they filled."""
        terms = self._known_terms
        return self.known_fills_e2 if terms.source == _FROM_FILL else terms.count_e2

    @property
    def filled_e2(self) -> int:
        """The most that any evidence says is filled."""
        filled_e2 = max(self.known_fills_e2, self.reported_fill_e2)
        if self.end is None and self.cancel_reduced_e2 is not None and self.terms is not None:
            # Nothing shows the final order yet, but a cancel tells how much of it was left.
            filled_e2 = max(filled_e2, self.count_e2 - self.cancel_reduced_e2)
        return filled_e2

    @property
    def is_known_to_venue(self) -> bool:
        """Whether evidence shows that the venue took it. It outranks a denial that says otherwise."""
        return self.is_accepted or self.is_seen or self.cancel_reduced_e2 is not None or bool(self.fills)

    @property
    def is_terminal(self) -> bool:
        """Whether the venue's evidence proves that no more of it can fill. Time proves nothing."""
        if not self.is_known_to_venue:
            return self.denial is not None
        is_ended = self.end is not None or self.cancel_reduced_e2 is not None or self.is_accepted_ended
        return is_ended or self._is_filled_whole

    @property
    def is_closed(self) -> bool:
        """Terminal, and every fill the venue counts is known by its trade_id."""
        return self.is_terminal and self.known_fills_e2 == self.filled_e2

    @property
    def reserved_count_e2(self) -> int:
        """What may still fill, or has filled without our knowing that fill."""
        if self.terms is None:
            return 0
        whole_e2 = self.filled_e2 if self.is_terminal else max(self.count_e2, self.filled_e2)
        return whole_e2 - self.known_fills_e2

    @property
    def is_unsent(self) -> bool:
        """Recorded, and no attempt to send it is known."""
        return self.deadline_us is None and not self.is_known_to_venue and not self.is_terminal

    @property
    def is_unresolved(self) -> bool:
        """Sent, and nothing from the venue says what became of it."""
        return self.deadline_us is not None and not self.is_known_to_venue and not self.is_terminal

    @property
    def is_resting(self) -> bool:
        return self.is_known_to_venue and not self.is_terminal

    def state(self, in_flight: Collection[str] = ()) -> OrderState:
        """One word for people. ``in_flight``: client_order_ids whose attempt is running now."""
        if self.is_resting:
            return "resting"
        if self.is_terminal:
            return self._terminal_state()
        if self.is_unsent:
            return "recorded"
        return "in_flight" if self.client_order_id in in_flight else "unknown"

    def merge(self, fact: OrderFact) -> None:
        """Take in one fact about this order."""
        self.updated_us = max(self.updated_us, fact.at_us)
        match fact:
            case FillSeen():
                self._merge_fill(fact)
            case OrderSeen():
                self._merge_seen(fact)
            case Answered():
                self._merge_answer(fact)
            case IntentRecorded():
                self.intent = fact
                self._place(fact.client_order_id, "", fact.ticker, fact.exchange_index)
                self._learn(Terms(_FROM_INTENT, fact.at_us, fact.price_e4, fact.count_e2, fact.side))
            case SendStarted():
                self.client_order_id = self.client_order_id or fact.client_order_id
                self.deadline_us = max(self.deadline_us or 0, fact.deadline_us)
            case CancelStarted():
                self._place(fact.client_order_id, fact.order_id, self.ticker, self.exchange_index)
            case CancelAnswered():
                self._merge_cancel(fact)

    def _merge_fill(self, fill: FillSeen) -> None:
        self._place(fill.client_order_id, fill.order_id, fill.ticker, fill.exchange_index)
        self._learn(Terms(_FROM_FILL, fill.at_us, fill.price_e4, 0, fill.side))
        if fill.trade_id not in self.fills:
            self.fills[fill.trade_id] = fill.count_e2
            self.known_fills_e2 += fill.count_e2

    def _merge_seen(self, seen: OrderSeen) -> None:
        self.is_seen = True
        self._place(seen.client_order_id, seen.order_id, seen.ticker, seen.exchange_index)
        self.reported_fill_e2 = max(self.reported_fill_e2, seen.fill_e2)
        count_e2 = seen.initial_e2
        if seen.status in ("canceled", "executed"):
            end = Verdict(seen.at_us, seen.status, seen.reason)
            self.end = max(self.end or end, end)
        elif seen.remaining_e2 > 0:
            count_e2 = seen.fill_e2 + seen.remaining_e2  # somebody may have decreased it
        self._learn(Terms(_FROM_VENUE, seen.at_us, seen.price_e4, count_e2, seen.side))

    def _merge_answer(self, answer: Answered) -> None:
        self._place(answer.client_order_id, answer.order_id, self.ticker, self.exchange_index)
        if answer.outcome == "accepted":
            self.is_accepted = True
            self.is_accepted_ended = self.is_accepted_ended or answer.remaining_e2 == 0
            self.reported_fill_e2 = max(self.reported_fill_e2, answer.fill_count_e2)
        elif answer.outcome != "unknown":
            denial = Verdict(answer.at_us, answer.outcome, answer.code)
            self.denial = max(self.denial or denial, denial)

    def _merge_cancel(self, answer: CancelAnswered) -> None:
        if answer.outcome == "canceled":
            known_e2, told_e2 = self.cancel_reduced_e2, answer.reduced_by_e2
            self.cancel_reduced_e2 = told_e2 if known_e2 is None else min(known_e2, told_e2)

    def _place(self, client_order_id: str, order_id: str, ticker: str, exchange_index: int) -> None:
        if client_order_id != order_id:  # a foreign order without one of its own is named by its order_id
            self.client_order_id = self.client_order_id or client_order_id
        self.order_id = self.order_id or order_id
        self.ticker = self.ticker or ticker
        self.exchange_index = self.exchange_index or exchange_index

    def _learn(self, terms: Terms) -> None:
        self.terms = max(self.terms or terms, terms)

    def _terminal_state(self) -> OrderState:
        if self.denial is not None and not self.is_known_to_venue:
            return _DENIED_STATE[self.denial.word]
        is_executed = self.end is not None and self.end.word == "executed"
        return "filled" if is_executed or self._is_filled_whole else "canceled"

    @property
    def _is_filled_whole(self) -> bool:
        terms = self.terms
        return terms is not None and terms.source != _FROM_FILL and self.filled_e2 >= terms.count_e2

    @property
    def _known_terms(self) -> Terms:
        if self.terms is None:
            raise ValueError(f"order {self.key}: no fact tells its terms yet")
        return self.terms
