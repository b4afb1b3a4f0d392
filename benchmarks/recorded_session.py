"""A recorded session without processes: the parts of the live path, driven by whoever makes the recording.

What the actors do between those parts is done here in their order: a watcher's books to its tape, a batch to
the strategy, its decisions to the journal, its intents to risk. The clock is the caller's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from benchmarks.recorded_account import ACCOUNT8, RecordedAccount
from market_data.shard_books import ShardBooks
from persistence import account_files
from persistence.decisions.journal import DecisionJournal
from persistence.outbox import Outbox
from persistence.tape.codec import TapeCodec
from persistence.tape.outbox import PackedPiece, TapeOutbox, TapeSource
from settings.config import Config
from strategies.registry import make_selector
from trading.actions import Intent
from trading.decision import Account, Circumstances, DecidedBatch, Setup, Terms, WatcherBatch, decide
from trading.events import LedgerEvent, MarketSeen, SessionStarted
from trading.market import Market, PriceGrid
from trading.market_map import MarketMap
from trading.orders import Order
from trading.venue_time import TOGETHER, VenueTimeUs

ACCOUNT: Final = f"loopback-{ACCOUNT8}"
SESSION: Final = "s1k3f90"
SEED: Final = 7
START_US: Final = 1_795_345_200_000_000
CLOSE_US: Final = VenueTimeUs(START_US + 86_400_000_000)
CREDITS: Final = 20  # that are always granted anew: a budget of writes is no part of this
_GRID: Final = PriceGrid.named("deci_cent")


def market(ticker: str, event: str) -> Market:
    fees = ("quadratic_with_maker_fees", 10_000)
    return Market(ticker, event, event, "active", _GRID, 0, CLOSE_US, *fees)


@dataclass
class Watcher:
    """One watcher's life."""

    shard: int
    incarnation: int
    books: ShardBooks
    outbox: TapeOutbox
    batch_no: int = 0

    def took(self, connection: int, seq: int, now_us: int) -> None:
        """The changes so far came by messages of this connection up to this one."""
        held = self.books.held
        held.seqs[connection], held.confirmed_us[connection] = seq, now_us
        held.tape.took(connection, seq, now_us)

    def heard_trade(self, connection: int, seq: int) -> None:
        """Public trades came by messages of this connection up to this one."""
        self.books.held.trade_seqs[connection] = seq
        self.books.tape.heard_trade(connection, seq)


@dataclass
class SessionPlan:
    """The shape of the recorded session."""

    folder: Path  # the account's
    events: Mapping[str, str]  # by market, under the data venue's tickers
    strategy: str = "hardcoded"
    options: Mapping[str, Any] = field(default_factory=dict)
    renamed: Mapping[str, str] = field(default_factory=dict)
    config: Config = field(default_factory=Config)
    session: str = SESSION
    throttle_s: float = 5.0


