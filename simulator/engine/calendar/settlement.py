"""The payout to the holders at a market's end (protocol 7.4)."""

from __future__ import annotations

from simulator.engine.accounts.account import Account
from simulator.engine.accounts.holding import Holding
from simulator.engine.accounts.settlement import Settlement
from simulator.engine.catalogue.listing import ListedMarket
from trading.market import ONE_DOLLAR_E4


def result_word(listed: ListedMarket, value_e4: int) -> str:
    """The result of a settlement value: yes, no, or scalar for anything between (and for a scalar market)."""
    if listed.market_type == "scalar" or value_e4 not in (0, ONE_DOLLAR_E4):
        return "scalar"
    return "yes" if value_e4 else "no"


def settle_account(
    account: Account, listed: ListedMarket, *, value_e4: int, now_us: int
) -> Settlement | None:
    """Turn the account's position into cash; None if it holds nothing."""
    holding = account.holdings.get(listed.ticker)
    if holding is None or not holding.position_e2:
        return None
    yes_e2, no_e2 = max(0, holding.position_e2), max(0, -holding.position_e2)
    cost_e6, fee_e6 = holding.cost_e6, holding.position_fees_e6
    revenue_e6 = yes_e2 * value_e4 + no_e2 * (ONE_DOLLAR_E4 - value_e4)
    account.move_cash(listed.market.exchange_index, revenue_e6)
    _close(holding, revenue_e6, now_us)
    return Settlement(
        number=len(account.settlements) + 1,
        market=listed,
        result=listed.result,
        value_e4=value_e4,
        yes_count_e2=yes_e2,
        yes_cost_e6=cost_e6 if yes_e2 else 0,
        no_count_e2=no_e2,
        no_cost_e6=cost_e6 if no_e2 else 0,
        revenue_e6=revenue_e6,
        fee_e6=fee_e6,
        at_us=now_us,
    )


def _close(holding: Holding, revenue_e6: int, now_us: int) -> None:
    holding.realised_e6 += revenue_e6 - holding.cost_e6
    holding.position_e2 = holding.cost_e6 = holding.position_fees_e6 = 0
    holding.updated_us = now_us
