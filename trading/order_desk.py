"""Decides what becomes of an intent, an answer, or an order whose fate is unknown.

The desk judges on the fold of both outboxes and on permits that others hold, and answers with the
events to write; nothing is sent before they are on disk. It reads no clock and sends nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from trading.actions import Action, Intent
from trading.events import (
    Answered,
    FillSeen,
    IntentRecorded,
    LedgerEvent,
    OrderManagerEvent,
    OrderSeen,
    Refused,
    SendOutcome,
    SendStarted,
)
from trading.execution_price import Pricing, as_decided
from trading.foreign_orders import ForeignPolicy, managed, rests_foreign
from trading.ledger import Ledger
from trading.market import Market
from trading.obstacles import AskedMarket, Obstacle, obstacles
from trading.order_ids import MOST_COUNTED, OrderIds
from trading.order_news import tells_anew
from trading.orders import Order
from trading.risk import Approved, RiskLimits, RiskView, judge
from trading.venue_time import SIGNATURE_VALID_US, ClockOffset, VenueTimeUs

SEND_WITHIN_US: Final = 2_000_000  # an attempt that has not begun by then is not made
OVERDUE_US: Final = 5_000_000  # the end of an order is told this soon, or looked up
PROOF_MARGIN_US: Final = 2_000_000  # reads must be this much fresher than the deadline to prove absence


@dataclass(frozen=True, slots=True)
class Permits:
    """OrderManager's permits from others at this moment."""

    clock: ClockOffset  # of the venue, by its own answers
    lease_valid: bool
    state: str  # of trading, by the Supervisor's word
    stream_reconciled: bool
    venue_paused: bool  # on the market's shard, or its account has not been checked since
    untradable: str | None  # why this market's book may not be traded on; None: it may
    equity_e6: int
    reduce_only: bool
    halted: bool
    pricing: Pricing = as_decided  # on the execution venue's book


