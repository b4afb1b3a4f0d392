"""Receives what the venue says of the account, has it recorded and checked, and says how far it is.

It alone moves positions and cash: by fills, from the private stream or from a read, each once. Its
word that the stream is live and reconciled since it connected is one of OrderManager's permits.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, Final

from actors.messages import AccountCheckRequested, FactsCommitted, MarketsRead
from actors.raw_frames import RawFrames
from actors.thespian.reporting import ReportingActor
from execution.account_book import AccountBook
from execution.account_figures import AccountFigures, as_json
from execution.account_keeper import AccountKeeper, Consequences
from execution.account_reads import read_account, read_past
from execution.private_stream import Heard, PrivateStream
from execution.read_plan import AskAgain, Moment, ReadNow
from execution.recovery import GAP_S, Recovery
from kalshi_client.background import Background, Done
from kalshi_client.stream.feed import Feed
from persistence import account_files
from persistence.faults import DiskFull
from persistence.outbox import Outbox
from settings.config import Config
from settings.venue_access import VenueAccess, account_feed_for, account_rest_for
from trading.ledger import FORGET_AFTER_US
from trading.order_ids import OrderIds

SECOND_S: Final = 1.0
READ_WITHIN_S: Final = 300.0  # of the whole account; a long past has many pages, each with its own time-out
FRAMES_PER_WAKE: Final = 500


class FillProcessor(ReportingActor):
    """The only writer of fills, orders as seen, balances and checks."""

    NAME: ClassVar[str] = "FillProcessor"

    def begin(self) -> None:
        risk = Config.model_validate(self.settings["config"]).risk
        account, folder = self.settings["account"], self.settings["account_dir"]
        self._venue = VenueAccess(**self.settings["execution"])
        outbox = Outbox(Path(folder) / account_files.FILL_PROCESSOR, "FillProcessor")
        self._book = AccountBook(outbox, account=account, name=self._venue.account_name)
        self._keeper = AccountKeeper(
            self._book, OrderIds(account), folder=folder, reconcile_s=risk.reconcile_s
        )
        self._background = Background(2, name="reads")  # the account as it is, and its past
        self._rest = account_rest_for(self._venue)
        self._stream = PrivateStream(self._rest.clock, now_s=time.monotonic())
        self._silence_s = risk.silence_s
        self._raw = RawFrames(self.settings, "account", self.log)
        # Nothing new is taken in before everything that happened is known.
        self._source: Recovery | Feed = Recovery(self._book.past(), self._book.take)
        self._is_full = False  # the disk refused the last facts, as it was said
        self._told = (0, False, 0)  # seq, liveness and check that OrderManager knows
        self._recover(self._source)
        self.after(SECOND_S, "second")
        self.start_reporting()

    def _recover(self, recovery: Recovery) -> None:
        if recovery.turn():
            self._source = account_feed_for(
                self._venue, 1, silence_s=self._silence_s, clock=self._rest.clock, keep=self._raw.keep
            )
        else:
            self.after(GAP_S, "recover")

    def on_timer(self, name: str) -> None:
        if self.report_timer(name):
            return
        if name == "second":
            self._on_second()
        elif name == "reconcile":
            self._read()
        elif name == "take_in":
            self._carry_on(self._recorded(lambda: self._keeper.go_on(self._now())))
        elif name == "recover" and isinstance(self._source, Recovery):
            self._recover(self._source)

    def _on_second(self) -> None:
        self.after(SECOND_S, "second")
        self._book.keep_room()
        self._raw.look()
        self._book.ledger.forget_closed(_now_us() - FORGET_AFTER_US)
        if isinstance(self._source, Feed):
            self._follow(self._stream.look(time.monotonic()), self._source)
        if self._background.is_overdue():
            self._take_reads()
        self._tell_facts()

    def _now(self) -> Moment:
        clock = self._rest.clock
        return Moment(_now_us(), time.monotonic(), clock.offset(), clock.starts)

    @property
    def _is_live(self) -> bool:
        return self._keeper.plan.is_reconciled

    def reasons(self) -> dict[str, str]:
        if isinstance(self._source, Recovery):
            return {"starting": self._source.progress()}
        reasons = {}
        if self._is_full or not self._book.has_room:
            reasons["halted"] = f"no room left on the disk of {self.settings['account_dir']}"
        if trouble := self._stream.trouble():
            reasons["reconciling"] = f"{self._venue.label}: {trouble}"
        elif not self._is_live:
            how_far = self._keeper.how_far(self._rest.rows_read.progress())
            reasons["reconciling"] = f"{self._venue.label}: reading the account{how_far}"
        elif cash := self._book.ledger.differences.of_cash:
            reasons["reduce_only"] = f"different from the venue: {cash.sentence}"
        return reasons

    def on_MarketsRead(self, message: MarketsRead, _sender: str) -> None:
        self._keeper.ids = OrderIds.of(self.settings["account"], message.outbox_id)
        self._book.learn_markets(message.markets, venue_us=self._now().venue_us)
        self._read()

    def on_AccountCheckRequested(self, message: AccountCheckRequested, _sender: str) -> None:
        if self._keeper.plan.ask(message.number):
            self._read()
            self._tell_facts()

    # --- the stream ------------------------------------------------------------------------------

    def descriptors(self) -> list[int]:
        if isinstance(self._source, Recovery):
            return []
        return [self._source.fileno(), self._background.fileno()]

    def readable(self) -> None:
        if isinstance(self._source, Recovery):
            return
        items = self._source.drain(FRAMES_PER_WAKE)
        heard = self._stream.take(items, now_us=_now_us(), now_s=time.monotonic())
        self._follow(heard, self._source)
        self._take_reads()
        if not self._is_live:
            self._read()

    def _follow(self, heard: Heard, feed: Feed) -> None:
        for note in heard.notes:
            self.log.warning("%s", note)
        for generation, command in heard.commands:
            feed.send(0, generation, command)
        if heard.reconnect:
            feed.reconnect(0)
        if heard.is_interrupted:
            self._keeper.plan.interrupted()
            self._tell_facts()
        if heard.messages:
            messages, now = heard.messages, self._now()
            self._carry_on(self._recorded(lambda: self._keeper.hear(messages, now)))

    # --- reads of the account --------------------------------------------------------------------

    def _read(self) -> None:
        """Have the whole account read, if that is due and proves something.

        A fill between the read and the subscription would be told by neither.
        """
        if not self._stream.is_listening:
            return
        match self._keeper.next_read(self._now()):
            case ReadNow(stretch=stretch):
                tag, known = ("account", str(stretch)), self._book.known()
                self._rest.rows_read.start_over()
                self._background.submit(tag, read_account, self._rest, known, within_s=READ_WITHIN_S)
            case AskAgain(in_s=in_s):
                self.after(in_s, "reconcile")

    def _take_reads(self) -> None:
        for done in self._background.drain():
            outcome = self._past_outcome if done.tag[0] == "past" else self._outcome
            self._carry_on(self._recorded(partial(outcome, done)))

    def _recorded(self, take: Callable[[], Consequences]) -> Consequences:
        """The consequences of ``take``; of facts that a full disk did not record, that the account is read
        again."""
        try:
            outcome = take()
        except DiskFull as full:
            if not self._is_full:
                self.log.error("%s; the account is read again until it can be recorded", full)
            self._is_full = True
            self._keeper.give_up()
            return Consequences(next_read_s=self._keeper.plan.in_vain(self._now()))
        self._is_full = False
        return outcome

    def _outcome(self, done: Done) -> Consequences:
        stretch = int(done.tag[1])
        if done.error is not None:
            return self._keeper.read_failed(done.error, stretch, self._now())
        return self._keeper.take(done.result, stretch, self._now(), generation=self._stream.generation)

    def _past_outcome(self, done: Done) -> Consequences:
        if done.error is not None:
            return self._keeper.past_failed(done.error)
        return self._keeper.take_past(done.result, self._now())

    def _carry_on(self, outcome: Consequences) -> None:
        for note in outcome.notes:
            self.log.log(note.level, "%s", note.text)
        if outcome.next_read_s is not None:
            self.after(outcome.next_read_s, "reconcile")
        if outcome.goes_on:
            self.after(GAP_S, "take_in")
        if outcome.search_past:
            asked = (self._book.opened_s(), self._book.known().settlements)
            self._background.submit(("past", ""), read_past, self._rest, *asked, within_s=READ_WITHIN_S)
        if outcome.new:
            self._tell_facts()
            self.report_soon()

    # --- what others are told --------------------------------------------------------------------

    def _state(self) -> tuple[int, bool, int]:
        return (self._book.seq, self._is_live, self._keeper.plan.checked)

    def _tell_facts(self) -> None:
        seq, is_live, checked = state = self._state()
        facts = FactsCommitted(self._book.outbox_id, seq, is_live, self._stream.generation, checked)
        if self.offer("OrderManager", facts, expires_s=3.0):
            self._told = state

    def credited(self, peer: str, kind: str) -> None:
        super().credited(peer, kind)
        if kind == "FactsCommitted" and self._told != self._state():
            self._tell_facts()

    def stopped(self) -> None:
        super().stopped()
        self._book.close()
        self._raw.close()
        self.retire()

    def telemetry(self) -> dict[str, Any]:
        state = "live" if self._is_live else "reconciling" if self._stream.is_connected else "down"
        figures = AccountFigures(
            check=self._keeper.check,
            left_out=self._book.left_out.counts,
            stream=self._stream.figures(state, time.monotonic()),
            fill_to_position_ms=self._keeper.news.latency.summary(),
            recent=self._keeper.news.take_recent(),
            positions=self._book.ledger.positions if self.table_due() else None,
        )
        return as_json(figures)


def _now_us() -> int:
    return time.time_ns() // 1000
