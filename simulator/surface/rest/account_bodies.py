"""REST bodies of an account's orders, fills, positions and balance (protocol 3.3, 3.4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulator.engine.accounts.account import Account
from simulator.engine.accounts.holding import Holding
from simulator.engine.accounts.settlement import Settlement
from simulator.engine.matching.orders import Order, outcome_price_e4
from simulator.engine.matching.traded_market import TradedMarket
from simulator.engine.matching.trades import Fill
from simulator.surface.wire_text import cents, money_6dp, rfc3339_ms, rfc3339_s, rfc3339_us
from trading.market import (
    BookSide,
    Side,
    complement_e4,
    format_count_e2,
    format_money_e6,
    format_price_e4,
)

Body = dict[str, Any]


def outcome_of(side: BookSide) -> Side:
    return "yes" if side == "bid" else "no"


def order_body(order: Order, *, with_direction: bool = True) -> Body:
    """``with_direction``: with the deprecated words for the side of the YES book."""
    request = order.request
    direction = {"side": "yes", "action": "buy" if order.side == "bid" else "sell"}
    return {
        "order_id": order.order_id,
        "user_id": order.owner.user_id,
        "client_order_id": request.client_order_id,
        "ticker": request.ticker,
        "outcome_side": outcome_of(order.side),
        "book_side": order.side,
        **(direction if with_direction else {}),
        "type": "limit",
        "status": order.status,
        "yes_price_dollars": format_price_e4(order.price_e4),
        "no_price_dollars": format_price_e4(complement_e4(order.price_e4)),
        "initial_count_fp": format_count_e2(request.count_e2),
        "fill_count_fp": format_count_e2(order.filled_e2),
        "remaining_count_fp": format_count_e2(remaining_e2(order)),
        "taker_fill_cost_dollars": money_6dp(order.taker_cost_e6),
        "maker_fill_cost_dollars": money_6dp(order.maker_cost_e6),
        "taker_fees_dollars": money_6dp(order.taker_fees_e6),
        "maker_fees_dollars": money_6dp(order.maker_fees_e6),
        "created_time": rfc3339_ms(order.created_us),
        "last_update_time": rfc3339_ms(order.updated_us),
        "expiration_time": None if request.expires_s is None else rfc3339_s(request.expires_s * 1_000_000),
        "self_trade_prevention_type": request.self_trade_prevention,
        "order_group_id": request.order_group_id or None,
        "cancel_order_on_pause": request.cancel_on_pause,
        "subaccount_number": 0,
        "exchange_index": order.market.market.exchange_index,
    }


def remaining_e2(order: Order) -> int:
    return order.remaining_e2 if order.status == "resting" else 0


def created_body(order: Order) -> Body:
    """The acknowledgement of a create; it carries no status (protocol 3.3)."""
    filled_e2 = order.filled_e2
    price = fee = None
    if filled_e2:
        cost_e6 = order.taker_cost_e6 + order.maker_cost_e6
        paid_e6 = cost_e6 if order.side == "bid" else filled_e2 * 10_000 - cost_e6
        price = format_price_e4(_rounded(paid_e6, filled_e2))
        fee = format_price_e4(_rounded(order.taker_fees_e6 + order.maker_fees_e6, filled_e2))
    return {
        "order_id": order.order_id,
        "client_order_id": order.request.client_order_id,
        "fill_count": format_count_e2(filled_e2),
        "remaining_count": format_count_e2(remaining_e2(order)),
        "average_fill_price": price,
        "average_fee_paid": fee,
        "ts_ms": order.updated_us // 1000,
    }


def amended_body(order: Order) -> Body:
    """CHOICE: counts and averages are those of the whole order, what filled before included."""
    return created_body(order)


def decreased_body(order: Order) -> Body:
    return {
        "order_id": order.order_id,
        "client_order_id": order.request.client_order_id,
        "remaining_count": format_count_e2(remaining_e2(order)),
        "ts_ms": order.updated_us // 1000,
    }


def queue_position_body(order: Order, ahead_e2: int) -> Body:
    return {
        "order_id": order.order_id,
        "market_ticker": order.market.ticker,
        "queue_position_fp": format_count_e2(ahead_e2),
    }


def _rounded(money_e6: int, count_e2: int) -> int:
    return (2 * money_e6 + count_e2) // (2 * count_e2)


def canceled_body(order: Order, reduced_e2: int) -> Body:
    return {
        "order_id": order.order_id,
        "client_order_id": order.request.client_order_id,
        "reduced_by": format_count_e2(reduced_e2),
        "ts_ms": order.updated_us // 1000,
    }


def fill_body(fill: Fill, *, with_direction: bool = True) -> Body:
    """``with_direction``: with the deprecated words for the outcome acquired."""
    order = fill.order
    outcome = outcome_of(order.side)
    return {
        "fill_id": fill.trade_id,
        "trade_id": fill.trade_id,
        "order_id": order.order_id,
        "client_order_id": order.request.client_order_id,
        "ticker": order.market.ticker,
        "market_ticker": order.market.ticker,
        "exchange_index": order.market.market.exchange_index,
        **({"side": outcome, "action": "buy"} if with_direction else {}),
        "outcome_side": outcome,
        "book_side": order.side,
        "count_fp": format_count_e2(fill.count_e2),
        "yes_price_dollars": format_price_e4(fill.price_e4),
        "no_price_dollars": format_price_e4(complement_e4(fill.price_e4)),
        "is_taker": fill.is_taker,
        "fee_cost": money_6dp(fill.fee_e6),
        "created_time": rfc3339_ms(fill.at_us),
        "ts": fill.at_us // 1_000_000,
        "subaccount_number": 0,
    }


def position_body(listed: TradedMarket, holding: Holding) -> Body:
    return {
        "ticker": listed.ticker,
        "exchange_index": listed.market.exchange_index,
        "position_fp": format_count_e2(holding.position_e2),
        "market_exposure_dollars": format_money_e6(holding.cost_e6),
        "total_traded_dollars": format_money_e6(holding.traded_e6),
        "realized_pnl_dollars": format_money_e6(holding.realised_e6),
        "fees_paid_dollars": format_money_e6(holding.fees_e6),
        "last_updated_ts": rfc3339_ms(holding.updated_us),
        "resting_orders_count": 0,
    }


def event_position_body(event_ticker: str, holdings: list[Holding]) -> Body:
    return {
        "event_ticker": event_ticker,
        "total_cost_dollars": format_money_e6(sum(holding.traded_e6 for holding in holdings)),
        "total_cost_shares_fp": format_count_e2(sum(holding.volume_e2 for holding in holdings)),
        "event_exposure_dollars": format_money_e6(sum(holding.cost_e6 for holding in holdings)),
        "realized_pnl_dollars": format_money_e6(sum(holding.realised_e6 for holding in holdings)),
        "fees_paid_dollars": format_money_e6(sum(holding.fees_e6 for holding in holdings)),
    }


def settlement_body(settlement: Settlement) -> Body:
    market = settlement.market.market
    return {
        "ticker": market.ticker,
        "event_ticker": market.event_ticker,
        "exchange_index": market.exchange_index,
        "market_result": settlement.result,
        "yes_count_fp": format_count_e2(settlement.yes_count_e2),
        "yes_total_cost_dollars": format_money_e6(settlement.yes_cost_e6),
        "no_count_fp": format_count_e2(settlement.no_count_e2),
        "no_total_cost_dollars": format_money_e6(settlement.no_cost_e6),
        "revenue": cents(settlement.revenue_e6),
        "settled_time": rfc3339_us(settlement.at_us),
        "fee_cost": format_money_e6(settlement.fee_e6),
        "value": settlement.value_e4 // 100,
    }


def balance_body(
    account: Account,
    markets: Mapping[str, TradedMarket],
    shard: int | None,
    now_us: int,
    *,
    at_last_price: bool = False,
) -> Body:
    """``shard`` None adds all shards up; positions are marked at the best bid, or the last trade."""
    shards = sorted(account.cash_e6) if shard is None else [shard]
    available_e6 = sum(account.available_e6(index) for index in shards)
    value_e6 = sum(
        _mark_e6(markets[ticker], holding.position_e2, at_last_price=at_last_price)
        for ticker, holding in account.holdings.items()
        if holding.position_e2 and markets[ticker].market.exchange_index in shards
    )
    return {
        "balance": cents(available_e6),
        "balance_dollars": format_money_e6(available_e6),
        "portfolio_value": cents(value_e6 - sum(account.credit_e6(index) for index in shards)),
        "updated_ts": now_us // 1_000_000,
        "balance_breakdown": [
            {"exchange_index": index, "balance": format_money_e6(account.available_e6(index))}
            for index in shards
        ],
    }


def _mark_e6(listed: TradedMarket, position_e2: int, *, at_last_price: bool) -> int:
    """Worth at the best bid of the held outcome (protocol 7.5), or at the last trade if there was one.

    CHOICE: a market that has closed has no bids; its last trade counts, and its value once determined.
    """
    held: BookSide = "bid" if position_e2 > 0 else "ask"
    yes_e4 = listed.book.best_bid_e4 if held == "bid" else listed.book.best_ask_e4
    if listed.settlement_value_e4 is not None:
        yes_e4 = listed.settlement_value_e4
    elif listed.last_price_e4 and (at_last_price or listed.market.status == "closed"):
        yes_e4 = listed.last_price_e4
    return 0 if yes_e4 is None else outcome_price_e4(held, yes_e4) * abs(position_e2)
