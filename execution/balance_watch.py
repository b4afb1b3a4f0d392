"""Judges the balance of an account: its worth, whether orders may only reduce, and whether to halt."""

from __future__ import annotations

from typing import Final, NamedTuple

from execution.account_view import AccountView
from trading.ledger import Ledger
from trading.risk import RiskLimits, balance_state
from trading.valuation import Mark

VALUE_PERIOD_S: Final = 0.2  # everything held is valued anew at most this often
HALT_AFTER_S: Final = 2.0  # a halt lasts until a person lifts it, and a book may be empty for a moment
LOW_EQUITY: Final = "equity fell below risk.balance_floor"


class Judgement(NamedTuple):
    """The balance at one look."""

    news: str = ""
    """A sentence when orders may only reduce from now on, or may open positions again."""
    halts: str = ""
    """Why the account has to halt; "" while it may go on."""


class BalanceWatch:
    """The balance of one account; times are monotonic seconds."""

    def __init__(self, limits: RiskLimits) -> None:
        self.view = AccountView(limits.balance_floor_e6)
        self.reduce_only = False
        self._limits = limits
        self._valued_at = float("-inf")
        self._low_since: float | None = None  # that equity has been below the floor

    def judge(self, ledger: Ledger, mark: Mark, now: float) -> Judgement:
        """Look at the balance; nothing is said of an account whose opening is not known."""
        if not ledger.is_opened:
            return Judgement()
        if now - self._valued_at >= VALUE_PERIOD_S:
            self._valued_at = now
            self.view.update(ledger, mark)
        before = self.reduce_only
        state = balance_state(
            ledger.available_e6(), self.view.worth.equity, was_reduce_only=before, limits=self._limits
        )
        self.reduce_only = state.reduce_only
        news = f"Reduce only: {'on' if state.reduce_only else 'off'}" if state.reduce_only != before else ""
        return Judgement(news, LOW_EQUITY if self._stays_low(is_low=state.halted, now=now) else "")

    def _stays_low(self, *, is_low: bool, now: float) -> bool:
        """Whether equity has been below the floor for long enough; risk opens no position meanwhile."""
        if not is_low:
            self._low_since = None
            return False
        if self._low_since is None:
            self._low_since = now
        return now - self._low_since >= HALT_AFTER_S

    def reason(self) -> str:
        """Why no position may be opened; "" while one may."""
        return "available cash fell below risk.balance_floor" if self.reduce_only else ""
