"""OrderManager: judges what the Selector wants, writes it down, sends it once, and learns its fate.

Nothing is sent that is not in its outbox, nothing in its outbox is sent twice, and an order whose
fate is open keeps its cash reserved and its market blocked until the venue's evidence ends it.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from typing import Any, ClassVar, Final

from actors import messages
from actors.raw_frames import RawFrames
from actors.thespian.reporting import ReportingActor
from execution import manager_report
from execution.manager_parts import ManagerParts, ManagerSetup
from execution.manager_report import Phase
from execution.manager_watch import ManagerWatch
from execution.market_reading import ReadEnd
from execution.opening import ReadingVenue, Recovering
from execution.recovery import GAP_S
from execution.trading_phase import Trading
from persistence.disk_room import is_low
from trading.decision import LedgerPoint
from trading.market import Market
from trading.orders import Order

ACCOUNT_PERIOD_S: Final = 0.1  # the Selector's credits are at most this old
SECOND_S: Final = 1.0
ACCOUNT_EXPIRES_S: Final = 600.0  # its outcomes are told once, so a slow Selector must hear them all the same
CANCEL_PERIOD_S: Final = 0.02
STOPPED, HALTED = "the session stopped", "trading halted"
"""Why an order is canceled."""


class OrderManager(ReportingActor):
    """The only sender of orders, and the only writer of the events about sending them."""

    NAME: ClassVar[str] = "OrderManager"

    def begin(self) -> None:
        settings = self.settings
        self._began_us = time.time_ns() // 1000
        setup = ManagerSetup.of(settings)
        self._raw = RawFrames(settings, "execution-books", self.log)
        self._parts = ManagerParts.of(setup, self.log, keep=self._raw.keep)
        self._watch = ManagerWatch(self._parts, self.log)
        self._held_told: list[str] = []
        self._has_stopped = False
        self._stop_at: float | None = None  # monotonic; set once no order may rest any more
        self._phase: Phase = ReadingVenue(self._parts.of_account(setup, self.log))
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
            self._look_at_books()
            self._tell_account()
        elif name == "recover" and isinstance(self._phase, Recovering):
            self._recover(self._phase)
        elif name == "cancel":
            self._cancel_resting()

    def _each_second(self) -> None:
        self._parts.latch.look()
        self._parts.outbox.keep_room()
        self._raw.look()
        if self._parts.reading.background.is_overdue() or self._parts.background.is_overdue():
            self.readable()
        if said := self._parts.clock_notes.news(self._parts.rest.clock_offset()):
            self.log.warning("%s", said)
        self._read_venue()
        self._parts.venue.look(self._parts.markets.shards)
        if check := self._parts.venue.pauses.check:
            self.tell("FillProcessor", messages.AccountCheckRequested(check), expires_s=SECOND_S)
        self._judge_data()
        self._judge(is_disk_low=is_low(self._parts.folder))
        self._phase.look_after(time.time_ns() // 1000)
        for note in self._phase.foreign_news():
            self.log.warning("%s", note)
        self._phase.cancel_foreign(self._takes_cancels)
        if self._parts.latch.reason or self._parts.permits.state == "halted":
            self._cancel_resting()

    # --- who is there, and what they allow -------------------------------------------------------

    def wired(self, peers: dict[str, int]) -> None:
        known, self._peers_known = self._peers_known, dict(peers)
        if peers.get("Selector") != known.get("Selector"):
            self._phase.selector_is_new()
        if peers.get("FillProcessor") != known.get("FillProcessor"):
            self._tell_markets(self._parts.markets.markets.values())
        if peers.get("Recorder") != known.get("Recorder"):
            self._tell_markets(self._parts.markets.markets.values(), to=("Recorder",))

    def on_LeaseGranted(self, message: messages.LeaseGranted, _sender: str) -> None:
        self._parts.permits.grant_lease(message.valid_s, message.state, message.reason, now=time.monotonic())

    def on_ShardObserved(self, message: messages.ShardObserved, sender: str) -> None:
        if not self._parts.permits.shards.hear(message.marks, time.monotonic()):
            self.tell(sender, messages.ShardListRequested(message.marks.shard))
        self._judge_data()

    def reasons(self) -> dict[str, str]:
        return manager_report.reasons(self._parts, self._phase, time.monotonic())

    # --- the venue's markets, then everything that happened so far -------------------------------

    def on_MarketsChosen(self, message: messages.MarketsChosen, _sender: str) -> None:
        self._parts.chosen.choose(message.number, message.tickers, message.asked_about)
        self._tell_listed()
        self._read_venue()

    def _tell_listed(self) -> None:
        if answer := self._parts.chosen.new_answer():
            told = messages.MarketsListed(answer.number, answer.refused, answer.renamed, dict(answer.mapped))
            self.tell("Supervisor", told)

    def on_MarketTermsChanged(self, message: messages.MarketTermsChanged, _sender: str) -> None:
        self._parts.markets.renew(self._parts.names.all_to_execution(message.tickers))
        self._read_venue()

    def _read_venue(self) -> None:
        needed = self._phase.needed()
        self._parts.reading.read_if_due(needed=needed, account_too=isinstance(self._phase, ReadingVenue))
        if needed != self._held_told and isinstance(self._phase, Trading):
            self._held_told = needed
            without_data = [ticker for ticker in needed if self._parts.names.to_data(ticker) is None]
            self.tell("Supervisor", messages.MarketsHeld(self._parts.names.all_to_data(needed), without_data))

    def _on_read(self, read: ReadEnd) -> None:
        if isinstance(self._phase, ReadingVenue):
            if (venue := read.venue) is not None:
                self._phase = self._phase.opened(venue.limits, venue.costs)
                self._recover(self._phase)
                self.log.info("Trading %d markets, write tier %s", len(venue.markets), venue.limits.tier)
        else:
            self._phase.reprice()
            self._tell_markets(read.changed)
        for note in read.notes:
            self.log.warning("%s", note)
        self._tell_listed()
        self._read_venue()  # what was chosen meanwhile

    def _recover(self, recovering: Recovering) -> None:
        if not recovering.turn():
            self.after(GAP_S, "recover")
            return
        self._phase = recovering.recovered()
        self._tell_markets(self._parts.markets.markets.values())
        self._phase.look_up_unsettled()

    def _tell_markets(
        self, markets: Collection[Market], to: Sequence[str] = ("FillProcessor", "Recorder")
    ) -> None:
        if isinstance(self._phase, Trading) and markets:
            for peer in to:
                self.tell(peer, messages.MarketsRead(list(markets), self._parts.outbox.outbox_id))

    # --- facts, intents and answers in -----------------------------------------------------------

    def on_FactsCommitted(self, message: messages.FactsCommitted, _sender: str) -> None:
        if not self._phase.take_facts(LedgerPoint(message.outbox_id, message.seq)):
            return  # the next one comes within a second
        self._parts.permits.hear_stream(live=message.live, now=time.monotonic())
        if message.live:
            self._parts.venue.checked(message.checked, self._parts.markets.shards)
        self._account_changed()

    def on_OrderIntents(self, message: messages.OrderIntents, _sender: str) -> None:
        if self._stop_at is not None:
            return  # the Selector stops waiting for them by itself
        self._look_at_books()
        self._phase.take_intents(message.intents)
        self._account_changed()

    def descriptors(self) -> list[int]:
        return [
            self._parts.background.fileno(),
            self._parts.reading.background.fileno(),
            self._parts.venue.reads.fileno(),
        ]

    def readable(self) -> None:
        for read in self._parts.reading.ended():
            self._on_read(read)
        for done in self._parts.background.drain():
            self._phase.take_answer(done)
        self._renew_outdated()
        self._parts.venue.look(self._parts.markets.shards)
        self._account_changed()

    def _look_at_books(self) -> None:
        """The execution venue's books as they are now; what is told of its markets is read at once."""
        for note in self._phase.look_at_books(self._parts.markets.markets, time.monotonic()):
            self.log.warning("%s", note)
        self._renew_outdated()

    def _renew_outdated(self) -> None:
        if outdated := self._phase.take_outdated(self._parts.markets.markets):
            self._parts.markets.renew(outdated)
            self._read_venue()

    # --- what follows from a change --------------------------------------------------------------

    def _account_changed(self) -> None:
        self._phase.changed()
        self._judge()
        self._tell_account()
        self.report_soon()
        if self._stop_at is not None:
            self._cancel_resting()

    def _judge(self, *, is_disk_low: bool = False) -> None:
        if self._watch.look_at_account(self._phase, is_disk_low=is_disk_low):
            self._cancel_resting()

    def _judge_data(self) -> None:
        self._watch.look_at_data(self._phase, self._takes_cancels)

    def _tell_account(self) -> None:
        if not self.may_offer("Selector", messages.AccountObserved):
            return  # its credit comes back here
        if told := self._phase.take_news(time.monotonic()):
            self.offer(
                "Selector",
                messages.AccountObserved(told.account, told.granted, told.outcomes),
                expires_s=ACCOUNT_EXPIRES_S,
            )

    def credited(self, peer: str, kind: str) -> None:
        super().credited(peer, kind)
        if kind == "AccountObserved":
            self._tell_account()

    # --- the way out -----------------------------------------------------------------------------

    def stopping(self, deadline_s: float) -> None:
        self._stop_at = time.monotonic() + deadline_s
        self._cancel_resting()

    def _cancel_resting(self) -> None:
        """Cancel what is managed here, until its end and fills are told or the deadline has come."""
        if self._has_stopped:
            return
        why = HALTED if self._stop_at is None else STOPPED
        wait_s = self._phase.cancel_resting(self._takes_cancels, why=why)
        if self._stop_at is None:
            if wait_s is not None:
                self.after(max(wait_s, CANCEL_PERIOD_S), "cancel")
            return
        left = self._phase.unfinished()
        if left and time.monotonic() < self._stop_at:
            self.after(CANCEL_PERIOD_S, "cancel")
            return
        self._has_stopped = True
        if left:
            self.log.warning("Stopped with %d orders whose end or fills are not proven", len(left))
        self.stopped()

    def _takes_cancels(self, order: Order) -> bool:
        return self._parts.venue.pauses.paused(order.exchange_index) != "exchange"

    def stopped(self) -> None:
        self._phase.write_again()
        self._tell_worth()  # of the same moment as the last report
        super().stopped()
        self._parts.facts.close()
        self._parts.outbox.close()
        self._raw.close()
        self.retire()

    def _tell_worth(self) -> None:
        session, now_us = self.settings["session"], time.time_ns() // 1000
        valued = manager_report.valued(self._parts, self._phase, session, self._began_us, now_us)
        if valued is not None:
            self.tell("Recorder", messages.AccountValued(valued))

    # --- for people ------------------------------------------------------------------------------

    def on_WhyRequested(self, message: messages.WhyRequested, _sender: str) -> None:
        facts = manager_report.why(self._parts, self._phase, message.ticker)
        self.tell("page", messages.WhyReported(message.request_id, self.NAME, facts))

    def telemetry(self) -> dict[str, Any]:
        tables = self.table_due()
        return manager_report.telemetry(self._parts, self._phase, time.monotonic(), tables=tables)
