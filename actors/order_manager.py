"""OrderManager: judges what the Selector wants, writes it down, sends it once, and learns its fate.

Nothing is sent that is not in its outbox, nothing in its outbox is sent twice, and an order whose
fate is open keeps its cash reserved and its market blocked until the venue's evidence ends it.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, ClassVar, Final

from actors.messages import (
    AccountCheckRequested,
    AccountObserved,
    FactsCommitted,
    LeaseGranted,
    MarketsChosen,
    MarketsHeld,
    MarketsRead,
    MarketTermsChanged,
    OrderIntents,
    ShardListRequested,
    ShardObserved,
)
from actors.thespian.reporting import ReportingActor
from execution import order_calls
from execution.account_news import AccountNews
from execution.account_view import account_of
from execution.balance_watch import BalanceWatch
from execution.clock_notes import ClockNotes, figures
from execution.committed_facts import CommittedFacts
from execution.execution_markets import ExecutionMarkets
from execution.halt_latch import HaltLatch
from execution.order_execution import OrderExecution
from execution.permits import HeldPermits
from execution.recovery import GAP_S, Recovery
from execution.venue_watch import VenueWatch
from execution.write_budget import WriteBudget
from kalshi_client.background import Background, Done
from kalshi_client.rest.throttle import TokenBucket
from persistence import account_files
from persistence.outbox import Outbox
from settings.config import Config
from settings.venue_access import VenueAccess, rest_for
from trading.decision import LedgerPoint
from trading.events import LedgerEvent
from trading.ledger import Ledger
from trading.market import Market
from trading.order_desk import OrderDesk, Permits
from trading.order_ids import OrderIds

THREADS: Final = 4  # calls at once; the venue's budget is spent long before
VENUE_WITHIN_S: Final = 600.0  # thousands of markets, read at the pace of the venue
UNLISTED_TOLD: Final = 5
ACCOUNT_PERIOD_S: Final = 0.1  # the Selector's credits are at most this old
SECOND_S: Final = 1.0
MOST_LEFT_OUT_TOLD: Final = 20  # lines after one read of the venue's markets
CANCEL_PERIOD_S: Final = 0.02
FORGET_AFTER_US: Final = 120_000_000  # a closed order nobody has spoken of for so long leaves memory


class OrderManager(ReportingActor):
    """The only sender of orders, and the only writer of the events about sending them."""

    NAME: ClassVar[str] = "OrderManager"

    def begin(self) -> None:
        config = Config.model_validate(self.settings["config"])
        folder = Path(self.settings["account_dir"])
        self._limits = config.limits()
        self._order_ttl_us = round(config.risk.order_ttl_s * 1_000_000)
        self._outbox = Outbox(folder / account_files.ORDER_MANAGER, "OrderManager")
        self._facts = CommittedFacts(folder / account_files.FILL_PROCESSOR)
        self._latch = HaltLatch(folder / "halt.json")
        self._rest = rest_for(VenueAccess(**self.settings["execution"]))
        self._background = Background(THREADS, name="orders")
        self._venue_reads = Background(1, name="venue")  # long ones: no order waits for them
        self._reads = order_calls.MarketReads(self._rest)
        self._venue = VenueWatch(self._rest, self.log)
        self._permits = HeldPermits()
        self._markets = ExecutionMarkets(refresh_s=config.markets.refresh_s)
        self._held_told: list[str] = []
        self._unlisted: list[str] = []  # chosen markets that the execution venue does not list
        self._desk: OrderDesk | None = None  # until the execution venue has told its markets
        self._recovery: Recovery | None = None
        self._execution: OrderExecution | None = None  # until the desk knows everything that happened
        self._budget: WriteBudget | None = None
        self._has_stopped = False
        self._stop_at: float | None = None  # monotonic; set once no order may rest any more
        self._news = AccountNews()  # for the Selector
        self._balance = BalanceWatch(self._limits)
        self._clock_notes = ClockNotes(self._limits.max_clock_offset_us)
        self._peers_known: dict[str, int] = {}
        self.after(SECOND_S, "second")
        self.after(ACCOUNT_PERIOD_S, "account")
        self.start_reporting()

    def on_timer(self, name: str) -> None:
        if self.report_timer(name):
            return
        if name == "second":
            self.after(SECOND_S, "second")
            self._each_second()
        elif name == "account":
            self.after(ACCOUNT_PERIOD_S, "account")
            self._tell_account()
        elif name == "recover":
            self._recover()
        elif name == "cancel":
            self._cancel_resting()

    def _each_second(self) -> None:
        self._latch.look()
        if self._venue_reads.is_overdue() or self._background.is_overdue():
            self.readable()
        if said := self._clock_notes.news(self._rest.clock_offset()):
            self.log.warning("%s", said)
        self._read_venue()
        self._venue.look(self._markets.shards)
        if check := self._venue.pauses.check:
            self.tell("FillProcessor", AccountCheckRequested(check), expires_s=SECOND_S)
        if self._execution is not None:
            self._judge_balance()
            self._execution.look_up_unsettled()
            self._execution.desk.ledger.forget_closed(time.time_ns() // 1000 - FORGET_AFTER_US)
            if self._latch.reason:
                self._cancel_resting()

    # --- who is there, and what they allow -------------------------------------------------------

    def wired(self, peers: dict[str, int]) -> None:
        known, self._peers_known = self._peers_known, dict(peers)
        if peers.get("Selector") != known.get("Selector"):
            self._news.start_over()
            if self._budget is not None:
                self._budget.asker_is_new()
        if peers.get("FillProcessor") != known.get("FillProcessor"):
            self._tell_markets(self._markets.markets.values())

    def on_LeaseGranted(self, message: LeaseGranted, _sender: str) -> None:
        self._permits.grant_lease(message.valid_s, message.state, message.reason, now=time.monotonic())

    def on_ShardObserved(self, message: ShardObserved, sender: str) -> None:
        if not self._permits.shards.hear(message.marks, time.monotonic()):
            self.tell(sender, ShardListRequested(message.marks.shard))

    def reasons(self) -> dict[str, str]:
        if self._execution is None:
            reading = "reading the markets of the execution venue"
            return {"starting": self._recovery.progress() if self._recovery else reading}
        reasons = {}
        if self._unlisted and len(self._unlisted) == self._markets.chosen:
            reasons["starting"] = "the execution venue lists none of the markets that were chosen"
        pauses = self._venue.pauses
        if not pauses.is_clear and (why := pauses.holds_all(self._markets.shards)):
            reasons["reconciling"] = why
        if too_far := self._clock_notes.refusal(self._rest.clock_offset()):
            reasons["reconciling"] = too_far
        if self._latch.reason:
            reasons["halted"] = self._latch.reason
        if reason := self._balance.reason():
            reasons["reduce_only"] = reason
        return reasons

    # --- the venue's markets, then everything that happened so far -------------------------------

    def on_MarketsChosen(self, message: MarketsChosen, _sender: str) -> None:
        self._markets.choose(message.tickers)
        self._read_venue()

    def on_MarketTermsChanged(self, message: MarketTermsChanged, _sender: str) -> None:
        self._markets.renew(message.tickers)
        self._read_venue()

    def _read_venue(self) -> None:
        needed = self._needed()
        tickers = self._markets.next_read(time.monotonic(), needed=needed)
        if tickers is not None:
            read = self._reads.account_too if self._desk is None else self._reads.markets
            self._venue_reads.submit(("venue", ""), read, tickers, within_s=VENUE_WITHIN_S)
        if needed != self._held_told and self._execution is not None:
            self._held_told = needed
            self.tell("Supervisor", MarketsHeld(needed))

    def _needed(self) -> list[str]:
        """Markets with a position or an order that is not over."""
        return [] if self._desk is None else sorted(self._desk.ledger.engaged())

    def _on_venue(self, done: Done) -> None:
        left_out = self._reads.take_left_out()
        for reason in left_out[:MOST_LEFT_OUT_TOLD]:
            self.log.warning("Left out of the execution venue's markets: %s", reason)
        if len(left_out) > MOST_LEFT_OUT_TOLD:
            self.log.warning("... and %d more left out", len(left_out) - MOST_LEFT_OUT_TOLD)
        if done.error is not None:
            self.log.warning("Reading the execution venue failed, trying again: %s", done.error)
            self._markets.failed(time.monotonic())
            return
        if self._desk is None:
            venue: order_calls.ExecutionVenue = done.result
            self._markets.learn(venue.markets, time.monotonic())
            self._open_desk(venue)
            self.log.info("Trading %d markets, write tier %s", len(venue.markets), venue.limits.tier)
        else:
            changed = self._markets.learn(done.result, time.monotonic())
            self._desk.ledger.reprice()
            self._tell_markets(changed)
        self._tell_unlisted()
        self._read_venue()  # what was chosen meanwhile

    def _tell_unlisted(self) -> None:
        before, self._unlisted = self._unlisted, self._markets.unlisted()
        if self._unlisted and self._unlisted != before:
            self.log.warning(
                "The execution venue does not list %d of the %d markets, which take no orders: %s",
                len(self._unlisted),
                self._markets.chosen,
                ", ".join(self._unlisted[:UNLISTED_TOLD])
                + (" …" if len(self._unlisted) > UNLISTED_TOLD else ""),
            )

    def _open_desk(self, venue: order_calls.ExecutionVenue) -> None:
        write = venue.limits.write
        self._budget = WriteBudget(TokenBucket(write.capacity, write.refill_per_s), venue.costs)
        self._desk = OrderDesk(
            Ledger(self._markets.markets, session_from_us=self.settings["started_us"]),
            self._limits,
            markets=self._markets.markets,
            ids=OrderIds.of(self.settings["account"], self._outbox.outbox_id),
            order_ttl_us=self._order_ttl_us,
        )
        self._recovery = Recovery(self._past(), self._desk.take)
        self._recover()

    def _past(self) -> Iterator[LedgerEvent]:
        for _, event in self._outbox.events():
            yield event
        # FillProcessor's facts as well, or every order that it saw end would count as resting here.
        yield from self._facts.so_far()

    def _recover(self) -> None:
        if self._desk is None or self._budget is None or self._recovery is None:
            return
        if not self._recovery.turn():
            self.after(GAP_S, "recover")
            return
        self._execution = OrderExecution(
            self._desk,
            outbox=self._outbox,
            budget=self._budget,
            rest=self._rest,
            background=self._background,
            pauses=self._venue.pauses,
            log=self.log,
        )
        self._tell_markets(self._markets.markets.values())
        self._execution.look_up_unsettled()

    def _tell_markets(self, markets: Collection[Market]) -> None:
        if self._execution is not None and markets:
            self.tell("FillProcessor", MarketsRead(list(markets), self._outbox.outbox_id))

    def on_FactsCommitted(self, message: FactsCommitted, _sender: str) -> None:
        if self._execution is None:
            return  # the next one comes within a second
        for event in self._facts.upto(LedgerPoint(message.outbox_id, message.seq)):
            self._execution.desk.take(event)
        self._permits.hear_stream(live=message.live, now=time.monotonic())
        if message.live:
            self._venue.checked(message.checked, self._markets.shards)
        self._account_changed()

    # --- intents in, answers back ----------------------------------------------------------------

    def on_OrderIntents(self, message: OrderIntents, _sender: str) -> None:
        if self._execution is None or self._budget is None or self._stop_at is not None:
            return  # the Selector stops waiting for them by itself
        self._budget.asked(len(message.intents))
        self._execution.take_intents(message.intents, self._permits_for)
        self._account_changed()

    def _permits_for(self, ticker: str) -> Permits:
        now, market = time.monotonic(), self._markets.markets.get(ticker)
        return Permits(
            clock=self._rest.clock_offset(),
            lease_valid=self._permits.lease_valid(now),
            state=self._permits.state,
            stream_reconciled=self._permits.stream_reconciled(now),
            venue_paused=market is not None and bool(self._venue.pauses.holds(market.exchange_index)),
            untradable=self._permits.shards.untradable(ticker, now),
            equity_e6=self._balance.view.worth.equity,
            reduce_only=self._balance.reduce_only,
            halted=bool(self._latch.reason),
        )

    def descriptors(self) -> list[int]:
        return [self._background.fileno(), self._venue_reads.fileno(), self._venue.reads.fileno()]

    def readable(self) -> None:
        for done in self._venue_reads.drain():
            self._on_venue(done)
        for done in self._background.drain():
            if self._execution is not None:
                self._execution.take_answer(done)
        if self._execution is not None and self._execution.outdated:
            self._markets.renew(self._execution.outdated)
            self._execution.outdated.clear()
            self._read_venue()
        self._venue.look(self._markets.shards)
        self._account_changed()

    # --- what follows from a change --------------------------------------------------------------

    def _account_changed(self) -> None:
        self._news.changed()
        self._judge_balance()
        self._tell_account()
        self.report_soon()
        if self._stop_at is not None:
            self._cancel_resting()

    def _judge_balance(self) -> None:
        if self._execution is None:
            return
        ledger = self._execution.desk.ledger
        judged = self._balance.judge(ledger, self._permits.shards.mark, time.monotonic())
        if judged.news:
            self.log.warning("%s", judged.news)
        if judged.halts and not self._latch.reason:
            self._latch.set(judged.halts, time.time_ns() // 1000)
            self.log.error("Halted: %s", self._latch.reason)
            self._cancel_resting()

    def _tell_account(self) -> None:
        if self._execution is None or self._budget is None or not self._execution.desk.ledger.is_opened:
            return
        now = time.monotonic()
        granted = self._budget.granted(now)
        if not self._news.is_due(granted, now) or not self.may_offer("Selector", AccountObserved):
            return  # the timer or the credit comes back here
        self._news.told(granted, now)
        outcomes, self._execution.outcomes = self._execution.outcomes, []
        ledgers = (LedgerPoint(self._outbox.outbox_id, self._outbox.last_seq), self._facts.point())
        account = account_of(self._execution.desk, ledgers)
        self.offer("Selector", AccountObserved(account, granted, outcomes), expires_s=5.0)

    def credited(self, peer: str, kind: str) -> None:
        super().credited(peer, kind)
        if kind == "AccountObserved":
            self._tell_account()

    # --- the way out -----------------------------------------------------------------------------

    def stopping(self, deadline_s: float) -> None:
        self._stop_at = time.monotonic() + deadline_s
        self._cancel_resting()

    def _cancel_resting(self) -> None:
        """Cancel whatever rests, until nothing does and its fills are told, or the deadline has come."""
        if self._execution is None:
            self.stopped()
            return
        if self._has_stopped:
            return
        pauses = self._venue.pauses
        wait_s = self._execution.cancel_resting(lambda o: pauses.paused(o.exchange_index) != "exchange")
        if self._stop_at is None:
            if wait_s is not None:
                self.after(max(wait_s, CANCEL_PERIOD_S), "cancel")
            return
        ledger = self._execution.desk.ledger
        left = {order.key for order in (*ledger.open_orders(), *ledger.unfinished())}
        if left and time.monotonic() < self._stop_at:
            self.after(CANCEL_PERIOD_S, "cancel")
            return
        self._has_stopped = True
        if left:
            self.log.warning("Stopped with %d orders whose end or fills are not proven", len(left))
        self.stopped()

    def stopped(self) -> None:
        super().stopped()
        self._facts.close()
        self._outbox.close()
        self.retire()

    # --- for people ------------------------------------------------------------------------------

    def telemetry(self) -> dict[str, Any]:
        clock = {"clock": figures(self._rest.clock_offset())}
        if self._execution is None:
            return clock
        values = self._balance.view.telemetry(self._execution, tables=self.table_due())
        return {**values, **clock, "venue": self._venue.pauses.report()}
