"""An action is legal or it is not, and becomes the order it says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trading.actions import Action, Intent, book_side, intent_for, legal_actions
from trading.market import complement_e4

ORDERS = [action for action in Action if action is not Action.HOLD]
PRICES = st.none() | st.integers(1, 9_999)


def intent(action, **changes):
    given_ = {
        "ticker": "KXRAIN",
        "yes_bid_e4": 4700,
        "yes_ask_e4": 4800,
        "style": "join",
        "count_e2": 200,
        "reason": "draw 0: 0.8",
        "decision": "1/0",
        "decided_us": 5,
    }
    return intent_for(action, **(given_ | changes))


LEGAL = {
    "flat": {Action.BUY_YES, Action.BUY_NO},
    "long YES": {Action.BUY_YES, Action.SELL_YES},
    "long NO": {Action.BUY_NO, Action.SELL_NO},
}
BIDS = {Action.BUY_YES, Action.SELL_NO}


@pytest.mark.parametrize(
    ("position_e2", "held"),
    [
        (0, "flat"),
        (1, "long YES"),
        (100, "long YES"),
        (10**9, "long YES"),
        (-1, "long NO"),
        (-100, "long NO"),
        (-(10**9), "long NO"),
    ],
)
@pytest.mark.parametrize("resting", [(), ("bid",), ("ask",), ("bid", "ask")])
def test_legality_follows_what_is_held_and_what_rests(position_e2, held, resting):
    taken = {a for a in LEGAL[held] if ("bid" if a in BIDS else "ask") in resting}

    legal = legal_actions(position_e2, resting)

    assert legal[0] is Action.HOLD
    assert set(legal[1:]) == LEGAL[held] - taken
    assert len(set(legal)) == len(legal)


@given(st.integers(-(10**9), 10**9))
def test_exactly_one_bid_and_one_ask_are_legal_at_any_position(position_e2):
    sides = [book_side(action) for action in legal_actions(position_e2, ()) if action is not Action.HOLD]

    assert sorted(sides) == ["ask", "bid"]


@pytest.mark.parametrize(
    ("action", "side"),
    [("BUY_YES", "bid"), ("SELL_NO", "bid"), ("SELL_YES", "ask"), ("BUY_NO", "ask")],
)
def test_an_action_is_a_bid_or_an_ask_of_the_one_yes_book(action, side):
    assert book_side(Action(action)) == side


def test_hold_has_no_side_and_no_order():
    with pytest.raises(ValueError):
        book_side(Action.HOLD)
    with pytest.raises(ValueError):
        intent(Action.HOLD)


@given(st.sampled_from(ORDERS), PRICES, PRICES, st.sampled_from(["join", "cross"]))
def test_an_order_crosses_when_it_says_so_and_joins_when_it_says_so(action, bid, ask, style):
    made = intent(action, yes_bid_e4=bid, yes_ask_e4=ask, style=style)
    own, opposite = (bid, ask) if action in BIDS else (ask, bid)
    wanted = own if style == "join" else opposite

    if isinstance(made, str):
        assert made == ("no_price" if wanted is None else "crossed_book")
        assert wanted is None or bid >= ask
        return
    takes = opposite is not None and (made.price_e4 >= ask if made.side == "bid" else made.price_e4 <= bid)
    assert made.price_e4 == wanted
    assert takes is (style == "cross")
    assert made.post_only is (style == "join")
    assert made.time_in_force == ("good_till_canceled" if style == "join" else "immediate_or_cancel")


@given(st.sampled_from(ORDERS), PRICES, PRICES, st.sampled_from(["join", "cross"]))
def test_an_action_and_its_mirror_in_the_other_outcome_are_the_same_order_seen_from_there(
    action, bid, ask, style
):
    mirrored_action = Action(action.replace("YES", "?").replace("NO", "YES").replace("?", "NO"))
    made = intent(action, yes_bid_e4=bid, yes_ask_e4=ask, style=style)
    mirror = intent(
        mirrored_action,
        yes_bid_e4=None if ask is None else complement_e4(ask),
        yes_ask_e4=None if bid is None else complement_e4(bid),
        style=style,
    )

    if isinstance(made, str):
        assert mirror == made
    else:
        assert mirror.price_e4 == complement_e4(made.price_e4)
        assert mirror.side != made.side


@pytest.mark.parametrize("style", ["join", "cross"])
@pytest.mark.parametrize("action", ORDERS)
@pytest.mark.parametrize(("bid", "ask"), [(4700, 4700), (4800, 4700)], ids=["locked", "crossed"])
def test_a_book_that_cannot_stand_gets_no_order(action, style, bid, ask):
    assert intent(action, yes_bid_e4=bid, yes_ask_e4=ask, style=style) == "crossed_book"


def test_an_intent_carries_what_it_was_decided_on():
    assert intent(Action.BUY_NO, style="cross") == Intent(
        ticker="KXRAIN",
        action=Action.BUY_NO,
        side="ask",
        price_e4=4700,
        count_e2=200,
        style="cross",
        time_in_force="immediate_or_cancel",
        post_only=False,
        reason="draw 0: 0.8",
        decision="1/0",
        decided_us=5,
    )
