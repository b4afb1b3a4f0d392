"""From a batch of markets to intents: the strategy chooses, every choice is checked, all of it is one record.

``decide`` depends on its arguments alone. Its record and the setup of its Selector hold each of them, or say
from which point of the ledgers and of the tape it is rebuilt: the same batch can be decided again without an
actor, to the same outcomes. What the decision saw at the top of the books and of the account is in the record
as well, so that whatever rebuilds it can be held against it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple

from trading.actions import Action, Decision, Intent, Style, intent_for, legality_refusal
from trading.observation import Observation, Resting
from trading.refusals import DecisionRefusal
from trading.seen_rows import SeenRows, seen_rows

Outcome = Literal["hold", "asked", DecisionRefusal]
"""hold: nothing was wanted. asked: OrderManager is asked for an order."""

Strategy = Callable[[Observation], Sequence[Decision]]

_ACTIONS: Final = {action.value: action for action in Action}  # a look-up costs less than Action(value)


class StrategyFailed(Exception):
    """The strategy raised, or its answer is not one decision for each market."""


class LedgerPoint(NamedTuple):
    """An outbox and the newest of its events that was folded."""

    outbox_id: str
    seq: int


@dataclass(frozen=True, slots=True)
class Account:
    """The account as OrderManager folds it; everything else here follows from ``ledgers``.

    ``positions``, ``resting`` and ``blocked`` name only the markets that have any.
    """

    ledgers: tuple[LedgerPoint, ...]  # OrderManager's outbox, then FillProcessor's
    positions: Mapping[str, int]  # signed count_e2
    resting: Mapping[str, Resting]
    blocked: tuple[str, ...]  # markets with an order whose fate is open


class WatcherBatch(NamedTuple):
    """The batch as its MarketWatcher numbers it."""

    shard: int
    incarnation: int
    batch_no: int
    tape_no: int = 0  # row of the watcher's tape up to which it tells of the batch


@dataclass(frozen=True, slots=True)
class Terms:
    """The rule by which an action becomes an order; fixed for a session."""

    style: Style
    count_e2: int


@dataclass(frozen=True, slots=True)
class Setup:
    """The constants of one Selector process: with them and the records that followed, its strategy can be
    made again and shown the same."""

    session: str
    incarnation: int  # of the strategy's own state
    strategy: str
    seed: int
    options: Mapping[str, Any]  # the strategy's own, as the configuration has them
    terms: Terms
    renamed: Mapping[str, str]  # execution tickers by data ticker, of the markets that differ


@dataclass(frozen=True, slots=True)
class Circumstances:
    """All that a decision depends on besides the observation, the strategy and the terms."""

    batch_no: int  # counted by each incarnation of the Selector
    decided_us: int  # local clock
    session: str
    incarnation: int  # of the Selector, and so of the strategy's own state
    strategy: str
    watcher: WatcherBatch
    account: Account
    credits: int  # orders that may still be asked for
    awaiting: tuple[str, ...]  # markets with an intent that nobody has answered

    def name(self, row: int) -> str:
        """The name of the decision on the batch's row, wherever it is told."""
        return f"{self.session}-{self.incarnation}-{self.batch_no}/{row}"


@dataclass(frozen=True, slots=True)
class DecidedBatch:
    """The record of one batch; columns are in the order of ``tickers``."""

    batch_no: int
    decided_us: int
    observed_us: int
    session: str
    incarnation: int
    strategy: str
    watcher: WatcherBatch
    ledgers: tuple[LedgerPoint, ...]
    credits: int
    awaiting: tuple[str, ...]
    tickers: tuple[str, ...]
    streams: tuple[int, ...]  # connection that carried the book
    seqs: tuple[int, ...]  # newest message of the connection's books
    trade_seqs: tuple[int, ...]  # newest message of the connection's public trades
    changed_us: tuple[int, ...]
    confirmed_us: tuple[int, ...]
    actions: tuple[Action, ...]
    reasons: tuple[str, ...]
    outcomes: tuple[Outcome, ...]
    clock_offset_us: int = 0  # by which the data venue's clock was taken to be ahead
    blocked: tuple[str, ...] = ()  # markets with an order whose fate was open
    # Seen in each market. Before they were recorded: 0 in all, as where there was none.
    yes_bids_e4: tuple[int, ...] = ()
    yes_asks_e4: tuple[int, ...] = ()
    positions_e2: tuple[int, ...] = ()
    resting: tuple[Resting, ...] = ()


