"""The reports of the actors of a healthy session, for tests of the people's view."""

from __future__ import annotations

from typing import Any

REPORTS: dict[str, dict[str, Any]] = {
    "Supervisor": {
        "state": "trading",
        "state_reason": "",
        "history": [{"at_us": 1, "state": "trading", "reason": ""}],
        "market_map": {"wanted": 1000, "on_both": 1000, "only_data": 40, "only_execution": 1, "renamed": 10},
        "actors": [
            {"name": "MarketWatcher-0", "pid": 11, "state": "running", "restarts": 0, "age_s": 0.2},
            {"name": "OrderManager", "pid": 12, "state": "running", "restarts": 1, "age_s": 0.1},
        ],
    },
    "MarketWatcher-0": {
        "subscribed": 1000,
        "live": 998,
        "stale": 2,
        "deltas": 40_000,
        "deltas_per_s": 500.5,
        "malformed": 0,
        "unknown": {"ticker": 3},
        "connections": [{"name": "market data 0", "state": "live", "reconnects": 0, "data_age_s": 0.1}],
    },
    "Selector": {
        "decisions": {
            "total": 16,
            "HOLD": 12,
            "BUY_YES": 1,
            "SELL_YES": 1,
            "BUY_NO": 1,
            "SELL_NO": 1,
            "refused": {"nothing_held": 3, "max_position": 1},
        },
        "recent": [
            {
                "at_us": 1_700_000_000_000_000,
                "ticker": "MARKET-ABC",
                "action": "BUY_YES",
                "outcome": "asked",
                "reason": "draw 81 of 100",
            }
        ],
    },
    "OrderManager": {
        "orders": {
            "sent": 5,
            "carried": 0,
            "resting": 2,
            "filled": 2,
            "canceled": 1,
            "rejected": 0,
            "unknown": 0,
            "awaiting_fills": 0,
        },
        "execution_books": {
            "valuation": "data",
            "followed": 2,
            "known": 2,
            "one_sided": 1,
            "difference": {
                "compared": 1,
                "median": "0.0100",
                "worst": "-0.0100",
                "worst_ticker": "MARKET-ABC",
            },
            "marks": {"confirmed": 1, "old": 1, "at_cost": 0, "old_tickers": ["MARKET-XYZ"]},
            "rows": [],
        },
        "fills": {"count": 3, "contracts": "22.50", "foreign": 0},
        "balance": {
            "available": "9851.5800",
            "reserved": "12.0000",
            "portfolio_value": "40.0000",
            "floor": "500.0000",
        },
        "pnl": {"realised": "1.5000", "unrealised": "-0.2500", "fees": "0.1200", "session": "1.1300"},
        "open_orders": [
            {
                "order": "order_7",
                "client_order_id": "rl1-a-s-7",
                "ticker": "MARKET-ABC",
                "action": "BUY_YES",
                "side": "bid",
                "price": "0.4700",
                "count": "10.00",
                "filled": "2.50",
                "state": "resting",
            }
        ],
        "latency_ms": {"decision_to_ack": {"p50": 12.0, "p99": 80.0, "n": 5}},
    },
    "FillProcessor": {
        "positions": [
            {
                "ticker": "MARKET-ABC",
                "position": "10.00",
                "cost": "4.7000",
                "realised": "0.0000",
                "fees": "0.0600",
            },
            {
                "ticker": "MARKET-XYZ",
                "position": "-2.50",
                "cost": "0.9000",
                "realised": "1.5000",
                "fees": "0.0600",
            },
        ],
        "latency_ms": {"fill_to_position": {"p50": 3.0, "p99": 9.0, "n": 3}},
        "reconciliation": {"at": 1_700_000_000_000_000, "differences": [], "certificate": None},
        "connections": [{"name": "private stream", "state": "live", "reconnects": 0, "data_age_s": 1.5}],
        "recent": [
            {
                "at_us": 1_700_000_000_000_000,
                "order": "order_7",
                "ticker": "MARKET-ABC",
                "change": "+10 YES",
                "price": "0.4700",
                "fee": "0.0600",
                "role": "taker",
            }
        ],
    },
    "Recorder": {
        "database": {
            "kind": "embedded",
            "state": "ready",
            "why": "",
            "behind": 0,
            "dropped": 0,
            "alarms": [],
            "lanes": {"ledger": {"written": 120, "behind": 0, "dropped": 0, "note": ""}},
        },
    },
}

ENVIRONMENT = {
    "data": "loopback",
    "execution": "loopback",
    "data_label": "loopback",
    "execution_label": "loopback",
    "account": "loopback-12345678",
    "counterparty": None,
    "control_url": None,
    "stand_ins": {},
}
