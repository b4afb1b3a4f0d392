"""An account's holding in one market, at average cost (protocol 7.5)."""

from __future__ import annotations

from dataclasses import dataclass

from simulator.engine.matching.orders import outcome_price_e4
from trading.market import BookSide


@dataclass(slots=True)
class Holding:
    """An account's standing in one market, at average cost (protocol 7.5)."""

    position_e2: int = 0  # + YES, − NO
    cost_e6: int = 0
    realised_e6: int = 0
    fees_e6: int = 0
    position_fees_e6: int = 0  # the part of the fees that belongs to the open position
    traded_e6: int = 0
    volume_e2: int = 0
    updated_us: int = 0

    def apply(self, side: BookSide, price_e4: int, count_e2: int) -> int:
        """Take a fill in, closing before opening; returns the signed change of cash, fee apart."""
        price_of_outcome_e4 = outcome_price_e4(side, price_e4)
        signed_e2 = count_e2 if side == "bid" else -count_e2
        opening_e2, cash_e6 = count_e2, 0
        if self.position_e2 * signed_e2 < 0:
            closing_e2 = min(count_e2, abs(self.position_e2))
            opening_e2 -= closing_e2
            cash_e6 = self._close(price_e4, closing_e2)
        spent_e6 = price_of_outcome_e4 * opening_e2
        self.cost_e6 += spent_e6
        self.position_e2 += signed_e2
        self.traded_e6 += price_of_outcome_e4 * count_e2
        self.volume_e2 += count_e2
        return cash_e6 - spent_e6

    def pay(self, fee_e6: int) -> None:
        self.fees_e6 += fee_e6
        self.position_fees_e6 = self.position_fees_e6 + fee_e6 if self.position_e2 else 0

    def _close(self, price_e4: int, closing_e2: int) -> int:
        held_e2 = abs(self.position_e2)
        held_side: BookSide = "bid" if self.position_e2 > 0 else "ask"
        proceeds_e6 = outcome_price_e4(held_side, price_e4) * closing_e2
        removed_e6 = self.cost_e6 * closing_e2 // held_e2
        self.position_fees_e6 -= self.position_fees_e6 * closing_e2 // held_e2
        self.cost_e6 -= removed_e6
        self.realised_e6 += proceeds_e6 - removed_e6
        return proceeds_e6