class Decided(NamedTuple):
    """``record`` is to be written before anybody is asked for ``intents``."""

    record: DecidedBatch
    intents: tuple[Intent, ...]


def decide(batch: Observation, strategy: Strategy, terms: Terms, given: Circumstances) -> Decided:
    """One action for each market, and an intent for every action that nothing speaks against.

    Raises StrategyFailed.
    """
    seen = batch.with_account(given.account.positions, given.account.resting)
    return decided(seen_rows(seen), choose(seen, strategy), terms, given)


def choose(seen: Observation, strategy: Strategy) -> Sequence[Decision]:
    """The strategy's choices. It is somebody else's code: whatever it does wrong is one kind of failure.

    Raises StrategyFailed.
    """
    try:
        choices = [Decision(*choice) for choice in strategy(seen)]
    except Exception as error:
        raise StrategyFailed(f"the strategy raised {type(error).__name__}: {error}") from error
    if len(choices) != len(seen):
        raise StrategyFailed(f"the strategy gave {len(choices)} decisions for {len(seen)} markets")
    for choice in choices:
        if choice.action not in _ACTIONS or not isinstance(choice.reason, str):
            raise StrategyFailed(f"the strategy gave {choice!r}, which is no action with a reason")
    return choices


def decided(seen: SeenRows, choices: Sequence[Decision], terms: Terms, given: Circumstances) -> Decided:
    """The record and the intents of these choices; ``seen`` is what they were made on."""
    intents: list[Intent] = []
    outcomes: list[Outcome] = []
    for row, choice in enumerate(choices):
        checked = _check(seen, row, choice, terms, given, credits_left=given.credits - len(intents))
        if isinstance(checked, Intent):
            intents.append(checked)
            outcomes.append("asked")
        else:
            outcomes.append(checked)
    return Decided(_record(seen, given, choices, outcomes), tuple(intents))


def _check(
    seen: SeenRows, row: int, choice: Decision, terms: Terms, given: Circumstances, *, credits_left: int
) -> Intent | Outcome:
    """The intent that a choice becomes, or the reason why it becomes none."""
    action = _ACTIONS[choice.action]
    if action is Action.HOLD:
        return "hold"
    ticker = seen.tickers[row]
    if ticker in given.awaiting or ticker in given.account.blocked:
        return "in_flight"
    illegal = legality_refusal(action, seen.positions_e2[row], seen.resting[row].sides)
    if illegal is not None:
        return illegal
    if credits_left <= 0:
        return "write_budget"
    return intent_for(
        action,
        ticker=ticker,
        yes_bid_e4=seen.yes_bids_e4[row] or None,
        yes_ask_e4=seen.yes_asks_e4[row] or None,
        style=terms.style,
        count_e2=terms.count_e2,
        reason=choice.reason,
        decision=given.name(row),
        decided_us=given.decided_us,
    )


def _record(
    seen: SeenRows,
    given: Circumstances,
    choices: Sequence[Decision],
    outcomes: Sequence[Outcome],
) -> DecidedBatch:
    return DecidedBatch(
        batch_no=given.batch_no,
        decided_us=given.decided_us,
        session=given.session,
        incarnation=given.incarnation,
        strategy=given.strategy,
        watcher=given.watcher,
        ledgers=given.account.ledgers,
        credits=given.credits,
        awaiting=given.awaiting,
        actions=tuple([_ACTIONS[choice.action] for choice in choices]),
        reasons=tuple([choice.reason for choice in choices]),
        outcomes=tuple(outcomes),
        blocked=given.account.blocked,
        **seen._asdict(),
    )
