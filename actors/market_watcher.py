"""MarketWatcher: keeps the books of one shard and shows the newest state of what changed.

No delta ever leaves this process. The Selector gets one batch at a time, when it has credited the
last; OrderManager gets the markets that may not be traded and a mark of each.
"""

from __future__ import annotations

import time
import zlib
from pathlib import Path
from typing import Any, ClassVar, Final

from actors.market_lists import discovered, event_shapes
from actors.messages import (
    BookLinesReported,
    BookLinesRequested,
    BookReported,
    BookRequested,
    MarketsHeld,
    MarketsObserved,
    MarketsUnwatched,
    MarketsWanted,
    MarketTermsChanged,
    ShardAssigned,
    ShardListRequested,
    ShardObserved,
    StateChanged,
)
from actors.raw_frames import RawFrames
from actors.thespian.reporting import ReportingActor
from kalshi_client.background import Background, Done
from kalshi_client.signing_clock import SigningClock
from market_data.complaints import Complaints
from market_data.data_venue_watch import DataVenueWatch
from market_data.market_search import SEARCH, MarketSearcher
from market_data.pacing import ChangeRate
from market_data.shard_books import ShardBooks
from market_data.shard_health import ShardHealth
from market_data.shard_tape import ShardTape
from market_data.shard_views import ShardViews
from market_data.shard_watch import NothingToWatch, Watching
from persistence import account_files
from persistence.tape.lives import end_of_session, next_life
from persistence.tape.outbox import TapeSource
from settings.config import Config
from settings.venue_access import VenueAccess, feed_for
from trading import observation
from trading.risk import STATES_THAT_SEND

SECOND_S: Final = 1.0
ATTENTION_S: Final = 0.008  # then other messages get their turn
LAST_PIECE_S: Final = 1.0  # for the tape's last piece, when all ends


