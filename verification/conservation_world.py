"""The events that random commands trade in, and how each of them may end."""

from __future__ import annotations

from random import Random
from typing import Final

from simulator.engine.catalogue.listing import Event, EventKind, Series
from simulator.engine.ids import Ids
from simulator.engine.matching.traded_market import TradedMarket
from trading.market import ONE_DOLLAR_E4, Market, PriceGrid
from trading.venue_time import VenueTimeUs

KINDS: Final[tuple[EventKind, ...]] = ("exclusive", "ladder", "independent")
_OUTCOMES: Final = 4
_FEES: Final = ("quadratic", "quadratic_with_maker_fees", "quadratic_with_combo_maker_fees")
_GRIDS: Final = ("deci_cent", "linear_cent", "tapered_deci_cent", "center_deci_edge_centi_cent")
_SERIES: Final = Series("KXTEST", "Test", "Test", "daily", "quadratic", 10_000, 0)
_NEVER_US: Final = 2**62


class TradedWorld:
    """As many markets as there were, whatever ends."""

    def __init__(self, ids: Ids, rng: Random) -> None:
        self.markets: dict[str, TradedMarket] = {}
        self.events: dict[str, Event] = {}
        self.fairs: dict[str, float] = {}
        self._ids, self._rng = ids, rng
        self._listed = 0
        for kind in KINDS:
            self._list(kind)

    def outcome_of(self, event: Event) -> dict[str, int]:
        """The possible payouts of one YES of each market together: one winner at most, or a ladder's first
        few."""
        tickers, rng = event.market_tickers, self._rng
        if event.kind == "independent":
            return {ticker: rng.choice((0, ONE_DOLLAR_E4, rng.randint(1, 99) * 100)) for ticker in tickers}
        place = rng.randint(0, len(tickers))
        won = tickers[place : place + 1] if event.kind == "exclusive" else tickers[:place]
        return {ticker: ONE_DOLLAR_E4 * (ticker in won) for ticker in tickers}

    def replace(self, event: Event) -> None:
        """List another event of its kind where one has ended."""
        del self.events[event.ticker]
        for ticker in event.market_tickers:
            del self.markets[ticker]
        self._list(event.kind)

    def _list(self, kind: EventKind) -> None:
        self._listed += 1
        ticker = f"KXTEST-{self._listed}"
        markets = [self._market(ticker, number) for number in range(_OUTCOMES)]
        tickers = tuple(listed.ticker for listed in markets)
        self.events[ticker] = Event(ticker, _SERIES, ticker, ticker, kind, _NEVER_US, tickers, _OUTCOMES)
        self.markets.update(zip(tickers, markets, strict=True))
        self.fairs.update({each: self._rng.uniform(0.1, 0.9) for each in tickers})

    def _market(self, event_ticker: str, number: int) -> TradedMarket:
        ticker, structure = f"{event_ticker}-T{number}", _GRIDS[number % len(_GRIDS)]
        market = Market(
            ticker=ticker,
            event_ticker=event_ticker,
            series_ticker=_SERIES.ticker,
            status="active",
            grid=PriceGrid.named(structure),
            exchange_index=0,
            close_us=VenueTimeUs(_NEVER_US),
            fee_type=_FEES[(self._listed + number) % len(_FEES)],
            fee_multiplier_e4=10_000 if number % 2 else 5_000,
        )
        return TradedMarket(market, self._ids.market(ticker), ticker, ticker, structure, 0, 0.5)
