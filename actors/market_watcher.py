"""MarketWatcher: keeps the books of one shard and shows the newest state of what changed.

No delta ever leaves this process. The Selector gets one batch at a time, when it has credited the
last; OrderManager gets the markets that may not be traded and a mark of each.
"""

from __future__ import annotations

import time
import zlib
from typing import Any, ClassVar, Final

from actors.config import Config
from actors.machinery.background import Background, Done
from actors.market_data.market_search import MarketSearch
from actors.market_data.shard_books import ShardBooks
from actors.market_data.shard_report import ShardReport
from actors.market_data.watched_connections import WatchedConnections
from actors.messages import (
    BookLinesReported,
    BookLinesRequested,
    BookReported,
    BookRequested,
    MarketsObserved,
    ShardAssigned,
    ShardListRequested,
    ShardObserved,
    StateChanged,
)
from actors.reporting import ReportingActor
from actors.venue import feed_for
from trading import observation
from trading.risk import STATES_THAT_SEND

BATCH_GAP_S: Final = 0.04  # no two batches closer than this; ≥ 20 ms keeps messaging in its budget
BATCH_MARKETS: Final = 250  # decided together; what is left waits for the next credit
SHARD_PERIOD_S: Final = 1.0  # OrderManager's view of marks is at most this old
SHARD_GAP_S: Final = 0.1
DISCOVERY_RETRY_S: Final = 5.0
FRAMES_PER_WAKE: Final = 2_000  # then other messages get their turn


