"""Where do our orders, positions, cash and reserve stand?

The one fold of both outboxes, used live, in recovery and in every check against the venue. Positions
and cash move by FillProcessor's events alone; an order merges whatever either writer says about it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

from trading.events import (
    AccountOpened,
    Answered,
    CancelAnswered,
    CancelStarted,
    FillSeen,
    IntentRecorded,
    LedgerEvent,
    OrderSeen,
    SendStarted,
    SettlementSeen,
)
from trading.market import BookSide, Market
from trading.orders import Order, OrderFact
from trading.portfolio import Portfolio, Position
from trading.reserve import Resting, market_reserve_e6
from trading.session_tally import FillCounts, SessionTally


class Ledger:
    """State of one account after all events applied so far.

    ``markets`` is read, never copied; call ``reprice`` when what it says has changed. Applying an
    event twice, or the two writers' events interleaved differently, gives the same state.
    """

    def __init__(self, markets: Mapping[str, Market], *, session_from_us: int = 0) -> None:
        self.tally = SessionTally(session_from_us)
        self.orders: dict[str, Order] = {}  # by Order.key; closed ones until they are forgotten
        self._markets = markets
        self._portfolio = Portfolio()
        self._key_of_order_id: dict[str, str] = {}
        self._facts_without_key: dict[str, list[OrderFact]] = {}  # by order_id, until a key is known
        self._live: dict[str, dict[str, Order]] = {}  # by ticker and key: not closed
        self._open: dict[str, Order] = {}  # by key: not terminal, so some that are live are not here
        self._reserved: dict[str, tuple[int, int]] = {}  # by ticker: shard, money_e6
        self._reserve_e6: defaultdict[int, int] = defaultdict(int)  # by shard
        self._event_tickers: defaultdict[str, set[str]] = defaultdict(set)
        self._forgotten: set[str] = set()

    # --- what happened ---

    def apply(self, event: LedgerEvent) -> None:
        """Fold one event; kinds that move nothing (refusals, balances, checks) pass through."""
        match event:
            case FillSeen():
                # The position first, so that the reserve is worked out with both moved.
                if self._portfolio.fill(event):
                    self.tally.filled(event)
                if not self._merge(event.client_order_id, event.order_id, event):
                    self._reserve(event.ticker, event.exchange_index)
            case OrderSeen():
                self._merge(event.client_order_id, event.order_id, event)
            case IntentRecorded() | SendStarted() | CancelAnswered():
                self._merge(event.client_order_id, "", event)
            case Answered() | CancelStarted():
                self._merge(event.client_order_id, event.order_id, event)
            case SettlementSeen():
                self._portfolio.settle(event)
                self._reserve(event.ticker, event.exchange_index)
            case AccountOpened():
                self._portfolio.open(event)
                for at in event.positions:
                    self._reserve(at.ticker, at.exchange_index)
            case _:
                pass

    def reprice(self) -> None:
        """Work every reserve out again; for when the markets' fees or events have changed."""
        self._event_tickers.clear()
        for ticker, (shard, _) in list(self._reserved.items()):
            self._reserve(ticker, shard)

    def forget_closed(self, before_us: int) -> int:
        """Drop closed orders last heard of before then, and say how many.

        Their ids stay, so that a late fact about one moves its position but not the order again. One
        whose client_order_id or terms are not told yet is kept: it may turn out to be ours.
        """
        closed = [
            (key, order)
            for key, order in self.orders.items()
            if order.updated_us < before_us and order.client_order_id and order.terms and order.is_closed
        ]
        for key, order in closed:
            del self.orders[key]
            self._key_of_order_id.pop(order.order_id, None)
            self._facts_without_key.pop(order.order_id, None)
            self._forgotten.update(name for name in (order.client_order_id, order.order_id) if name)
            self.tally.forget(order)
        return len(closed)

    # --- where it stands ---

    def order_by_id(self, order_id: str) -> Order | None:
        """The order by the venue's id."""
        return self.orders.get(self._key_of_order_id.get(order_id, order_id))

    def orders_in(self, ticker: str) -> Collection[Order]:
        """Orders of one market that are not closed."""
        live = self._live.get(ticker)
        return live.values() if live else ()

    def engaged(self) -> set[str]:
        """Markets with something held, or with an order that is not closed."""
        held = {ticker for ticker, position in self.positions.items() if position.position_e2}
        return held.union(ticker for ticker, orders in self._live.items() if orders)

    def open_orders(self) -> list[Order]:
        """Orders that may still fill, or whose end nobody has proved."""
        return list(self._open.values())

    def unfinished(self) -> list[Order]:
        """Our orders whose end, or a fill that the venue counts, is still to be told."""
        return [order for orders in self._live.values() for order in orders.values() if order.is_ours]

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
        return self._portfolio.cash_e6.keys() | {s for s, e6 in self._reserve_e6.items() if e6}

    def cash_e6(self, shard: int | None = None) -> int:
        """Cash with what resting orders reserve; of all shards when none is named."""
        cash_e6 = self._portfolio.cash_e6
        return sum(cash_e6.values()) if shard is None else cash_e6.get(shard, 0)

    def reserve_e6(self, shard: int | None = None) -> int:
        """What all orders that are not closed may still take from cash."""
        return sum(self._reserve_e6.values()) if shard is None else self._reserve_e6.get(shard, 0)

    def available_e6(self, shard: int | None = None) -> int:
        return self.cash_e6(shard) - self.reserve_e6(shard)

    def market_reserve_e6(self, ticker: str) -> int:
        """What the orders of one market may still take from cash."""
        return self._reserved.get(ticker, (0, 0))[1]

    def tickers_of(self, event_ticker: str) -> Collection[str]:
        """Markets of an event with anything of ours, now or ever."""
        return self._event_tickers.get(event_ticker, ())

    @property
    def cost_e6(self) -> int:
        """Of everything held."""
        return self._portfolio.cost_e6

    def added_reserve_e6(self, ticker: str, side: BookSide, *, price_e4: int, count_e2: int) -> int:
        """How much more one more order would reserve; never negative."""
        resting = [*self._resting(ticker), Resting(side, price_e4, count_e2)]
        with_it_e6 = self._worst_case_e6(ticker, resting)
        return with_it_e6 - self.market_reserve_e6(ticker)

    def order_counts(self, in_flight: Collection[str] = ()) -> Counter[str]:
        """Our own orders of this session, by state (``SessionTally.orders``)."""
        return self.tally.orders(self.orders.values(), in_flight)

    def fill_counts(self) -> FillCounts:
        """Fills of this session that moved a position."""
        return self.tally.fills(self.order_by_id)

    # --- orders ---

    def _merge(self, name: str, order_id: str, fact: OrderFact) -> bool:
        """Whether an order took the fact; False for one that was forgotten."""
        if name in self._forgotten or order_id in self._forgotten:
            return False
        name = name or order_id
        key = self._key_of_order_id.get(name, name)
        order = self.orders.get(key)
        if order is None:
            order = self.orders[key] = Order()
        order.merge(fact)
        if order_id and key == order_id:
            self._facts_without_key.setdefault(order_id, []).append(fact)
        elif order_id and order_id not in self._key_of_order_id:
            self._link(order, key=key, order_id=order_id)
        self._refile(order, key=key)
        return True

    def _link(self, order: Order, *, key: str, order_id: str) -> None:
        """From now on the venue's id leads to this order, and so do facts that came under it alone."""
        self._key_of_order_id[order_id] = key
        facts: Sequence[OrderFact] = self._facts_without_key.pop(order_id, ())
        if not facts:
            return
        self._open.pop(order_id, None)
        self._retire(self.orders.pop(order_id).ticker, key=order_id)
        for fact in facts:
            order.merge(fact)

    def _refile(self, order: Order, *, key: str) -> None:
        if order.terms is None:
            return  # nothing tells its market yet
        if order.is_terminal:
            self._open.pop(key, None)
        else:
            self._open[key] = order
        if order.is_closed:
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
        old_shard, old_e6 = self._reserved.get(ticker, (shard, 0))
        reserve_e6 = self._worst_case_e6(ticker, self._resting(ticker))
        self._reserved[ticker] = (shard, reserve_e6)
        self._reserve_e6[old_shard] -= old_e6
        self._reserve_e6[shard] += reserve_e6

    def _worst_case_e6(self, ticker: str, resting: Iterable[Resting]) -> int:
        market = self._markets.get(ticker)
        return market_reserve_e6(self.position(ticker).position_e2, resting, market=market)

    def _resting(self, ticker: str) -> list[Resting]:
        return [Resting(o.side, o.price_e4, o.reserved_count_e2) for o in self.orders_in(ticker)]
