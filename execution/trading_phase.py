"""The last phase of OrderManager: its orders are known, so it trades.

The phases before it (``opening``) answer the same calls.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from execution.account_news import AccountNews
from execution.account_view import AccountShown, AccountWorth, rows_of
from execution.balance_watch import BalanceWatch, Judgement
from execution.book_report import BookReport
from execution.committed_facts import CommittedFacts
from execution.execution_books import ExecutionBooks
from execution.market_permits import MarketPermits
from execution.order_execution import OrderExecution
from execution.write_budget import WriteBudget
from kalshi_client.background import Done
from persistence.outbox import Outbox
from trading.actions import Intent
from trading.decision import Account, LedgerPoint, Terms
from trading.foreign_orders import ForeignNotes, refusal_of
from trading.held_prices import OutcomePrices
from trading.ledger import FORGET_AFTER_US
from trading.market import Market, complement_e4, format_count_e2
from trading.market_map import MarketMap
from trading.obstacles import AskedMarket
from trading.orders import Order
from trading.translation import account_to_data, intents_to_execution
from trading.valuation import Mark

NOT_OURS: Final = "not ours (execution.foreign_orders)"


class AccountTold(NamedTuple):
    """The account as the Selector is told of it, under the data venue's tickers."""

    account: Account
    granted: int
    """Credits since the Selector was new."""
    outcomes: list[tuple[str, str]]
    """Of decisions, since the last time."""


