"""The facts of one order, merged.

Any arrival order, with any repetition, gives the same: every merge below is a maximum, a union or a
fact of which there is only one.
"""

from __future__ import annotations

from dataclasses import dataclass, field

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
from trading.order_evidence import (
    BY_ANSWER,
    BY_VENUE,
    FROM_FILL,
    FROM_VENUE,
    Attempt,
    AttemptFact,
    EndWord,
    Naming,
    OrderTerms,
)
from trading.venue_time import VenueTimeUs

VenueFact = Answered | CancelStarted | CancelAnswered | OrderSeen | FillSeen
OrderFact = AttemptFact | VenueFact


@dataclass(slots=True)
class OrderFacts:
    """Of an order, ours or foreign.

    The venue's id tells orders apart. Ours has an attempt as well, which is all there is of it until
    a fact tells that id.
    """

    order_id: str = ""
    attempt: Attempt | None = None  # None: foreign, or not known to be ours yet
    naming: Naming | None = None  # the first that the venue told
    ticker: str = ""  # "" until a fact tells it
    exchange_index: int = 0
    terms: OrderTerms | None = None  # by the best source
    venue_ticker: str = ""  # as the venue told it, as are shard, side and terms
    venue_index: int = 0
    venue_side: BookSide | None = None
    venue_terms: OrderTerms | None = None
    is_accepted: bool = False
    is_accepted_ended: bool = False  # the acknowledgement left nothing resting
    is_seen: bool = False
    end: EndWord | None = None  # the venue showed it canceled or executed
    end_told: EndWord | None = None  # the same, and it said why: a read never does
    cancel_asked: EndWord | None = None  # the first cancel of ours
    cancel_reduced_e2: int | None = None  # set once the venue confirmed our cancel
    reported_fill_e2: int = 0  # the most that acknowledgements and OrderSeen told
    fills: dict[str, int] = field(default_factory=dict)  # trade_id → count_e2
    known_fills_e2: int = 0
    heard_us: int = 0  # of it, from the venue

    @property
    def key(self) -> str:
        """The ledger's key of it: our own name of it, or the venue's id of one that is not ours."""
        return self.attempt.client_order_id if self.attempt is not None else self.order_id

    @property
    def client_order_id(self) -> str:
        """The first that it bore, as far as anybody told; "" for one that nobody named."""
        if self.attempt is not None:
            return self.attempt.client_order_id
        return self.naming.name if self.naming is not None else ""

    @property
    def intent(self) -> IntentRecorded | None:
        return self.attempt.intent if self.attempt is not None else None

    @property
    def deadline_us(self) -> VenueTimeUs | None:
        """The venue cannot accept our attempt after it; None before it began, and of a foreign order."""
        return self.attempt.deadline_us if self.attempt is not None else None

    @property
    def denial(self) -> EndWord | None:
        return self.attempt.denial if self.attempt is not None else None

    @property
    def updated_us(self) -> int:
        return max(self.heard_us, self.attempt.updated_us if self.attempt is not None else 0)

    def merge(self, fact: OrderFact) -> None:
        """Take in one fact about this order."""
        match fact:
            case IntentRecorded() | SendStarted():
                self._tell_attempt(fact)
            case Answered() if fact.outcome != "accepted":
                self._tell_attempt(fact)
            case _:
                self.heard_us = max(self.heard_us, fact.at_us)
                self.order_id = self.order_id or fact.order_id
                self._merge_heard(fact)
        self._join()

    def take_attempt(self, attempt: Attempt | None) -> None:
        """It is found to be the order that this attempt made, or not to be."""
        self.attempt = attempt
        self._join()

    def _join(self) -> None:
        """The venue's word where it told, else our own."""
        attempt, told = self.attempt, self.venue_terms
        self.ticker, self.exchange_index, self.terms = self.venue_ticker, self.venue_index, told
        if attempt is None or attempt.intent is None:
            return
        if not self.venue_ticker:
            self.ticker, self.exchange_index = attempt.intent.ticker, attempt.intent.exchange_index
        if told is None or told.source != FROM_VENUE:
            self.terms = attempt.terms

    def _tell_attempt(self, fact: AttemptFact) -> None:
        if self.attempt is None:
            self.attempt = Attempt(fact.client_order_id)
        self.attempt.merge(fact)

    def _merge_heard(self, fact: VenueFact) -> None:
        match fact:
            case FillSeen():
                self._merge_fill(fact)
            case OrderSeen():
                self._merge_seen(fact)
            case Answered():
                self._merge_acceptance(fact)
            case CancelStarted():
                asked = EndWord(fact.at_us, "canceled", fact.reason)
                self.cancel_asked = min(self.cancel_asked or asked, asked)
            case CancelAnswered(outcome="canceled"):
                known_e2, told_e2 = self.cancel_reduced_e2, fact.reduced_by_e2
                self.cancel_reduced_e2 = told_e2 if known_e2 is None else min(known_e2, told_e2)

    def _merge_fill(self, fill: FillSeen) -> None:
        self._place(fill)
        self._name(BY_VENUE, fill.ts_ms, fill.client_order_id)
        self._learn(OrderTerms(FROM_FILL, fill.ts_ms, 0, fill.at_us, fill.price_e4, 0))
        if fill.trade_id not in self.fills:
            self.fills[fill.trade_id] = fill.count_e2
            self.known_fills_e2 += fill.count_e2

    def _merge_seen(self, seen: OrderSeen) -> None:
        self.is_seen = True
        self._place(seen)
        self._name(BY_VENUE, seen.ts_ms, seen.client_order_id)
        self.reported_fill_e2 = max(self.reported_fill_e2, seen.fill_e2)
        count_e2 = seen.initial_e2
        if seen.status in ("canceled", "executed"):
            end = EndWord(seen.at_us, seen.status, seen.reason)
            self.end = max(self.end or end, end)
            if end.reason:
                self.end_told = max(self.end_told or end, end)
        elif seen.remaining_e2 > 0:
            count_e2 = seen.fill_e2 + seen.remaining_e2  # somebody may have decreased it
        self._learn(OrderTerms(FROM_VENUE, seen.ts_ms, seen.fill_e2, seen.at_us, seen.price_e4, count_e2))

    def _merge_acceptance(self, answer: Answered) -> None:
        self.is_accepted = True
        self.is_accepted_ended = self.is_accepted_ended or answer.remaining_e2 == 0
        self.reported_fill_e2 = max(self.reported_fill_e2, answer.fill_count_e2)
        self._name(BY_ANSWER, 0, answer.client_order_id)
        if answer.record is not None:
            self._merge_seen(answer.record)

    def _place(self, fact: FillSeen | OrderSeen) -> None:
        self.venue_ticker = self.venue_ticker or fact.ticker
        self.venue_index = self.venue_index or fact.exchange_index
        self.venue_side = self.venue_side or fact.side

    def _name(self, source: int, ts_ms: int, name: str) -> None:
        if name and name != self.order_id:  # an order without a name of its own goes by its order_id
            naming = Naming(source, ts_ms, name)
            self.naming = min(self.naming or naming, naming)

    def _learn(self, terms: OrderTerms) -> None:
        self.venue_terms = max(self.venue_terms or terms, terms)
