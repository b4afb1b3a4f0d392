"""The phases of OrderManager before it trades: the venue is read, then the past is taken in.

Both answer the calls of ``trading_phase.Trading``, which follows: nothing is sent, and nothing is told.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from execution.account_view import AccountWorth
from execution.balance_watch import BalanceWatch, Judgement
from execution.book_report import BookReport
from execution.committed_facts import CommittedFacts
from execution.execution_books import ExecutionBooks
from execution.execution_markets import ExecutionMarkets
from execution.halt_latch import HaltLatch
from execution.market_permits import MarketPermits
from execution.order_execution import OrderExecution
from execution.permits import HeldPermits
from execution.recovery import Recovery
from execution.trading_phase import AccountTold, Trading
from execution.venue_pauses import VenuePauses
from execution.write_budget import WriteBudget
from kalshi_client.background import Background, Done
from kalshi_client.rest.client import RestClient
from kalshi_client.rest.throttle import EndpointCosts, TokenBucket
from kalshi_client.wire.records import AccountLimits
from persistence.outbox import Outbox
from trading.actions import Intent
from trading.decision import LedgerPoint, Terms
from trading.events import LedgerEvent
from trading.foreign_orders import ForeignPolicy
from trading.held_prices import OutcomePrices
from trading.ledger import Ledger
from trading.market import Market
from trading.market_map import MarketMap
from trading.order_desk import OrderDesk
from trading.order_ids import OrderIds
from trading.orders import Order
from trading.risk import RiskLimits
from trading.valuation import Mark

MISSING_LEDGER: Final = (
    "The ledger of the orders sent is empty, although this account has sent at least %d: its file was "
    "removed. What only it knew is gone; the venue's records tell the orders, fills and cash"
)


@dataclass(frozen=True, slots=True)
class AccountParts:
    """The parts of an account that exist before anything is known of it."""

    name: str
    names: MarketMap
    outbox: Outbox
    facts: CommittedFacts
    markets: ExecutionMarkets
    books: ExecutionBooks
    permits: HeldPermits
    latch: HaltLatch
    limits: RiskLimits
    order_ttl_us: int
    foreign: ForeignPolicy
    session_from_us: int
    rest: RestClient
    background: Background
    pauses: VenuePauses
    log: logging.Logger


class _NotTrading:
    """The answers of an account of which too little is known to trade."""

    def look_after(self, now_us: int) -> None:
        """No order is known that could need it."""

    def write_again(self) -> None:
        """Nothing was written."""

    def take_facts(self, upto: LedgerPoint) -> bool:  # noqa: ARG002  # they are read with the past
        return False

    def take_intents(self, intents: Sequence[Intent]) -> None:
        """The Selector stops waiting for them by itself."""

    def take_answer(self, done: Done) -> None:
        """Nothing was asked."""

    def take_outdated(self, markets: Mapping[str, Market]) -> list[str]:  # noqa: ARG002  # all are being read
        return []

    def look_at_books(self, markets: Mapping[str, Market], now: float) -> list[str]:  # noqa: ARG002  # none matters
        return []

    def changed(self) -> None:
        """Nobody was told of the account."""

    def judge(self, mark: Mark, now: float) -> Judgement:  # noqa: ARG002  # the balance is not known
        return Judgement()

    def selector_is_new(self) -> None:
        """No Selector was told anything."""

    def take_news(self, now: float) -> AccountTold | None:  # noqa: ARG002  # whatever the time
        return None

    def cancel_resting(self, wanted: Callable[[Order], bool], *, why: str) -> float | None:  # noqa: ARG002
        return None

    def unfinished(self) -> set[str]:
        return set()

    def valued(self, mark: Mark) -> AccountWorth | None:  # noqa: ARG002  # the balance is not known
        return None

    def foreign_news(self) -> list[str]:
        return []

    def cancel_foreign(self, wanted: Callable[[Order], bool]) -> None:
        """No order is known to be foreign."""

    def why(self, ticker: str, marks: OutcomePrices, terms: Terms, state_reason: str) -> dict[str, Any]:  # noqa: ARG002
        return {}

    def telemetry(self, books: BookReport, now: float, *, tables: bool) -> dict[str, Any]:  # noqa: ARG002
        return {}


class ReadingVenue(_NotTrading):
    """The execution venue has not told its markets."""

    def __init__(self, parts: AccountParts) -> None:
        self._parts = parts

    def reasons(self) -> dict[str, str]:
        """Why nothing is sent yet."""
        return {"starting": "reading the markets of the execution venue"}

    def needed(self) -> list[str]:
        """No market is known to be needed."""
        return []

    def opened(self, limits: AccountLimits, costs: EndpointCosts) -> Recovering:
        """The next phase: the venue has told the markets, and these limits and costs of the account."""
        parts = self._parts
        markets = parts.markets.markets
        desk = OrderDesk(
            Ledger(markets, session_from_us=parts.session_from_us),
            parts.limits,
            markets=markets,
            ids=OrderIds.of(parts.name, parts.outbox.outbox_id),
            order_ttl_us=parts.order_ttl_us,
            foreign=parts.foreign,
        )
        budget = WriteBudget(TokenBucket(limits.write.capacity, limits.write.refill_per_s), costs)
        return Recovering(parts, desk, budget)


class Recovering(_NotTrading):
    """The markets are known, and the desk takes in what happened before."""

    def __init__(self, parts: AccountParts, desk: OrderDesk, budget: WriteBudget) -> None:
        self._parts = parts
        self._desk = desk
        self._budget = budget
        self._recovery = Recovery(self._past(), desk.take)

    def _past(self) -> Iterator[LedgerEvent]:
        for _, event in self._parts.outbox.events():
            yield event
        # FillProcessor's facts as well, or every order that it saw end would count as resting here.
        yield from self._parts.facts.so_far()

    def turn(self) -> bool:
        """Take in a part of the past; whether all of it is taken in."""
        return self._recovery.turn()

    def reasons(self) -> dict[str, str]:
        """Why nothing is sent yet."""
        return {"starting": self._recovery.progress()}

    def needed(self) -> list[str]:
        """Markets with a position or an order that is not over, as far as the past is taken in."""
        return sorted(self._desk.ledger.engaged())

    def reprice(self) -> None:
        """The fees or grids of markets changed."""
        self._desk.ledger.reprice()

    def recovered(self) -> Trading:
        """The next phase: the past is taken in."""
        parts = self._parts
        if parts.outbox.last_seq == 0 and (newest := self._desk.newest_number):
            parts.log.warning("%s", MISSING_LEDGER % newest)
        execution = OrderExecution(
            self._desk,
            outbox=parts.outbox,
            budget=self._budget,
            rest=parts.rest,
            background=parts.background,
            pauses=parts.pauses,
            log=parts.log,
        )
        balance = BalanceWatch(parts.limits)
        permits = MarketPermits(
            parts.permits,
            parts.markets,
            self._desk.ledger,
            books=parts.books,
            rest=parts.rest,
            pauses=parts.pauses,
            balance=balance,
            latch=parts.latch,
        )
        return Trading(
            execution,
            self._budget,
            permits,
            names=parts.names,
            outbox=parts.outbox,
            facts=parts.facts,
            balance=balance,
            books=parts.books,
        )
