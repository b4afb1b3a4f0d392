"""The changes that would let an order be sent now, in sentences with figures.

It asks risk itself, about the orders that the actions of a strategy would become, so that it never says
anything else than what an order would meet.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, Literal, NamedTuple

from trading.actions import Action, Intent, Style, book_side, intent_for, legal_actions
from trading.market import ONE_DOLLAR_E4, format_count_e2, format_money_e6, format_price_e4
from trading.refusals import Refusal
from trading.risk import RiskLimits, RiskView, all_reasons
from trading.valuation import event_exposure_e6, market_exposure_e6, total_exposure_e6

Obstacle = tuple[Refusal, str]
"""The reason and a sentence about it."""


class AskedMarket(NamedTuple):
    """The market that is asked about, at its best prices; None for a missing side."""

    ticker: str
    yes_bid_e4: int | None
    yes_ask_e4: int | None
    style: Style
    count_e2: int


def obstacles(
    asked: AskedMarket, view: RiskView, limits: RiskLimits, *, state_reason: str, can_write: bool
) -> dict[Action, list[Obstacle]]:
    """By each action that the position allows, what keeps its order back; nothing where it would be sent.

    ``state_reason``: why trading is in its state. ``can_write``: the venue's write limit has room.
    """
    position_e2 = view.ledger.position(asked.ticker).position_e2
    found = {}
    for action in legal_actions(position_e2, ())[1:]:
        intent = _intent(action, asked, view.now_us)
        reasons: list[Refusal] = ["write_budget"] if not can_write else []
        if isinstance(intent, Intent):
            reasons += all_reasons(intent, view, limits)
            told = intent
        else:
            told = _unpriced(action, asked, view.now_us)
            against = [each for each in all_reasons(told, view, limits) if each not in _PRICED]
            reasons += against if "unknown_market" in against else [intent, *against]
        found[action] = [(each, _sentence(each, told, view, limits, state_reason)) for each in reasons]
    return found


_PRICED: Final = ("no_price", "off_grid", "crossed_book")


def _intent(action: Action, asked: AskedMarket, now_us: int) -> Intent | Literal["no_price", "crossed_book"]:
    return intent_for(
        action,
        ticker=asked.ticker,
        yes_bid_e4=asked.yes_bid_e4,
        yes_ask_e4=asked.yes_ask_e4,
        style=asked.style,
        count_e2=asked.count_e2,
        reason="",
        decision="",
        decided_us=now_us,
    )


def _unpriced(action: Action, asked: AskedMarket, now_us: int) -> Intent:
    """The order that it would be if its book had a price: what else is in its way is to be told as well.

    At the end of the prices where it costs nothing, so that no limit of money is in its way.
    """
    joins, side = asked.style == "join", book_side(action)
    return Intent(
        ticker=asked.ticker,
        action=action,
        side=side,
        price_e4=0 if side == "bid" else ONE_DOLLAR_E4,
        count_e2=asked.count_e2,
        style=asked.style,
        time_in_force="good_till_canceled" if joins else "immediate_or_cancel",
        post_only=joins,
        reason="",
        decision="",
        decided_us=now_us,
    )


# --- the sentences -------------------------------------------------------------------------------

_Told = Callable[[Intent, RiskView, RiskLimits], str]


def _sentence(reason: Refusal, intent: Intent, view: RiskView, limits: RiskLimits, state_reason: str) -> str:
    if reason in ("halted", "paused", "not_trading", "reduce_only") and state_reason:
        return f"trading is {view.state}: {state_reason}"
    told = _FIGURES.get(reason)
    return _WORDS[reason] if told is None else told(intent, view, limits)


_WORDS: Final[Mapping[str, str]] = {
    "write_budget": "the venue's write limit has no room for another order now",
    "halted": "the account is halted",
    "paused": "trading is paused",
    "venue_paused": "the venue has paused this market's shard, or the account was not checked since",
    "no_lease": "the Supervisor has been silent for three seconds",
    "not_reconciled": "the private stream is down, or the account was not checked since it came back",
    "unknown_market": "the execution venue has not described the market",
    "side_mismatch": "the action and the side of its order do not agree",
    "no_count": "strategy.options.contracts is no size",
    "no_price": "the book has no price to join or to take on the order's side",
    "crossed_book": "the best bid is not below the best ask: the book is between two changes, or wrong",
    "no_execution_book": "the execution venue's book of this market is not known to be right now",
    "no_execution_price": "the execution venue's book has no price that the order could have",
    "in_flight": "an order of this market is on its way, and the next one waits for its outcome",
    "unresolved_order": "an order of this market was sent, and nothing says yet what became of it",
    "cash_differs": "available cash is proven to differ from the venue's",
    "degraded": "no stream tells of its book, which is read every few seconds: good for closing alone",
    "data_paused": "the venue of its book has paused, so the book cannot move: good for closing alone",
    "nothing_held": "nothing of that outcome is held",
    "opposite_held": "the other outcome is held, and would have to be sold first",
    "already_resting": "an own order rests on that side already: it has to fill or to end first",
}

_FIGURES: Final[Mapping[str, _Told]] = {
    "not_trading": lambda _intent, view, _limits: f"trading is {view.state}",
    "clock_offset": lambda _intent, view, limits: (
        f"the venue's clock is {view.clock}; execution.max_clock_offset_s allows"
        f" {limits.max_clock_offset_us // 1_000_000} s"
    ),
    "market_inactive": lambda _intent, view, _limits: (
        f"the execution venue does not trade it now: its status is {view.market.status}"
        if view.market
        else "the execution venue does not trade it now"
    ),
    "market_untradable": lambda _intent, view, _limits: f"its book may not be traded on: {view.untradable}",
    "closing_soon": lambda _intent, view, limits: (
        f"it closes in {_until_close_s(view)} s, and risk.stop_before_close_s is"
        f" {limits.stop_before_close_us // 1_000_000}"
    ),
    "off_grid": lambda intent, _view, _limits: (
        f"{format_price_e4(intent.price_e4)} is no price of the execution venue's grid"
    ),
    "position_differs": lambda intent, view, _limits: (
        f"the position is proven to differ from the venue's; here it is"
        f" {format_count_e2(view.ledger.position(intent.ticker).position_e2)}"
    ),
    "max_open_orders": lambda _intent, view, limits: (
        f"{view.open_orders} orders are open, and risk.max_open_orders is {limits.max_open_orders}"
    ),
    "reduce_only": lambda _intent, view, limits: (
        f"available cash is {format_money_e6(view.ledger.available_e6())}: positions are opened again from"
        f" risk.balance_resume, {format_money_e6(limits.balance_resume_e6)}"
    ),
    "balance_floor": lambda _intent, view, limits: (
        f"available cash is {format_money_e6(view.ledger.available_e6())} and equity"
        f" {format_money_e6(view.equity_e6)}; risk.balance_floor is"
        f" {format_money_e6(limits.balance_floor_e6)}"
    ),
    "max_contracts_per_order": lambda intent, _view, limits: (
        f"the order is for {format_count_e2(intent.count_e2)} contracts, and risk.max_contracts_per_order is"
        f" {format_count_e2(limits.max_contracts_per_order_e2)}"
    ),
    "max_position": lambda intent, view, limits: (
        f"{format_count_e2(view.ledger.position(intent.ticker).held_e2)} contracts are held, the order is for"
        f" {format_count_e2(intent.count_e2)}, and risk.max_position is"
        f" {format_count_e2(limits.max_position_e2)}"
    ),
    "max_exposure_per_market": lambda intent, view, limits: _exposure(
        "of the market",
        market_exposure_e6(view.ledger, intent.ticker),
        intent,
        view,
        ("risk.max_exposure_per_market", limits.max_exposure_per_market_e6),
    ),
    "max_exposure_per_event": lambda intent, view, limits: _exposure(
        "of its event",
        event_exposure_e6(view.ledger, view.market.event_ticker) if view.market else 0,
        intent,
        view,
        ("risk.max_exposure_per_event", limits.max_exposure_per_event_e6),
    ),
    "max_exposure": lambda intent, view, limits: _exposure(
        "of the account",
        total_exposure_e6(view.ledger),
        intent,
        view,
        ("risk.max_exposure", limits.max_exposure_e6),
    ),
    "insufficient_cash": lambda intent, view, _limits: (
        f"the order needs {format_money_e6(_added_e6(intent, view))} and"
        f" {format_money_e6(_available_e6(view))} are available on its shard"
    ),
}


def _exposure(whose: str, now_e6: int, intent: Intent, view: RiskView, limit: tuple[str, int]) -> str:
    name, limit_e6 = limit
    return (
        f"the exposure {whose} is {format_money_e6(now_e6)}, the order adds"
        f" {format_money_e6(_added_e6(intent, view))}, and {name} is {format_money_e6(limit_e6)}"
    )


def _added_e6(intent: Intent, view: RiskView) -> int:
    return view.ledger.added_reserve_e6(
        intent.ticker, intent.side, price_e4=intent.price_e4, count_e2=intent.count_e2
    )


def _available_e6(view: RiskView) -> int:
    return view.ledger.available_e6(view.market.exchange_index if view.market else None)


def _until_close_s(view: RiskView) -> int:
    if view.market is None:
        return 0
    return max(0, view.market.close_us - view.clock.to_venue_us(view.now_us)) // 1_000_000
