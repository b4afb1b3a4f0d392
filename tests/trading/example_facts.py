"""Facts with every field filled in, so that a test names only what it is about."""

from typing import Any

from trading.actions import Action, Intent
from trading.events import (
    AccountOpened,
    Answered,
    CancelAnswered,
    CancelStarted,
    FillSeen,
    IntentRecorded,
    OrderSeen,
    SendStarted,
)
from trading.market import Market, PriceGrid

TICKER = "RAIN-NYC"
OURS = "rl1-0a1b2c3d-0f1e2d3c-1"
ORDER_ID = "venue-order-1"


def market(ticker: str = TICKER, **changes: Any) -> Market:
    known: dict[str, Any] = {
        "ticker": ticker,
        "event_ticker": "RAIN",
        "series_ticker": "WEATHER",
        "status": "active",
        "grid": PriceGrid.named("linear_cent"),
        "exchange_index": 0,
        "close_us": 1_000_000_000,
        "fee_type": "quadratic",
        "fee_multiplier_e4": 10_000,
    }
    return Market(**(known | changes))


def recorded(**changes: Any) -> IntentRecorded:
    known: dict[str, Any] = {
        "at_us": 10,
        "client_order_id": OURS,
        "ticker": TICKER,
        "exchange_index": 0,
        "action": "BUY_YES",
        "side": "bid",
        "price_e4": 4_000,
        "count_e2": 1_000,
        "time_in_force": "good_till_canceled",
        "post_only": True,
        "expiration_s": 60,
        "decision": "1/1",
        "reason": "test",
    }
    return IntentRecorded(**(known | changes))


def send_started(**changes: Any) -> SendStarted:
    return SendStarted(**({"at_us": 11, "client_order_id": OURS, "deadline_us": 62_000_000} | changes))


def answered(outcome: str, **changes: Any) -> Answered:
    known: dict[str, Any] = {"at_us": 12, "client_order_id": OURS, "outcome": outcome}
    if outcome == "accepted":
        known |= {"order_id": ORDER_ID, "remaining_e2": 1_000}
    return Answered(**(known | changes))


def cancel_started(**changes: Any) -> CancelStarted:
    return CancelStarted(**({"at_us": 20, "client_order_id": OURS, "order_id": ORDER_ID} | changes))


def cancel_answered(outcome: str, **changes: Any) -> CancelAnswered:
    known = {"at_us": 21, "client_order_id": OURS, "outcome": outcome, "order_id": ORDER_ID}
    return CancelAnswered(**(known | changes))


def seen(status: str, **changes: Any) -> OrderSeen:
    known: dict[str, Any] = {
        "at_us": 13,
        "order_id": ORDER_ID,
        "client_order_id": OURS,
        "ticker": TICKER,
        "exchange_index": 0,
        "side": "bid",
        "price_e4": 4_000,
        "status": status,
        "initial_e2": 1_000,
        "fill_e2": 0,
        "remaining_e2": 1_000 if status == "resting" else 0,
    }
    return OrderSeen(**(known | changes))


def fill(trade_id: str = "t1", **changes: Any) -> FillSeen:
    known: dict[str, Any] = {
        "at_us": 14,
        "trade_id": trade_id,
        "order_id": ORDER_ID,
        "client_order_id": OURS,
        "ticker": TICKER,
        "exchange_index": 0,
        "side": "bid",
        "price_e4": 4_000,
        "count_e2": 400,
        "fee_e6": 67_200,
        "is_taker": True,
        "ts_ms": 1,
    }
    return FillSeen(**(known | changes))


def opened(cash_e6: int = 1_000_000_000, **changes: Any) -> AccountOpened:
    return AccountOpened(**({"at_us": 1, "account": "loopback", "cash_e6": {0: cash_e6}} | changes))


def intent(action: Action = Action.BUY_YES, **changes: Any) -> Intent:
    known: dict[str, Any] = {
        "ticker": TICKER,
        "action": action,
        "side": "bid" if action in (Action.BUY_YES, Action.SELL_NO) else "ask",
        "price_e4": 4_000,
        "count_e2": 200,
        "style": "join",
        "time_in_force": "good_till_canceled",
        "post_only": True,
        "reason": "test",
        "decision": "1/1",
        "decided_us": 0,
    }
    return Intent(**(known | changes))
