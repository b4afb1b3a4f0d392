"""Small worlds for the exchange's tests."""

# ruff: noqa: ARG002  a recorder hears more than it keeps

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from simulator.engine.accounts.account import Account
from simulator.engine.accounts.settlement import Settlement
from simulator.engine.calendar.lifecycle import Lifecycle
from simulator.engine.calendar.opening import Opening
from simulator.engine.calendar.schedule import Calendar
from simulator.engine.catalogue.listing import Event
from simulator.engine.catalogue.world import World
from simulator.engine.ids import Ids
from simulator.engine.matching.matching_engine import MatchingEngine
from simulator.engine.matching.order_groups import GroupChange, OrderGroup
from simulator.engine.matching.orders import NewOrder, Order, Refusal
from simulator.engine.matching.traded_market import TradedMarket
from simulator.engine.matching.trades import Fill, Trade
from simulator.flow.order_flow import OrderFlow
from trading.market import Market, PriceGrid

NOW_US = 1_795_345_393_123_456
TICKER = "KXRAIN-26DEC31-NYC"
IDS = Ids(UUID(int=1))


class Recorder:
    """A listener that keeps what it heard."""

    def __init__(self) -> None:
        self.deltas: list[tuple[str, int, int, str]] = []
        self.last_us = 0
        self.trades: list[Trade] = []
        self.fills: list[Fill] = []
        self.orders: list[tuple[str, str]] = []
        self.markets: list[tuple[str, str]] = []
        self.events: list[tuple[str, bool]] = []  # and whether of combos
        self.settlements: list[Settlement] = []
        self.groups: list[tuple[str, str]] = []

    def book_changed(
        self, listed: TradedMarket, cause: Order, side, *, price_e4: int, delta_e2: int, now_us: int
    ) -> None:
        self.last_us = now_us
        self.deltas.append((side, price_e4, delta_e2, cause.request.client_order_id))

    def traded(self, trade: Trade) -> None:
        self.trades.append(trade)

    def filled(self, account: Account, fill: Fill) -> None:
        self.fills.append(fill)

    def order_changed(self, order: Order) -> None:
        self.orders.append((order.status, order.last_update_reason))

    def market_changed(self, listed: TradedMarket, kind: str, now_us: int) -> None:
        self.markets.append((listed.ticker, kind))

    def event_listed(self, event: Event, *, is_combo: bool) -> None:
        self.events.append((event.ticker, is_combo))

    def settled(self, account: Account, settlement: Settlement) -> None:
        self.settlements.append(settlement)

    def event_fee_changed(self, event_ticker, *, fee_type, multiplier_e4) -> None: ...

    def group_changed(self, group: OrderGroup, change: GroupChange, *, now_us: int) -> None:
        self.groups.append((group.group_id, change))


def listed(
    ticker: str = TICKER, *, fee_type: str = "quadratic", structure: str = "deci_cent"
) -> TradedMarket:
    market = Market(
        ticker=ticker,
        event_ticker=ticker.rsplit("-", 1)[0],
        series_ticker=ticker.split("-")[0],
        status="active",
        grid=PriceGrid.named(structure),
        exchange_index=0,
        close_us=NOW_US + 10**12,
        fee_type=fee_type,
        fee_multiplier_e4=10_000,
    )
    return TradedMarket(market, IDS.market(ticker), "title", "outcome", structure, NOW_US - 10**12, 0.5)


class Venue:
    """An engine with one market, a user and a counterparty without limits."""

    def __init__(self, *, cash_e6: int = 100_000_000, fee_type: str = "quadratic") -> None:
        self.news = Recorder()
        self.listed = listed(fee_type=fee_type)
        self.engine = MatchingEngine({TICKER: self.listed}, IDS, self.news)
        self.other = self.engine.open_account(0, is_counterparty=True)
        self.user = self.engine.open_account(cash_e6)
        self._sent = 0

    def send(
        self, side, price_e4: int, count_e2: int, *, by: Account | None = None, now_us: int = NOW_US, **terms
    ) -> Order | Refusal:
        self._sent += 1
        terms.setdefault("client_order_id", f"c{self._sent}")
        new = NewOrder(TICKER, side, price_e4, count_e2, **terms)
        return self.engine.place(by or self.user, new, now_us=now_us)

    def position_e2(self) -> int:
        return self.user.holdings[TICKER].position_e2


class PlainFlow:
    """Counterparties that quote every market once, 0.40 to 0.60, and know that the first outcome happens."""

    def __init__(self, engine: MatchingEngine, _: object) -> None:
        self._engine = engine
        self._maker = engine.open_account(0, is_counterparty=True)
        self.open: dict[str, Opening] = {}

    def open_events(self, openings: Sequence[Opening], *, now_us: int) -> None:
        for opening in openings:
            self.open[opening.ticker] = opening
            for listed in opening.markets:
                for side, price_e4 in (("bid", 4000), ("ask", 6000)):
                    quote = NewOrder(listed.ticker, side, price_e4, 100_000)
                    assert isinstance(self._engine.place(self._maker, quote, now_us=now_us), Order)

    def close_event(self, ticker: str) -> None:
        del self.open[ticker]

    def payouts_e4(self, ticker: str) -> dict[str, int]:
        tickers = [listed.ticker for listed in self.open[ticker].markets]
        return dict.fromkeys(tickers, 0) | {tickers[0]: 10_000}


class OpenWorld:
    """An exchange's markets, trading, on a calendar that moves step by step."""

    def __init__(self, markets: int, *, seed: int = 7, flow: Callable[..., Any] = OrderFlow) -> None:
        self.news = Recorder()
        self.world = World(IDS, seed)
        self.engine = MatchingEngine(self.world.markets, IDS, self.news)
        self.flow = flow(self.engine, self.world.generator)
        self.calendar = Calendar.starting(NOW_US)
        self.lifecycle = Lifecycle(self.world, self.engine, self.flow, self.news, self.calendar)
        self.lifecycle.begin(markets, now_us=NOW_US)
