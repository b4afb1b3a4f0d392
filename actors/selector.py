"""Selector: lets the strategy decide on the newest state of each market, and asks for what it wants.

It journals what it saw and chose before anything leaves, holds no state that a restart would miss,
and asks for nothing it has no write credit for.
"""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Any, ClassVar, Final

from actors.config import Config
from actors.messages import AccountObserved, MarketsObserved, OrderIntents, StateChanged
from actors.reporting import ReportingActor
from persistence.decision_journal import DecidedBatch, DecisionJournal
from strategies.action_selector import Decision
from strategies.registry import make_selector
from trading import observation
from trading.actions import Action, Intent, intent_for, legal_actions
from trading.observation import Observation
from trading.risk import STATES_THAT_SEND

ANSWER_WITHIN_S: Final = 10.0  # an intent whose outcome never came back stops blocking its market
RECENT_SHOWN: Final = 50


class Selector(ReportingActor):
    """One action per market and observation, with a reason."""

    NAME: ClassVar[str] = "ActionSelector"

    def begin(self) -> None:
        config = Config.model_validate(self.settings["config"])
        self._style = config.strategy.options.style
        self._count_e2 = config.strategy.options.contracts_e2()
        self._strategy = make_selector(
            config.strategy.name, seed=config.strategy.seed, options=config.strategy.options.for_strategy()
        )
        self._journal = DecisionJournal(Path(self.settings["account_dir"]) / "decisions.db")
        self._batch_no = self._journal.last_batch_no
        self._state = "starting"
        self._failure = ""  # what the strategy did wrong
        self._account = AccountObserved(0, {}, {}, [], 0, [])
        self._manager_incarnation = 0
        self._credits_used = 0
        self._awaiting: dict[str, tuple[str, float]] = {}  # ticker → (decision, asked at)
        self._newest: dict[int, tuple[int, int]] = {}  # shard → (incarnation, batch_no) of its last batch
        self._chosen: Counter[str] = Counter()
        self._refused: Counter[str] = Counter()
        self._recent: list[dict[str, Any]] = []
        self.start_reporting()

    def on_timer(self, name: str) -> None:
        self.report_timer(name)

    def wired(self, peers: dict[str, int]) -> None:
        if peers.get("OrderManager") != self._manager_incarnation:
            self._manager_incarnation = peers.get("OrderManager", 0)
            self._credits_used = 0
            self._account = AccountObserved(0, {}, {}, [], 0, [])
            self._awaiting.clear()

    def on_StateChanged(self, message: StateChanged, _sender: str) -> None:
        self._state = message.state

    def on_AccountObserved(self, message: AccountObserved, _sender: str) -> None:
        self._account = message
        answered = {decision for decision, _ in message.outcomes}
        for ticker in [t for t, (decision, _) in self._awaiting.items() if decision in answered]:
            del self._awaiting[ticker]

    def on_MarketsObserved(self, message: MarketsObserved, _sender: str) -> None:
        number = (message.incarnation, message.batch_no)
        if number <= self._newest.get(message.shard, (0, 0)):
            return  # overtaken on the way by a newer one
        self._newest[message.shard] = number
        if self._state not in STATES_THAT_SEND or self._account.version == 0:
            return
        self._give_up_overdue()
        batch = observation.unpack(message.columns)
        batch = batch.with_account(self._account.positions, self._account.resting)
        decisions = self._choose(batch)
        if decisions is None:
            return
        self._batch_no += 1
        now_us = time.time_ns() // 1000
        self._chosen.update(decision.action for decision in decisions)
        intents: list[Intent] = []
        for row, decision in enumerate(decisions):
            if decision.action is Action.HOLD:
                continue
            outcome = self._ask(batch, row, decision, now_us)
            if isinstance(outcome, Intent):
                intents.append(outcome)
                outcome = "asked"
            self._tell(batch.tickers[row], decision, outcome, now_us)
        self._record(batch, decisions, now_us)
        if intents:
            asked = OrderIntents(self._batch_no, [asdict(intent) for intent in intents])
            self.tell("OrderManager", asked, expires_s=2.0)
        self.report_soon()

    def _choose(self, batch: Observation) -> list[Decision] | None:
        """What the strategy decides; None once it has failed, and that for good: it is not to be trusted."""
        if self._failure:
            return None
        try:
            decisions = self._strategy.select(batch)
        except Exception as error:  # noqa: BLE001  # it is somebody else's code
            self._failure = f"the strategy raised {type(error).__name__}: {error}"
        else:
            if len(decisions) == len(batch):
                return decisions
            self._failure = f"the strategy gave {len(decisions)} decisions for {len(batch)} markets"
        self.log.error("No more decisions in this session: %s", self._failure)
        return None

    def reasons(self) -> dict[str, str]:
        return {"paused": self._failure} if self._failure else {}

    def _ask(self, batch: Observation, row: int, decision: Decision, now_us: int) -> Intent | str:
        """The intent this decision becomes, or the word for why it becomes none."""
        action, ticker = decision.action, batch.tickers[row]
        if ticker in self._awaiting or ticker in self._account.blocked:
            return "in_flight"
        position_e2 = int(batch.position_e2[row])
        if action not in legal_actions(position_e2, ()):
            return "nothing_held" if action.startswith("SELL") else "opposite_held"
        if action not in legal_actions(position_e2, batch.resting_sides(row)):
            return "already_resting"
        if self._credits_used >= self._account.credits:
            return "write_budget"
        label = f"{self._batch_no}/{row}"
        yes_bid_e4, yes_ask_e4 = batch.bests(row)
        intent = intent_for(
            action,
            ticker=ticker,
            yes_bid_e4=yes_bid_e4,
            yes_ask_e4=yes_ask_e4,
            style=self._style,
            count_e2=self._count_e2,
            reason=decision.reason,
            decision=label,
            decided_us=now_us,
        )
        if isinstance(intent, Intent):
            self._credits_used += 1
            self._awaiting[ticker] = (label, time.monotonic())
        return intent

    def _give_up_overdue(self) -> None:
        """What was never answered was never read: it blocks no market and has used no credit."""
        oldest = time.monotonic() - ANSWER_WITHIN_S
        for ticker in [t for t, (_, asked_at) in self._awaiting.items() if asked_at < oldest]:
            del self._awaiting[ticker]
            self._credits_used -= 1

    def _tell(self, ticker: str, decision: Decision, outcome: str, now_us: int) -> None:
        self.log.info("Selected action: %s for %s", decision.action, ticker)
        if outcome != "asked":
            self._refused[outcome] += 1
        row = {"at_us": now_us, "ticker": ticker, "action": decision.action.value}
        self._recent.append({**row, "outcome": outcome, "reason": decision.reason})
        del self._recent[:-RECENT_SHOWN]

    def _record(self, batch: Observation, decisions: list[Decision], now_us: int) -> None:
        self._journal.append(
            DecidedBatch(
                batch_no=self._batch_no,
                at_us=now_us,
                account_version=self._account.version,
                tickers=tuple(batch.tickers),
                streams=tuple(batch.stream.tolist()),
                seqs=tuple(batch.seq.tolist()),
                actions=tuple(decision.action for decision in decisions),
                reasons=tuple(decision.reason for decision in decisions),
            )
        )

    def telemetry(self) -> dict[str, Any]:
        recent, self._recent = self._recent, []
        chosen = {action.value: self._chosen[action] for action in Action}
        total = sum(chosen.values())
        return {
            "decisions": {"total": total, **chosen, "refused": dict(self._refused)},
            "recent": recent,
        }