class MarketWatcher(ReportingActor):
    """The books of one shard of the data venue's markets."""

    NAME: ClassVar[str] = "MarketWatcher"

    def begin(self) -> None:
        self._config = Config.model_validate(self.settings["config"])
        self._data = VenueAccess(**self.settings["data"])
        self._background = Background(1, name="discovery")
        self._clock = SigningClock()  # of the data venue
        self._searcher: MarketSearcher | None = None  # only one watcher searches
        if self.name.endswith("-0"):
            self._searcher = MarketSearcher(
                self._data, self._config, self._background, self._clock, renamed=self.settings["renamed"]
            )
        self._shards = 1
        self._books = ShardBooks(throttle_s=self._config.strategy.throttle_s)
        self._tape = self._begin_tape()
        self._raw = RawFrames(self.settings, f"books-{self._tape_place()[2]}", self.log)
        self._views = ShardViews(self._books, self._clock, incarnation=self.incarnation)
        self._health = ShardHealth(self._books)
        self._venue = DataVenueWatch(self._data, self._config, self._books, self._clock)
        self._phase: NothingToWatch | Watching = NothingToWatch()
        self._state = "starting"
        self._held: list[str] = []  # markets of the shard in which something is at stake
        self._rate = ChangeRate(time.monotonic())
        self._complaints = Complaints(self.log)
        self._search_if_due()
        self.after(SECOND_S, "second")
        self.start_reporting()

    def _begin_tape(self) -> ShardTape:
        folder, session, shard = self._tape_place()
        self._life = next_life(folder, session, shard, incarnation=self.incarnation)
        return ShardTape(self._books, folder, TapeSource(session, shard, self._life))

    def _tape_place(self) -> tuple[Path, str, int]:
        """The folder of the tapes, and whose shard's this one is."""
        folder = Path(self.settings["account_dir"]) / account_files.TAPE
        return folder, self.settings["session"], int(self.name.rpartition("-")[2])

    def stopping(self, deadline_s: float) -> None:
        self._tape.finish(time.time_ns() // 1000, within_s=min(deadline_s / 2, LAST_PIECE_S))
        end_of_session(*self._tape_place())
        self._raw.close()
        self.stopped()

    def on_timer(self, name: str) -> None:
        if self.report_timer(name):
            return
        if name == "publish":
            self._views.batch_timer_rang()
            self._publish()
        elif name == "second":
            self.after(SECOND_S, "second")
            self._look_after()
            self._search_if_due()
            self._tell_shard()
            self._publish()
        elif name == "shard":
            self._tell_shard()

    def _look_after(self) -> None:
        """Once a second."""
        self._complaints.next_second()
        self._raw.look()
        if self._background.is_overdue():
            self._take_reads()
        now = time.monotonic()
        self._complaints.say(self._tape.look(now, time.time_ns() // 1000))
        self._rate.look(self._books.held.deltas, now)
        self._health.look()
        found = self._phase.look_after(now)
        self._complaints.say(found + self._venue.look(now, at_stake=self._held, outage=self._phase.outage))
        news = self._phase.take_news()
        if news.terms_changed:
            self.tell("OrderManager", MarketTermsChanged(news.terms_changed))
        if news.has_opened and self._searcher is not None:
            self._searcher.hear_news(now)

    # --- which markets ---------------------------------------------------------------------------

    def _search_if_due(self) -> None:
        if self._searcher is not None:
            self._searcher.search_if_due(time.monotonic())

    def _on_search(self, searcher: MarketSearcher, done: Done) -> None:
        end = searcher.take(done, time.monotonic())
        self._complaints.say(end.left_out)
        if end.failure:
            self.log.warning("%s", end.failure)
        if end.found is not None:
            self.tell("Supervisor", discovered(end.found))

    def on_MarketsHeld(self, message: MarketsHeld, _sender: str) -> None:
        self._held = message.tickers
        self._phase.watch_closely(self._held)
        self._tape.keep_whole(self._held)

    def on_MarketsUnwatched(self, message: MarketsUnwatched, _sender: str) -> None:
        if self._searcher is not None:
            self._searcher.look_for(message.tickers, time.monotonic())

    def on_MarketsWanted(self, message: MarketsWanted, _sender: str) -> None:
        if self._searcher is not None:
            self._searcher.want(message.most, time.monotonic())

    def on_ShardAssigned(self, message: ShardAssigned, _sender: str) -> None:
        self._shards = message.shards
        before, tickers = set(self._books.tickers), message.tickers
        events = event_shapes(message)
        self._books.keep(dict(zip(tickers, message.closes_us, strict=True)))
        self._books.belong({ticker: event.ticker for event in events for ticker in event.strikes})
        self._views.number_shard(message.shard)
        self._health.follow(events)
        if isinstance(self._phase, Watching):
            self._phase.arrived(set(tickers) - before)
        elif tickers:
            self._phase = self._start_watching()
            self._phase.watch_closely(self._held)
        self._phase.watch(tickers, events)
        if before != set(tickers):
            self.log.info("Watching %d markets, connections: %d", len(tickers), self._phase.count)

    def _start_watching(self) -> Watching:
        silence_s = self._config.risk.silence_s
        client = self._config.data.client
        feed = feed_for(
            self._data, 0, silence_s=silence_s, clock=self._clock, client=client, keep=self._raw.keep
        )
        return Watching(
            feed, self._data, self._books, self._background, clock=self._clock, silence_s=silence_s
        )

    # --- frames in -------------------------------------------------------------------------------

    def descriptors(self) -> list[int]:
        return [self._background.fileno(), self._venue.reads.fileno(), *self._phase.descriptors()]

    def readable(self) -> None:
        self._take_reads()
        until = time.monotonic() + ATTENTION_S
        while True:
            self._complaints.say(self._phase.take_arrived(time.monotonic()))
            self._publish()
            self._tell_shard()
            self._complaints.say(self._tape.look(time.monotonic(), time.time_ns() // 1000))
            left_s = until - time.monotonic()
            if not self._rate.is_dense or left_s <= 0 or not self._phase.wait(left_s):
                return

    def _take_reads(self) -> None:
        self._complaints.say(self._venue.take_reads(time.monotonic()))
        for done in self._background.drain():
            kind = done.tag[0]
            if kind == SEARCH and self._searcher is not None:
                self._on_search(self._searcher, done)
                continue
            if said := self._phase.take_read(done, time.monotonic()):
                self.log.warning("%s", said)

    # --- newest state out ------------------------------------------------------------------------

    def credited(self, peer: str, kind: str) -> None:
        super().credited(peer, kind)
        if kind == "MarketsObserved":
            self._publish()
        elif kind == "ShardObserved":
            self._tell_shard()

    def wired(self, peers: dict[str, int]) -> None:  # noqa: ARG002  # whoever is new gets everything
        self._views.start_over()
        self._tell_shard()
        self._publish()

    def on_ShardListRequested(self, _message: ShardListRequested, _sender: str) -> None:
        self._views.repeat_tickers()
        self._tell_shard()

    def on_StateChanged(self, message: StateChanged, _sender: str) -> None:
        self._state = message.state
        self._publish()

    def _publish(self) -> None:
        if self._state not in STATES_THAT_SEND:
            return  # nobody decides, so no market spends its throttle
        if not self.may_offer("Selector", MarketsObserved):
            return  # its credit comes back here
        now = time.monotonic()
        if batch := self._views.next_batch(now, time.time_ns() // 1000):
            self._tape.secure(time.time_ns() // 1000)
            columns = observation.pack(batch.seen)
            about = (self._views.shard, self._life, batch.number)
            self.offer("Selector", MarketsObserved(*about, columns, batch.tape_no), expires_s=5.0)
        elif (wait_s := self._views.batch_timer_s(now)) is not None:
            self.after(wait_s, "publish")

    def _tell_shard(self) -> None:
        if not len(self._books.held) or not self.may_offer("OrderManager", ShardObserved):
            return
        now = time.monotonic()
        wait_s = self._views.report_wait_s(now, time.time_ns() // 1000)
        if wait_s is None:
            return
        if wait_s > 0:
            self.after(wait_s, "shard")  # no frame may come to remind us
            return
        trouble = self._venue.judge(self._phase.outage)
        report = self._views.next_report(now, trouble=trouble, is_idle=self._venue.is_idle)
        self.offer("OrderManager", ShardObserved(report), expires_s=5.0)

    # --- for people ------------------------------------------------------------------------------

    def on_BookRequested(self, message: BookRequested, _sender: str) -> None:
        state = self._phase.book_state(message.ticker, time.monotonic())
        if state is not None:  # else another shard's market
            self.tell("page", BookReported(message.request_id, found=True, book=state))

    def on_BookLinesRequested(self, message: BookLinesRequested, _sender: str) -> None:
        lines = zlib.compress("\n".join(self._books.held.lines()).encode(), 1)
        self.tell("page", BookLinesReported(message.request_id, self._views.shard, self._shards, lines))

    def telemetry(self) -> dict[str, Any]:
        books = self._books
        return {
            "subscribed": len(books.held),
            "live": books.live,
            "stale": len(books.untradable),
            "degraded": len(books.degraded),
            "deltas": books.held.deltas,
            "deltas_per_s": round(self._rate.per_s, 1),
            "tape": self._tape.report(),
            "incoherent": self._health.report(),
            "venue": self._venue.report(),
            **self._phase.report(),
        }
