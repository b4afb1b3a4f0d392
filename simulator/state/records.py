"""Each thing of an exchange as it is written down and read back.

Fields that hold plain values are kept whatever they are called; what points to another thing is
kept as that thing's key.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any, Final

from simulator.engine.accounts.account import Account
from simulator.engine.accounts.holding import Holding
from simulator.engine.accounts.settlement import Settlement
from simulator.engine.calendar.course import Course
from simulator.engine.catalogue.listing import Event, Series, Strike
from simulator.engine.matching.order_groups import OrderGroup
from simulator.engine.matching.orders import SIDES, NewOrder, Order
from simulator.engine.matching.traded_market import TradedMarket
from simulator.engine.matching.trades import Fill, Trade
from trading.market import Market, PriceGrid

Body = dict[str, Any]

_MARKET_FIELDS: Final = (
    "event_ticker",
    "series_ticker",
    "status",
    "exchange_index",
    "close_us",
    "fee_type",
    "fee_multiplier_e4",
)


def _plain(thing: Any, *references: str) -> Body:
    names = (field.name for field in fields(thing))
    return {name: getattr(thing, name) for name in names if name not in references}


def _without_account(body: Body) -> Body:
    return {name: value for name, value in body.items() if name != "account"}


def series_body(series: Series) -> Body:
    return _plain(series)


def read_series(body: Body) -> Series:
    return Series(**body)


def event_body(event: Event) -> Body:
    return _plain(event, "series") | {"series": event.series.ticker}


def read_event(body: Body, series: Mapping[str, Series]) -> Event:
    tickers = tuple(body["market_tickers"])
    outcomes = body.get("outcomes", len(tickers))  # not written before outcomes could be without a market
    return Event(**body | {"series": series[body["series"]], "market_tickers": tickers, "outcomes": outcomes})


def market_body(listed: TradedMarket) -> Body:
    market = {name: getattr(listed.market, name) for name in _MARKET_FIELDS}
    return _plain(listed, "market", "book") | {"market": market}


def read_market(ticker: str, body: Body) -> TradedMarket:
    grid = PriceGrid.named(body["price_level_structure"])
    market = Market(ticker=ticker, grid=grid, **body["market"])
    return TradedMarket(**body | {"market": market, "strike": Strike(*body["strike"])})


def book_body(listed: TradedMarket) -> list[Any]:
    """The resting orders, in the order of their queues. A user's order is written down elsewhere."""
    return [
        [
            order.number,
            order.owner.number,
            SIDES.index(order.side),
            order.price_e4,
            order.request.count_e2,
            order.remaining_e2,
            order.filled_e2,
            order.created_us,
            order.rounding_e6,
        ]
        if order.owner.is_counterparty
        else order.number
        for order in listed.book.orders()
    ]


def read_quote(row: Sequence[int], listed: TradedMarket, accounts: Sequence[Account]) -> Order:
    """A counterparty's resting order."""
    number, account, side, price_e4, count_e2, remaining_e2, filled_e2, created_us, rounding_e6 = row
    request = NewOrder(listed.ticker, SIDES[side], price_e4, count_e2)
    order = Order(number, "", accounts[account], listed, request, remaining_e2, created_us, created_us)
    order.filled_e2, order.rounding_e6 = filled_e2, rounding_e6
    return order


def order_body(order: Order) -> Body:
    return _plain(order, "owner", "market", "group", "request") | {
        "account": order.owner.number,
        "group": None if order.group is None else order.group.group_id,
        "request": order.request._asdict(),
    }


def read_order(
    body: Body,
    accounts: Sequence[Account],
    markets: Mapping[str, TradedMarket],
    groups: Mapping[str, OrderGroup],
) -> Order:
    request = NewOrder(**body["request"])
    owner, plain = accounts[body["account"]], _without_account(body)
    places = {"owner": owner, "market": markets[request.ticker]}
    return Order(**plain | places | {"request": request, "group": groups.get(body["group"])})


def group_body(group: OrderGroup) -> Body:
    fills = list(group._fills)  # noqa: SLF001  the fills of its window are part of what it is
    return _plain(group, "owner", "resting", "_fills") | {
        "account": group.owner.number,
        "_fills": fills,
    }


def read_group(body: Body, accounts: Sequence[Account]) -> OrderGroup:
    fills = deque((at_us, count_e2) for at_us, count_e2 in body["_fills"])
    owner = accounts[body["account"]]
    return OrderGroup(**_without_account(body) | {"owner": owner, "_fills": fills})


def holding_body(holding: Holding) -> Body:
    return _plain(holding)


def read_holding(body: Body) -> Holding:
    return Holding(**body)


def account_body(account: Account) -> Body:
    return {
        "cash_e6": list(account.cash_e6.items()),
        "order_requests": account.order_requests,
        "is_netting": account.netting is not None,
        "transfers": account.transfers,
    }


def fill_body(fill: Fill) -> Body:
    return fill._asdict() | {"order": fill.order.order_id}


def read_fill(body: Body, account: Account) -> Fill:
    return Fill(**body | {"order": account.orders[body["order"]]})


def settlement_body(settlement: Settlement) -> Body:
    return settlement._asdict() | {"market": settlement.market.ticker}


def read_settlement(body: Body, markets: Mapping[str, TradedMarket]) -> Settlement:
    return Settlement(**body | {"market": markets[body["market"]]})


def trade_body(trade: Trade) -> list[Any]:
    return [trade.number, trade.market.ticker, *trade[2:]]


def read_trade(row: Sequence[Any], markets: Mapping[str, TradedMarket]) -> Trade:
    number, ticker, price_e4, count_e2, taker_side, at_us = row
    return Trade(number, markets[ticker], price_e4, count_e2, taker_side, at_us)


def course_body(course: Course) -> Body:
    return _plain(course, "event")


def read_course(body: Body, event: Event) -> Course:
    return Course(event=event, **body)
