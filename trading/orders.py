"""The state of one order, as its facts prove it.

It is a merge of facts (``order_facts``). What is *unknown* about an order is never stored: it is
what the facts so far leave open.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final, Literal

from trading.market import BookSide
from trading.order_evidence import FROM_FILL, Attempt, OrderTerms
from trading.order_facts import OrderFacts

OrderState = Literal[
    "recorded", "in_flight", "unknown", "resting", "filled", "canceled", "rejected", "not_sent"
]

_DENIED_STATE: Final[dict[str, OrderState]] = {
    "rejected": "rejected",
    "not_sent": "not_sent",
    "absent": "not_sent",  # the attempt was made, but nothing of it ever reached the book
}


@dataclass(slots=True)
class Order(OrderFacts):
    """One order, ours or foreign. Only the ledger merges into it; everybody else reads."""

    @property
    def is_ours(self) -> bool:
        return self.intent is not None

    @property
    def side(self) -> BookSide:
        if self.venue_side is not None:
            return self.venue_side
        if self.intent is None:
            raise ValueError(f"order {self.key}: no fact tells its terms yet")
        return self.intent.side

    @property
    def price_e4(self) -> int:
        """YES limit price; of an order known by a fill alone, the price of that fill."""
        return self._known_terms.price_e4

    @property
    def count_e2(self) -> int:
        """Ordered count; of an order known by fills alone, what they filled."""
        terms = self._known_terms
        return self.known_fills_e2 if terms.source == FROM_FILL else terms.count_e2

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
        return self.is_ended or self._is_filled_whole

    @property
    def is_ended(self) -> bool:
        """Whether the venue's word ended it. Our count says it too, unless somebody has raised its own."""
        return self.end is not None or self.cancel_reduced_e2 is not None or self.is_accepted_ended

    @property
    def is_closed(self) -> bool:
        """Terminal, and every fill the venue counts is known by its trade_id."""
        return self.is_terminal and self.known_fills_e2 == self.filled_e2

    @property
    def is_end_inferred(self) -> bool:
        """Terminal by an answer to us, which implies fills that nothing shows: no record of the end is known.

        The answer to a cancel tells how much was left. Of an order that somebody has decreased, fills that
        never were would follow from it.
        """
        return self.end is None and self.is_terminal and not self.is_closed

    @property
    def reserved_count_e2(self) -> int:
        """The contracts that may still fill, or have filled without our knowing that fill."""
        if self.terms is None:
            return 0
        whole_e2 = self.filled_e2 if self.is_terminal else max(self.count_e2, self.filled_e2)
        return whole_e2 - self.known_fills_e2

    @property
    def is_fate_open(self) -> bool:
        """Nothing says whether the venue took it, or will: in flight, or unknown."""
        return self.denial is None and not self.is_known_to_venue

    @property
    def is_unsent(self) -> bool:
        """Recorded, and no attempt to send it is known."""
        return self.deadline_us is None and self.is_fate_open

    @property
    def is_unresolved(self) -> bool:
        """Sent, and nothing from the venue says what became of it."""
        return self.deadline_us is not None and self.is_fate_open

    @property
    def is_resting(self) -> bool:
        return self.is_known_to_venue and not self.is_terminal

    def may_become(self, attempts: Iterable[Attempt]) -> bool:
        """Whether this order, which is nobody's so far as is told, may be what one of these attempts made."""
        is_untold = self.attempt is None and self.naming is None
        return is_untold and any(each.may_have_made(self.venue_ticker, self.venue_side) for each in attempts)

    def state(self, in_flight: Collection[str] = ()) -> OrderState:
        """One word for people. ``in_flight``: client_order_ids whose attempt is running now."""
        if self.is_resting:
            return "resting"
        if self.is_terminal:
            return self._terminal_state()
        if self.is_unsent:
            return "recorded"
        return "in_flight" if self.client_order_id in in_flight else "unknown"

    def _terminal_state(self) -> OrderState:
        if self.denial is not None and not self.is_known_to_venue:
            return _DENIED_STATE[self.denial.word]
        is_executed = self.end is not None and self.end.word == "executed"
        return "filled" if is_executed or self._is_filled_whole else "canceled"

    @property
    def _is_filled_whole(self) -> bool:
        terms = self.terms
        return terms is not None and terms.source != FROM_FILL and self.filled_e2 >= terms.count_e2

    @property
    def _known_terms(self) -> OrderTerms:
        if self.terms is None:
            raise ValueError(f"order {self.key}: no fact tells its terms yet")
        return self.terms
