"""A living exchange as a watcher sees it: books and trades kept from its news, observed step by step."""

from __future__ import annotations

from simulator.engine.matching.orders import Order
from simulator.engine.matching.trades import Trade
from simulator.flow.profiles import BRISK
from tests.simulator.builders import NOW_US, Recorder
from tests.simulator.living_world import LivingWorld
from trading.book import Book
from trading.market import complement_e4
from trading.observation import Observation, Resting, WatchedMarket, observe
from trading.trade_flow import TradeFlow

STREAMS = 2
# Deep enough that every level a strategy sees is there now and then.
DEEP = BRISK._replace(
    busy=BRISK.busy._replace(levels=(12, 18), orders=40), thin=BRISK.thin._replace(levels=(10, 14), orders=30)
)


class WatchedExchange(Recorder):
    """Keeps what two connections would tell of the markets, half of them each."""

    def __init__(self, *, markets: int = 24, seed: int = 7) -> None:
        super().__init__()
        self.books: dict[str, Book] = {}
        self.flow = TradeFlow()
        self.changed_us: dict[str, int] = {}
        self._now_us = NOW_US
        self._seqs = [0] * STREAMS
        self._trade_seqs = [0] * STREAMS
        self._confirmed_us = [NOW_US] * STREAMS
        self._seen_seq: dict[str, int] = {}
        self.world = LivingWorld(seed=seed, markets=markets, profile=DEEP, news=self)
        self.tickers = list(self.books)
        self.changed_us.clear()
        self._asked = 0

    # --- what the exchange tells ---------------------------------------------------------------------

    def book_changed(self, _listed, cause: Order, side, *, price_e4: int, delta_e2: int, now_us: int) -> None:
        ticker = cause.request.ticker
        book = self.books.setdefault(ticker, Book())
        if side == "bid":
            assert book.apply("yes", price_e4, delta_e2)
        else:
            assert book.apply("no", complement_e4(price_e4), delta_e2)
        stream = self._stream(ticker)
        self._seqs[stream] += 1
        self._confirmed_us[stream] = now_us
        self._seen_seq[ticker] = self._seqs[stream]
        self.changed_us.setdefault(ticker, now_us)

    def traded(self, trade: Trade) -> None:
        self._trade_seqs[self._stream(trade.market.ticker)] += 1
        self.flow.add(
            trade.market.ticker,
            trade_id=str(trade.number),
            price_e4=trade.price_e4,
            count_e2=trade.count_e2,
            taker_side=trade.taker_side,
            at_us=trade.at_us,
        )

    # --- what a watcher does -------------------------------------------------------------------------

    def run(self, seconds: float) -> None:
        self.world.run(seconds)

    def trade(self) -> None:
        """The own account asks for something in the next market: mostly to rest at its best price."""
        ticker = self.tickers[self._asked % len(self.tickers)]
        book = self.books[ticker]
        side = ("bid", "ask")[self._asked // len(self.tickers) % 2]
        crosses = self._asked % 3 == 0
        self._asked += 1
        if book.best_yes_bid_e4 and book.yes_ask_e4:
            price_e4 = book.best_yes_bid_e4 if (side == "bid") != crosses else book.yes_ask_e4
            self.world.send(ticker, side, price_e4)

    def observe(self) -> Observation:
        """The markets that changed since the last time, with the own account."""
        changed = [ticker for ticker in self.changed_us if ticker in self.tickers]
        markets = [
            WatchedMarket(
                ticker,
                self.books[ticker],
                self._stream(ticker),
                self._seen_seq[ticker],
                self.world.world.markets[ticker].market.close_us,
                self.changed_us.pop(ticker),
                self._confirmed_us[self._stream(ticker)],
                self._trade_seqs[self._stream(ticker)],
            )
            for ticker in changed
        ]
        user = self.world.user
        resting = {}
        for ticker, orders in user.resting.items():
            for order in orders.values():
                others = resting.get(ticker, Resting())
                resting[ticker] = others.joined_by(order.side, order.price_e4, order.remaining_e2)
        positions = {ticker: held.position_e2 for ticker, held in user.holdings.items()}
        return observe(markets, self.world.now_us, self.flow).with_account(positions, resting)

    @staticmethod
    def _stream(ticker: str) -> int:
        return sum(ticker.encode()) % STREAMS
