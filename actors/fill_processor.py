"""FillProcessor: turns what the venue says of the account into facts, and checks that they add up.

It alone moves positions and cash: by fills, from the private stream or from a read, each once. Its
word that the stream is live and reconciled since it connected is one of OrderManager's permits.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, ClassVar, Final

from actors.messages import AccountCheckRequested, FactsCommitted, MarketsRead
from actors.thespian.reporting import ReportingActor
from execution.account_book import AccountBook, balance_seen, touched
from execution.account_reads import AccountRead, PastRead, read_account, read_past
from execution.fill_news import FillNews
from execution.listening import Listening, Stretch
from execution.recovery import GAP_S, Recovery
from kalshi_client.background import Background, Done
from kalshi_client.outage import Outage
from kalshi_client.stream.feed import Feed
from kalshi_client.stream.inbox import Connected, Disconnected, Frames, Overflowed
from kalshi_client.stream.private_session import PrivateEvent, PrivateSession
from kalshi_client.stream.subscription import CommandFailed, ReconnectNeeded, SubscriptionLost
from kalshi_client.wire.records import Settlement
from kalshi_client.wire.values import FillMessage, Malformed, OrderMessage, Subscribed
from persistence.outbox import Outbox
from settings.config import Config
from settings.venue_access import VenueAccess, feed_for, rest_for
from trading.account_checks import AccountChecks, VenueFigures, Verdict
from trading.events import FillProcessorEvent, FillSeen
from trading.market import format_count_e2, format_money_e6
from trading.order_ids import OrderIds
from trading.reconciliation import advice
from trading.venue_time import UNMEASURED

SECOND_S: Final = 1.0
RETRY_S: Final = 1.0
READ_WITHIN_S: Final = 300.0  # of the whole account; a long past has many pages, each with its own time-out
FRAMES_PER_WAKE: Final = 500
FORGET_AFTER_US: Final = 120_000_000


class FillProcessor(ReportingActor):
    """The only writer of fills, orders as seen, balances and checks."""

    NAME: ClassVar[str] = "FillProcessor"

    def begin(self) -> None:
        config = Config.model_validate(self.settings["config"])
        outbox = Outbox(Path(self.settings["account_dir"]) / "fill_processor.db", "FillProcessor")
        self._reconcile_s = config.risk.reconcile_s
        self._book = AccountBook(outbox, account=self.settings["account"])
        self._order_ids = OrderIds(self.settings["account"])
        self._background = Background(2, name="reads")  # the account as it is, and its past
        self._venue = VenueAccess(**self.settings["execution"])
        self._rest = rest_for(self._venue)
        self._session = PrivateSession()
        self._silence_s = config.risk.silence_s
        self._recovery = Recovery(self._book.past(), self._book.take)
        self._feed: Feed | None = None  # until the book knows everything that happened
        self._generation = 0
        self._connected = False
        self._outage = Outage("Private stream")
        self._stretch = 0  # of the stream without a loss: each has to be reconciled for itself
        self._reconciled_stretch = 0
        self._listening = Listening()
        self._asked_us = 0  # local time of the subscription
        self._frame_at = time.monotonic()
        self._moved: set[str] = set()  # tickers with an event since the reads under way began
        self._heard_ms: dict[str, int] = {}  # by ticker: the newest event of the stream, by the venue's clock
        self._reading = False
        self._read_again_at = float("-inf")  # monotonic seconds; later than now after a read that failed
        self._checks = AccountChecks()
        self._check: dict[str, Any] = {"at": None, "differences": [], "certificate": None}
        self._told = (0, False, 0)  # seq, liveness and check that OrderManager knows
        self._check_wanted = self._checked = 0  # numbers of checks that OrderManager asked for
        self._news = FillNews()
        self._recover()
        self.after(SECOND_S, "second")
        self.start_reporting()

    def _recover(self) -> None:
        if self._recovery.turn():
            self._feed = feed_for(self._venue, 1, silence_s=self._silence_s, clock=self._rest.clock)
        else:
            self.after(GAP_S, "recover")

    def on_timer(self, name: str) -> None:
        if self.report_timer(name):
            return
        if name == "second":
            self.after(SECOND_S, "second")
            self._book.ledger.forget_closed(_now_us() - FORGET_AFTER_US)
            if self._connected:
                self._events(self._session.look(time.monotonic()))
            if self._background.is_overdue():
                self._take_reads()
            self._tell_facts()
        elif name == "reconcile":
            self._read()
        elif name == "recover":
            self._recover()

    @property
    def _heard_stretch(self) -> Stretch:
        return (self._stretch, self._rest.clock.starts)

    @property
    def _is_live(self) -> bool:
        return self._connected and self._reconciled_stretch == self._stretch

    def reasons(self) -> dict[str, str]:
        if self._feed is None:
            return {"starting": self._recovery.progress()}
        if not self._connected:
            first = self._generation == 0
            return {"reconciling": f"the private stream is {'not up yet' if first else 'down'}"}
        if not self._session.is_subscribed:
            return {"reconciling": "the private stream has not acknowledged its subscription"}
        if not self._is_live:
            return {"reconciling": "reading the account"}
        cash = self._book.ledger.differences.of_cash
        return {} if cash is None else {"reduce_only": f"different from the venue: {cash.sentence}"}

    def on_MarketsRead(self, message: MarketsRead, _sender: str) -> None:
        self._order_ids = OrderIds.of(self.settings["account"], message.outbox_id)
        venue_us = self._rest.clock_offset().to_venue_us(_now_us())
        self._book.learn_markets(message.markets, venue_us=venue_us)
        self._read()

    def on_AccountCheckRequested(self, message: AccountCheckRequested, _sender: str) -> None:
        if message.number == self._check_wanted:
            return  # said again
        self._check_wanted = message.number
        self._stretch += 1  # only a read begun now can tell
        self._read()
        self._tell_facts()

    # --- frames in -------------------------------------------------------------------------------

    def descriptors(self) -> list[int]:
        return [] if self._feed is None else [self._feed.fileno(), self._background.fileno()]

    def readable(self) -> None:
        if self._feed is None:
            return
        events: list[FillProcessorEvent] = []
        for item in self._feed.drain(FRAMES_PER_WAKE):
            match item:
                case Frames(generation=generation, data=data):
                    if generation == self._generation:
                        events += [event for frame in data for event in self._events_in(frame)]
                case Connected(generation=generation):
                    self._generation, self._connected = generation, True
                    self._stretch += 1
                    self._tell_all(self._outage.opened())
                    self._asked_us = _now_us()
                    self._send(self._session.connected())
                case Disconnected(reason=reason):
                    self._connected = False
                    self._tell_facts()
                    self._tell_all(self._outage.ended(reason))
                case Overflowed():
                    self._connected = False
        self._send(self._session.commands())
        if events:
            self._record(events)
        self._take_reads()
        if not self._is_live:
            self._read()

    def _take_reads(self) -> None:
        for done in self._background.drain():
            self._on_read(done)

    def _tell_all(self, notes: list[str]) -> None:
        for note in notes:
            self.log.warning("%s", note)

    def _events_in(self, data: bytes) -> list[FillProcessorEvent]:
        self._frame_at = time.monotonic()
        return self._events(self._session.receive(data))

    def _events(self, messages: Iterable[PrivateEvent]) -> list[FillProcessorEvent]:
        events: list[FillProcessorEvent] = []
        for message in messages:
            self._look_at_clock(message)
            match message:
                case FillMessage() | OrderMessage():
                    heard_ms = self._heard_ms.get(message.ticker, 0)
                    self._heard_ms[message.ticker] = max(heard_ms, message.ts_ms)
                    facts, notes = self._book.heard(message)
                    events += facts
                    self._tell_all(notes)
                case Malformed() | SubscriptionLost() | CommandFailed():
                    # Something about the account may have been lost: only a read begun now can tell.
                    self.log.warning("Private stream: %s; reading the account again", message)
                    self._stretch += 1
                case ReconnectNeeded(reason=reason) if self._feed is not None:
                    self.log.warning("Private stream cannot go on: %s; opening it again", reason)
                    self._feed.reconnect(0)
        return events

    def _look_at_clock(self, message: PrivateEvent) -> None:
        """Most messages say when the venue sent them."""
        match message:
            case Subscribed(sending_ts_ms=int(sent_ms)):
                self._rest.clock.replied(sent_ms, asked_us=self._asked_us)
            case FillMessage(sending_ts_ms=int(sent_ms)) | OrderMessage(sending_ts_ms=int(sent_ms)):
                self._rest.clock.heard(sent_ms)

    def _send(self, commands: list[bytes]) -> None:
        for command in commands:
            if self._feed is not None:
                self._feed.send(0, self._generation, command)

    # --- facts -----------------------------------------------------------------------------------

    def _record(self, events: list[FillProcessorEvent]) -> list[FillProcessorEvent]:
        """Commit and fold; say each new fill once."""
        conflicts = len(self._book.conflicts)
        before = {ticker: self._book.ledger.position(ticker).position_e2 for ticker in touched(events)}
        new = self._book.record(events)
        for conflict in self._book.conflicts[conflicts:]:
            self.log.error("Told in two ways: %s", conflict.sentence)
        self._checks.add_conflicts(self._book.conflicts[conflicts:])
        self._moved |= touched(new)
        for event in new:
            if isinstance(event, FillSeen) and self._book.is_news(event):
                fill, held_e2 = self._book.named(event), before[event.ticker]
                ago_ms = (self._rest.clock_offset().to_venue_us(_now_us()) - event.ts_ms * 1_000) / 1_000
                self._news.tell(fill, position_e2=held_e2, ago_ms=ago_ms, ids=self._order_ids, log=self.log)
                before[event.ticker] += event.count_e2 if event.side == "bid" else -event.count_e2
        if new:
            self._tell_facts()
            self.report_soon()
        return new

    def _tell_facts(self) -> None:
        facts = FactsCommitted(
            self._book.outbox_id, self._book.seq, self._is_live, self._generation, self._checked
        )
        if self.offer("OrderManager", facts, expires_s=3.0):
            self._told = (facts.seq, facts.live, facts.checked)

    def credited(self, peer: str, kind: str) -> None:
        super().credited(peer, kind)
        if kind == "FactsCommitted" and self._told != (self._book.seq, self._is_live, self._checked):
            self._tell_facts()

    # --- checks ----------------------------------------------------------------------------------

    def _read(self) -> None:
        """Read the whole account, unless that is under way, cannot be understood or would prove nothing.

        A fill between the read and the subscription would be told by neither.
        """
        is_listening = self._connected and self._session.is_subscribed
        if self._reading or not is_listening or not self._book.markets:
            return
        if time.monotonic() < self._read_again_at:
            return
        clock, now_us = self._rest.clock_offset(), _now_us()
        self._listening.go_on(self._heard_stretch, clock, now_us=now_us)
        if clock != UNMEASURED and (wait_us := self._listening.wait_us(clock, now_us=now_us)):
            self.after(wait_us / 1e6, "reconcile")
            return
        self._reading = True
        self._moved.clear()
        tag = ("account", str(self._stretch))
        known = self._book.known()
        self._background.submit(tag, read_account, self._rest, known, within_s=READ_WITHIN_S)

    def _on_read(self, done: Done) -> None:
        if done.tag[0] == "past":
            self._on_past_read(done)
            return
        self._reading = False
        if done.error is not None:
            self.log.warning("Reading the account failed, trying again: %s", done.error)
            self._read_later()
            return
        if done.tag[1] != str(self._stretch) or not self._connected:
            return  # of a stretch that is over; the next one reads again
        self._take(done.result)

    def _name_uncounted(self, settlements: Iterable[Settlement]) -> None:
        for settlement in settlements:
            if settlement.value_e4 is None:
                self.log.error("Settlement of %s is not counted: nothing tells its payout", settlement.ticker)

    def _read_later(self) -> None:
        self._read_again_at = time.monotonic() + RETRY_S * 0.9  # a wakeup may come a little early
        self.after(RETRY_S, "reconcile")

    def _take(self, read: AccountRead) -> None:
        self._tell_all(self._book.left_out.add(read.left_out))
        self._name_uncounted(read.settlements)
        if self._proves_nothing(read):
            self._read_later()
            return
        self._record([*self._book.news_in(read), balance_seen(read)])
        verdict = self._checks.judge(
            self._book.ledger,
            VenueFigures(self._book.positions_in(read), read.available_e6, read.before_us, read.after_us),
            self._moved_since(read.before_us),
            now_us=_now_us(),
            generation=self._generation,
        )
        self._reconciled_stretch = self._stretch
        self._checked = self._check_wanted
        self._record(list(verdict.events))
        self._tell_verdict(verdict, read)
        self.after(RETRY_S if verdict.is_again_soon else self._reconcile_s, "reconcile")
        if verdict.search_past:
            self._search_past()
        self._tell_facts()
        self.report_soon()

    def _tell_verdict(self, verdict: Verdict, read: AccountRead) -> None:
        for difference in verdict.appeared:
            self.log.error("Different from the venue: %s", difference.sentence)
        for difference in verdict.gone:
            self.log.warning("Equal to the venue again: %s", difference.key)
        for difference in verdict.unexplained:
            self.log.error("%s", advice(difference, self.settings["account_dir"]))
        self._check = {
            "at": _now_us(),
            "differences": [difference.sentence for difference in verdict.differences],
            "certificate": {
                "equal": verdict.check.equal,
                "in_motion": verdict.check.in_motion,
                "suspect": len(verdict.check.suspects),
                "cash_checked": verdict.check.is_cash_checked,
                "read_between_us": [read.before_us, read.after_us],
            },
        }

    def _moved_since(self, read_us: int) -> set[str]:
        """Tickers with an event that reads as of then, by the venue's clock, may not know."""
        self._heard_ms = {ticker: ms for ticker, ms in self._heard_ms.items() if ms * 1000 >= read_us}
        return self._moved | self._heard_ms.keys()

    def _search_past(self) -> None:
        self.log.warning("Reading every fill and settlement since the account was opened here")
        tag = ("past", str(self._stretch))
        asked = (self._book.opened_s(), self._book.known().settlements)
        self._background.submit(tag, read_past, self._rest, *asked, within_s=READ_WITHIN_S)

    def _on_past_read(self, done: Done) -> None:
        if done.error is not None:
            self.log.warning(
                "Reading the account's past failed: %s; it is tried after the next check", done.error
            )
            self._checks.search_failed()
            return
        past: PastRead = done.result
        self._tell_all(self._book.left_out.add(past.left_out))
        self._name_uncounted(past.settlements)
        new = self._record(self._book.past_in(past))
        self.log.warning("Of the account's past, %d fills and settlements were missing", len(new))
        self._read_later()

    def _proves_nothing(self, read: AccountRead) -> bool:
        if not self._listening.is_covered_by(read.before_us, self._heard_stretch):
            return True
        # What moved while it was read is in some of its figures and not in others.
        return not self._book.is_opened and (bool(self._moved) or read.has_fills_inside())

    # --- for people ------------------------------------------------------------------------------

    def telemetry(self) -> dict[str, Any]:
        values: dict[str, Any] = {
            "latency_ms": {"fill_to_position": self._news.latency.summary()},
            "reconciliation": {**self._check, "left_out": dict(self._book.left_out.counts)},
            "connections": [
                {
                    "name": "private stream",
                    "state": "live" if self._is_live else "reconciling" if self._connected else "down",
                    "reconnects": max(0, self._generation - 1),
                    "data_age_s": round(time.monotonic() - self._frame_at, 1),
                }
            ],
            "recent": self._news.take_recent(),
        }
        if self.table_due():
            values["positions"] = [
                {
                    "ticker": ticker,
                    "position": format_count_e2(p.position_e2),
                    "cost": format_money_e6(p.cost_e6),
                    "realised": format_money_e6(p.realised_e6),
                    "fees": format_money_e6(p.fees_e6),
                }
                for ticker, p in self._book.ledger.positions.items()
            ]
        return values


def _now_us() -> int:
    return time.time_ns() // 1000
