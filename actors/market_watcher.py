"""MarketWatcher: keeps the books of one shard and shows the newest state of what changed.

No delta ever leaves this process. The Selector gets one batch at a time, when it has credited the
last; OrderManager gets the markets that may not be traded and a mark of each.
"""

from __future__ import annotations

import time
import zlib
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
    MarketTermsChanged,
    ShardAssigned,
    ShardListRequested,
    ShardObserved,
    StateChanged,
)
from actors.thespian.reporting import ReportingActor
from kalshi_client.background import Background, Done
from kalshi_client.signing_clock import SigningClock
from kalshi_client.stream.feed import Feed
from market_data.market_news import MarketNewsWatch, read_standing
from market_data.market_search import SEARCH, MarketSearcher
from market_data.pacing import BatchPacing, ReportPacing
from market_data.price_scale import SCALE, PriceScale
from market_data.shard_books import ShardBooks
from market_data.shard_health import ShardHealth
from market_data.shard_report import ShardReport
from market_data.stream_notes import Complaints
from market_data.watched_connections import WatchedConnections
from settings.config import Config
from settings.venue_access import VenueAccess, feed_for
from trading import observation
from trading.risk import STATES_THAT_SEND

BATCH_MARKETS: Final = 250  # decided together; what is left waits for the next credit
SECOND_S: Final = 1.0
FRAMES_PER_TURN: Final = 2_000
DENSE_PER_S: Final = 4_000  # changes a second from which on the feed gets undivided attention
ATTENTION_S: Final = 0.008  # then other messages get their turn
STANDING_WITHIN_S: Final = 300.0  # all markets of a shard, by name


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
            self._searcher = MarketSearcher(self._data, self._config, self._background, self._clock)
        self._search_failure = ""  # of the last search, as it was told
        self._shard_report = ShardReport(0, self.incarnation)
        self._shards = 1
        self._books = ShardBooks(throttle_s=self._config.strategy.throttle_s)
        self._health = ShardHealth(self._books)
        self._scale = PriceScale(self._data, self._books, self._background, self._clock)
        self._feed: Feed | None = None  # until there is something to watch
        self._connections: WatchedConnections | None = None
        self._news: MarketNewsWatch | None = None
        self._state = "starting"
        self._held: list[str] = []  # markets of the shard in which something is at stake
        self._batches = BatchPacing()
        self._reports = ReportPacing()
        self._rate = (time.monotonic(), 0, 0.0)
        self._complaints = Complaints(self.log)
        self._search_if_due()
        self.after(SECOND_S, "second")
        self.start_reporting()

    # --- which markets ---------------------------------------------------------------------------

    def _search_if_due(self) -> None:
        if self._searcher is not None:
            self._searcher.search_if_due(time.monotonic())

    def _on_search(self, done: Done) -> None:
        if self._searcher is None:
            return
        for reason in self._searcher.take_left_out():
            self._complaints.say(f"Left out of the markets found: {reason}")
        failure = self._searcher.ended(done, time.monotonic())
        if failure and failure != self._search_failure:  # it is tried again every few seconds
            self.log.warning("%s", failure)
        self._search_failure = failure
        if done.error is None and (not failure or done.result.missing):
            self.tell("Supervisor", discovered(done.result))

    def on_MarketsHeld(self, message: MarketsHeld, _sender: str) -> None:
        self._held = message.tickers
        if self._connections is not None:
            self._connections.watch_closely(self._held)

    def on_MarketsUnwatched(self, message: MarketsUnwatched, _sender: str) -> None:
        if self._searcher is not None:
            self._searcher.look_for(message.tickers, time.monotonic())

    def on_ShardAssigned(self, message: ShardAssigned, _sender: str) -> None:
        self._shard_report.shard, self._shards = message.shard, message.shards
        before = set(self._books.tickers)
        self._books.keep(dict(zip(message.tickers, message.closes_us, strict=True)))
        self._shard_report.list_tickers(self._books.tickers)
        self._batches.for_markets(len(message.tickers))
        events = event_shapes(message)
        self._health.follow(events)
        if self._connections is None:
            if not message.tickers:
                return  # fewer open markets than shards
            self._connections = self._start_watching()
            self._connections.watch_closely(self._held)
        elif self._news is not None:
            self._news.arrived(set(message.tickers) - before)
        if self._news is not None:
            self._news.events = {event.ticker: list(event.strikes) for event in events}
        self._connections.watch(message.tickers, together=[event.strikes for event in events])
        if before != set(message.tickers):
            count = self._connections.count
            self.log.info("Watching %d markets, connections: %d", len(message.tickers), count)

    def _start_watching(self) -> WatchedConnections:
        url, silence_s = self._data.ws_url, self._config.risk.silence_s
        self._feed = feed = feed_for(
            self._data, 0, silence_s=silence_s, clock=self._clock, client=self._config.data.client
        )
        self._news = MarketNewsWatch(feed, feed.open(url), self._books)
        return WatchedConnections(
            feed, lambda: feed.open(url), self._books, clock=self._clock, silence_s=silence_s
        )

    def _hear_news(self) -> None:
        """News that asks for a read: of what was missed, of what has opened, or, by OrderManager, of what
        an order depends on."""
        news = self._news
        if news is None:
            return
        if unread := news.next_read(time.monotonic()):
            tag = ("standing", "")
            self._background.submit(tag, read_standing, self._data, unread, within_s=STANDING_WITHIN_S)
        if changed := news.take_terms_changed():
            self.tell("OrderManager", MarketTermsChanged(changed))
        if news.opened and self._searcher is not None:
            news.opened = False
            self._searcher.hear_news(time.monotonic())

    # --- frames in -------------------------------------------------------------------------------

    def descriptors(self) -> list[int]:
        fds = [self._background.fileno()]
        return fds if self._feed is None else [*fds, self._feed.fileno()]

    def _take_reads(self) -> None:
        for done in self._background.drain():
            if done.tag[0] == SEARCH:
                self._on_search(done)
            elif done.tag[0] == SCALE:
                if said := self._scale.take(done):
                    self.log.warning("%s", said)
            else:
                self._on_standing(done)

    def readable(self) -> None:
        self._take_reads()
        if self._feed is None:
            return
        until = time.monotonic() + ATTENTION_S
        while True:
            self._take_frames()
            self._publish()
            self._tell_shard()
            left_s = until - time.monotonic()
            if self._rate[2] < DENSE_PER_S or left_s <= 0 or not self._feed.wait(left_s):
                return

    def _on_standing(self, done: Done) -> None:
        if self._news is None:
            return
        if done.error is None:
            self._news.stand(done.result, time.monotonic())
        else:
            self.log.warning("Could not read how the markets stand, trying again: %s", done.error)
            self._news.read_failed(time.monotonic())

    def _take_frames(self) -> None:
        if self._feed is None or self._connections is None or self._news is None:
            return
        now = time.monotonic()
        for item in self._feed.drain(FRAMES_PER_TURN):
            if self._connections.owns(item.connection):
                notes = self._connections.take(item, now)
            else:
                notes = self._news.take(item)
            for note in notes:
                self._complaints.say(note)

    # --- newest state out ------------------------------------------------------------------------

    def credited(self, peer: str, kind: str) -> None:
        super().credited(peer, kind)
        if kind == "MarketsObserved":
            self._publish()
        elif kind == "ShardObserved":
            self._tell_shard()

    def wired(self, peers: dict[str, int]) -> None:  # noqa: ARG002  # whoever is new gets everything
        self._reports.start_over()
        self._shard_report.repeat_tickers()
        self._tell_shard()
        self._publish()

    def on_ShardListRequested(self, _message: ShardListRequested, _sender: str) -> None:
        self._shard_report.repeat_tickers()
        self._tell_shard()

    def on_timer(self, name: str) -> None:
        if self.report_timer(name):
            return
        if name == "publish":
            self._batches.timer_rang()
            self._publish()
        elif name == "second":
            self.after(SECOND_S, "second")
            self._look_after()
            self._search_if_due()
            self._tell_shard()
            self._publish()
        elif name == "shard":
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
        wait_s = self._batches.wait_s(now)
        due = self._books.take_due(now, limit=BATCH_MARKETS) if wait_s <= 0 else {}
        if due:
            columns = observation.pack(self._books.observe(due, time.time_ns() // 1000, self._clock.offset()))
            number = self._batches.sent(now)
            batch = MarketsObserved(self._shard_report.shard, self.incarnation, number, columns)
            self.offer("Selector", batch, expires_s=5.0)
            return
        due_in_s = self._books.due_in_s(now)
        if due_in_s is not None:
            wait_s = max(wait_s, due_in_s, 0.001)
            if self._batches.needs_timer(wait_s, now):
                self.after(wait_s, "publish")

    def _tell_shard(self) -> None:
        if not len(self._books.held) or not self.may_offer("OrderManager", ShardObserved):
            return
        # A market that closes loses its book at once; what is held in it must not be worth nothing.
        self._books.block_closed(time.time_ns() // 1000, self._clock.offset())
        now, version = time.monotonic(), self._books.trust_version
        wait_s = self._reports.wait_s(now, version)
        if wait_s is None:
            return
        if wait_s > 0:
            self.after(wait_s, "shard")  # no frame may come to remind us
            return
        self._reports.told(now, version)
        marks = self._shard_report.observed(self._books.marks(), self._books.untradable)
        self.offer("OrderManager", ShardObserved(marks), expires_s=5.0)

    # --- for people ------------------------------------------------------------------------------

    def on_BookRequested(self, message: BookRequested, _sender: str) -> None:
        if self._connections is None or self._books.book(message.ticker) is None:
            return  # another shard's market
        confirmed_s = self._connections.confirmed_s(message.ticker, time.monotonic())
        audited_s = self._connections.audited_s(message.ticker, time.monotonic())
        state = self._books.state(message.ticker)
        state["confirmed_s"] = None if confirmed_s is None else round(confirmed_s, 1)
        state["audited_s"] = None if audited_s is None else round(audited_s, 1)
        self.tell("page", BookReported(message.request_id, found=True, book=state))

    def on_BookLinesRequested(self, message: BookLinesRequested, _sender: str) -> None:
        lines = zlib.compress("\n".join(self._books.lines()).encode(), 1)
        shard = self._shard_report.shard
        self.tell("page", BookLinesReported(message.request_id, shard, self._shards, lines))

    def _look_after(self) -> None:
        """Once a second."""
        self._complaints.next_second()
        if self._background.is_overdue():
            self._take_reads()
        at, deltas, _ = self._rate
        now = time.monotonic()
        self._rate = (now, self._books.held.deltas, (self._books.held.deltas - deltas) / max(now - at, 1e-3))
        self._health.look()
        self._scale.look(now)
        self._hear_news()
        notes = [] if self._news is None else self._news.look_after(now)
        if self._connections is not None:
            notes += self._connections.look_after(now)
        for note in notes:
            self._complaints.say(note)

    def telemetry(self) -> dict[str, Any]:
        books = self._books
        values: dict[str, Any] = {
            "subscribed": len(books.held),
            "live": books.live,
            "stale": len(books.untradable),
            "deltas": books.held.deltas,
            "deltas_per_s": round(self._rate[2], 1),
            "incoherent": self._health.report(),
        }
        if self._connections is not None and self._news is not None:
            values |= self._connections.report()
            values["connections"].append(self._news.report())
        return values
