"""Reads of the archive, and of lists that continue in it (protocol 3.1, 3.3).

Records move from the live lists into the archive and never back. What is read live first and from
the archive afterwards is therefore complete: a record that moved in between is on both, and is
given once, as the archive has it. The other way round it could be on neither.

Everything here is signed where there is a key: an unsigned answer may be 15 s old, and a record
that moved since would be missing from both lists.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import TypeVar

from kalshi_client.errors import NotFound
from kalshi_client.rest.account_reads import AccountReads, order_key, position_key
from kalshi_client.rest.calls import ANY_TIME, Between, given, itself, times
from kalshi_client.rest.market_reads import (
    Combos,
    MarketReads,
    Period,
    candles_query,
    market_key,
    trade_key,
    trades_query,
)
from kalshi_client.wire.account import FillsBody, OrdersBody
from kalshi_client.wire.candlesticks import Candlestick, OldCandlesticksBody
from kalshi_client.wire.exchange import CutoffBody, HistoricalCutoff
from kalshi_client.wire.markets import MarketBody, MarketsBody
from kalshi_client.wire.portfolio import PositionsBody
from kalshi_client.wire.records import MarketRecord
from kalshi_client.wire.trades import TradeRecord, TradesBody
from kalshi_client.wire.values import FillMessage, OrderMessage
from trading.events import PositionAt

Row = TypeVar("Row")


class ArchiveReads(AccountReads, MarketReads):
    """``historical_*`` reads the archive alone, ``all_*`` the live list and then the archive.

    ``subaccount`` is as in ``AccountReads``.
    """

    def historical_cutoff(self) -> HistoricalCutoff:
        """The times before which records are in the archive alone."""
        return self._get("/historical/cutoff", CutoffBody)

    # --- the archive alone -----------------------------------------------------------------------

    def historical_orders(
        self, *, ticker: str = "", at: Between = ANY_TIME, status: str = "", subaccount: int | None = None
    ) -> list[OrderMessage]:
        """Orders that have ended long ago; times are those of creation."""
        query = given(
            ticker=ticker, min_ts=at.first_s, max_ts=at.last_s, status=status, subaccount=subaccount
        )
        return self._rows("/historical/orders", OrdersBody, query, key=order_key)

    def historical_fills(
        self,
        *,
        ticker: str = "",
        order_id: str = "",
        at: Between = ANY_TIME,
        subaccount: int | None = None,
    ) -> list[FillMessage]:
        query = given(
            ticker=ticker, order_id=order_id, min_ts=at.first_s, max_ts=at.last_s, subaccount=subaccount
        )
        return self._rows("/historical/fills", FillsBody, query, key=itself)

    def historical_positions(
        self, *, ticker: str = "", event_ticker: str = "", subaccount: int | None = None
    ) -> list[PositionAt]:
        """Settled positions that have not changed for long."""
        query = given(ticker=ticker, event_ticker=event_ticker, subaccount=subaccount)
        return self._rows("/historical/positions", PositionsBody, query, key=position_key)

    def historical_trades(self, *, ticker: str = "", at: Between = ANY_TIME) -> list[TradeRecord]:
        return self._rows("/historical/trades", TradesBody, trades_query(ticker, at), key=trade_key)

    def historical_markets(
        self,
        *,
        series_ticker: str = "",
        event_ticker: str = "",
        settled: Between = ANY_TIME,
        combos: Combos = "exclude",
    ) -> list[MarketRecord]:
        """Markets that settled long ago."""
        query = _settled_query(series_ticker, event_ticker, settled, combos)
        return self.malformed_rows.without(
            self._rows("/historical/markets", MarketsBody, query, key=market_key)
        )

    def historical_market(self, ticker: str) -> MarketRecord:
        return self._get("/historical/markets/{ticker}", MarketBody, ticker=ticker)

    def historical_candlesticks(
        self, ticker: str, at: Between, *, minutes: Period, with_latest_before: bool = False
    ) -> list[Candlestick]:
        query = candles_query(at, minutes, with_latest_before=with_latest_before)
        path = "/historical/markets/{ticker}/candlesticks"
        return self._get(path, OldCandlesticksBody, query, ticker=ticker)

    # --- live, then the archive ------------------------------------------------------------------

    def all_orders(
        self, *, ticker: str = "", at: Between = ANY_TIME, status: str = "", subaccount: int | None = None
    ) -> list[OrderMessage]:
        """Every order the account ever had; times are those of creation."""
        live = self.orders(
            ticker=ticker, min_ts_s=at.first_s, max_ts_s=at.last_s, status=status, subaccount=subaccount
        )
        # An order moves by its last change, which is not before its creation.
        if self._needs_archive(at, lambda cutoff: cutoff.order_updated_us):
            old = self.historical_orders(ticker=ticker, at=at, status=status, subaccount=subaccount)
            return _once(live, old, order_key)
        return live

    def all_fills(
        self,
        *,
        ticker: str = "",
        order_id: str = "",
        at: Between = ANY_TIME,
        subaccount: int | None = None,
    ) -> list[FillMessage]:
        """Every fill the account ever had."""
        live = self.fills(
            ticker=ticker, order_id=order_id, min_ts_s=at.first_s, max_ts_s=at.last_s, subaccount=subaccount
        )
        if self._needs_archive(at, lambda cutoff: cutoff.trade_created_us):
            old = self.historical_fills(ticker=ticker, order_id=order_id, at=at, subaccount=subaccount)
            return _once(live, old, lambda fill: (fill.trade_id, fill.order_id))
        return live

    def all_positions(
        self, *, ticker: str = "", event_ticker: str = "", subaccount: int | None = None
    ) -> list[PositionAt]:
        """Every market that the account ever traded."""
        live = self.positions(ticker=ticker, event_ticker=event_ticker, subaccount=subaccount)
        old = self.historical_positions(ticker=ticker, event_ticker=event_ticker, subaccount=subaccount)
        return _once(live, old, position_key)

    def all_trades(self, *, ticker: str = "", at: Between = ANY_TIME) -> list[TradeRecord]:
        """Everything that was traded; of all markets a stretch of time should be named."""
        live = self._rows("/markets/trades", TradesBody, trades_query(ticker, at), key=trade_key)
        if self._needs_archive(at, lambda cutoff: cutoff.trade_created_us):
            return _once(live, self.historical_trades(ticker=ticker, at=at), trade_key)
        return live

    def all_settled_markets(
        self,
        *,
        series_ticker: str = "",
        event_ticker: str = "",
        settled: Between = ANY_TIME,
        combos: Combos = "exclude",
    ) -> list[MarketRecord]:
        """Every market that was paid out."""
        query = _settled_query(series_ticker, event_ticker, settled, combos)
        live = self.malformed_rows.without(
            self._rows("/markets", MarketsBody, query + given(status="settled"), key=market_key)
        )
        if self._needs_archive(settled, lambda cutoff: cutoff.market_settled_us):
            old = self.malformed_rows.without(
                self._rows("/historical/markets", MarketsBody, query, key=market_key)
            )
            return _once(live, old, lambda market: market.ticker)
        return live

    def find_order(self, order_id: str, ticker: str, *, subaccount: int | None = None) -> OrderMessage:
        """One order, wherever it is: also live on another shard, where only lists show it (protocol 3.5).

        Raises NotFound for one that neither the live list nor the archive of its market has.
        """
        try:
            return self.order(order_id)
        except NotFound:
            for order in self.all_orders(ticker=ticker, subaccount=subaccount):
                if order.order_id == order_id:
                    return order
            raise

    def find_market(self, ticker: str) -> MarketRecord:
        """One market, wherever it is. Raises NotFound for one that never was."""
        try:
            return self.market(ticker)
        except NotFound:
            return self.historical_market(ticker)

    def find_candlesticks(
        self, series_ticker: str, ticker: str, at: Between, *, minutes: Period
    ) -> list[Candlestick]:
        """The candlesticks of one market, in the archive or not."""
        try:
            return self.candlesticks(series_ticker, ticker, at, minutes=minutes)
        except NotFound:
            return self.historical_candlesticks(ticker, at, minutes=minutes)

    def _needs_archive(self, at: Between, moved_before_us: Callable[[HistoricalCutoff], int | None]) -> bool:
        """Whether the archive may have some of it. Asked after the live read: the cutoff only grows."""
        if at.first_s is None:
            return True
        cutoff_us = moved_before_us(self.historical_cutoff())
        return cutoff_us is None or at.first_s * 1_000_000 < cutoff_us


def _settled_query(
    series_ticker: str, event_ticker: str, settled: Between, combos: Combos
) -> list[tuple[str, str]]:
    return given(
        series_ticker=series_ticker,
        event_ticker=event_ticker,
        mve_filter="" if combos == "include" else combos,
    ) + times(settled=settled)


def _once(live: Iterable[Row], old: Iterable[Row], key: Callable[[Row], Hashable]) -> list[Row]:
    """Each record once, in the order of the lists; the archive's is the later one."""
    return list(({key(row): row for row in live} | {key(row): row for row in old}).values())
