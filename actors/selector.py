"""Selector: lets the strategy decide on the newest state of each market, and asks for the orders.

What it decides, and why, is ``trading.decision``. It writes the record down before anything leaves.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, Final, NamedTuple, get_args

from actors.messages import (
    AccountObserved,
    MarketsObserved,
    OrderIntents,
    StateChanged,
    WhyReported,
    WhyRequested,
)
from actors.thespian.reporting import ReportingActor
from persistence import account_files
from persistence.decisions.files import free_incarnation
from persistence.decisions.journal import DecisionJournal
from persistence.disk_room import is_low
from persistence.faults import DiskFull
from settings.config import Config
from settings.trading_settings import Strategy
from strategies.registry import make_selector
from trading import observation
from trading.actions import Action, Intent
from trading.decision import (
    Account,
    Circumstances,
    DecidedBatch,
    Setup,
    StrategyFailed,
    Terms,
    WatcherBatch,
    decide,
)
from trading.events import SendOutcome
from trading.risk import STATES_THAT_SEND

ANSWER_WITHIN_S: Final = 10.0  # an intent whose outcome never came back stops blocking its market
RECENT_SHOWN: Final = 50
SEND_OUTCOMES: Final = frozenset(get_args(SendOutcome))  # every other outcome is a refusal


NO_ANSWER: Final = "no_answer"  # the outcome of such an intent, for people


class _Asked(NamedTuple):
    ticker: str
    at: float  # monotonic seconds


class Selector(ReportingActor):
    """One action per market and observation, with a reason."""

    NAME: ClassVar[str] = "ActionSelector"

    def begin(self) -> None:
        config = Config.model_validate(self.settings["config"])
        options = config.strategy.options
        self._terms = Terms(options.style, options.contracts_e2())
        self._strategy = make_selector(
            config.strategy.name, seed=config.strategy.seed, options=options.for_strategy()
        )
        self._journal = self._begin_journal(config.strategy)
        self._unrecorded: DecidedBatch | None = None  # decided, and the disk had no room for it
        self._state = "starting"
        self._failure = ""  # what the strategy did wrong
        self._full = ""  # the disk did not take the last record
        self._account: Account | None = None  # until OrderManager has told it
        self._granted = 0  # credits since this OrderManager was wired, used ones included
        self._manager_incarnation = 0
        self._credits_used = 0
        self._awaiting: dict[str, _Asked] = {}  # by decision
        self._newest: dict[int, tuple[int, int]] = {}  # shard → (incarnation, batch_no) of its last batch
        self._chosen: Counter[str] = Counter()
        self._refused: Counter[str] = Counter()
        self._recent: list[dict[str, Any]] = []
        self.start_reporting()

    def _begin_journal(self, strategy: Strategy) -> DecisionJournal:
        """The journal of this incarnation, which says first what stays the same for all its decisions."""
        folder, session = (
            Path(self.settings["account_dir"]) / account_files.DECISIONS,
            self.settings["session"],
        )
        setup = Setup(
            session,
            free_incarnation(folder, session, self.incarnation),
            strategy.name,
            strategy.seed,
            strategy.options.for_strategy(),
            self._terms,
            self.settings["renamed"],
        )
        self._setup = setup
        return DecisionJournal(folder, setup)

    def on_timer(self, name: str) -> None:
        self.report_timer(name)
        if self._full and not is_low(Path(self.settings["account_dir"])):
            self._record_late()

    def _record_late(self) -> None:
        """The strategy saw the batch: it is recorded before any other, or none could be decided again."""
        try:
            if self._unrecorded is not None:
                self._journal.append(self._unrecorded)
        except DiskFull as full:
            self._full = str(full)
            return
        self._unrecorded, self._full = None, ""

    def wired(self, peers: dict[str, int]) -> None:
        if peers.get("OrderManager") != self._manager_incarnation:
            self._manager_incarnation = peers.get("OrderManager", 0)
            self._credits_used = self._granted = 0
            self._account = None
            self._awaiting.clear()

    def on_StateChanged(self, message: StateChanged, _sender: str) -> None:
        self._state = message.state

    def on_AccountObserved(self, message: AccountObserved, _sender: str) -> None:
        self._account, self._granted = message.account, message.credits
        for decision, outcome in message.outcomes:
            asked = self._awaiting.pop(decision, None)
            if asked is not None and outcome not in SEND_OUTCOMES:
                self._refused[outcome] += 1

    def on_MarketsObserved(self, message: MarketsObserved, _sender: str) -> None:
        number = (message.incarnation, message.batch_no)
        if number <= self._newest.get(message.shard, (0, 0)):
            return  # overtaken on the way by a newer one
        self._newest[message.shard] = number
        if self._failure or self._full or self._account is None or self._state not in STATES_THAT_SEND:
            return
        self._give_up_overdue()
        given = self._circumstances(WatcherBatch(message.shard, *number, message.tape_no), self._account)
        try:
            decided = decide(observation.unpack(message.columns), self._strategy.select, self._terms, given)
        except StrategyFailed as failed:
            self._failure = str(failed)  # for good: it is not to be trusted
            self.log.error("No more decisions in this session: %s", failed)
            return
        try:
            self._journal.append(decided.record)
        except DiskFull as full:
            self._full, self._unrecorded = str(full), decided.record
            return  # what is on no disk is asked for by nobody
        self._ask_for_orders(decided.intents)
        self._log_decisions(decided.record)
        self.report_soon()

    def _circumstances(self, watcher: WatcherBatch, account: Account) -> Circumstances:
        return Circumstances(
            batch_no=self._journal.last_batch_no + 1,
            decided_us=time.time_ns() // 1000,
            session=self._setup.session,
            incarnation=self._setup.incarnation,
            strategy=self._setup.strategy,
            watcher=watcher,
            account=account,
            credits=self._granted - self._credits_used,
            awaiting=tuple(asked.ticker for asked in self._awaiting.values()),
        )

    def _ask_for_orders(self, intents: Sequence[Intent]) -> None:
        if not intents:
            return
        self._credits_used += len(intents)
        now = time.monotonic()
        for intent in intents:
            self._awaiting[intent.decision] = _Asked(intent.ticker, now)
        batch_no = self._journal.last_batch_no
        self.tell("OrderManager", OrderIntents(batch_no, list(intents)), expires_s=2.0)

    def _give_up_overdue(self) -> None:
        """An intent that was never answered was never read: it blocks no market and has used no credit."""
        oldest = time.monotonic() - ANSWER_WITHIN_S
        for decision in [name for name, asked in self._awaiting.items() if asked.at < oldest]:
            del self._awaiting[decision]
            self._credits_used -= 1
            self._refused[NO_ANSWER] += 1

    def reasons(self) -> dict[str, str]:
        reasons = {"paused": self._failure} if self._failure else {}
        return {**reasons, "halted": self._full} if self._full else reasons

    def _log_decisions(self, record: DecidedBatch) -> None:
        """A line and a row on the page for everything but HOLD, which is only counted."""
        self._chosen.update(record.actions)
        columns = zip(record.tickers, record.actions, record.reasons, record.outcomes, strict=True)
        for ticker, action, reason, outcome in columns:
            if outcome == "hold":
                continue
            self.log.info("Selected action: %s for %s", action, ticker)
            if outcome != "asked":
                self._refused[outcome] += 1
            row = {"at_us": record.decided_us, "ticker": ticker, "action": action.value}
            self._recent.append({**row, "outcome": outcome, "reason": reason})
        del self._recent[:-RECENT_SHOWN]

    def on_WhyRequested(self, message: WhyRequested, _sender: str) -> None:
        facts = {
            "stopped": self._failure or self._full,
            "knows_account": self._account is not None,
            "credits": self._granted - self._credits_used,
            "awaiting": any(asked.ticker == message.ticker for asked in self._awaiting.values()),
        }
        self.tell("page", WhyReported(message.request_id, "Selector", facts))

    def stopped(self) -> None:
        super().stopped()
        self._journal.close()
        self.retire()

    def telemetry(self) -> dict[str, Any]:
        recent, self._recent = self._recent, []
        chosen = {action.value: self._chosen[action] for action in Action}
        total = sum(chosen.values())
        return {
            "decisions": {"total": total, **chosen, "refused": dict(self._refused)},
            "decision_hash": self._journal.hash,
            "recent": recent,
        }
