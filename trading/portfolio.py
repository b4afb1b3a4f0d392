"""Folds fills and settlements into positions and cash, one by one and all together.

One signed number a market: + is YES, − is NO (protocol 7.1). Cost is the average cost of the outcome
held; a fill past zero closes first and opens the rest at the fill price; fees stay out of realised
P&L (protocol 7.5). At every step, with cash counted from zero:
``cash == realised − cost − fees``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from trading.events import AccountOpened, CashMoved, FillSeen, PositionAt, SettlementSeen
from trading.market import BookSide, complement_e4
from trading.venue_time import BEFORE_ALL, VenueTimeUs


@dataclass(frozen=True, slots=True)
class Position:
    """A holding in one market, and its gain so far."""

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


def by_market(positions: Iterable[PositionAt]) -> dict[str, Position]:
    """The venue's holding in each market: the sum of its rows, if it is on several shards."""
    held: dict[str, Position] = {}
    for at in positions:
        before = held.get(at.ticker, FLAT)
        held[at.ticker] = Position(
            position_e2=before.position_e2 + at.position_e2,
            cost_e6=before.cost_e6 + at.cost_e6,
            realised_e6=before.realised_e6 + at.realised_e6,
            fees_e6=before.fees_e6 + at.fees_e6,
        )
    return held


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
    revenue_e6 = value_e6(position.position_e2, yes_e4=value_e4, no_e4=complement_e4(value_e4))
    settled = Position(
        realised_e6=position.realised_e6 + revenue_e6 - position.cost_e6,
        fees_e6=position.fees_e6,
        traded_e6=position.traded_e6,
    )
    return settled, revenue_e6


def value_e6(position_e2: int, *, yes_e4: int, no_e4: int) -> int:
    """A signed position at a price of each outcome."""
    return position_e2 * yes_e4 if position_e2 > 0 else -position_e2 * no_e4


class Portfolio:
    """Positions of one account and its cash by shard: a fold of FillProcessor's events alone.

    Taking an event twice changes nothing. A fill and the settlement of its market may come in
    either order.
    """

    def __init__(self) -> None:
        self.positions: dict[str, Position] = {}
        self.cash_e6: dict[int, int] = {}
        self.cost_e6 = 0
        self.realised_e6 = 0
        self.fees_e6 = 0
        self.is_opened = False
        self.fills_from_us = BEFORE_ALL  # those up to then are inside the opening figures
        self._trade_ids: set[str] = set()
        self._move_ids: set[str] = set()
        self._settled_at_e4: dict[str, int] = {}

    @classmethod
    def resumed(cls, cash_e6: Mapping[int, int], *, fills_from_us: VenueTimeUs) -> Portfolio:
        """One whose events so far came to this, for a reader that keeps its place in the outbox.

        ``recall`` tells it of a market before the next event of that market.
        """
        portfolio = cls()
        portfolio.is_opened = True
        portfolio.cash_e6 = dict(cash_e6)
        portfolio.fills_from_us = fills_from_us
        return portfolio

    def recall(self, ticker: str, position: Position, *, settled_at_e4: int | None) -> None:
        """The state of one market after the events so far; no value: it is not settled."""
        self._hold(ticker, position)
        if settled_at_e4 is not None:
            self._settled_at_e4[ticker] = settled_at_e4

    def position(self, ticker: str) -> Position:
        return self.positions.get(ticker, FLAT)

    def open(self, opened: AccountOpened) -> None:
        """Begin with what the venue said; it says so once in an account's life."""
        if self.is_opened:
            return
        self.is_opened = True
        self.fills_from_us = opened.fills_from_us
        self.cash_e6 = dict(opened.cash_e6)
        for ticker, position in by_market(opened.positions).items():
            self._hold(ticker, position)

    def fill(self, fill: FillSeen) -> bool:
        """Move the position and the cash; False for a fill that is known or inside the opening figures."""
        if fill.trade_id in self._trade_ids:
            return False
        self._trade_ids.add(fill.trade_id)
        if fill.ts_ms * 1000 <= self.fills_from_us:
            return False
        position, cash_change_e6 = apply_fill(
            self.position(fill.ticker),
            fill.side,
            price_e4=fill.price_e4,
            count_e2=fill.count_e2,
            fee_e6=fill.fee_e6,
        )
        self._hold(fill.ticker, position)
        self._pay(fill.exchange_index, cash_change_e6)
        if fill.ticker in self._settled_at_e4:
            self._pay_out(fill.ticker, fill.exchange_index)
        return True

    def move_cash(self, moved: CashMoved) -> None:
        """Cash that came, went or changed its shard."""
        if moved.move_id not in self._move_ids:
            self._move_ids.add(moved.move_id)
            for shard, change_e6 in moved.change_e6.items():
                self._pay(shard, change_e6)

    def settle(self, settlement: SettlementSeen) -> None:
        """Pay out what is held; a fill told later is paid out at the same value."""
        self._settled_at_e4[settlement.ticker] = settlement.value_e4
        self._pay_out(settlement.ticker, settlement.exchange_index)

    def settled(self) -> Collection[str]:
        """Markets whose settlement is known."""
        return self._settled_at_e4.keys()

    def _pay_out(self, ticker: str, shard: int) -> None:
        # By our own count, not by the venue's revenue: that may hold a fill not told yet, which
        # would then be paid twice.
        position, revenue_e6 = settle(self.position(ticker), self._settled_at_e4[ticker])
        self._hold(ticker, position)
        self._pay(shard, revenue_e6)

    def _hold(self, ticker: str, position: Position) -> None:
        before = self.position(ticker)
        self.positions[ticker] = position
        self.cost_e6 += position.cost_e6 - before.cost_e6
        self.realised_e6 += position.realised_e6 - before.realised_e6
        self.fees_e6 += position.fees_e6 - before.fees_e6

    def _pay(self, shard: int, change_e6: int) -> None:
        self.cash_e6[shard] = self.cash_e6.get(shard, 0) + change_e6
