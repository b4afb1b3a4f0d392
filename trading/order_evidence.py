"""Evidence about an order: our attempt, its terms, its names, its end.

Our attempt is known by the client_order_id that we minted. The venue's order is known by its
order_id; the client_order_id is a second name of it, which an amend can change and another order can
bear later.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

from trading.events import Answered, IntentRecorded, SendStarted
from trading.market import BookSide
from trading.refusals import venue_words
from trading.venue_time import VenueTimeUs

AttemptFact = IntentRecorded | SendStarted | Answered


class OrderTerms(NamedTuple):
    """The terms of an order. They compare by how well the source knows, then by its time.

    The time is the venue's own: a read may tell late what a message has overtaken. Of two changes in
    one millisecond the one with more filled is the later, then the one that we heard of later.
    """

    source: int  # FROM_FILL < FROM_INTENT < FROM_VENUE
    ts_ms: int
    fill_e2: int
    heard_us: int
    price_e4: int
    count_e2: int


FROM_FILL: Final = 0  # a fill tells the side, but neither the limit price nor the count
FROM_INTENT: Final = 1
FROM_VENUE: Final = 2  # an order somebody amended differs from what was first asked


class EndWord(NamedTuple):
    """A word that ends an order; the newest one counts."""

    at_us: int
    word: str
    reason: str


class Naming(NamedTuple):
    """A client_order_id that an order bore. The first one says whose it is."""

    source: int  # BY_ANSWER < BY_VENUE
    ts_ms: int  # when it bore it, by the venue's clock
    name: str


BY_ANSWER: Final = 0  # to our own attempt: whatever it was called later, it is ours
BY_VENUE: Final = 1


@dataclass(slots=True)
class Attempt:
    """Our own ledger's record of an order before the venue's id of it is known."""

    client_order_id: str
    intent: IntentRecorded | None = None  # None: not read yet
    terms: OrderTerms | None = None  # those of the intent
    deadline_us: VenueTimeUs | None = None  # set once the send began
    denial: EndWord | None = None  # proof that there is no such order: rejected, not_sent, absent
    updated_us: int = 0

    def merge(self, fact: AttemptFact) -> None:
        """Take in one fact; in any order, with any repetition."""
        self.updated_us = max(self.updated_us, fact.at_us)
        match fact:
            case IntentRecorded():
                self.intent = fact
                self.terms = OrderTerms(FROM_INTENT, 0, 0, fact.at_us, fact.price_e4, fact.count_e2)
            case SendStarted():
                self.deadline_us = max(self.deadline_us or fact.deadline_us, fact.deadline_us)
            case Answered(outcome="rejected" | "not_sent" | "absent"):
                denial = EndWord(fact.at_us, fact.outcome, venue_words(fact.code, fact.detail))
                self.denial = max(self.denial or denial, denial)

    def may_have_made(self, ticker: str, side: BookSide | None) -> bool:
        """Whether an order there can be ours: no change moves one to another market or side."""
        intent = self.intent
        return intent is None or (ticker in ("", intent.ticker) and side in (None, intent.side))
