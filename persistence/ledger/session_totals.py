"""The sums of one step's events by session, to be added to the sessions' totals."""

from __future__ import annotations

from dataclasses import dataclass

from persistence.ledger.rows import Row


@dataclass(slots=True)
class _Total:
    last_us: int = 0
    orders: int = 0
    fills: int = 0
    realised_e6: int = 0
    fees_e6: int = 0


class SessionTotals:
    """By the session's name; "" for what came before the first that was recorded."""

    def __init__(self) -> None:
        self._of: dict[str, _Total] = {}

    def heard(self, session: str, at_us: int) -> None:
        total = self._total(session)
        total.last_us = max(total.last_us, at_us)

    def order(self, session: str) -> None:
        self._total(session).orders += 1

    def fill(self, session: str) -> None:
        self._total(session).fills += 1

    def realised(self, session: str, realised_e6: int, fees_e6: int) -> None:
        total = self._total(session)
        total.realised_e6 += realised_e6
        total.fees_e6 += fees_e6

    def rows(self, account: str) -> list[Row]:
        return [
            (account, session, t.last_us, t.orders, t.fills, t.realised_e6, t.fees_e6)
            for session, t in self._of.items()
        ]

    def _total(self, session: str) -> _Total:
        return self._of.setdefault(session, _Total())
