"""Why a market is or is not traded: its latest decisions, and what keeps an order back now.

Pure functions from what was recorded and what the running actors know to the JSON of ``/rl/why``. The first
thing it says, the verdict, is the one reason that matters most.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from trading.decision_history import DecisionMade, Fate, Tally, tally
from trading.market import format_count_e2, format_price_e4
from trading.observation import Resting
from trading.orders import Order

LAST_DECISIONS: Final = 20  # of a market, unless told otherwise
MOST_DECISIONS: Final = 200
MINUTE_S: Final = 60
HOUR_S: Final = 3_600
NAMED: Final = 3  # reasons in a sentence
_TAKEN: Final = ("resting", "filled", "canceled")  # states of an order that the venue took


@dataclass(frozen=True, slots=True)
class Recorded:
    """The market's decisions, the newest first. ``is_whole``: there are no others."""

    made: Sequence[DecisionMade] = ()
    fates: dict[str, Fate] = field(default_factory=dict)
    batches: int = 0
    is_whole: bool = True
    notes: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Live:
    """What the running session's actors say of the market: facts by actor, and its book if it is watched."""

    facts: Mapping[str, Mapping[str, Any]]
    book: Mapping[str, Any] | None


def why_json(
    ticker: str,
    session: str,
    recorded: Recorded,
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


# --- the verdict ---------------------------------------------------------------------------------


def verdict(recorded: Recorded, counts: Tally, live: Live | None, *, now_us: int) -> str:
    """Why it trades or does not, in one sentence."""
    if (taken := _last_taken(recorded)) is not None:
        made, order = taken
        ago = _ago(now_us - made.decided_us)
        return f"traded: its last order is {_order_words(order)}, decided {ago} ago"
    unwatched = _unwatched(live)
    if unwatched:
        return ("never traded: " if recorded.is_whole else "not traded: ") + unwatched
    if not counts.decisions:
        return f"never traded: never decided on{_undecided(live)}"
    began = "never traded" if recorded.is_whole else "not traded"
    return f"{began}: {_of_decisions(counts)}{_blocked(live)}"


def _last_taken(recorded: Recorded) -> tuple[DecisionMade, Order] | None:
    for made in recorded.made:
        order = recorded.fates.get(made.name, Fate()).order
        if order is not None and order.state() in _TAKEN:
            return made, order
    return None


def _unwatched(live: Live | None) -> str:
    """Why nobody watches it; "" where somebody does, or where nobody says."""
    facts = {} if live is None else live.facts.get("Supervisor", {})
    if not facts or facts.get("watched"):
        return ""
    standing = str(facts.get("standing", ""))
    if facts.get("missing"):
        why = str(facts["missing"])
    elif standing.startswith("refused: "):
        why = f"the data venue lists it, and it {standing.removeprefix('refused: ')}"
    elif standing == "left_out":
        why = (
            f"it is listed, and not among the {facts.get('chosen', 0):,} chosen (markets.count, markets.rank)"
        )
    else:
        why = "the data venue does not list it among its open markets of this configuration"
    return f"never watched: {why}"


def _undecided(live: Live | None) -> str:
    if live is None:
        return ", and no session runs that could say why"
    if not live.facts:
        return ", and no actor of the running session could be asked why"
    state, book = live.facts.get("Supervisor", {}), live.book
    if book is not None and not book.get("tradable", True):
        return f": it is watched, but blocked: {book.get('reason')}"
    if state.get("state") not in (None, "trading", "reduce_only"):
        return f": it is watched, and trading is {state['state']} ({state.get('reason', '')})"
    if stopped := live.facts.get("Selector", {}).get("stopped"):
        return f": it is watched, and the Selector decides nothing: {stopped}"
    if not live.facts.get("Selector", {}).get("knows_account", True):
        return ": it is watched, and OrderManager has not told the account yet"
    return ": it is watched, and its book has not changed since the session began"


def _blocked(live: Live | None) -> str:
    book = None if live is None else live.book
    if book is None or book.get("tradable", True):
        return ""
    return f"; now it is blocked: {book.get('reason')}"


def _of_decisions(counts: Tally) -> str:
    total = counts.decisions
    refused = counts.refused_by_selector + counts.refused_by_risk
    if not refused and not counts.asked:
        return f"the strategy held each of {total:,} times: {_named(counts.held)}"
    parts = [f"of {total:,} decisions the strategy held {counts.held.total():,}"]
    if counts.refused_by_selector:
        told = _named(counts.refused_by_selector)
        parts.append(f"the Selector refused {counts.refused_by_selector.total():,} ({told})")
    if counts.refused_by_risk:
        told = _named(counts.refused_by_risk)
        parts.append(f"OrderManager refused {counts.refused_by_risk.total():,} ({told})")
    if counts.asked:
        parts.append(f"{counts.asked:,} asked for an order that the venue did not take")
    return ", ".join(parts)


def _named(reasons: Counter[str]) -> str:
    shown = ", ".join(f"{reason} {count:,}×" for reason, count in reasons.most_common(NAMED))
    return shown + (" …" if len(reasons) > NAMED else "")


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


def _strategy(recorded: Recorded, throttled_us: int) -> dict[str, Any] | None:
    """What the strategy said last, and when it sees the market again at the earliest.

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
    told = {
        "order": f"order_{order.client_order_id.rpartition('-')[2]}",
        "client_order_id": order.client_order_id,
        "state": order.state(),
        "price": format_price_e4(order.price_e4),
        "count": format_count_e2(order.count_e2),
        "filled": format_count_e2(order.filled_e2),
        "said": fate.said,
    }
    return {"outcome": order.state(), "refused_by": None, "order": told}


def _order_words(order: Order) -> str:
    filled, count = format_count_e2(order.filled_e2), format_count_e2(order.count_e2)
    action = order.intent.action if order.intent else order.side
    return f"{action} {count} at {format_price_e4(order.price_e4)}, {order.state()} with {filled} filled"


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


def _ago(us: int) -> str:
    seconds = max(0, us) // 1_000_000
    if seconds < 2 * MINUTE_S:
        return f"{seconds} s"
    return f"{seconds // MINUTE_S} min" if seconds < 2 * HOUR_S else f"{seconds // HOUR_S} h"