class RecordedSession:
    """A session that is being recorded at ``now_us``."""

    def __init__(self, plan: SessionPlan) -> None:
        self.plan = plan
        self.now_us = START_US
        self.watchers: dict[int, Watcher] = {}
        self._codec = TapeCodec()
        names = MarketMap(plan.renamed)
        tickers = {names.to_execution(ticker) or ticker: event for ticker, event in plan.events.items()}
        markets = {ticker: market(ticker, event) for ticker, event in tickers.items()}
        self._recorder = Outbox(plan.folder / account_files.SESSIONS, "Recorder")
        self._recorder.append([(fact, None) for fact in self._facts(markets)])
        self.account = RecordedAccount(plan.folder, plan.config, markets, names, self.now_us)
        options = plan.config.strategy.options
        self._terms = Terms(options.style, options.contracts_e2())
        self._incarnation = 0
        self._wanted: list[Intent] = []  # by the newest batch, and not judged yet
        self._journal: DecisionJournal | None = None
        self.restart_selector()

    def _facts(self, markets: Mapping[str, Market]) -> list[LedgerEvent]:
        plan, now_us = self.plan, self.now_us
        venues, config = ("loopback", "loopback"), plan.config.model_dump(mode="json")
        told = (*venues, plan.strategy, "0", "3", "host", 1, config)
        facts: list[LedgerEvent] = [SessionStarted(now_us, plan.session, ACCOUNT, *told)]
        for each in markets.values():
            names = (each.ticker, each.event_ticker, each.series_ticker, each.status, each.exchange_index)
            facts.append(MarketSeen(now_us, *names, each.close_us, each.fee_type, each.fee_multiplier_e4))
        return facts

    def wait(self, us: int) -> None:
        """Time passes."""
        self.now_us += us
        self.account.now_us = self.now_us

    # --- watchers --------------------------------------------------------------------------------

    def start_watcher(self, shard: int, tickers: Sequence[str], incarnation: int = 1) -> ShardBooks:
        """A new watcher of these markets, which begins with empty books."""
        if shard in self.watchers:
            self.watchers[shard].outbox.close()
        books = ShardBooks(throttle_s=self.plan.throttle_s)
        source = TapeSource(self.plan.session, shard, incarnation)
        outbox = TapeOutbox(self.plan.folder / account_files.TAPE, source)
        self.watchers[shard] = Watcher(shard, incarnation, books, outbox)
        books.keep(dict.fromkeys(tickers, CLOSE_US))
        books.belong({ticker: self.plan.events[ticker] for ticker in tickers})
        books.trades_heard(tickers, since_us=self.now_us)
        return books

    def write_tape(self, shard: int) -> None:
        """Write the watcher's observations so far to its file."""
        watcher = self.watchers[shard]
        if (piece := watcher.books.tape.take(self.now_us)) is not None:
            packed = self._codec.pack(piece)
            watcher.outbox.write(PackedPiece(piece.first_no, piece.last_no, piece.t1_us, packed))

    # --- the Selector ----------------------------------------------------------------------------

    def restart_selector(self) -> None:
        """A new Selector: its strategy knows nothing of what was before."""
        if self._journal is not None:
            self._journal.close()
        self._incarnation += 1
        plan = self.plan
        names = (plan.session, self._incarnation, plan.strategy, SEED)
        setup = Setup(*names, dict(plan.options), self._terms, dict(plan.renamed))
        self._strategy = make_selector(plan.strategy, seed=SEED, options=plan.options)
        self._journal = DecisionJournal(plan.folder / account_files.DECISIONS, setup)
        self._awaiting: dict[str, str] = {}  # market by decision
        self.tell_account()

    def tell_account(self) -> None:
        """OrderManager tells the Selector the account as it has folded it."""
        self._told: Account | None = self.account.told()

    def restart_order_manager(self) -> None:
        """A new OrderManager folds both outboxes anew, and the Selector waits for its word."""
        self._told = None
        self._awaiting.clear()
        self.account.restart()

    def decide(self, shard: int, *, limit: int = 250) -> DecidedBatch | None:
        """Show the Selector what changed and may be shown, and record what it decides."""
        watcher = self.watchers[shard]
        due = watcher.books.take_due((self.now_us - START_US) / 1e6, limit=limit)
        if not due or self._told is None or self._journal is None:
            return None
        watcher.batch_no += 1
        seen = watcher.books.observe(due, self.now_us, TOGETHER)
        tape_no = watcher.books.tape.batch(watcher.batch_no, self.now_us, 0)
        given = Circumstances(
            batch_no=self._journal.last_batch_no + 1,
            decided_us=self.now_us + 300,
            session=self.plan.session,
            incarnation=self._incarnation,
            strategy=self.plan.strategy,
            watcher=WatcherBatch(shard, watcher.incarnation, watcher.batch_no, tape_no),
            account=self._told,
            credits=CREDITS,
            awaiting=tuple(self._awaiting.values()),
        )
        decided = decide(seen, self._strategy.select, self._terms, given)
        self._journal.append(decided.record)
        self._wanted = list(decided.intents)
        self._awaiting |= {intent.decision: intent.ticker for intent in decided.intents}
        return decided.record

    def judge(self) -> list[Order]:
        """OrderManager judges what the newest batch wants; the orders that it sends."""
        intents, self._wanted = self._wanted, []
        sent, refused = self.account.judge(intents)
        for decision in refused:
            self._awaiting.pop(decision, None)
        return sent

    def answer(self, order: Order, *, is_accepted: bool = True) -> None:
        """The venue answers an attempt."""
        self.account.answer(order, is_accepted=is_accepted)
        if order.intent is not None:
            self._awaiting.pop(order.intent.decision, None)

    def close(self) -> None:
        """The session ends in order."""
        for shard, watcher in self.watchers.items():
            self.write_tape(shard)
            watcher.outbox.close()
        if self._journal is not None:
            self._journal.close()
        self._recorder.close()
        self.account.close()
