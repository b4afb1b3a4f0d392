"""The first reason against an order or an amendment, in the venue's words."""

from __future__ import annotations

from typing import Final

from simulator.engine.accounts.account import Account
from simulator.engine.matching.orders import Amendment, NewOrder, Order, Refusal
from simulator.engine.matching.traded_market import TradedMarket
from trading.market import ONE_DOLLAR_E4, PriceGrid

_PRICES: Final[dict[int, tuple[PriceGrid, frozenset[int]]]] = {}  # by identity of the grid


def find_refusal(
    listed: TradedMarket | None, account: Account, new: NewOrder, *, now_us: int
) -> Refusal | None:
    """None means the order is accepted, whatever becomes of it then."""
    if listed is None or new.exchange_index not in (-1, listed.market.exchange_index):
        return Refusal("market_not_found")
    if listed.status_at(now_us) != "active":
        return Refusal("market_inactive")
    if new.client_order_id in account.used_client_order_ids:
        return Refusal("order_already_exists")
    return (
        _bad_terms(listed, new, now_us)
        or _closed_group(listed, account, new)
        or _impossible_match(listed, account, new)
        or _unaffordable(listed, account, new)
    )


def find_amend_refusal(
    listed: TradedMarket, account: Account, order: Order, change: Amendment, *, now_us: int
) -> Refusal | None:
    """The first reason against an amend; the order stays as it is."""
    old = order.request
    if listed.status_at(now_us) != "active":
        return Refusal("market_inactive")
    if order.status != "resting":
        return Refusal("not_found")
    if (
        change.client_order_id != old.client_order_id
        and change.client_order_id in account.used_client_order_ids
    ):
        return Refusal("order_already_exists")
    if change.count_e2 <= order.filled_e2:
        return Refusal("invalid_order", "count must exceed what has filled")
    new = old._replace(**change._asdict())
    if new.expires_s == old.expires_s:
        new = new._replace(expires_s=None)  # judged when it was set
    refusal = _bad_terms(listed, new, now_us)
    if refusal is None and new.price_e4 != old.price_e4:
        refusal = _impossible_match(listed, account, new)
    if refusal is None and not account.is_counterparty:
        remaining_e2 = change.count_e2 - order.filled_e2
        fits = account.can_afford(
            listed.market, order.side, price_e4=new.price_e4, count_e2=remaining_e2, instead_of=order
        )
        refusal = None if fits else Refusal("insufficient_balance")
    return refusal


def tradable_prices(grid: PriceGrid) -> frozenset[int]:
    """Every price of a grid: looking one up costs a fifth of asking the grid."""
    known = _PRICES.get(id(grid))
    if known is None or known[0] is not grid:
        prices = frozenset(price_e4 for price_e4 in range(ONE_DOLLAR_E4) if grid.contains(price_e4))
        known = _PRICES[id(grid)] = (grid, prices)
    return known[1]


def _closed_group(listed: TradedMarket, account: Account, new: NewOrder) -> Refusal | None:
    if not new.order_group_id:
        return None
    group = account.groups.get(new.order_group_id)
    if group is None:
        return Refusal("not_found", "no such order group")
    if group.exchange_index != listed.market.exchange_index:
        return Refusal("invalid_order", "the order group is on another shard than the market")
    if group.is_triggered:
        return Refusal("invalid_order", "the order group is triggered")
    return None


def _bad_terms(listed: TradedMarket, new: NewOrder, now_us: int) -> Refusal | None:
    if new.count_e2 <= 0:
        return Refusal("invalid_order", "count must be positive")
    if new.price_e4 not in tradable_prices(listed.market.grid):
        return Refusal("invalid_order", "price is not on the price grid of the market")
    if new.post_only and new.time_in_force != "good_till_canceled":
        return Refusal("invalid_order", "post_only needs good_till_canceled")
    if new.reduce_only and new.time_in_force != "immediate_or_cancel":
        return Refusal("invalid_order", "reduce_only needs immediate_or_cancel")
    if new.expires_s is not None:
        if new.time_in_force != "good_till_canceled":
            return Refusal("invalid_order", "expiration_time needs good_till_canceled")
        if new.expires_s * 1_000_000 <= now_us:
            return Refusal("invalid_order", "expiration_time is in the past")
    return None


def _impossible_match(listed: TradedMarket, account: Account, new: NewOrder) -> Refusal | None:
    if new.post_only and listed.book.first_crossing(new.side, new.price_e4) is not None:
        return Refusal("invalid_order", "post only cross")
    if new.time_in_force == "fill_or_kill":
        stops = new.self_trade_prevention == "taker_at_cross"
        takeable_e2 = listed.book.crossing_e2(new.side, new.price_e4, without=account, stops=stops)
        if takeable_e2 < new.count_e2:
            return Refusal("fill_or_kill_insufficient_resting_volume")
    return None


def _unaffordable(listed: TradedMarket, account: Account, new: NewOrder) -> Refusal | None:
    count_e2 = new.count_e2
    if new.reduce_only:  # it never trades more
        count_e2 = min(count_e2, account.closable_e2(new.ticker, new.side))
    if account.is_counterparty or account.can_afford(
        listed.market, new.side, price_e4=new.price_e4, count_e2=count_e2
    ):
        return None
    return Refusal("insufficient_balance")
