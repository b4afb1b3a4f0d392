"""Keeps the book of an account by what the venue tells, and checks it against what the venue says it is.

Whoever drives it reads the venue when told to and says what is noted; no clock, no log and no socket is
in here, so a live account, a replayed one and a single check are kept by the same code.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final, NamedTuple

from execution.account_book import AccountBook
from execution.account_facts import touched
from execution.account_figures import CheckFigures
from execution.account_reads import AccountRead, PastRead
from execution.fill_news import FillNews
from execution.read_plan import AskAgain, Moment, ReadNow, ReadPlan
from kalshi_client.wire.records import Settlement
from kalshi_client.wire.values import FillMessage, OrderMessage
from trading.account_checks import AccountChecks, CheckVerdict, VenueFigures
from trading.events import BalanceSeen, FillProcessorEvent, FillSeen
from trading.order_ids import OrderIds
from trading.reconciliation import advice

TAKEN_AT_ONCE: Final = 100
"""Facts of one turn: an actor that took in thousands at once would be silent for too long."""


class Note(NamedTuple):
    """A line for people; ``level`` is one of ``logging``'s."""

    level: int
    text: str


@dataclass(slots=True)
class Consequences:
    """The consequences of the venue's news."""

    new: list[FillProcessorEvent] = field(default_factory=list)  # recorded now
    notes: list[Note] = field(default_factory=list)
    next_read_s: float | None = None  # ask for the next read in that time
    search_past: bool = False  # read every fill and settlement since the account was opened
    goes_on: bool = False  # more of what was read is to be taken in: ``AccountKeeper.go_on``

    def warn(self, texts: Iterable[str]) -> None:
        self.notes += [Note(logging.WARNING, text) for text in texts]

    def alarm(self, texts: Iterable[str]) -> None:
        self.notes += [Note(logging.ERROR, text) for text in texts]


@dataclass(slots=True)
class _Taking:
    """A read that is being taken in."""

    facts: Sequence[FillProcessorEvent]
    end: Callable[
        [int, Moment, Consequences], None
    ]  # what follows from it, by the number of facts that were new
    drop: Callable[[], object]  # what follows if it cannot be recorded
    taken: int = 0  # facts
    new: int = 0

    def next_part(self) -> Sequence[FillProcessorEvent]:
        part = self.facts[self.taken : self.taken + TAKEN_AT_ONCE]
        self.taken += len(part)
        return part

    @property
    def is_over(self) -> bool:
        return self.taken == len(self.facts)


