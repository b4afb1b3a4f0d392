"""Another strategy in a recorded session: an interval of three assumptions.

Each assumption has a strategy and an account of its own, because what fills decides what is seen next. All
three begin with what the live account held at its first decision, and without its orders.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from market_data.tape_player import TapePlayer
from replay.cycle_collection import rare_collections
from replay.ledgers import NotFolded, RecordedLedgers
from replay.lost_batches import behind
from replay.outcome import ASSUMPTIONS, Supposed, SupposedOutcome, Supposition
from replay.recording import Recording, RecordingDamaged
from replay.row_times import RowTimes
from replay.same_decisions import TELL_EVERY, Progress, circumstances
from replay.settlements import Settlements
from replay.simulated_account import SimulatedAccount
from replay.terms import config_of, market_at, markets_of
from replay.watched_markets import WatchedMarkets
from strategies.registry import make_selector
from trading import tape_rows as rows_of
from trading.actions import Action, Decision
from trading.book import Book
from trading.decision import DecidedBatch, Setup, Strategy, StrategyFailed, decide
from trading.events import AccountOpened, PositionAt
from trading.held_prices import UNKNOWN, OutcomePrices, bids_of, held_prices, last_bids
from trading.market import Market
from trading.market_map import MarketMap
from trading.observation import Observation
from trading.queue_model import TradeSeen
from trading.tape_rows import TapePiece
from trading.valuation import valuation

_FELT: Final = np.zeros(rows_of.KINDS, bool)  # kinds of rows that an order that waits may feel
_FELT[[rows_of.CHANGE_YES, rows_of.CHANGE_NO, rows_of.SNAPSHOT, rows_of.BOUGHT, rows_of.SOLD]] = True


def suppose(recording: Recording, other: Supposition, tell: Progress = lambda *_: None) -> Supposed:
    """Raises StrategyError where the strategy cannot be made, and PersistenceError."""
    with rare_collections():
        return _WhatIf(recording, other, tell).run()


class _WhatIf:
    def __init__(self, recording: Recording, other: Supposition, tell: Progress) -> None:
        self._recording = recording
        self._other = other
        self._tell = tell
        self._found = Supposed(recording.session, other.strategy)
        self._watched = WatchedMarkets(recording, self._play)
        about = recording.about()
        config = config_of(about, recording.session)
        self._limits = other.limits if config is None else config.limits()
        self._order_ttl_us = other.order_ttl_us if config is None else config.risk.order_ttl_us()
        self._markets: dict[str, Market] = markets_of(about)
        self._accounts: list[SimulatedAccount] = []
        self._strategies: list[Strategy] = []
        self._names = MarketMap()
        self._times: RowTimes | None = None  # of the piece that is played
        self._read_to: dict[int, int] = {}  # the last batch of each Selector
        self._bids: dict[str, OutcomePrices] = {}  # the last there were, by ticker
        self._settlements = Settlements(recording)
        self._begun_e6 = self._begun_fees_e6 = 0  # realised, and fees, before the session

    def run(self) -> Supposed:
        found, batches = self._found, 0
        for selector in self._recording.selectors():
            self._names = MarketMap(selector.setup.renamed)
            try:
                for live in selector.batches():
                    if not self._decide(live, selector.setup):
                        found.left_out += 1
                    batches += 1
                    self._read_to[live.incarnation] = live.batch_no
                    if batches % TELL_EVERY == 0:
                        self._tell(batches, self._watched.changes)
            except RecordingDamaged as damage:
                found.notes.append(str(damage))
        for lost in behind(self._read_to, self._recording.lost_batches()):
            found.notes.append(f"{lost.name(found.session)} are not in the recording: {lost.why}")
            found.left_out += lost.last_no + 1 - lost.first_no
        found.changes = self._watched.changes
        found.notes[:0] = self._watched.notes
        for account in self._accounts:
            found.outcomes[account.assumption] = self._outcome(account)
        return found

    # --- batch by batch --------------------------------------------------------------------------

    def _decide(self, live: DecidedBatch, setup: Setup) -> bool:
        """Whether what was seen can be shown to the other strategy."""
        try:
            if not self._accounts:
                self._begin(live, setup)
        except NotFolded as reason:
            return self._leave_out(reason)
        [lost], together = self._watched.observe([live])  # what was ordered before decides what is felt
        for account in self._accounts:
            account.expire(live.observed_us)
        if lost is not None:
            return self._leave_out(lost)
        seen = together.batch(0)
        self._found.decisions += len(seen)
        for settlement in self._settlements.upto(live.ledgers):
            for account in self._accounts:
                account.take(settlement)
        self._learn_markets(live)
        for account, strategy in zip(self._accounts, self._strategies, strict=True):
            self._act(account, strategy, seen, live, setup)
        return True

    def _leave_out(self, reason: Exception) -> bool:
        if not self._found.left_out:
            self._found.notes.append(str(reason))
        return False

    def _begin(self, live: DecidedBatch, setup: Setup) -> None:
        ledgers = RecordedLedgers(self._recording, self._limits, self._markets, self._names)
        ledgers.at(live.ledgers, now_us=live.decided_us)
        ledger = ledgers.ledger
        shards = {ticker: market.exchange_index for ticker, market in self._markets.items()}
        positions = tuple(
            PositionAt(ticker, shards.get(ticker, 0), at.position_e2, at.cost_e6, at.realised_e6, at.fees_e6)
            for ticker, at in ledger.positions.items()
        )
        cash_e6 = {shard: ledger.cash_e6(shard) for shard in ledger.shards()}
        opened = AccountOpened(live.decided_us, "simulated", cash_e6, positions)
        self._begun_e6, self._begun_fees_e6 = ledger.realised_e6, ledger.fees_e6
        is_own = setup.strategy == self._other.strategy
        options = setup.options if is_own else self._other.options
        for assumption in ASSUMPTIONS:
            self._accounts.append(
                SimulatedAccount(
                    assumption,
                    opened,
                    self._limits,
                    self._markets,
                    self._names,
                    order_ttl_us=self._order_ttl_us,
                )
            )
            made = make_selector(self._other.strategy, seed=setup.seed, options=options)
            self._strategies.append(made.select)

    def _act(
        self,
        account: SimulatedAccount,
        strategy: Strategy,
        seen: Observation,
        live: DecidedBatch,
        setup: Setup,
    ) -> None:
        given = circumstances(live, setup, account.account(), awaiting=())
        try:
            intents = decide(seen, strategy, setup.terms, given).intents
        except StrategyFailed as failed:
            self._found.notes.append(f"{account.assumption}: {failed}; it decides nothing from there on")
            self._strategies[self._accounts.index(account)] = _hold_everything
            return
        player = self._watched.player(live.watcher.shard)
        assert player is not None  # the batch was observed in it
        untradable = player.books.untradable if intents else {}
        account.ask(intents, self._book, untradable, self._mark, now_us=live.decided_us)

    def _learn_markets(self, live: DecidedBatch) -> None:
        """The closes are on the tape; of a market whose terms nobody recorded, the dearest fees count."""
        player = self._watched.player(live.watcher.shard)
        assert player is not None
        closes_us = player.books.closes_us
        for ticker in live.tickers:
            name = self._names.to_execution(ticker)
            if name is None:
                continue
            known, close_us = self._markets.get(name), closes_us[ticker]
            if known is None or known.close_us != close_us:
                event = player.events.get(ticker, ticker) if known is None else known.event_ticker
                self._markets[name] = market_at(name, event, close_us, known)

    # --- between batches -------------------------------------------------------------------------

    def _play(self, player: TapePlayer, piece: TapePiece, upto_no: int) -> None:
        """Stop at each row that an order which waits may feel."""
        waiting = {ticker for account in self._accounts for ticker in account.resting_in()}
        numbers = player.numbers(waiting)
        if numbers:
            begin = max(0, player.played_no + 1 - piece.first_no)
            end = min(len(piece.kind), upto_no + 1 - piece.first_no)
            felt = _FELT[piece.kind[begin:end]] & np.isin(piece.a[begin:end], list(numbers))
            for row in (np.flatnonzero(felt) + begin).tolist():
                self._feel(player, piece, row, numbers[int(piece.a[row])])
        player.play(piece, upto_no)

    def _feel(self, player: TapePlayer, piece: TapePiece, row: int, ticker: str) -> None:
        kind = int(piece.kind[row])
        levels = int(piece.c[row]) if kind == rows_of.SNAPSHOT else 0
        player.play(piece, piece.first_no + row + levels)
        if self._times is None or self._times.piece is not piece:
            self._times = RowTimes(piece)
        now_us = self._times.at_us(row)
        if kind in (rows_of.BOUGHT, rows_of.SOLD):
            taker = "bid" if kind == rows_of.BOUGHT else "ask"
            trade = TradeSeen(int(piece.b[row]), int(piece.c[row]), taker)  # type: ignore[arg-type]  # one of two
            for account in self._accounts:
                account.traded(ticker, trade, now_us=now_us)
        elif (book := player.book(ticker)) is not None:
            for account in self._accounts:
                account.book_changed(ticker, book, now_us=now_us)

    # --- figures ---------------------------------------------------------------------------------

    def _book(self, ticker: str) -> Book:
        for player in self._watched.players():
            if (book := player.book(ticker)) is not None:
                return book
        return Book()

    def _mark(self, execution_ticker: str) -> OutcomePrices:
        ticker = self._names.to_data(execution_ticker)
        for player in self._watched.players():
            if ticker is not None and (book := player.book(ticker)) is not None:
                bids = bids_of(book)
                self._bids[ticker] = last_bids(self._bids.get(ticker, UNKNOWN), bids)
                return held_prices(self._bids[ticker], bids)
        return UNKNOWN

    def _outcome(self, account: SimulatedAccount) -> SupposedOutcome:
        ledger = account.ledger
        return SupposedOutcome(
            realised_e6=ledger.realised_e6 - self._begun_e6,
            unrealised_e6=valuation(ledger, self._mark).unrealised,
            fees_e6=ledger.fees_e6 - self._begun_fees_e6,
            positions={ticker: at.position_e2 for ticker, at in ledger.positions.items() if at.position_e2},
            sent=account.sent,
            filled_e2=account.filled_e2,
            refused=dict(account.refused),
        )


def _hold_everything(seen: Observation) -> list[Decision]:
    return [Decision(Action.HOLD, "failed")] * len(seen)
