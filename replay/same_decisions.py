"""Decides a recorded session again, batch by batch, and holds everything against what was recorded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from replay.accounts import NOTHING, Accounts, AccountStanding
from replay.as_recorded import as_recorded
from replay.cycle_collection import rare_collections
from replay.difference import DecisionDifference, batch_name, difference
from replay.ledgers import NotFolded
from replay.lost_batches import LostBatches, behind
from replay.recording import RecordedSelector, Recording, RecordingDamaged
from replay.shown_batches import Shown, shown
from replay.watched_markets import NotPlayable, NotWrittenYet, WatchedMarkets
from strategies.action_selector import ActionSelector
from strategies.registry import make_selector
from trading.decision import (
    Account,
    Circumstances,
    Decided,
    DecidedBatch,
    Setup,
    StrategyFailed,
    choose,
    decide,
    decided,
)
from trading.decision_hash import NONE_YET, hash_after, session_hash

MOST_DIFFERENCES: Final = 20  # that are told; all are counted
TELL_EVERY: Final = 50  # batches
TOGETHER: Final = 100  # batches that are observed at once

Progress = Callable[[int, int], None]
"""Batches and changes of books so far."""


@dataclass(slots=True)
class Replayed:
    """The result of a replay."""

    session: str
    strategy: str
    is_running: bool
    batches: int = 0
    decisions: int = 0
    changes: int = 0
    decision_hash: str = ""
    live_hash: str = ""
    differences: list[DecisionDifference] = field(default_factory=list)
    """The first of them, in the order of the session."""
    different: int = 0
    left_out: int = 0
    """Batches that could not be decided again, because of ``notes``."""
    notes: list[str] = field(default_factory=list)
    judged: int = 0
    """Verdicts of risk that were judged again."""
    standing: AccountStanding = NOTHING
    """The account at the end of the session."""
    positions_equal: bool = True
    pnl_equal: bool = True

    @property
    def equal(self) -> bool:
        """Whether everything was decided again, and nothing of it differs."""
        return self.decision_hash == self.live_hash and not (self.different or self.left_out)

    def differs(self, found: DecisionDifference) -> None:
        self.different += 1
        if len(self.differences) < MOST_DIFFERENCES:
            self.differences.append(found)


def replay_session(recording: Recording, tell: Progress = lambda *_: None) -> Replayed:
    """Decide it again. Raises StrategyError where its strategy cannot be made, and PersistenceError."""
    with rare_collections():
        return _Replay(recording, tell).run()


class _Replay:
    def __init__(self, recording: Recording, tell: Progress) -> None:
        self._recording = recording
        self._tell = tell
        self._markets = WatchedMarkets(recording)
        self._selectors = recording.selectors()
        strategies = dict.fromkeys(selector.setup.strategy for selector in self._selectors)
        self._found = Replayed(recording.session, ", ".join(strategies), recording.is_running)
        self._accounts = Accounts(recording, self._selectors[0].setup)
        self._read_to: dict[int, int] = {}  # the last batch of each Selector
        self._has_caught_up = False  # with a session that is still being recorded

    def run(self) -> Replayed:
        found, hashes, live_hashes = self._found, [], []
        for selector in self._selectors:
            if self._has_caught_up:
                break
            replayed, live = self._run_selector(selector)
            hashes.append((selector.setup.incarnation, replayed))
            live_hashes.append((selector.setup.incarnation, live))
        found.decision_hash, found.live_hash = session_hash(hashes), session_hash(live_hashes)
        found.changes = self._markets.changes
        if not self._has_caught_up:
            for lost in behind(self._read_to, self._recording.lost_batches()):
                self._lack(lost)
        self._end_accounts()
        found.notes[:0] = self._markets.notes
        return found

    def _run_selector(self, selector: RecordedSelector) -> tuple[str, str]:
        """The hash of its decisions, replayed and live."""
        setup, found = selector.setup, self._found
        strategy = make_selector(setup.strategy, seed=setup.seed, options=setup.options)
        replayed_hash = live_hash = NONE_YET
        try:
            for live, seen in self._shown(selector.batches(), strategy):
                self._count(live)
                replayed = self._decide(live, seen, setup, strategy)
                if self._has_caught_up:
                    return replayed_hash, live_hash
                is_same_so_far, live_hash = replayed_hash == live_hash, hash_after(live_hash, live)
                if is_same_so_far and replayed is live:
                    replayed_hash = live_hash
                elif replayed is not None:
                    replayed_hash = hash_after(replayed_hash, replayed)
                found.batches += 1
                found.decisions += 0 if replayed is None else len(live.tickers)
                if found.batches % TELL_EVERY == 0:
                    self._tell(found.batches, self._markets.changes)
        except RecordingDamaged as damage:
            found.notes.append(str(damage))
            found.left_out += 1
            return replayed_hash, selector.final_hash() or live_hash
        final = selector.final_hash()
        if final not in (None, live_hash):
            found.notes.append(f"Selector {setup.incarnation} left another hash than its decisions have")
        return replayed_hash, final or live_hash

    def _shown(
        self, batches: Iterator[DecidedBatch], strategy: ActionSelector
    ) -> Iterator[tuple[DecidedBatch, Shown | NotPlayable]]:
        """Each batch as it was shown; many are made together, for that no decision changes."""
        while together := list(islice(batches, TOGETHER)):
            yield from zip(together, shown(together, self._markets, strategy), strict=True)

    def _decide(
        self, live: DecidedBatch, seen: Shown | NotPlayable, setup: Setup, strategy: ActionSelector
    ) -> DecidedBatch | None:
        """The batch decided again: ``live`` itself where nothing differs, None where it cannot be."""
        if isinstance(seen, NotPlayable):
            self._has_caught_up = self._is_still_written(live, seen)
            if not self._has_caught_up:
                self._leave_out(live, seen)
                self._go_on(live, setup, strategy)
            return None
        try:
            again = self._decided(live, seen, setup, strategy)
        except (NotFolded, StrategyFailed) as reason:
            self._leave_out(live, reason)
            self._accounts.leave_out(live)
            return None
        for intent in again.intents:
            self._accounts.ask(intent)
        if (other := difference(live, again.record)) is None:
            return live
        self._found.differs(other)
        return again.record

    def _decided(self, live: DecidedBatch, shown: Shown, setup: Setup, strategy: ActionSelector) -> Decided:
        account = self._accounts.at(live)
        given = circumstances(live, setup, account)
        if not shown.rows.is_held_by(account.positions, account.resting):
            return decide(shown.seen, strategy.select, setup.terms, given)
        choices = shown.choices
        if choices is None:
            choices = choose(shown.seen, strategy.select)
        return decided(shown.rows, choices, setup.terms, given)

    def _is_still_written(self, live: DecidedBatch, reason: NotPlayable) -> bool:
        watcher = live.watcher
        is_end = isinstance(reason, NotWrittenYet)
        return is_end and self._recording.is_tape_open(watcher.shard, watcher.incarnation)

    def _go_on(self, live: DecidedBatch, setup: Setup, strategy: ActionSelector) -> None:
        """Let the strategy see what is known of a batch that cannot be decided again, for what follows."""
        with suppress(NotFolded, StrategyFailed):
            given = circumstances(live, setup, self._accounts.at(live))
            again = decide(as_recorded(live), strategy.select, setup.terms, given)
            if _choices(again.record) == _choices(live):
                for intent in again.intents:
                    self._accounts.ask(intent)
                return
        self._accounts.leave_out(live)

    def _count(self, live: DecidedBatch) -> None:
        """The batches of a Selector follow each other, or some are missing."""
        last_no = self._read_to.get(live.incarnation, 0)
        if live.batch_no != last_no + 1:
            self._lack(LostBatches(live.incarnation, last_no + 1, live.batch_no - 1, ""))
        self._read_to[live.incarnation] = live.batch_no

    def _lack(self, lost: LostBatches) -> None:
        why = f": {lost.why}" if lost.why else ""
        self._found.notes.append(f"{lost.name(self._recording.session)} are not in the recording{why}")
        self._found.left_out += lost.last_no + 1 - lost.first_no

    def _leave_out(self, live: DecidedBatch, reason: Exception) -> None:
        found = self._found
        if not found.left_out:
            found.notes.append(f"{batch_name(live)} cannot be decided again: {reason}")
        found.left_out += 1

    def _end_accounts(self) -> None:
        found = self._found
        try:
            live, replayed = self._accounts.end(is_over=not found.is_running)
        except NotFolded as reason:
            found.notes.append(str(reason))
            found.positions_equal = found.pnl_equal = False
            return
        found.standing = replayed
        found.judged = self._accounts.judged
        for other in self._accounts.differences:
            found.differs(other)
        found.positions_equal = live.held() == replayed.held()
        found.pnl_equal = (live.realised_e6, live.fees_e6) == (replayed.realised_e6, replayed.fees_e6)


def _choices(record: DecidedBatch) -> tuple[object, ...]:
    return record.actions, record.reasons, record.outcomes


def circumstances(
    live: DecidedBatch, setup: Setup, account: Account, *, awaiting: tuple[str, ...] | None = None
) -> Circumstances:
    """All that the batch was decided on besides what was seen; the account may be another one."""
    return Circumstances(
        batch_no=live.batch_no,
        decided_us=live.decided_us,
        session=setup.session,
        incarnation=setup.incarnation,
        strategy=setup.strategy,
        watcher=live.watcher,
        account=account,
        credits=live.credits,
        awaiting=live.awaiting if awaiting is None else awaiting,
    )