class AccountKeeper:
    """The book, the plan of reads, and what the checks and the fills came to."""

    def __init__(self, book: AccountBook, ids: OrderIds, *, folder: str, reconcile_s: float) -> None:
        """``folder`` has the ledger's files, for the advice to a person; a check is due each
        ``reconcile_s``."""
        self.book = book
        self.ids = ids
        self.plan = ReadPlan(reconcile_s)
        self.news = FillNews()
        self.check: CheckFigures | None = None
        self._checks = AccountChecks()
        self._folder = folder
        self._takings: deque[_Taking] = deque()  # the first is under way

    def hear(self, messages: Sequence[FillMessage | OrderMessage], now: Moment) -> Consequences:
        """The private stream told these."""
        outcome = Consequences()
        self.plan.heard(messages)
        facts: list[FillProcessorEvent] = []
        # Of two words on one order in the same millisecond the one that was told later counts.
        for at_us, message in enumerate(messages, now.local_us):
            seen, notes = self.book.heard(message, at_us=at_us)
            facts += seen
            outcome.warn(notes)
        self._record(facts, now, outcome)
        return outcome

    def next_read(self, now: Moment) -> ReadNow | AskAgain | None:
        """The step to take about the next read while the stream is listened to."""
        return self.plan.next_read(now) if self.book.markets else None

    # --- what was read ---------------------------------------------------------------------------

    def read_failed(self, error: Exception, stretch: int, now: Moment) -> Consequences:
        self.plan.ended(stretch)
        outcome = Consequences(next_read_s=self.plan.in_vain(now))
        outcome.warn([f"Reading the account failed, trying again: {error}"])
        return outcome

    def take(self, read: AccountRead, stretch: int, now: Moment, *, generation: int) -> Consequences:
        """Begin to take in a read of the whole account, if it proves something; ``go_on`` takes the rest.

        ``generation`` is of the stream's connection.
        """
        outcome = Consequences()
        if not self.plan.is_of(stretch):
            self.plan.ended(stretch)  # the next one reads again
            return outcome
        outcome.warn(self.book.left_out.add(read.left_out))
        outcome.alarm(_uncounted(read.settlements))
        if not self.plan.proves(read, now, is_opened=self.book.is_opened):
            self.plan.ended(stretch)
            outcome.next_read_s = self.plan.in_vain(now)
            return outcome
        news = self.book.news_in(read, now_us=now.local_us)
        facts = [*news, BalanceSeen(now.local_us, read.available_e6)]
        end = partial(self._read_taken, read, stretch, generation)
        self._takings.append(_Taking(facts, end, drop=partial(self.plan.ended, stretch)))
        self._take_part(now, outcome)
        return outcome

    def go_on(self, now: Moment) -> Consequences:
        """Take in some more of what was read."""
        outcome = Consequences()
        self._take_part(now, outcome)
        return outcome

    def give_up(self) -> None:
        """Something was not recorded: what is being taken in is dropped, and the account read again."""
        while self._takings:
            self._takings.popleft().drop()
        self.plan.interrupted()

    def how_far(self, read: str) -> str:
        """For people, of the read under way, in brackets; ``read``: what was read of it so far."""
        if self._takings:
            read = f"taken in {self._takings[0].taken:,} of {len(self._takings[0].facts):,} facts"
        return f" ({read})" if read else ""

    def _take_part(self, now: Moment, outcome: Consequences) -> None:
        if self._takings:
            taking, known = self._takings[0], len(outcome.new)
            self._record(taking.next_part(), now, outcome)
            taking.new += len(outcome.new) - known
            if taking.is_over:
                self._takings.popleft()
                taking.end(taking.new, now, outcome)
        outcome.goes_on = bool(self._takings)

    def _read_taken(
        self, read: AccountRead, stretch: int, generation: int, _new: int, now: Moment, outcome: Consequences
    ) -> None:
        if self.plan.ended(stretch):
            self._compare(read, now, outcome, generation=generation)
        else:
            outcome.next_read_s = self.plan.in_vain(now)

    def _compare(self, read: AccountRead, now: Moment, outcome: Consequences, *, generation: int) -> None:
        verdict = self._checks.judge(
            self.book.ledger,
            VenueFigures(self.book.positions_in(read), read.available_e6, read.before_us, read.after_us),
            self.plan.moved_since(read.before_us),
            now_us=now.local_us,
            generation=generation,
        )
        outcome.next_read_s = self.plan.reconciled(is_again_soon=verdict.is_again_soon)
        self._record(verdict.events, now, outcome)
        self._tell_verdict(verdict, outcome)
        self.check = CheckFigures.of(verdict, read, now_us=now.local_us)
        outcome.search_past = verdict.search_past

    def past_failed(self, error: Exception) -> Consequences:
        self._checks.search_failed()
        outcome = Consequences()
        outcome.warn([f"Reading the account's past failed, to be tried again in a minute: {error}"])
        return outcome

    def take_past(self, past: PastRead, now: Moment) -> Consequences:
        """Take in every fill and settlement since the opening; the next read tells what it explained."""
        outcome = Consequences()
        outcome.warn(self.book.left_out.add(past.left_out))
        outcome.alarm(_uncounted(past.settlements))
        facts = self.book.past_in(past, now_us=now.local_us)
        self._takings.append(_Taking(facts, self._past_taken, drop=self._checks.search_failed))
        self._take_part(now, outcome)
        return outcome

    def _past_taken(self, new: int, now: Moment, outcome: Consequences) -> None:
        self._checks.searched()
        outcome.warn([f"Of the account's past, {new:,} fills and settlements were missing"])
        outcome.next_read_s = self.plan.in_vain(now)

    # --- facts -----------------------------------------------------------------------------------

    def _record(self, events: Sequence[FillProcessorEvent], now: Moment, outcome: Consequences) -> None:
        """Commit and fold; tell of each new fill once."""
        known = len(self.book.conflicts)
        before = {ticker: self.book.ledger.position(ticker).position_e2 for ticker in touched(events)}
        new = self.book.record(events)
        conflicts = self.book.conflicts[known:]
        self._checks.add_conflicts(conflicts)
        outcome.alarm(f"Told in two ways: {conflict.sentence}" for conflict in conflicts)
        self.plan.moved(touched(new))
        for event in new:
            if isinstance(event, FillSeen) and self.book.is_news(event):
                held_e2 = before[event.ticker]
                before[event.ticker] += event.count_e2 if event.side == "bid" else -event.count_e2
                outcome.notes.append(self._fill_note(event, held_e2, now))
        outcome.new += new

    def _fill_note(self, event: FillSeen, held_e2: int, now: Moment) -> Note:
        ago_ms = (now.venue_us - event.ts_ms * 1_000) / 1_000
        fill = self.book.named(event)
        return Note(logging.INFO, self.news.add(fill, position_e2=held_e2, ago_ms=ago_ms, ids=self.ids))

    def _tell_verdict(self, verdict: CheckVerdict, outcome: Consequences) -> None:
        outcome.alarm(f"Different from the venue: {each.sentence}" for each in verdict.appeared)
        outcome.warn(f"Equal to the venue again: {each.key}" for each in verdict.gone)
        outcome.alarm(advice(each, self._folder) for each in verdict.unexplained)
        if verdict.search_past:
            outcome.warn(["Reading every fill and settlement since the account was opened here"])


def _uncounted(settlements: Iterable[Settlement]) -> list[str]:
    uncounted = [settlement.ticker for settlement in settlements if settlement.value_e4 is None]
    return [f"Settlement of {ticker} is not counted: nothing tells its payout" for ticker in uncounted]