class MarketWatcher(ReportingActor):
    """The books of one shard of the data venue's markets."""

    NAME: ClassVar[str] = "MarketWatcher"

    def begin(self) -> None:
        self._config = Config.model_validate(self.settings["config"])
        self._data = self.settings["data"]
        self._background = Background(1, name="discovery")
        self._search = MarketSearch(self._data, self._config)
        self._shard_report = ShardReport(0, self.incarnation)
        self._shards = 1
        self._books = ShardBooks({}, throttle_s=0.0)
        self._connections: WatchedConnections | None = None
        self._state = "starting"
        self._batch_no = 0
        self._batch_at = float("-inf")
        self._shard_told_at = float("-inf")
        self._shard_told: dict[str, str] = {}
        self._rate = (time.monotonic(), 0, 0.0)
        if self.name.endswith("-0"):
            self._discover()
        self.after(SHARD_PERIOD_S, "second")
        self.start_reporting()

    # --- which markets ---------------------------------------------------------------------------

    def _discover(self) -> None:
        self._background.submit(("discover", ""), self._search.look)

    def _on_search(self, done: Done) -> None:
        again_s = DISCOVERY_RETRY_S
        if done.error is not None:
            self.log.warning("Market discovery failed, trying again: %s", done.error)
        elif not done.result.tickers:
            self.log.warning("The data venue lists none of the markets as open, looking again")
        else:
            if not done.result.fallback:
                again_s = self._config.markets.refresh_s
            self.tell("Supervisor", done.result)
        self.after(again_s, "discover")

    def on_ShardAssigned(self, message: ShardAssigned, _sender: str) -> None:
        if self._connections is not None:
            if message.tickers == self._books.tickers:
                return
            self._connections.close()
            self._connections = None
        self._shard_report.shard, self._shards = message.shard, message.shards
        self._shard_report.list_tickers(message.tickers)
        closes_us = dict(zip(message.tickers, message.closes_us, strict=True))
        self._books = ShardBooks(closes_us, throttle_s=self._config.strategy.throttle_s)
        if not message.tickers:
            return  # fewer open markets than shards
        self._connections = WatchedConnections(
            message.tickers,
            feed=lambda count: feed_for(self._data, count, silence_s=self._config.risk.silence_s),
            books=self._books,
        )
        self.log.info("Watching %d markets, connections: %d", len(closes_us), self._connections.count)

    # --- frames in -------------------------------------------------------------------------------

    def descriptors(self) -> list[int]:
        fds = [self._background.fileno()]
        return fds if self._connections is None else [*fds, self._connections.fileno()]

    def readable(self) -> None:
        for done in self._background.drain():
            self._on_search(done)
        if self._connections is not None:
            for note in self._connections.receive(FRAMES_PER_WAKE):
                self.log.warning("%s", note)
            self._publish()
            self._tell_shard()

    # --- newest state out ------------------------------------------------------------------------

    def credited(self, peer: str, kind: str) -> None:
        super().credited(peer, kind)
        if kind == "MarketsObserved":
            self._publish()
        elif kind == "ShardObserved":
            self._tell_shard()

    def on_ShardListRequested(self, _message: ShardListRequested, _sender: str) -> None:
        self._shard_report.repeat_tickers()

    def wired(self, peers: dict[str, int]) -> None:  # noqa: ARG002  # whoever is new gets everything
        self._shard_report.repeat_tickers()
        self._shard_told_at = float("-inf")
        self._tell_shard()
        self._publish()

    def on_timer(self, name: str) -> None:
        if self.report_timer(name):
            return
        if name == "publish":
            self._publish()
        elif name == "second":
            self.after(SHARD_PERIOD_S, "second")
            self._measure_rate()
            if self._connections is not None:
                self._connections.ask_again()
            self._tell_shard()
            self._publish()
        elif name == "shard":
            self._tell_shard()
        elif name == "discover":
            self._discover()

    def on_StateChanged(self, message: StateChanged, _sender: str) -> None:
        self._state = message.state
        self._publish()

    def _publish(self) -> None:
        if self._state not in STATES_THAT_SEND:
            return  # nobody decides, so no market spends its throttle
        if not self._books.has_changes or not self.may_offer("Selector", MarketsObserved):
            return
        now = time.monotonic()
        wait_s = self._batch_at + BATCH_GAP_S - now
        due = self._books.take_due(now, limit=BATCH_MARKETS) if wait_s <= 0 else []
        if due:
            self._batch_no += 1
            self._batch_at = now
            columns = observation.pack(self._books.observe(due, time.time_ns() // 1000))
            batch = MarketsObserved(self._shard_report.shard, self.incarnation, self._batch_no, columns)
            self.offer("Selector", batch, expires_s=5.0)
        elif self._books.has_changes:
            self.after(max(wait_s, BATCH_GAP_S), "publish")

    def _tell_shard(self) -> None:
        if not self._books.tickers or not self.may_offer("OrderManager", ShardObserved):
            return
        age_s = time.monotonic() - self._shard_told_at
        changed = self._books.untradable != self._shard_told
        if changed and age_s < SHARD_GAP_S:
            self.after(SHARD_GAP_S - age_s, "shard")  # no frame may come to remind us
        if age_s < (SHARD_GAP_S if changed else SHARD_PERIOD_S * 0.9):
            return
        self._shard_told_at = time.monotonic()
        self._shard_told = dict(self._books.untradable)
        state = self._shard_report.observed(self._books.marks(), self._shard_told)
        self.offer("OrderManager", state, expires_s=5.0)

    # --- for people ------------------------------------------------------------------------------

    def on_BookRequested(self, message: BookRequested, _sender: str) -> None:
        book = self._books.books.get(message.ticker)
        if book is None:
            return  # another shard's market
        stream, seq = self._books.source[message.ticker]
        state = {
            "ticker": message.ticker,
            "tradable": message.ticker not in self._books.untradable,
            "reason": self._books.untradable.get(message.ticker, ""),
            "connection": stream,
            "seq": seq,
            "yes": [list(level) for level in book.levels("yes", len(book.yes))],
            "no": [list(level) for level in book.levels("no", len(book.no))],
        }
        self.tell("page", BookReported(message.request_id, found=True, book=state))

    def on_BookLinesRequested(self, message: BookLinesRequested, _sender: str) -> None:
        lines = zlib.compress("\n".join(self._books.lines()).encode(), 1)
        self.tell(
            "page", BookLinesReported(message.request_id, self._shard_report.shard, self._shards, lines)
        )

    def _measure_rate(self) -> None:
        at, deltas, _ = self._rate
        now = time.monotonic()
        self._rate = (now, self._books.deltas, (self._books.deltas - deltas) / max(now - at, 1e-3))

    def telemetry(self) -> dict[str, Any]:
        books = self._books
        values: dict[str, Any] = {
            "subscribed": len(books.tickers),
            "live": books.live,
            "stale": len(books.untradable),
            "deltas": books.deltas,
            "deltas_per_s": round(self._rate[2], 1),
        }
        return values | (self._connections.report() if self._connections is not None else {})
