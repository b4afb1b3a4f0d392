"""What does a fill or a settlement do to a position, and to cash?

One signed number a market: + is YES, − is NO (protocol 7.1). Cost is the average cost of the outcome
held; a fill past zero closes first and opens the rest at the fill price; fees stay out of realised
P&L (protocol 7.5). At every step, with cash counted from zero:
``cash == realised − cost − fees``.
"""

from __future__ import annotations

from dataclasses import dataclass

from trading.market import BookSide, complement_e4


@dataclass(frozen=True, slots=True)
class Position:
    """What is held in one market and what it has brought so far."""

    position_e2: int = 0
    cost_e6: int = 0  # of the outcome held, without fees
    realised_e6: int = 0  # without fees
    fees_e6: int = 0
    traded_e6: int = 0  # all that fills paid and brought, without fees

    @property
    def held_e2(self) -> int:
        """Contracts of the held outcome, whichever it is."""
        return abs(self.position_e2)


FLAT = Position()


def apply_fill(
    position: Position, side: BookSide, *, price_e4: int, count_e2: int, fee_e6: int
) -> tuple[Position, int]:
    """The position after a fill at the YES price ``price_e4``, and the change of cash, fee included."""
    direction = 1 if side == "bid" else -1
    is_against = position.position_e2 * direction < 0
    closed_e2 = min(count_e2, position.held_e2) if is_against else 0
    opened_e2 = count_e2 - closed_e2
    # A bid opens YES and closes NO; an ask opens NO and closes YES.
    open_price_e4 = price_e4 if side == "bid" else complement_e4(price_e4)
    proceeds_e6 = complement_e4(open_price_e4) * closed_e2
    paid_e6 = open_price_e4 * opened_e2
    removed_e6 = position.cost_e6 * closed_e2 // position.held_e2 if closed_e2 else 0
    moved = Position(
        position_e2=position.position_e2 + direction * count_e2,
        cost_e6=position.cost_e6 - removed_e6 + paid_e6,
        realised_e6=position.realised_e6 + proceeds_e6 - removed_e6,
        fees_e6=position.fees_e6 + fee_e6,
        traded_e6=position.traded_e6 + proceeds_e6 + paid_e6,
    )
    return moved, proceeds_e6 - paid_e6 - fee_e6


def settle(position: Position, value_e4: int) -> tuple[Position, int]:
    """The position after each YES paid ``value_e4`` and each NO the rest of a dollar, and the payout."""
    revenue_e6 = _value_e6(position.position_e2, yes_e4=value_e4, no_e4=complement_e4(value_e4))
    settled = Position(
        realised_e6=position.realised_e6 + revenue_e6 - position.cost_e6,
        fees_e6=position.fees_e6,
        traded_e6=position.traded_e6,
    )
    return settled, revenue_e6


def mark_e6(position: Position, *, yes_bid_e4: int | None, no_bid_e4: int | None) -> int:
    """Value at the best bid of the outcome held; without a bid it is worth nothing today."""
    return _value_e6(position.position_e2, yes_e4=yes_bid_e4 or 0, no_e4=no_bid_e4 or 0)


def _value_e6(position_e2: int, *, yes_e4: int, no_e4: int) -> int:
    return position_e2 * yes_e4 if position_e2 > 0 else -position_e2 * no_e4
