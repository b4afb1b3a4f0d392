"""Turns the venue's messages about the account into facts, each of them once.

A message becomes an event, the event is committed, and only what was new is folded. A fill is known
by its trade id whichever way it came; one id with two stories is an alarm and never ignored.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from execution.account_facts import (
    each_before_its_fills,
    fill_seen,
    fills_seen,
    order_seen,
    settlements_seen,
)
from execution.account_reads import AccountRead, Known, PastRead
from execution.settlements import KnownSettlements
from execution.turns import Turns
from kalshi_client.wire.values import FillMessage, OrderMessage
from persistence.outbox import Outbox, OutboxConflict
from trading.events import (
    AccountOpened,
    CashMoved,
    Difference,
    FillProcessorEvent,
    FillSeen,
    LedgerEvent,
    PositionAt,
    Reconciled,
    SettlementSeen,
)
from trading.ledger import Ledger
from trading.market import Market
from trading.order_news import tells_anew
from trading.portfolio import FLAT, by_market
from trading.reserve import RestingOrder, market_reserve_e6
from trading.scope import LeftOut, in_scope
from trading.venue_time import BEFORE_ALL, VenueTimeUs

FORGET_MARKET_AFTER_US: Final = 3_600_000_000  # after a market's close
OVERLAP_S: Final = 60  # reads go back behind the newest confirmed fill by this much


class AccountBook:
    """FillProcessor's outbox and the fold of it."""

    def __init__(self, outbox: Outbox, *, account: str, name: str = "") -> None:
        """``account`` is in the keys of the facts; ``name``, the account in full, in its opening."""
        self.markets: dict[str, Market] = {}
        self.ledger = Ledger(self.markets)
        self.conflicts: list[Difference] = []  # one per thing that was told in two ways
        self.left_out = LeftOut()
        self.is_opened = False
        self._opened_us = BEFORE_ALL
        self._conflicting: set[str] = set()
        self._newest_fill_us = 0
        self._confirmed_us = 0  # by the venue's clock: no fill and no settlement up to then can be unknown
        self._archived: dict[tuple[str, int], PositionAt] = {}  # by market and shard; they change no more
        self._end_turns = Turns()  # of orders whose end, or whose fills, a read looks for
        self._fill_turns = Turns()
        self._outbox = outbox
        self._account = account
        self._name = name or account

    def past(self) -> Iterator[LedgerEvent]:
        """The events in the outbox; to be taken, all of them, before anything new is recorded."""
        for _, event in self._outbox.events():
            yield event

    @property
    def seq(self) -> int:
        """The newest committed event."""
        return self._outbox.last_seq

    @property
    def outbox_id(self) -> str:
        return self._outbox.outbox_id

    @property
    def has_room(self) -> bool:
        """Whether the disk takes more than the end of the session."""
        return self._outbox.has_room

    def keep_room(self) -> None:
        """Take the room for ending in order again, if it was needed and the disk has it."""
        self._outbox.keep_room()

    def close(self) -> None:
        """Give the outbox up; nothing can be recorded any more."""
        self._outbox.close()

    def learn_markets(self, markets: Iterable[Market], *, venue_us: VenueTimeUs) -> None:
        """Fees are known from now on, so reserves are right from now on. What closed long ago and has
        nothing of ours in it is forgotten, or every market that ever was would stay. ``venue_us``: now."""
        self.markets.update({market.ticker: market for market in markets})
        long_ago_us, engaged = venue_us - FORGET_MARKET_AFTER_US, self.ledger.engaged()
        for ticker in [ticker for ticker, market in self.markets.items() if market.close_us < long_ago_us]:
            if ticker not in engaged:
                del self.markets[ticker]
        self.ledger.reprice()

    # --- facts in --------------------------------------------------------------------------------

    def record(self, events: Sequence[FillProcessorEvent]) -> list[FillProcessorEvent]:
        """Commit, then fold; the events that were new, in order. Of two stories the first stands."""
        wanted = list(events)
        while wanted:
            try:
                seqs = self._outbox.append([(event, self._key(event)) for event in wanted])
            except OutboxConflict as conflict:
                if conflict.key not in self._conflicting:  # each read tells it again
                    self._conflicting.add(conflict.key)
                    self.conflicts.append(_difference(conflict))
                wanted = [event for event in wanted if event is not conflict.offered]
                continue
            new = [event for event, seq in zip(wanted, seqs, strict=True) if seq]
            for event in new:
                self.take(event)
            return new
        return []

    def take(self, event: LedgerEvent) -> None:
        """Fold one committed event."""
        self.ledger.apply(event)
        if isinstance(event, AccountOpened):
            self.is_opened = True
            self._opened_us = event.fills_from_us
            self._confirmed_us = max(self._confirmed_us, event.fills_from_us)
        elif isinstance(event, FillSeen):
            self._newest_fill_us = max(self._newest_fill_us, event.ts_ms * 1000)
        elif isinstance(event, Reconciled):
            self._confirmed_us = max(self._confirmed_us, event.as_of_us or self._newest_fill_us)

    def is_news(self, fill: FillSeen) -> bool:
        """Whether it moved the position: those before the opening are inside its figures."""
        return fill.ts_ms * 1000 > self._opened_us

    def _key(self, event: FillProcessorEvent) -> str | None:
        match event:
            case FillSeen():
                return f"fill/{self._account}/{event.trade_id}"
            case SettlementSeen():
                return f"settlement/{self._account}/{event.ticker}"
            case AccountOpened():
                return f"opened/{self._account}"
            case CashMoved():
                return f"cash/{self._account}/{event.move_id}"
            case _:
                return None

    def heard(
        self, message: FillMessage | OrderMessage, *, at_us: int
    ) -> tuple[list[FillProcessorEvent], list[str]]:
        """The fact that a message of the private stream tells; none, and what to say, if it is not ours."""
        kept, others = in_scope("fill" if isinstance(message, FillMessage) else "order", [message])
        facts: list[FillProcessorEvent] = [
            fill_seen(told, at_us=at_us) if isinstance(told, FillMessage) else order_seen(told, at_us=at_us)
            for told in kept
        ]
        return facts, self.left_out.add(others)

    def opened_s(self) -> int:
        """Epoch seconds by the venue's clock; every fill from then on is in the ledger, or missing there."""
        return self._opened_us // 1_000_000

    def past_in(self, past: PastRead, *, now_us: int) -> list[FillProcessorEvent]:
        """Events for all that was ever filled and settled; most of them are known."""
        return [*fills_seen(past.fills, at_us=now_us), *settlements_seen(past.settlements, at_us=now_us)]

    # --- what a read of the whole account tells --------------------------------------------------

    def known(self) -> Known:
        """The facts that a read need not ask for, and the orders that it must look for."""
        orders = [order for order in self.ledger.orders.values() if order.is_known_to_venue]
        not_ended = {order.order_id: order.ticker for order in orders if order.end is None}
        lacking = [order.order_id for order in orders if order.known_fills_e2 < order.filled_e2]
        archived = {ticker for ticker, _ in self._archived}
        return Known(
            # A fill by the stream after an interruption confirms nothing before it.
            since_s=max(0, self._confirmed_us // 1_000_000 - OVERLAP_S) if self.is_opened else None,
            not_ended={order_id: not_ended[order_id] for order_id in self._end_turns.order(not_ended)},
            lacking_fills=self._fill_turns.order(lacking),
            traded=[
                ticker
                for ticker, position in self.ledger.positions.items()
                if position != FLAT and ticker not in archived
            ],
            settlements=KnownSettlements(
                frozenset(self.ledger.settled()), self._opened_us if self.is_opened else None
            ),
            heard_of={order.order_id for order in orders},
        )

    def named(self, fill: FillSeen) -> FillSeen:
        """The fill under the name by which people know its order."""
        known = self.ledger.order_by_id(fill.order_id)
        return fill if known is None else replace(fill, client_order_id=known.client_order_id)

    def positions_in(self, read: AccountRead) -> list[PositionAt]:
        """All that the venue ever had of the positions that we compare."""
        self._archived.update(((at.ticker, at.exchange_index), at) for at in read.archived)
        live = {(at.ticker, at.exchange_index) for at in read.positions}
        return [*read.positions, *(at for place, at in self._archived.items() if place not in live)]

    def news_in(self, read: AccountRead, *, now_us: int) -> list[FillProcessorEvent]:
        """Events for what the read knows and we do not, the opening first."""
        self._end_turns.asked(read.ends_asked)
        self._fill_turns.asked(read.fills_asked)
        news: list[FillProcessorEvent] = []
        if not self.is_opened:
            news.append(self._opening(read, now_us))
        told = [*read.resting, *read.ended]
        seen = [order_seen(order, at_us=now_us, as_of_us=read.before_us) for order in told]
        orders = [order for order in seen if tells_anew(order, self.ledger.order_by_id(order.order_id))]
        news += each_before_its_fills(orders, fills_seen(read.fills, at_us=now_us))
        news += settlements_seen(read.settlements, at_us=now_us)
        return news

    def _opening(self, read: AccountRead, now_us: int) -> AccountOpened:
        held = by_market(read.positions)
        orders_in: dict[tuple[int, str], list[RestingOrder]] = {}
        for order in read.resting:
            resting = RestingOrder(order.side, order.price_e4, order.remaining_e2)
            orders_in.setdefault((order.exchange_index, order.ticker), []).append(resting)
        cash_e6 = dict(read.available_e6)
        for (shard, ticker), orders in orders_in.items():
            reserve_e6 = market_reserve_e6(
                held.get(ticker, FLAT).position_e2, orders, market=self.markets.get(ticker)
            )
            cash_e6[shard] = cash_e6.get(shard, 0) + reserve_e6
        return AccountOpened(
            at_us=now_us,
            account=self._name,
            cash_e6=cash_e6,
            positions=tuple(read.positions),
            fills_from_us=read.before_us,
        )


def _difference(conflict: OutboxConflict) -> Difference:
    ticker = getattr(conflict.stored, "ticker", "")
    return Difference("conflict", conflict.key, ticker, str(conflict))
