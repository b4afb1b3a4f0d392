"""OrderManager: judges what the Selector wants, writes it down, sends it once, and learns its fate.

Nothing is sent that is not in its outbox, nothing in its outbox is sent twice, and an order whose
fate is open keeps its cash reserved and its market blocked until the venue's evidence ends it.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any, ClassVar, Final

from actors.messages import (
    AccountCheckRequested,
    AccountObserved,
    AccountValued,
    FactsCommitted,
    LeaseGranted,
    MarketsChosen,
    MarketsHeld,
    MarketsListed,
    MarketsRead,
    MarketTermsChanged,
    OrderIntents,
    ShardListRequested,
    ShardObserved,
    WhyReported,
    WhyRequested,
)
from actors.raw_frames import RawFrames
from actors.thespian.reporting import ReportingActor
from execution.book_report import BookReport
from execution.chosen_markets import ChosenMarkets
from execution.clock_notes import ClockNotes, figures
from execution.committed_facts import CommittedFacts
from execution.data_watch import DataWatch
from execution.execution_books import ExecutionBooks, WatchedBooks
from execution.halt_latch import HaltLatch
from execution.market_reading import MarketReading, ReadEnd
from execution.opening import AccountParts, ReadingVenue, Recovering
from execution.permits import HeldPermits
from execution.recovery import GAP_S
from execution.trading_phase import Trading
from execution.venue_books import books_of
from execution.venue_watch import VenueWatch
from kalshi_client.background import Background
from persistence import account_files
from persistence.disk_room import is_low
from persistence.outbox import Outbox
from settings.config import Config
from settings.venue_access import VenueAccess, account_rest_for
from trading.decision import LedgerPoint, Terms
from trading.market import Market
from trading.market_map import MarketMap
from trading.orders import Order

THREADS: Final = 4  # calls at once; the venue's budget is spent long before
ACCOUNT_PERIOD_S: Final = 0.1  # the Selector's credits are at most this old
SECOND_S: Final = 1.0
ACCOUNT_EXPIRES_S: Final = (
    600.0  # the outcomes in it are told once, so a slow Selector must hear them all the same
)
CANCEL_PERIOD_S: Final = 0.02
STOPPED, HALTED, BOOKS_AWAY = "the session stopped", "trading halted", "its book was not heard of any more"
"""Why an order is canceled."""


class OrderManager(ReportingActor):
    """The only sender of orders, and the only writer of the events about sending them."""

    NAME: ClassVar[str] = "OrderManager"

    def begin(self) -> None:
        config = Config.model_validate(self.settings["config"])
        self._began_us = time.time_ns() // 1000
        self._folder = folder = Path(self.settings["account_dir"])
        limits, options = config.limits(), config.strategy.options
        self._terms = Terms(options.style, options.contracts_e2())
        self._outbox = Outbox(folder / account_files.ORDER_MANAGER, "OrderManager")
        self._facts = CommittedFacts(folder / account_files.FILL_PROCESSOR)
        self._latch = HaltLatch(folder / "halt.json")
        venue = VenueAccess(**self.settings["execution"])
        self._label = venue.label
        self._rest = account_rest_for(venue)
        self._background = Background(THREADS, name="orders")
        self._reading = MarketReading(self._rest, refresh_s=config.markets.refresh_s)
        self._markets = self._reading.markets
        self._venue = VenueWatch(self._rest, self.log)
        self._names = MarketMap(self.settings["renamed"])
        self._chosen = ChosenMarkets(self._names, self._markets)
        self._permits = HeldPermits(self._names)
        self._data = DataWatch(
            self._permits.shards,
            silence_s=config.risk.silence_s,
            on_down=config.execution.on_data_down,
        )
        self._books: ExecutionBooks = WatchedBooks(self._permits)
        self._raw = RawFrames(self.settings, "execution-books", self.log)
        if not self.settings["is_one_venue"]:
            self._books = books_of(venue, self._rest, config, keep=self._raw.keep)
        self._book_report = BookReport(
            self._books,
            self._permits,
            valuation=config.execution.valuation,
            silence_s=config.risk.silence_s,
        )
        self._held_told: list[str] = []
        self._has_stopped = False
        self._stop_at: float | None = None  # monotonic; set once no order may rest any more
        self._clock_notes = ClockNotes(limits.max_clock_offset_us)
        parts = AccountParts(
            self.settings["account"],
            names=self._names,
            outbox=self._outbox,
            facts=self._facts,
            markets=self._markets,
            books=self._books,
            permits=self._permits,
            latch=self._latch,
            limits=limits,
            order_ttl_us=config.risk.order_ttl_us(),
            foreign=config.execution.foreign_orders,
            session_from_us=self.settings["started_us"],
            rest=self._rest,
            background=self._background,
            pauses=self._venue.pauses,
            log=self.log,
        )
        self._phase: ReadingVenue | Recovering | Trading = ReadingVenue(parts)
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
        self._latch.look()
        self._outbox.keep_room()
        self._raw.look()
        self._judge_disk(is_low=is_low(self._folder))
        if self._reading.background.is_overdue() or self._background.is_overdue():
            self.readable()
        if said := self._clock_notes.news(self._rest.clock_offset()):
            self.log.warning("%s", said)
        self._read_venue()
        self._venue.look(self._markets.shards)
        if check := self._venue.pauses.check:
            self.tell("FillProcessor", AccountCheckRequested(check), expires_s=SECOND_S)
        self._judge_data()
        self._judge_balance()
        self._phase.look_after(time.time_ns() // 1000)
        for note in self._phase.foreign_news():
            self.log.warning("%s", note)
        self._phase.cancel_foreign(self._takes_cancels)
        if self._latch.reason or self._permits.state == "halted":
            self._cancel_resting()

    # --- who is there, and what they allow -------------------------------------------------------

    def wired(self, peers: dict[str, int]) -> None:
        known, self._peers_known = self._peers_known, dict(peers)
        if peers.get("Selector") != known.get("Selector"):
            self._phase.selector_is_new()
        if peers.get("FillProcessor") != known.get("FillProcessor"):
            self._tell_markets(self._markets.markets.values())
        if peers.get("Recorder") != known.get("Recorder"):
            self._tell_markets(self._markets.markets.values(), to=("Recorder",))

    def on_LeaseGranted(self, message: LeaseGranted, _sender: str) -> None:
        self._permits.grant_lease(message.valid_s, message.state, message.reason, now=time.monotonic())

    def on_ShardObserved(self, message: ShardObserved, sender: str) -> None:
        if not self._permits.shards.hear(message.marks, time.monotonic()):
            self.tell(sender, ShardListRequested(message.marks.shard))
        self._judge_data()

    def reasons(self) -> dict[str, str]:
        reasons = self._phase.reasons()
        if not isinstance(self._phase, Trading):
            return reasons
        if self._markets.takes_none:
            reasons["starting"] = "the execution venue trades none of the markets that were chosen"
        if why := self._venue.holds_all(self._markets.shards):
            reasons["reconciling"] = f"{self._label}: {why}"
        if too_far := self._clock_notes.refusal(self._rest.clock_offset()):
            reasons["reconciling"] = f"{self._label}: {too_far}"
        for state, why in self._data.reasons(time.monotonic()).items():
            reasons[state] = f"{reasons[state]}; {why}" if state in reasons else why
        if self._latch.reason:
            reasons["halted"] = self._latch.reason
        return reasons

    # --- the venue's markets, then everything that happened so far -------------------------------

    def on_MarketsChosen(self, message: MarketsChosen, _sender: str) -> None:
        self._chosen.choose(message.number, message.tickers, message.asked_about)
        self._tell_listed()
        self._read_venue()

    def _tell_listed(self) -> None:
        if answer := self._chosen.new_answer():
            told = MarketsListed(answer.number, answer.refused, answer.renamed, dict(answer.mapped))
            self.tell("Supervisor", told)

    def on_MarketTermsChanged(self, message: MarketTermsChanged, _sender: str) -> None:
        self._markets.renew(self._names.all_to_execution(message.tickers))
        self._read_venue()

    def _read_venue(self) -> None:
        needed = self._phase.needed()
        self._reading.read_if_due(needed=needed, account_too=isinstance(self._phase, ReadingVenue))
        if needed != self._held_told and isinstance(self._phase, Trading):
            self._held_told = needed
            without_data = [ticker for ticker in needed if self._names.to_data(ticker) is None]
            self.tell("Supervisor", MarketsHeld(self._names.all_to_data(needed), without_data))

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
        self._tell_markets(self._markets.markets.values())
        self._phase.look_up_unsettled()

    def _tell_markets(
        self, markets: Collection[Market], to: Sequence[str] = ("FillProcessor", "Recorder")
    ) -> None:
        if isinstance(self._phase, Trading) and markets:
            for peer in to:
                self.tell(peer, MarketsRead(list(markets), self._outbox.outbox_id))

    # --- facts, intents and answers in -----------------------------------------------------------

    def on_FactsCommitted(self, message: FactsCommitted, _sender: str) -> None:
        if not self._phase.take_facts(LedgerPoint(message.outbox_id, message.seq)):
            return  # the next one comes within a second
        self._permits.hear_stream(live=message.live, now=time.monotonic())
        if message.live:
            self._venue.checked(message.checked, self._markets.shards)
        self._account_changed()

    def on_OrderIntents(self, message: OrderIntents, _sender: str) -> None:
        if self._stop_at is not None:
            return  # the Selector stops waiting for them by itself
        self._look_at_books()
        self._phase.take_intents(message.intents)
        self._account_changed()

    def descriptors(self) -> list[int]:
        return [self._background.fileno(), self._reading.background.fileno(), self._venue.reads.fileno()]

    def readable(self) -> None:
        for read in self._reading.ended():
            self._on_read(read)
        for done in self._background.drain():
            self._phase.take_answer(done)
        self._renew_outdated()
        self._venue.look(self._markets.shards)
        self._account_changed()

    def _look_at_books(self) -> None:
        """The execution venue's books as they are now; what is told of its markets is read at once."""
        for note in self._phase.look_at_books(self._markets.markets, time.monotonic()):
            self.log.warning("%s", note)
        self._renew_outdated()

    def _renew_outdated(self) -> None:
        if outdated := self._phase.take_outdated(self._markets.markets):
            self._markets.renew(outdated)
            self._read_venue()

    # --- what follows from a change --------------------------------------------------------------

    def _account_changed(self) -> None:
        self._phase.changed()
        self._judge_balance()
        self._judge_disk()
        self._tell_account()
        self.report_soon()
        if self._stop_at is not None:
            self._cancel_resting()

    def _judge_balance(self) -> None:
        judged = self._phase.judge(self._book_report.marks.mark, time.monotonic())
        if judged.news:
            self.log.warning("%s", judged.news)
        if judged.halts:
            self._halt(judged.halts)

    def _judge_data(self) -> None:
        now = time.monotonic()
        if said := self._data.look(now, time.time_ns() // 1000):
            self.log.warning("%s", said)
        if self._data.ends_orders(now):
            older = self._data.is_older
            self._phase.cancel_resting(
                lambda order: older(order) and self._takes_cancels(order), why=BOOKS_AWAY
            )

    def _judge_disk(self, *, is_low: bool = False) -> None:
        """Before it is full, or at the latest when the reserve was needed: what rests can still be ended."""
        if is_low or not self._outbox.has_room:
            self._halt(f"no room left on the disk of {self._folder}; make room, then resume --lift-halt")

    def _halt(self, reason: str) -> None:
        """For good, until a person lifts it."""
        if not self._latch.reason:
            self._latch.set(reason, time.time_ns() // 1000)
            self.log.error("Halted: %s", reason)
            self._cancel_resting()

    def _tell_account(self) -> None:
        if not self.may_offer("Selector", AccountObserved):
            return  # its credit comes back here
        if told := self._phase.take_news(time.monotonic()):
            self.offer(
                "Selector",
                AccountObserved(told.account, told.granted, told.outcomes),
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
        return self._venue.pauses.paused(order.exchange_index) != "exchange"

    def stopped(self) -> None:
        self._phase.write_again()
        self._tell_worth()  # of the same moment as the last report
        super().stopped()
        self._facts.close()
        self._outbox.close()
        self._raw.close()
        self.retire()

    def _tell_worth(self) -> None:
        if (worth := self._phase.valued(self._book_report.marks.mark)) is not None:
            told = AccountValued(
                at_us=time.time_ns() // 1000,
                since_us=self._began_us,
                cash_e6=worth.cash,
                available_e6=worth.available,
                held_e6=worth.held,
                gain_e6=worth.gain,
                marks=self._book_report.valuation,
                worth_e6=worth.by_market,
            )
            self.tell("Recorder", told)

    # --- for people ------------------------------------------------------------------------------

    def on_WhyRequested(self, message: WhyRequested, _sender: str) -> None:
        ticker = self._names.to_execution(message.ticker)
        facts: dict[str, Any] = {
            "execution_ticker": ticker,
            "starting": self._phase.reasons().get("starting"),
        }
        if ticker is not None:
            why = self._latch.reason or self._permits.state_reason
            facts |= self._phase.why(ticker, self._permits.mark(ticker), self._terms, why)
        self.tell("page", WhyReported(message.request_id, self.NAME, facts))

    def telemetry(self) -> dict[str, Any]:
        now, offset = time.monotonic(), self._rest.clock_offset()
        condition = self._venue.condition(
            self._markets.shards,
            clock=self._clock_notes.refusal(offset),
            starting=self._phase.reasons().get("starting", ""),
            books=self._books.trouble,
        )
        connections = {"connections": self._books.connections(now)}
        values: dict[str, Any] = {"clock": figures(offset), "condition": condition, **connections}
        if told := self._phase.telemetry(self._book_report, now, tables=self.table_due()):
            values |= {**told, "venue": self._venue.pauses.report()}
        return values
