"""Reads of the account: positions, cash, orders, fills (protocol 3.3, 3.4).

All of it is signed and lags the engine: ``user_data_timestamp`` says by how much. What has moved
into the archive is not here (``archive_reads``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, Literal

from kalshi_client.rest.calls import Calls, given, itself
from kalshi_client.wire.account import (
    FillsBody,
    OrderBody,
    OrdersBody,
    QueuePosition,
    QueuePositionBody,
    QueuePositionsBody,
)
from kalshi_client.wire.order_groups import OrderGroup, OrderGroupBody, OrderGroupsBody
from kalshi_client.wire.portfolio import (
    BalanceBody,
    EventPosition,
    PortfolioBody,
    PositionRecord,
    PositionsBody,
    SettlementsBody,
)
from kalshi_client.wire.records import Balance, Settlement
from kalshi_client.wire.values import FillMessage, OrderMessage
from trading.events import PositionAt

MOST_EVENTS: Final = 10  # of one list of orders
Settled = Literal["unsettled", "settled", "all"]


class AccountReads(Calls):
    """``subaccount`` None is the venue's own default: all for orders and fills, the primary for the rest."""

    def balance(self, *, exchange_index: int | None = None, subaccount: int | None = None) -> Balance:
        """Cash that is free, of all shards unless one is named."""
        query = given(exchange_index=exchange_index, subaccount=subaccount)
        return self._get("/portfolio/balance", BalanceBody, query)

    def positions(
        self,
        *,
        ticker: str = "",
        event_ticker: str = "",
        settlement: Settled = "all",
        exchange_index: int | None = None,
        subaccount: int | None = None,
    ) -> list[PositionAt]:
        """Every market with a position or a history of one, settled ones included unless not asked for."""
        query = _positions_query(ticker, event_ticker, settlement, exchange_index, subaccount)
        return self._rows("/portfolio/positions", PositionsBody, query, key=position_key)

    def position_records(
        self,
        *,
        ticker: str = "",
        event_ticker: str = "",
        settlement: Settled = "all",
        exchange_index: int | None = None,
        subaccount: int | None = None,
    ) -> tuple[list[PositionRecord], list[EventPosition]]:
        """As ``positions``, with all that is said of each; and by event, as the last page has it."""
        query = _positions_query(ticker, event_ticker, settlement, exchange_index, subaccount)
        rows = self._rows("/portfolio/positions", PortfolioBody, query, key=_portfolio_key)
        return (
            [row for row in rows if isinstance(row, PositionRecord)],
            [row for row in rows if isinstance(row, EventPosition)],
        )

    def orders(
        self,
        *,
        status: str = "",
        ticker: str = "",
        event_tickers: Sequence[str] = (),
        min_ts_s: int | None = None,
        max_ts_s: int | None = None,
        exchange_index: int | None = None,
        subaccount: int | None = None,
    ) -> list[OrderMessage]:
        """Orders of all shards, in every state unless ``status`` names one; times are those of creation.

        Raises ValueError for more than ten events.
        """
        if len(event_tickers) > MOST_EVENTS:
            raise ValueError(f"the venue lists the orders of at most {MOST_EVENTS} events at once")
        query = given(
            status=status,
            ticker=ticker,
            event_ticker=event_tickers,
            min_ts=min_ts_s,
            max_ts=max_ts_s,
            exchange_index=exchange_index,
            subaccount=subaccount,
        )
        return self._rows("/portfolio/orders", OrdersBody, query, key=order_key)

    def order(self, order_id: str) -> OrderMessage:
        """One live order; ``find_order`` looks into the archive as well. Raises NotFound."""
        return self._get("/portfolio/orders/{order_id}", OrderBody, order_id=order_id)

    def queue_position(self, order_id: str) -> int:
        """Contracts (count_e2) that are served before a resting order."""
        path = "/portfolio/orders/{order_id}/queue_position"
        return self._get(path, QueuePositionBody, order_id=order_id)

    def queue_positions(
        self, *, tickers: Sequence[str] = (), event_ticker: str = "", subaccount: int | None = None
    ) -> list[QueuePosition]:
        """Of all orders that rest in these markets or this event."""
        query = given(market_tickers=tickers, event_ticker=event_ticker, subaccount=subaccount)
        return self._get("/portfolio/orders/queue_positions", QueuePositionsBody, query)

    def fills(
        self,
        *,
        min_ts_s: int | None = None,
        max_ts_s: int | None = None,
        order_id: str = "",
        ticker: str = "",
        exchange_index: int | None = None,
        subaccount: int | None = None,
    ) -> list[FillMessage]:
        """Fills of all shards since ``min_ts_s`` (epoch seconds)."""
        query = given(
            min_ts=min_ts_s,
            max_ts=max_ts_s,
            order_id=order_id,
            ticker=ticker,
            exchange_index=exchange_index,
            subaccount=subaccount,
        )
        return self._rows("/portfolio/fills", FillsBody, query, key=itself)

    def settlements(
        self,
        *,
        min_ts_s: int | None = None,
        max_ts_s: int | None = None,
        ticker: str = "",
        event_ticker: str = "",
        subaccount: int | None = None,
    ) -> list[Settlement]:
        """Payouts, and the result of each market."""
        query = given(
            min_ts=min_ts_s, max_ts=max_ts_s, ticker=ticker, event_ticker=event_ticker, subaccount=subaccount
        )
        return self._rows("/portfolio/settlements", SettlementsBody, query, key=itself)

    def order_groups(
        self, *, exchange_index: int | None = None, subaccount: int | None = None
    ) -> list[OrderGroup]:
        """The groups of a shard, without their orders."""
        query = given(exchange_index=exchange_index, subaccount=subaccount)
        return self._get("/portfolio/order_groups", OrderGroupsBody, query)

    def order_group(
        self, group_id: str, *, exchange_index: int = 0, subaccount: int | None = None
    ) -> OrderGroup:
        """One group of this shard and its orders."""
        query = given(exchange_index=exchange_index, subaccount=subaccount)
        path = "/portfolio/order_groups/{group_id}"
        return replace(self._get(path, OrderGroupBody, query, group_id=group_id), group_id=group_id)


def order_key(row: OrderMessage) -> str:
    return row.order_id


def position_key(row: PositionAt) -> tuple[str, int, int]:
    return row.ticker, row.exchange_index, row.subaccount


def _portfolio_key(row: PositionRecord | EventPosition) -> tuple[str, int, int] | str:
    return position_key(row.position) if isinstance(row, PositionRecord) else row.event_ticker


def _positions_query(
    ticker: str,
    event_ticker: str,
    settlement: Settled,
    exchange_index: int | None,
    subaccount: int | None,
) -> list[tuple[str, str]]:
    return given(
        count_filter="position,total_traded",
        settlement_status=settlement,
        ticker=ticker,
        event_ticker=event_ticker,
        exchange_index=exchange_index,
        subaccount=subaccount,
    )
