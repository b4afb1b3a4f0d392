"""The effect of a trade on the order, the position and the cash of one of its two sides."""

from __future__ import annotations

from typing import Final

from simulator.engine.accounts.account import Account
from simulator.engine.accounts.fees import Rounding, charge, trade_fee_e6
from simulator.engine.matching.orders import Order
from simulator.engine.matching.trades import Trade

YOUNG_US: Final = 5_000_000


def are_rates_swapped(maker: Order, now_us: int) -> bool:
    """In a combo market, an order that meets one younger than 5 s pays as its maker (protocol 7.3)."""
    return maker.market.is_combo and now_us - maker.created_us < YOUNG_US


def book_fill(
    account: Account,
    order: Order,
    trade: Trade,
    *,
    is_taker: bool,
    pays_taker_rate: bool,
    rounding: Rounding,
) -> int:
    """Enter one half of a trade in its account; returns the net fee."""
    listed, count_e2 = trade.market, trade.count_e2
    market, holding = listed.market, account.holdings[listed.ticker]
    before_e2, traded_before_e6 = holding.position_e2, holding.traded_e6
    cash_e6 = holding.apply(order.side, trade.price_e4, count_e2)
    after_e2 = holding.position_e2
    listed.open_interest_e2 += (after_e2 if after_e2 > 0 else 0) - (before_e2 if before_e2 > 0 else 0)
    fee_e6 = trade_fee_e6(
        market,
        price_e4=trade.price_e4,
        count_e2=count_e2,
        is_taker=pays_taker_rate,
        unit_e6=rounding.trade_fee_e6,
    )
    order.filled_e2 += count_e2
    order.updated_us = trade.at_us
    if account.is_counterparty:  # nobody reads more of it
        holding.fees_e6 += fee_e6
        account.move_cash(market.exchange_index, cash_e6 - fee_e6)
        return fee_e6
    fee_e6, order.rounding_e6 = charge(
        cash_e6, fee_e6, rounding_e6=order.rounding_e6, rebate_e6=rounding.rebate_e6
    )
    holding.pay(fee_e6)
    holding.updated_us = trade.at_us
    account.move_cash(market.exchange_index, cash_e6 - fee_e6)
    order.last_update_reason = "Trade"
    if is_taker:
        order.taker_cost_e6 += holding.traded_e6 - traded_before_e6
        order.taker_fees_e6 += fee_e6
    else:
        order.maker_cost_e6 += holding.traded_e6 - traded_before_e6
        order.maker_fees_e6 += fee_e6
    return fee_e6
