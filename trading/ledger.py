"""Where our orders, positions, cash and reserve stand.

The one fold of both outboxes, used live, in recovery and in every check against the venue. Positions
and cash move by FillProcessor's events alone; an order merges whatever either writer says about it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Final

from trading.differences import StandingDifferences
from trading.events import (
    AccountOpened,
    Answered,
    CancelAnswered,
    CancelStarted,
    CashMoved,
    FillSeen,
    IntentRecorded,
    LedgerEvent,
    OrderSeen,
    Reconciled,
    SendStarted,
    SettlementSeen,
)
from trading.market import BookSide, Market
from trading.market_reserves import MarketReserves
from trading.order_facts import OrderFact
from trading.order_index import OrderIndex
from trading.orders import Order
from trading.portfolio import Portfolio, Position
from trading.reserve import RestingOrder, market_reserve_e6
from trading.session_tally import FillCounts, SessionTally

FORGET_AFTER_US: Final = 120_000_000
"""A closed order of which nobody has spoken for so long leaves memory (``Ledger.forget_closed``)."""

MOST_MOVED: Final = 1_000  # markets that are kept for a listener who does not ask


class Ledger:
    """State of one account after all events applied so far.

    ``markets`` is read, never copied; call ``reprice`` when what it says has changed. Applying an
    event twice, or the two writers' events interleaved differently, gives the same state.
    """

    def __init__(self, markets: Mapping[str, Market], *, session_from_us: int = 0) -> None:
        self.tally = SessionTally(session_from_us)
        self.differences = StandingDifferences()
        self._index = OrderIndex()
        self._markets = markets
        self._portfolio = Portfolio()
        self._live: dict[str, dict[str, Order]] = {}  # by ticker and key: not closed
        self._moved: set[str] | None = None  # too many to say, as long as nobody asks
        self._open: dict[str, Order] = {}  # by key: not terminal, so some that are live are not here
        self._reserves = MarketReserves(self._reserve_of)
        self._event_tickers: defaultdict[str, set[str]] = defaultdict(set)

    # --- what happened ---

    def apply(self, event: LedgerEvent) -> None:
        """Fold one event; kinds that move nothing (refusals, balances) pass through."""
        match event:
            case FillSeen():
                if self._portfolio.fill(event):
                    self.tally.filled(event)
                    self._has_moved(event.ticker)
                if not self._merge(event):
                    self._reserve(event.ticker, event.exchange_index)
            case IntentRecorded() | SendStarted() | Answered() | CancelStarted() | CancelAnswered():
                self._merge(event)
            case OrderSeen():
                self._merge(event)
            case SettlementSeen():
                self._portfolio.settle(event)
                self._has_moved(event.ticker)
                self._reserve(event.ticker, event.exchange_index)
            case AccountOpened():
                self._portfolio.open(event)
                for at in event.positions:
                    self._has_moved(at.ticker)
                    self._reserve(at.ticker, at.exchange_index)
            case CashMoved():
                self._portfolio.move_cash(event)
            case Reconciled():
                self.differences = StandingDifferences(event.differences)
            case _:
                pass

    def reprice(self) -> None:
        """Work every reserve out again; for when the markets' fees or events have changed."""
        self._event_tickers.clear()
        for ticker, shard in self._reserves.tickers().items():
            self._reserve(ticker, shard)

    def forget_closed(self, before_us: int) -> int:
        """Drop closed orders last heard of before then, and say how many.

        Their ids stay, so that a late fact about one moves its position but not the order again. One
        whose terms are not told yet is kept, and one that may turn out to be of an attempt of ours. So is
        one that only our count calls filled: somebody may have raised its own.
        """
        open_attempts = self._index.open_attempts()
        closed = [
            order
            for order in self.orders.values()
            if order.updated_us < before_us
            and (order.terms and order.is_closed)
            and (order.is_ended or not order.is_known_to_venue)
            and not order.may_become(open_attempts)
        ]
        for order in closed:
            self._index.forget(order)
            self.tally.forget(order)
        return len(closed)

    # --- where it stands ---

    @property
    def orders(self) -> Mapping[str, Order]:
        """By Order.key; closed ones until they are forgotten."""
        return self._index.orders

    def order_by_id(self, order_id: str) -> Order | None:
        """The order by the venue's id, or by its key."""
        return self._index.find(order_id)

    def orders_in(self, ticker: str) -> Collection[Order]:
        """Orders of one market that are not closed."""
        live = self._live.get(ticker)
        return live.values() if live else ()

    def with_orders(self) -> Collection[str]:
        """Markets with an order that is not closed."""
        return self._live.keys()

    def engaged(self) -> set[str]:
        """Markets with something held, or with an order that is not closed."""
        held = {ticker for ticker, position in self.positions.items() if position.position_e2}
        return held.union(ticker for ticker, orders in self._live.items() if orders)

    def open_orders(self) -> list[Order]:
        """Orders that may still fill, or whose end nobody has proved."""
        return list(self._open.values())

    def live_orders(self) -> list[Order]:
        """Orders whose end, or a fill that the venue counts, is still to be told."""
        return [order for orders in self._live.values() for order in orders.values()]

    def unfinished(self) -> list[Order]:
        """Our own orders among them."""
        return [order for order in self.live_orders() if order.is_ours]

    @property
    def positions(self) -> Mapping[str, Position]:
        """Every market that was ever held, flat ones included."""
        return self._portfolio.positions

    def settled(self) -> Collection[str]:
        """Markets whose settlement is known."""
        return self._portfolio.settled()

    @property
    def realised_e6(self) -> int:
        return self._portfolio.realised_e6

    @property
    def fees_e6(self) -> int:
        return self._portfolio.fees_e6

    def position(self, ticker: str) -> Position:
        return self._portfolio.position(ticker)

    @property
    def is_opened(self) -> bool:
        """Whether a balance has been read: before that, no figure of cash means anything."""
        return self._portfolio.is_opened

    def shards(self) -> Collection[int]:
        """Shards that hold cash or a reserve."""
        return self._portfolio.cash_e6.keys() | self._reserves.shards()

    def cash_e6(self, shard: int | None = None) -> int:
        """Cash with what resting orders reserve; of all shards when none is named."""
        cash_e6 = self._portfolio.cash_e6
        return sum(cash_e6.values()) if shard is None else cash_e6.get(shard, 0)

    def reserve_e6(self, shard: int | None = None) -> int:
        """The cash that all orders that are not closed may still take."""
        return self._reserves.of_shard(shard)

    def available_e6(self, shard: int | None = None) -> int:
        return self.cash_e6(shard) - self.reserve_e6(shard)

    def market_reserve_e6(self, ticker: str) -> int:
        """The cash that the orders of one market may still take."""
        return self._reserves.of_market(ticker)

    def tickers_of(self, event_ticker: str) -> Collection[str]:
        """Markets of an event with anything of ours, now or ever."""
        return self._event_tickers.get(event_ticker, ())

    @property
    def cost_e6(self) -> int:
        """Of everything held."""
        return self._portfolio.cost_e6

    def added_reserve_e6(self, ticker: str, side: BookSide, *, price_e4: int, count_e2: int) -> int:
        """The additional reserve of one more order; never negative."""
        resting = [*self._resting(ticker), RestingOrder(side, price_e4, count_e2)]
        with_it_e6 = self._worst_case_e6(ticker, resting)
        return with_it_e6 - self.market_reserve_e6(ticker)

    def take_moved(self) -> set[str] | None:
        """Markets of which an order took a fact, or whose position moved, since the last call, for one
        listener; None at the first call and where they are too many: any may have."""
        moved, self._moved = self._moved, set()
        return moved

    def _has_moved(self, ticker: str) -> None:
        if self._moved is not None:
            self._moved.add(ticker)
            if len(self._moved) > MOST_MOVED:
                self._moved = None

    def order_counts(self, in_flight: Collection[str] = ()) -> Counter[str]:
        """Our own orders of this session, by state (``SessionTally.orders``)."""
        return self.tally.orders(self.orders.values(), in_flight)

    def fill_counts(self) -> FillCounts:
        """Fills of this session that moved a position."""
        return self.tally.fills(self.order_by_id)

    # --- orders ---

    def _merge(self, fact: OrderFact) -> bool:
        """Whether an order took the fact; False for one that was forgotten."""
        merged = self._index.merge(fact)
        for key, ticker, _ in merged.left:
            self._open.pop(key, None)
            self._retire(ticker, key=key)
        for order in merged.orders:
            self._refile(order)
        for _, ticker, shard in merged.left:
            self._has_moved(ticker)
            if ticker in self._reserves:
                self._reserve(ticker, shard)
        return bool(merged.orders)

    def _refile(self, order: Order) -> None:
        if order.terms is None:
            return  # nothing tells its market yet
        self._has_moved(order.ticker)
        key, is_terminal = order.key, order.is_terminal
        if is_terminal:
            self._open.pop(key, None)
        else:
            self._open[key] = order
        if is_terminal and order.is_closed:
            self._retire(order.ticker, key=key)
        else:
            self._live.setdefault(order.ticker, {})[key] = order
        self._reserve(order.ticker, order.exchange_index)

    def _retire(self, ticker: str, *, key: str) -> None:
        live = self._live.get(ticker)
        if live is not None:
            live.pop(key, None)
            if not live:
                del self._live[ticker]

    # --- reserve ---

    def _reserve(self, ticker: str, shard: int) -> None:
        market = self._markets.get(ticker)
        self._event_tickers[market.event_ticker if market else ticker].add(ticker)
        self._reserves.is_stale(ticker, shard)

    def _reserve_of(self, ticker: str) -> int:
        return self._worst_case_e6(ticker, self._resting(ticker))

    def _worst_case_e6(self, ticker: str, resting: Iterable[RestingOrder]) -> int:
        market = self._markets.get(ticker)
        return market_reserve_e6(self.position(ticker).position_e2, resting, market=market)

    def _resting(self, ticker: str) -> list[RestingOrder]:
        return [RestingOrder(o.side, o.price_e4, o.reserved_count_e2) for o in self.orders_in(ticker)]
