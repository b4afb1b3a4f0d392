"""Reads of markets, their books and their trades (protocol 3.2).

Lists are unsigned: up to 15 s old, at no cost to the account. What is read for its freshness is
signed (protocol 1.2, 6).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

from kalshi_client.rest.calls import ANY_TIME, NAMES_A_REQUEST, Between, Calls, batches, given, times
from kalshi_client.wire.candlesticks import BatchCandlesticksBody, Candlestick, CandlesticksBody
from kalshi_client.wire.markets import (
    MarketBody,
    MarketRow,
    MarketsBody,
    OrderbookBody,
    OrderbooksBody,
    RestBook,
)
from kalshi_client.wire.records import MarketRecord
from kalshi_client.wire.trades import TradeRecord, TradesBody
from kalshi_client.wire.values import Malformed

Period = Literal[1, 60, 1440]  # minutes
MarketStatus = Literal["", "unopened", "open", "paused", "closed", "settled"]
Combos = Literal["exclude", "only", "include"]

MOST_CANDLES: Final = 10_000  # of all markets of one request


class MarketReads(Calls):
    """Markets, their books, trades and candlesticks."""

    def markets(
        self,
        *,
        status: str = "open",
        tickers: Sequence[str] | None = None,
        series: Sequence[str] = (),
        event_ticker: str = "",
        created: Between = ANY_TIME,
        closing: Between = ANY_TIME,
        settled: Between = ANY_TIME,
        updated: Between = ANY_TIME,
        combos: Combos = "exclude",
    ) -> list[MarketRecord]:
        """Markets in a state ("" for any), of these series or this event; or the named ones, in any state.

        The venue refuses times that do not go with the status: created ones go with unopened and
        open, closing ones with closed, settled ones with settled, updated ones with "" alone. A row
        that cannot be read is left out and counted in ``malformed_rows``.
        """
        common = given(event_ticker=event_ticker) + times(
            created=created, close=closing, settled=settled, updated=updated
        )
        if tickers is None:
            common += given(status=status, mve_filter="" if combos == "include" else combos)
            queries = [common + given(series_ticker=one) for one in series or ("",)]
        else:
            queries = [common + given(tickers=some) for some in batches(tickers)]
        return self.malformed_rows.without(
            row
            for query in queries
            for row in self._rows("/markets", MarketsBody, query, key=market_key, signed=False)
        )

    def market(self, ticker: str) -> MarketRecord:
        """One market, fresh. Raises NotFound for one that is in the archive alone."""
        return self._get("/markets/{ticker}", MarketBody, ticker=ticker)

    def orderbook(self, ticker: str, *, depth: int = 0) -> RestBook:
        """The best ``depth`` levels a side, all for 0. For checks, not for trading."""
        return self._get(
            "/markets/{ticker}/orderbook", OrderbookBody, given(depth=depth or None), ticker=ticker
        )

    def orderbooks(self, tickers: Sequence[str]) -> dict[str, RestBook]:
        """Books by ticker, a hundred a request. For checks, not for trading."""
        found: dict[str, RestBook] = {}
        for some in batches(tickers):
            query = [("tickers", ticker) for ticker in some]
            found |= self._get("/markets/orderbooks", OrderbooksBody, query)
        return found

    def trades(
        self, *, ticker: str = "", at: Between = ANY_TIME, is_block_trade: bool | None = None
    ) -> list[TradeRecord]:
        """The trades of one market or of all, block trades or not, without the archive."""
        query = trades_query(ticker, at, is_block_trade=is_block_trade)
        return self._rows("/markets/trades", TradesBody, query, key=trade_key, signed=False)

    def candlesticks(
        self,
        series_ticker: str,
        ticker: str,
        at: Between,
        *,
        minutes: Period,
        with_latest_before: bool = False,
    ) -> list[Candlestick]:
        """Periods that end in ``at``, which needs both ends; what was known before it if asked for."""
        return self._get(
            "/series/{series_ticker}/markets/{ticker}/candlesticks",
            CandlesticksBody,
            candles_query(at, minutes, with_latest_before=with_latest_before),
            signed=False,
            series_ticker=series_ticker,
            ticker=ticker,
        )

    def candlesticks_of(
        self, tickers: Sequence[str], at: Between, *, minutes: Period, with_latest_before: bool = False
    ) -> dict[str, list[Candlestick]]:
        """Candlesticks by ticker, in as many requests as their number needs.

        Raises ValueError for more periods than one market may ask for at once.
        """
        common = candles_query(at, minutes, with_latest_before=with_latest_before)
        found: dict[str, list[Candlestick]] = {}
        most = _markets_a_request(at, minutes)
        wanted = list(dict.fromkeys(tickers))
        for start in range(0, len(wanted), most):
            query = common + given(market_tickers=wanted[start : start + most])
            found |= self._get("/markets/candlesticks", BatchCandlesticksBody, query, signed=False)
        return found


def market_key(row: MarketRow) -> str:
    """A market by its ticker, one that cannot be read by what is wrong with it."""
    return row.reason if isinstance(row, Malformed) else row.ticker


def trade_key(row: TradeRecord) -> str:
    return row.trade_id


def trades_query(ticker: str, at: Between, *, is_block_trade: bool | None = None) -> list[tuple[str, str]]:
    kind = "" if is_block_trade is None else str(is_block_trade).lower()
    return given(ticker=ticker, min_ts=at.first_s, max_ts=at.last_s, is_block_trade=kind)


def candles_query(at: Between, minutes: Period, *, with_latest_before: bool = False) -> list[tuple[str, str]]:
    """Raises ValueError for a time without both ends, which the venue does not take."""
    if at.first_s is None or at.last_s is None:
        raise ValueError("candlesticks are of a time with a start and an end")
    return given(
        start_ts=at.first_s,
        end_ts=at.last_s,
        period_interval=minutes,
        include_latest_before_start=with_latest_before,
    )


def _markets_a_request(at: Between, minutes: Period) -> int:
    """So many that all their candlesticks fit; one more for each may come from before the start."""
    candles = ((at.last_s or 0) - (at.first_s or 0)) // (60 * minutes) + 2
    if candles > MOST_CANDLES:
        raise ValueError(f"{candles} periods: the venue gives at most {MOST_CANDLES} at once")
    return min(NAMES_A_REQUEST, MOST_CANDLES // max(1, candles))
