"""The actions of a strategy, which of them are legal, and the order that each becomes.

Five words over one YES book (protocol 7.1): BUY_YES and SELL_NO are bids, SELL_YES and BUY_NO are
asks. ``legal_actions`` is the only rule of legality; the strategy's mask and OrderManager call it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal, NamedTuple

from trading.market import BookSide, TimeInForce
from trading.refusals import LegalityRefusal, PriceRefusal


class Action(StrEnum):
    HOLD = "HOLD"
    BUY_YES = "BUY_YES"
    SELL_YES = "SELL_YES"
    BUY_NO = "BUY_NO"
    SELL_NO = "SELL_NO"


Style = Literal["join", "cross"]
"""join: rest at the best price of the own side. cross: take the best price of the opposite side."""

OPENING: Final = frozenset({Action.BUY_YES, Action.BUY_NO})
"""The actions that add to what is held; the others reduce it."""

_BOOK_SIDE: Final[dict[Action, BookSide]] = {
    Action.BUY_YES: "bid",
    Action.SELL_NO: "bid",
    Action.SELL_YES: "ask",
    Action.BUY_NO: "ask",
}


class Decision(NamedTuple):
    """One action for one market, and why in a few words."""

    action: Action
    reason: str


def book_side(action: Action) -> BookSide:
    """Direction of the order an action becomes. Raises ValueError for HOLD, which has none."""
    side = _BOOK_SIDE.get(action)
    if side is None:
        raise ValueError(f"{action} is no order, so it has no side")
    return side


def legal_actions(position_e2: int, resting_sides: Collection[BookSide]) -> tuple[Action, ...]:
    """Actions allowed now, HOLD first: add to what is held or reduce it, one resting order a side.

    Flat, both sides may be opened. Price, size and cash are risk's business, not legality.
    """
    if position_e2 > 0:
        candidates = (Action.BUY_YES, Action.SELL_YES)
    elif position_e2 < 0:
        candidates = (Action.BUY_NO, Action.SELL_NO)
    else:
        candidates = (Action.BUY_YES, Action.BUY_NO)
    return (Action.HOLD, *(a for a in candidates if _BOOK_SIDE[a] not in resting_sides))


def legality_refusal(
    action: Action, position_e2: int, resting_sides: Collection[BookSide]
) -> LegalityRefusal | None:
    """Why ``legal_actions`` does not have this action; None when it does."""
    if action not in legal_actions(position_e2, ()):
        return "opposite_held" if action in OPENING else "nothing_held"
    return None if action in legal_actions(position_e2, resting_sides) else "already_resting"


@dataclass(frozen=True, slots=True)
class Intent:
    """An order somebody wants, unchecked: nothing is sent until risk approves it."""

    ticker: str
    action: Action
    side: BookSide
    price_e4: int  # YES price
    count_e2: int
    style: Style
    time_in_force: TimeInForce
    post_only: bool
    reason: str
    decision: str  # "<session>-<incarnation>-<batch_no>/<row>" of the Selector's journal
    decided_us: int


def intent_for(
    action: Action,
    *,
    ticker: str,
    yes_bid_e4: int | None,
    yes_ask_e4: int | None,
    style: Style,
    count_e2: int,
    reason: str,
    decision: str,
    decided_us: int,
) -> Intent | PriceRefusal:
    """The order an action becomes at these bests, or the reason why there is none.

    A join is post-only at the best price of its own side; a cross is immediate-or-cancel at the
    best price of the other. Raises ValueError for HOLD.
    """
    side = book_side(action)
    own, opposite = (yes_bid_e4, yes_ask_e4) if side == "bid" else (yes_ask_e4, yes_bid_e4)
    price_e4 = own if style == "join" else opposite
    if price_e4 is None:
        return "no_price"
    if _crossed(yes_bid_e4, yes_ask_e4):
        # The venue would have matched these two levels: the book is between two deltas or wrong,
        # and joining it would take.
        return "crossed_book"
    return Intent(
        ticker=ticker,
        action=action,
        side=side,
        price_e4=price_e4,
        count_e2=count_e2,
        style=style,
        time_in_force="good_till_canceled" if style == "join" else "immediate_or_cancel",
        post_only=style == "join",
        reason=reason,
        decision=decision,
        decided_us=decided_us,
    )


def _crossed(yes_bid_e4: int | None, yes_ask_e4: int | None) -> bool:
    return yes_bid_e4 is not None and yes_ask_e4 is not None and yes_bid_e4 >= yes_ask_e4
