"""Why a market is or is not traded, in one sentence: the one reason that matters most."""

from __future__ import annotations

from collections import Counter
from typing import Final

from trading.decision_history import DecisionMade, Fate, Tally
from trading.orders import Order
from web.order_words import order_words
from web.why_facts import Live, RecordedDecisions
from web.why_listing import listing_words

MINUTE_S: Final = 60
HOUR_S: Final = 3_600
NAMED: Final = 3  # reasons in a sentence
_TAKEN: Final = ("resting", "filled", "canceled")  # states of an order that the venue took


def verdict(recorded: RecordedDecisions, counts: Tally, live: Live | None, *, now_us: int) -> str:
    """Why it trades or does not, in one sentence."""
    if taken := _taken(recorded):
        made, order = taken[0]
        is_filled = any(order.filled_e2 for _, order in taken)
        began = "traded" if is_filled else "never filled" if recorded.is_whole else "not filled lately"
        ago = _ago(now_us - made.decided_us)
        return f"{began}: its last order is {order_words(order)}, decided {ago} ago"
    unwatched = _unwatched(live)
    if unwatched:
        return ("never traded: " if recorded.is_whole else "not traded: ") + unwatched
    if not counts.decisions:
        if live is None and recorded.listing is not None:
            return f"never traded: {listing_words(recorded.listing)}"
        return f"never traded: never decided on{_undecided(live)}"
    began = "never traded" if recorded.is_whole else "not traded"
    return f"{began}: {_of_decisions(counts)}{_blocked(live)}"


def _taken(recorded: RecordedDecisions) -> list[tuple[DecisionMade, Order]]:
    """The decisions whose orders the venue took, the newest first."""
    fates = ((made, recorded.fates.get(made.name, Fate()).order) for made in recorded.made)
    return [(made, order) for made, order in fates if order is not None and order.state() in _TAKEN]


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


def _ago(us: int) -> str:
    seconds = max(0, us) // 1_000_000
    if seconds < 2 * MINUTE_S:
        return f"{seconds} s"
    return f"{seconds // MINUTE_S} min" if seconds < 2 * HOUR_S else f"{seconds // HOUR_S} h"
