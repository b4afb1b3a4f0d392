"""Makes an order of an approved intent, and learns its fate.

Write it down, send it once, take the answer; look up what no answer settled; cancel what must not
rest. The desk decides, the outbox remembers, the background calls; this joins the three.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from typing import Final

from execution import order_calls
from execution.account_facts import order_seen
from execution.look_ups import LookUps
from execution.venue_pauses import VenuePauses
from execution.write_budget import WriteBudget
from kalshi_client.background import Background, Done
from kalshi_client.rest.client import RestClient
from kalshi_client.rest.outcomes import CancelResult, SendResult
from persistence.faults import DiskFull
from persistence.outbox import Outbox
from trading.actions import Intent
from trading.events import (
    CancelAnswered,
    CancelStarted,
    IntentRecorded,
    OrderManagerEvent,
    Refused,
    SendOutcome,
)
from trading.latency import LatencyRecord
from trading.market import format_count_e2
from trading.order_desk import SEND_WITHIN_US, OrderDesk, Permits
from trading.orders import Order
from trading.refusals import RiskRefusal, venue_words
from trading.scope import LeftOut

WRITE_WITHIN_S: Final = 30.0  # one request, whose own time-outs add up to less
LOOK_UP_WITHIN_S: Final = 120.0  # reads wait for their turn
MARKET_CODES: Final = frozenset({"market_inactive", "market_not_found"})  # of refusals, about a market (2.3)
CANCEL_AGAIN_S: Final = 0.5  # a cancel that did not end its order is not repeated sooner


class OrderExecution:
    """The orders of one account from intent to end. Used by one thread, OrderManager's."""

    def __init__(
        self,
        desk: OrderDesk,
        *,
        outbox: Outbox,
        budget: WriteBudget,
        rest: RestClient,
        background: Background,
        pauses: VenuePauses,
        log: logging.Logger,
    ) -> None:
        self.desk = desk
        self.outcomes: list[tuple[str, str]] = []  # (decision, what became of it), until told
        self.outdated: dict[str, None] = {}  # markets that are not what they were, until read again
        self.left_out = LeftOut()
        self.latency = LatencyRecord()  # decision to answer
        self._outbox = outbox
        self._budget = budget
        self._rest = rest
        self._background = background
        self._pauses = pauses
        self._log = log
        self._unwritten: list[OrderManagerEvent] = []  # refused by a full disk, in order
        self._is_full = False  # as it was said
        self._sent: dict[str, Intent] = {}  # by client_order_id, until answered
        self._asking: set[str] = set()  # Order.key; a lookup or a cancel of it is under way
        self._look_ups = LookUps()
        self._cancel_again_at: dict[str, float] = {}  # by Order.key, monotonic seconds

    # --- out -------------------------------------------------------------------------------------

    def take_intents(self, intents: Sequence[Intent], permits_for: Callable[[str], Permits]) -> None:
        """Judge, record all in one commit, then send what was approved."""
        # Counted from before the commit, like the deadlines in it: a slow disk may not make them false.
        not_after = time.monotonic() + SEND_WITHIN_US / 1e6
        events: list[OrderManagerEvent] = []
        for intent in intents:
            events += self._decide(intent, permits_for(intent.ticker))
        is_recorded = self._commit(events)
        for event in events:
            if isinstance(event, IntentRecorded):
                if is_recorded:
                    self._send(event, not_after)
                else:
                    self._give_up(event)

    def _decide(self, intent: Intent, permits: Permits) -> list[OrderManagerEvent]:
        now, now_us = time.monotonic(), _now_us()
        if not self._budget.can_create(now):
            return self._refuse(
                Refused(now_us, intent.ticker, intent.action, "write_budget", intent.decision)
            )
        events = self.desk.decide(intent, permits, now_us=now_us)
        match events[0]:
            case Refused() as refused:
                return self._refuse(refused)
            case IntentRecorded() as recorded:
                self._budget.take_create(now)
                self._sent[recorded.client_order_id] = intent
        return events

    def refuse(self, intents: Sequence[Intent], reason: RiskRefusal) -> None:
        """Record that none of them becomes an order."""
        refused = [Refused(_now_us(), each.ticker, each.action, reason, each.decision) for each in intents]
        self._commit([event for each in refused for event in self._refuse(each)])

    def _refuse(self, event: Refused) -> list[OrderManagerEvent]:
        self.outcomes.append((event.decision, event.reason))
        return [event]

    def _send(self, order: IntentRecorded, not_after: float) -> None:
        tag = ("send", order.client_order_id)
        self._background.submit(tag, order_calls.send, self._rest, order, not_after, within_s=WRITE_WITHIN_S)
        contracts = format_count_e2(order.count_e2).removesuffix(".00")
        label = self.desk.ids.label(order.client_order_id)
        self._log.info("Submitted order: %s (%s, %s contracts)", label, order.action, contracts)

    def _give_up(self, order: IntentRecorded) -> None:
        """It is on no disk, so it may not leave. Nothing else that the disk refuses has to wait for it."""
        name, code = order.client_order_id, "disk_full"
        self._unwritten.append(self.desk.answered(name, "not_sent", now_us=_now_us(), code=code))
        self.outcomes.append((self._sent.pop(name).decision, "not_sent"))
        self._tell_answer(name, "not_sent", code, "no room on the disk to write it down")

    # --- answers ---------------------------------------------------------------------------------

    def take_answer(self, done: Done) -> None:
        """The end of a background call whose tag is (what, Order.key)."""
        what, key = done.tag
        match what:
            case "send":
                self._on_sent(key, done)
            case "look_up":
                self._on_looked_up(key, done)
            case "cancel":
                self._on_canceled(key, done)

    def _on_sent(self, client_order_id: str, done: Done) -> None:
        result: SendResult = done.result or SendResult(outcome="unknown", code=type(done.error).__name__)
        if result.code == "too_many_requests":
            self._budget.refused(time.monotonic())
        event = self.desk.answered(
            client_order_id,
            result.outcome,
            now_us=_now_us(),
            order_id=result.order_id,
            fill_count_e2=result.fill_count_e2,
            remaining_e2=result.remaining_e2,
            code=result.code,
            detail=result.detail,
        )
        self._commit([event])
        order = self.desk.ledger.orders[client_order_id]
        self._hear_pause(result, order.exchange_index)
        if result.code.lower() in MARKET_CODES:
            self.outdated[order.ticker] = None
        intent = self._sent.pop(client_order_id)
        self.latency.add((event.at_us - intent.decided_us) / 1000)
        self.outcomes.append((intent.decision, result.outcome))
        self._tell_answer(client_order_id, result.outcome, result.code, result.detail)

    def _hear_pause(self, result: SendResult | CancelResult, shard: int) -> None:
        if result.outcome == "accepted":
            self._pauses.accepted(shard)
        elif result.outcome != "canceled":  # a pause of trading lets cancels pass
            self._pauses.refused(shard, result.code, time.monotonic(), detail=result.detail)

    def _tell_answer(self, client_order_id: str, outcome: SendOutcome, code: str, detail: str) -> None:
        label, why = self.desk.ids.label(client_order_id), venue_words(code, detail)
        order = self.desk.ledger.orders[client_order_id]
        match outcome:
            case "accepted":
                words = {"resting": "PENDING"}
                state = order.state()
                self._log.info("Order confirmed: %s → %s", label, words.get(state, state.upper()))
            case "rejected":
                self._log.info("Order rejected: %s (%s)", label, why)
            case "not_sent":
                self._log.warning("Order not sent: %s (%s)", label, why)
            case _:
                self._log.warning("Order unknown: %s (%s); looking it up", label, why)

    # --- what no answer settled ------------------------------------------------------------------

    def look_up_unsettled(self) -> None:
        """Ask the venue about orders whose fate is open; those first that were asked about longest ago."""
        overdue = self.desk.overdue(self._rest.clock_offset(), now_us=_now_us())
        for order in self._look_ups.due([*self.desk.unsettled(), *overdue], self._asking):
            self._look_up(order)

    def _look_up(self, order: Order) -> None:
        self._look_ups.asked(order.key)
        self._asking.add(order.key)
        names = (order.ticker, order.client_order_id, order.order_id)
        tag = ("look_up", order.key)
        self._background.submit(tag, order_calls.look_up, self._rest, *names, within_s=LOOK_UP_WITHIN_S)

    def _on_looked_up(self, key: str, done: Done) -> None:
        self._asking.discard(key)
        if done.error is not None:
            if self._look_ups.failed(key, str(done.error)):
                self._log.warning("Looking up %s failed: %s", self.desk.ids.label(key, key), done.error)
            return
        self._look_ups.answered(key)
        looked: order_calls.Lookup = done.result
        for note in self.left_out.add(looked.left_out):
            self._log.warning("%s", note)
        order = self.desk.ledger.order_by_id(key)
        if order is None:
            return  # it ended, and was forgotten meanwhile
        as_of_us, now_us = looked.as_of_us, _now_us()
        seen = None if looked.order is None else order_seen(looked.order, at_us=now_us, as_of_us=as_of_us)
        event = self.desk.looked_up(order, seen, as_of_us=as_of_us, now_us=now_us)
        if event is None:
            return  # nothing new, or nothing proven yet: ask again later
        self._commit([event])
        self._log.info("Order looked up: %s → %s", self.desk.ids.label(key, key), event.outcome)

    # --- cancels ---------------------------------------------------------------------------------

    def cancel_resting(self, wanted: Callable[[Order], bool], *, why: str) -> float | None:
        """Start the cancels that are due and paid for; seconds until more can be paid, None if all began.

        ``why`` is recorded, and told to whoever asks about the order.
        """
        now = time.monotonic()
        self._cancel_again_at = {key: at for key, at in self._cancel_again_at.items() if at > now}
        waiting = self._asking | self._cancel_again_at.keys()
        due = [o for o in self.desk.cancellable() if wanted(o) and o.key not in waiting]
        started: list[OrderManagerEvent] = []
        for order in due:
            if not self._budget.take_cancel(now):
                break
            started.append(CancelStarted(_now_us(), order.key, order.order_id, why))
            self.desk.take(started[-1])
        self._commit(started)
        for order in due[: len(started)]:
            self._asking.add(order.key)
            names = (order.order_id, order.ticker, order.exchange_index)
            tag = ("cancel", order.key)
            self._background.submit(tag, order_calls.cancel, self._rest, *names, within_s=WRITE_WITHIN_S)
        if len(started) == len(due):
            return None
        return self._budget.cancel_wait_s(now)

    def _on_canceled(self, key: str, done: Done) -> None:
        self._asking.discard(key)
        result: CancelResult = done.result or CancelResult(outcome="unknown", code=type(done.error).__name__)
        order = self.desk.ledger.order_by_id(key)
        order_id = "" if order is None else order.order_id
        event = CancelAnswered(_now_us(), key, result.outcome, result.reduced_by_e2, result.code, order_id)
        self.desk.take(event)
        self._commit([event])
        if result.code == "too_many_requests":
            self._budget.refused(time.monotonic())
        elif result.outcome != "canceled":
            # Gone already, or nobody knows: its record says which.
            self._cancel_again_at[key] = time.monotonic() + CANCEL_AGAIN_S
            if order is not None:
                self._hear_pause(result, order.exchange_index)
                self._look_up(order)

    def write_again(self) -> None:
        """Try to record what the disk has refused so far."""
        self._commit(())

    def _commit(self, events: Sequence[OrderManagerEvent]) -> bool:
        """Whether the events are on the disk; what a full one refuses goes with the next that it takes.

        An intent has to be there before its order leaves. A cancel and the answers have not: a cancel
        only ever takes risk away, and what an answer said can be asked of the venue again.
        """
        self._unwritten += events
        try:
            self._outbox.append([(event, None) for event in self._unwritten])
        except DiskFull as full:
            if not self._is_full:
                self._log.error("%s; cancels are sent all the same", full)
            self._is_full = True
            return False
        self._unwritten.clear()
        self._is_full = False
        return True


def _now_us() -> int:
    return time.time_ns() // 1000