class OrderDesk:
    """The orders of one account."""

    def __init__(
        self,
        ledger: Ledger,
        limits: RiskLimits,
        *,
        markets: Mapping[str, Market],
        ids: OrderIds,
        order_ttl_us: int,
        foreign: ForeignPolicy = "leave",
    ) -> None:
        """``ids`` are those of the outbox that the orders are recorded in."""
        self.ledger = ledger
        self.ids = ids
        self.limits = limits
        self.foreign = foreign
        self.in_flight: set[str] = set()  # attempts whose answer is still on its way
        self._markets = markets
        self._order_ttl_us = order_ttl_us
        self._number = 0  # of the newest order of this account's ledger

    @property
    def newest_number(self) -> int:
        """The largest number that an order of this account is known to bear; 0 before the first."""
        return self._number

    def take(self, event: LedgerEvent) -> None:
        """Fold one committed event; at start, all of them."""
        match event:
            case IntentRecorded():
                self._count(event.client_order_id)
            case OrderSeen() | FillSeen():
                # Of a ledger file that is gone, so that its numbers name no second order.
                self._count(event.client_order_id, at_most=MOST_COUNTED)
            case _:
                pass
        self.ledger.apply(event)

    def _count(self, client_order_id: str, *, at_most: int | None = None) -> None:
        issued = self.ids.issued(client_order_id)
        if issued is not None and (at_most is None or issued.number <= at_most):
            self._number = max(self._number, issued.number)

    def decide(self, intent: Intent, permits: Permits, *, now_us: int) -> list[OrderManagerEvent]:
        """Either ``[IntentRecorded, SendStarted]``, folded already, or ``[Refused]``."""
        market = self._markets.get(intent.ticker)
        verdict = judge(intent, self._view(permits, market, now_us), self.limits)
        if not isinstance(verdict, Approved) or market is None:
            reason = "unknown_market" if isinstance(verdict, Approved) else verdict.reason
            return [Refused(now_us, intent.ticker, intent.action, reason, intent.decision)]
        events = self._record(verdict.intent, verdict.count_e2, market, permits.clock, now_us)
        for event in events:
            self.take(event)
        self.in_flight.add(events[0].client_order_id)
        return list(events)

    def obstacles(
        self, asked: AskedMarket, permits: Permits, *, now_us: int, state_reason: str, can_write: bool
    ) -> dict[Action, list[Obstacle]]:
        """By action, what keeps an order of this market back now; nothing is recorded."""
        view = self._view(permits, self._markets.get(asked.ticker), now_us)
        return obstacles(asked, view, self.limits, state_reason=state_reason, can_write=can_write)

    def _view(self, permits: Permits, market: Market | None, now_us: int) -> RiskView:
        return RiskView(
            now_us=now_us,
            clock=permits.clock,
            ledger=self.ledger,
            market=market,
            untradable=permits.untradable,
            lease_valid=permits.lease_valid,
            stream_reconciled=permits.stream_reconciled,
            venue_paused=permits.venue_paused,
            state=permits.state,
            equity_e6=permits.equity_e6,
            reduce_only=permits.reduce_only,
            halted=permits.halted,
            open_orders=len(self.managed()),
            in_flight=self.in_flight,
            pricing=permits.pricing,
        )

    def _record(
        self, intent: Intent, count_e2: int, market: Market, clock: ClockOffset, now_us: int
    ) -> tuple[IntentRecorded, SendStarted]:
        self._number += 1
        client_order_id = self.ids.make(self._number)
        rests = intent.time_in_force == "good_till_canceled"
        ttl_ends_us = clock.to_venue_us(now_us) + self._order_ttl_us
        expires_us = min(ttl_ends_us, market.close_us - self.limits.stop_before_close_us)
        recorded = IntentRecorded(
            at_us=now_us,
            client_order_id=client_order_id,
            ticker=intent.ticker,
            exchange_index=market.exchange_index,
            action=intent.action,
            side=intent.side,
            price_e4=intent.price_e4,
            count_e2=count_e2,
            time_in_force=intent.time_in_force,
            post_only=intent.post_only,
            expiration_s=expires_us // 1_000_000 if rests else None,
            decision=intent.decision,
            reason=intent.reason,
            decided_us=intent.decided_us,
        )
        signed_by_us = clock.latest_venue_us(now_us + SEND_WITHIN_US)
        return recorded, SendStarted(now_us, client_order_id, VenueTimeUs(signed_by_us + SIGNATURE_VALID_US))

    def answered(
        self,
        client_order_id: str,
        outcome: SendOutcome,
        *,
        now_us: int,
        order_id: str = "",
        fill_count_e2: int = 0,
        remaining_e2: int = 0,
        code: str = "",
        detail: str = "",
        record: OrderSeen | None = None,
    ) -> Answered:
        """The answer to an attempt or a lookup as an event, folded already."""
        self.in_flight.discard(client_order_id)
        event = Answered(
            now_us, client_order_id, outcome, order_id, fill_count_e2, remaining_e2, code, detail, record
        )
        self.ledger.apply(event)
        return event

    def looked_up(
        self, order: Order, found: OrderSeen | None, *, as_of_us: VenueTimeUs, now_us: int
    ) -> Answered | None:
        """The facts that a read as fresh as ``as_of_us`` tells anew of the order, folded already; None for
        none."""
        if found is not None and self._is_of(order, found):
            if not tells_anew(found, order):
                return None
            return self.answered(
                order.key,
                "accepted",
                now_us=now_us,
                order_id=found.order_id,
                fill_count_e2=found.fill_e2,
                remaining_e2=0 if found.status in ("canceled", "executed") else found.remaining_e2,
                code="looked_up",
                record=found,
            )
        if is_absence_proven(order, as_of_us=as_of_us):
            return self.answered(order.key, "absent", now_us=now_us, code="looked_up")
        return None

    def _is_of(self, order: Order, found: OrderSeen) -> bool:
        """Whether what was found is the order; one that bears our name may be somebody else's."""
        known = self.ledger.order_by_id(found.order_id)
        if known is not None or order.attempt is None:
            return known is order
        return not order.order_id and order.attempt.may_have_made(found.ticker, found.side)

    def unsettled(self) -> Iterator[Order]:
        """Orders to look up: an attempt was or may have been made, and no answer is on its way."""
        for order in self.ledger.open_orders():
            is_open = order.is_unresolved or order.is_unsent
            if is_open and order.is_ours and order.client_order_id not in self.in_flight:
                yield order

    def overdue(self, clock: ClockOffset, *, now_us: int) -> Iterator[Order]:
        """Our orders that rest past their own end, or whose end is inferred: the venue's word of it was lost.

        An order that is accepted and ends while the private stream is down is told of by nobody.
        """
        for order in self.ledger.unfinished():
            if order.intent is not None and (order.is_resting or order.is_end_inferred):
                ended_ago_us = _ended_ago_us(order, order.intent, clock, now_us)
                if ended_ago_us > OVERDUE_US and order.client_order_id not in self.in_flight:
                    yield order

    def managed(self) -> list[Order]:
        """Open orders that count among ours; foreign ones do as ``execution.foreign_orders`` says."""
        return managed(self.ledger.open_orders(), self.foreign)

    def foreign_resting(self) -> list[Order]:
        """Resting orders that are not ours, whatever is done about them."""
        return [order for order in self.ledger.open_orders() if rests_foreign(order)]

    def cancellable(self) -> list[Order]:
        """Resting orders, oldest first. A cancel that a stopped process began may be asked for again."""
        return [order for order in self.managed() if order.is_resting and order.order_id]

    def blocked(self) -> set[str]:
        """Markets with an order whose fate is open: in flight or unknown."""
        return {order.ticker for order in self.ledger.open_orders() if order.is_fate_open}


def _ended_ago_us(order: Order, intent: IntentRecorded, clock: ClockOffset, now_us: int) -> int:
    """The least time since an answer or its own terms ended it; negative while it may rest."""
    if order.is_end_inferred:
        return now_us - order.heard_us
    if intent.expiration_s is None:  # with its attempt, and that was made here
        return now_us - intent.at_us
    return clock.earliest_venue_us(now_us) - intent.expiration_s * 1_000_000


def is_absence_proven(order: Order, *, as_of_us: VenueTimeUs) -> bool:
    """Whether reads as fresh as ``as_of_us`` that lack the order prove that it will never exist.

    They never do once the venue has shown it: then it has left the reads, not the world.
    """
    if order.is_known_to_venue:
        return False
    return order.deadline_us is None or as_of_us > order.deadline_us + PROOF_MARGIN_US