class Trading:
    """An account whose past is taken in. Times are monotonic seconds unless the name says otherwise."""

    def __init__(
        self,
        execution: OrderExecution,
        budget: WriteBudget,
        permits: MarketPermits,
        *,
        names: MarketMap,
        outbox: Outbox,
        facts: CommittedFacts,
        balance: BalanceWatch,
        books: ExecutionBooks,
    ) -> None:
        self._names = names
        self._execution = execution
        self._shown = AccountShown(execution.desk)
        self._budget = budget
        self._permits = permits
        self._facts = facts
        self._balance = balance
        self._books = books
        self._outbox = outbox
        self._news = AccountNews()
        self._foreign_notes = ForeignNotes(execution.desk.ids, execution.desk.foreign)

    def reasons(self) -> dict[str, str]:
        """Why the account sends less than it may, by state."""
        reasons = {}
        if reason := self._balance.reason():
            reasons["reduce_only"] = reason
        desk = self._execution.desk
        if desk.foreign == "refuse" and (foreign := desk.foreign_resting()):
            reasons["paused"] = refusal_of(foreign)
        return reasons

    def needed(self) -> list[str]:
        """Markets with a position or an order that is not over."""
        return sorted(self._execution.desk.ledger.engaged())

    def reprice(self) -> None:
        """The fees or grids of markets changed."""
        self._execution.desk.ledger.reprice()

    def look_after(self, now_us: int) -> None:
        """To be called each second."""
        self.write_again()
        self.look_up_unsettled()
        self._execution.desk.ledger.forget_closed(now_us - FORGET_AFTER_US)

    def write_again(self) -> None:
        """Record what a full disk has refused so far."""
        self._execution.write_again()

    def look_up_unsettled(self) -> None:
        """Ask the venue about orders whose fate is open."""
        self._execution.look_up_unsettled()

    # --- facts, intents and answers in -----------------------------------------------------------

    def take_facts(self, upto: LedgerPoint) -> bool:
        """Take in FillProcessor's facts; whether they were taken."""
        for event in self._facts.upto(upto):
            self._execution.desk.take(event)
        return True

    def take_intents(self, intents: Sequence[Intent]) -> None:
        """Judge them, and send those that are approved. They name markets of the data venue."""
        self._budget.asked(len(intents))
        translated = intents_to_execution(intents, self._names)
        self._books.asked([intent.ticker for intent in translated.intents], time.monotonic())
        self._execution.take_intents(translated.intents, self._permits.of)
        if translated.untranslated:
            self._execution.refuse(translated.untranslated, "unknown_market")

    def take_answer(self, done: Done) -> None:
        """The end of a call about an order."""
        self._execution.take_answer(done)

    def take_outdated(self, markets: Mapping[str, Market]) -> list[str]:
        """The markets whose terms have changed, since the last call."""
        outdated = [*self._execution.outdated, *self._books.take_outdated(markets)]
        self._execution.outdated.clear()
        return outdated

    def look_at_books(self, markets: Mapping[str, Market], now: float) -> list[str]:
        """Take in what the execution venue's books are now; sentences about what went wrong."""
        return self._books.look(self._execution.desk.ledger, markets, now)

    # --- what follows ----------------------------------------------------------------------------

    def changed(self) -> None:
        """The account is another one."""
        self._news.changed()

    def judge(self, mark: Mark, now: float) -> Judgement:
        """The balance now."""
        return self._balance.judge(self._execution.desk.ledger, mark, now)

    def selector_is_new(self) -> None:
        self._news.start_over()
        self._budget.asker_is_new()

    def take_news(self, now: float) -> AccountTold | None:
        """The account as the Selector is to be told it now; None when it is not time to."""
        granted = self._budget.granted(now)
        if not self._execution.desk.ledger.is_opened or not self._news.is_due(granted, now):
            return None
        self._news.told(granted, now)
        outcomes, self._execution.outcomes = self._execution.outcomes, []
        ledgers = (LedgerPoint(self._outbox.outbox_id, self._outbox.last_seq), self._facts.point())
        account = account_to_data(self._shown.now(ledgers), self._names)
        return AccountTold(account, granted, outcomes)

    # --- the way out -----------------------------------------------------------------------------

    def cancel_resting(self, wanted: Callable[[Order], bool], *, why: str) -> float | None:
        """Cancel what rests; seconds until more cancels can be paid, None if all began."""
        return self._execution.cancel_resting(wanted, why=why)

    def unfinished(self) -> set[str]:
        """Orders (``Order.key``) that are managed here and whose end or fills are not proven."""
        desk = self._execution.desk
        return {order.key for order in (*desk.managed(), *desk.ledger.unfinished())}

    def valued(self, mark: Mark) -> AccountWorth | None:
        """The account's worth at these marks; None before its opening is known."""
        ledger = self._execution.desk.ledger
        return self._balance.view.valued(ledger, mark) if ledger.is_opened else None

    # --- orders that are not ours ----------------------------------------------------------------

    def foreign_news(self) -> list[str]:
        """Sentences about those that were not named yet."""
        return self._foreign_notes.news(self._execution.desk.foreign_resting())

    def cancel_foreign(self, wanted: Callable[[Order], bool]) -> None:
        """Cancel them where that is their policy; those that the write budget does not pay wait a call."""
        if self._execution.desk.foreign == "cancel":
            self._execution.cancel_resting(lambda order: not order.is_ours and wanted(order), why=NOT_OURS)

    # --- for people ------------------------------------------------------------------------------

    def why(self, ticker: str, marks: OutcomePrices, terms: Terms, state_reason: str) -> dict[str, Any]:
        """The reasons that keep orders of the market back now, by action, with its position and open orders.

        ``marks`` are its best bids in the data venue's book, 0 for none; ``state_reason``: why trading is in
        its state.
        """
        desk = self._execution.desk
        yes_ask_e4 = complement_e4(marks.no_e4) if marks.no_e4 else None
        asked = AskedMarket(ticker, marks.yes_e4 or None, yes_ask_e4, terms.style, terms.count_e2)
        found = desk.obstacles(
            asked,
            self._permits.of(ticker),
            now_us=time.time_ns() // 1000,
            state_reason=state_reason,
            can_write=self._budget.can_create(time.monotonic()),
        )
        return {
            "actions": {action.value: [list(each) for each in against] for action, against in found.items()},
            "position": format_count_e2(desk.ledger.position(ticker).position_e2),
            "orders": rows_of(desk.ledger.orders_in(ticker), desk),
        }

    def telemetry(self, books: BookReport, now: float, *, tables: bool) -> dict[str, Any]:
        """As the page shows it, all figures of one moment; ``tables``: with the long ones."""
        view, ledger = self._balance.view, self._execution.desk.ledger
        if ledger.is_opened:
            view.update(ledger, books.marks.mark)
        values = view.telemetry(self._execution, tables=tables)
        return values | books.values(ledger, now)
