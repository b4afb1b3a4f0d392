"""Why a market is or is not traded: its latest decisions, and what keeps an order back now.

Pure functions from what was recorded and what the running actors know to the JSON of ``/rl/why``. The first
thing it says, the verdict, is the one reason that matters most.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from trading.decision_history import DecisionMade, Fate, tally
from trading.market import format_count_e2, format_price_e4
from trading.observation import Resting
from trading.order_life import end_reason
from web.order_words import end_words, priced
from web.why_facts import Live, RecordedDecisions
from web.why_verdict import verdict

LAST_DECISIONS: Final = 20  # of a market, unless told otherwise
MOST_DECISIONS: Final = 200


def why_json(
    ticker: str,
    session: str,
    recorded: RecordedDecisions,
    live: Live | None,
    *,
    last: int,
    now_us: int,
    throttle_us: int,
) -> dict[str, Any]:
    """The JSON of ``/rl/why``; ``live`` is None where the session does not run. ``last``: decisions shown.
    ``throttle_us``: a market is shown to the strategy at most once in this time."""
    counts = tally(recorded.made, recorded.fates)
    return {
        "ticker": ticker,
        "session": session,
        "running": live is not None,
        "verdict": verdict(recorded, counts, live, now_us=now_us),
        "state": _state(live),
        "market": _market(live),
        "needed": _needed(live),
        "strategy": _strategy(recorded, now_us - throttle_us),
        "counts": {
            "decisions": counts.decisions,
            "since_us": counts.since_us,
            "all": recorded.is_whole,
            "held": _by_count(counts.held),
            "refused_by_selector": _by_count(counts.refused_by_selector),
            "refused_by_order_manager": _by_count(counts.refused_by_risk),
            "asked": counts.asked,
        },
        "decisions": [_row(each, recorded.fates.get(each.name)) for each in recorded.made[:last]],
        "notes": list(recorded.notes),
    }


# --- now -----------------------------------------------------------------------------------------


def _state(live: Live | None) -> dict[str, Any] | None:
    if live is None:
        return None
    facts, selector = live.facts.get("Supervisor", {}), live.facts.get("Selector", {})
    silent = [name for name in ("Supervisor", "Selector", "OrderManager") if name not in live.facts]
    return {
        "state": facts.get("state"),
        "reason": facts.get("reason"),
        "credits": selector.get("credits"),
        "selector": selector.get("stopped"),
        "silent": silent,
    }


def _market(live: Live | None) -> dict[str, Any] | None:
    if live is None:
        return None
    supervisor, manager = live.facts.get("Supervisor", {}), live.facts.get("OrderManager", {})
    book = live.book or {}
    return {
        "watched": supervisor.get("watched"),
        "standing": supervisor.get("standing"),
        "tradable": book.get("tradable"),
        "reason": book.get("reason"),
        "yes": (book.get("yes") or [])[:1],
        "no": (book.get("no") or [])[:1],
        "execution_ticker": manager.get("execution_ticker"),
        "position": manager.get("position"),
        "orders": manager.get("orders"),
    }


def _needed(live: Live | None) -> dict[str, list[dict[str, str]]] | None:
    """By action that the position allows, what would have to be different; None where nobody can say."""
    manager = {} if live is None else live.facts.get("OrderManager", {})
    if live is None or not manager:
        return None
    everywhere = _of_selector(live.facts.get("Selector", {}))
    if manager.get("starting"):
        everywhere.append({"reason": "starting", "sentence": f"OrderManager: {manager['starting']}"})
    if manager.get("execution_ticker", "") is None:
        said = "the execution venue has another market under this ticker, by markets.map"
        everywhere.append({"reason": "unknown_market", "sentence": said})
    actions: Mapping[str, Sequence[Sequence[str]]] = manager.get("actions") or {"any order": []}
    return {
        action: [*everywhere, *({"reason": reason, "sentence": sentence} for reason, sentence in against)]
        for action, against in actions.items()
    }


def _of_selector(selector: Mapping[str, Any]) -> list[dict[str, str]]:
    against = []
    if stopped := selector.get("stopped"):
        against.append({"reason": "stopped", "sentence": f"the Selector decides nothing: {stopped}"})
    if not selector.get("knows_account", True):
        said = "the Selector has not been told the account yet"
        against.append({"reason": "no_account", "sentence": said})
    if selector.get("awaiting"):
        said = "the Selector awaits the outcome of an order of this market"
        against.append({"reason": "in_flight", "sentence": said})
    if selector and not selector.get("credits", 1):
        said = "the Selector has no write credit left now"
        against.append({"reason": "write_budget", "sentence": said})
    return against


def _strategy(recorded: RecordedDecisions, throttled_us: int) -> dict[str, Any] | None:
    """The strategy's last words, and the earliest time at which it sees the market again.

    Where nothing else keeps an order back, it does. What it saw after ``throttled_us`` it does not see yet.
    """
    if not recorded.made:
        return None
    newest = recorded.made[0]
    return {
        "at_us": newest.decided_us,
        "action": newest.action.value,
        "reason": newest.reason,
        "again_in_ms": max(0, newest.observed_us - throttled_us) // 1000,
    }


# --- the decisions -------------------------------------------------------------------------------


def _row(made: DecisionMade, fate: Fate | None) -> dict[str, Any]:
    return {
        "at_us": made.decided_us,
        "decision": made.name,
        "action": made.action.value,
        "reason": made.reason,
        "seen": {
            "bid": _price(made.yes_bid_e4),
            "ask": _price(made.yes_ask_e4),
            "position": format_count_e2(made.position_e2),
            "resting": _resting(made.resting),
            "changed_ms_ago": (made.decided_us - made.changed_us) // 1000,
            "confirmed_ms_ago": (made.decided_us - made.confirmed_us) // 1000,
        },
        **_outcome(made, fate),
    }


def _outcome(made: DecisionMade, fate: Fate | None) -> dict[str, Any]:
    if made.outcome == "hold":
        return {"outcome": "hold", "refused_by": None, "order": None}
    if made.outcome != "asked":
        return {"outcome": made.outcome, "refused_by": "Selector", "order": None}
    if fate is None:
        return {"outcome": "not_taken_up", "refused_by": None, "order": None}
    if fate.refused or fate.order is None:
        return {"outcome": fate.refused, "refused_by": "OrderManager", "order": None}
    order = fate.order
    outcome, price_e4 = priced(order)
    told = {
        "order": f"order_{order.client_order_id.rpartition('-')[2]}",
        "client_order_id": order.client_order_id,
        "state": order.state(),
        "outcome": outcome,
        "outcome_price": format_price_e4(price_e4),
        "yes_price_e4": order.price_e4,
        "count": format_count_e2(order.count_e2),
        "filled": format_count_e2(order.filled_e2),
        "end_reason": end_reason(order),
        "said": end_words(order) or fate.said,
    }
    return {"outcome": order.state(), "refused_by": None, "order": told}


def _resting(resting: Resting) -> dict[str, str | None]:
    return {
        "bid": _price(resting.bid_price_e4),
        "bid_count": format_count_e2(resting.bid_count_e2),
        "ask": _price(resting.ask_price_e4),
        "ask_count": format_count_e2(resting.ask_count_e2),
    }


def _price(price_e4: int) -> str | None:
    return format_price_e4(price_e4) if price_e4 else None


def _by_count(reasons: Counter[str]) -> dict[str, int]:
    return dict(reasons.most_common())
