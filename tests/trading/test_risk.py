from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.trading.example_facts import TICKER, answered, intent, market, opened, recorded, seen, send_started
from trading.actions import Action
from trading.events import AccountOpened, Difference, PositionAt, Reconciled
from trading.ledger import Ledger
from trading.refusals import RiskRefusal
from trading.risk import Approved, RiskLimits, RiskRefused, RiskView, balance_state, judge
from trading.venue_time import ClockOffset

DOLLAR_E6 = 1_000_000
MARKETS = {TICKER: market(), "RAIN-LA": market("RAIN-LA"), "BTC-UP": market("BTC-UP", event_ticker="BTC")}
LIMITS = RiskLimits(
    balance_floor_e6=500 * DOLLAR_E6,
    balance_resume_e6=600 * DOLLAR_E6,
    max_contracts_per_order_e2=1_000,
    max_position_e2=10_000,
    max_exposure_per_market_e6=200 * DOLLAR_E6,
    max_exposure_per_event_e6=500 * DOLLAR_E6,
    max_exposure_e6=5_000 * DOLLAR_E6,
    max_open_orders=3,
    stop_before_close_us=300_000_000,
    max_clock_offset_us=900_000_000,
)
SAME_CLOCK = ClockOffset(0, 0)
AHEAD = ClockOffset(600_000_000, 601_000_000)
BUY = intent()  # 2 YES at 0.40: 0.80 and a fee of 0.0336
SELL = intent(Action.SELL_YES)


def ledger_of(*events, cash_e6=10_000 * DOLLAR_E6):
    ledger = Ledger(MARKETS)
    for event in (opened(cash_e6), *events):
        ledger.apply(event)
    return ledger


def holding(position_e2, *events, cash_e6=10_000 * DOLLAR_E6, cost_e6=1_000_000, ticker=TICKER):
    held = PositionAt(ticker, 0, position_e2, cost_e6, realised_e6=0, fees_e6=0)
    ledger = Ledger(MARKETS)
    for event in (opened(cash_e6, positions=(held,)), *events):
        ledger.apply(event)
    return ledger


def view(ledger=None, **changes):
    calm = RiskView(
        now_us=1_000,
        clock=SAME_CLOCK,
        ledger=ledger or ledger_of(),
        market=MARKETS[TICKER],
        untradable=None,
        lease_valid=True,
        stream_reconciled=True,
        venue_paused=False,
        state="trading",
        equity_e6=10_000 * DOLLAR_E6,
        reduce_only=False,
        halted=False,
        open_orders=0,
    )
    return replace(calm, **changes)


def resting(number, **where):
    """A foreign order: what rests, without the story of how it was sent."""
    return seen("resting", order_id=f"venue-{number}", client_order_id=f"foreign-{number}", **where)


UNSENT = (recorded(),)
UNKNOWN = (recorded(), send_started(), answered("unknown"))
TWO_SHARDS = AccountOpened(1, "loopback", {0: 500_000, 1: 9_000 * DOLLAR_E6})


def on_two_shards():
    ledger = Ledger(MARKETS)
    ledger.apply(TWO_SHARDS)
    return ledger


ANY_ORDER = [
    ("halted", view(halted=True)),
    ("halted", view(state="halted")),
    ("paused", view(state="paused")),
    ("not_trading", view(state="starting")),
    ("not_trading", view(state="reconciling")),
    ("not_trading", view(state="stopping")),
    ("not_trading", view(state="a word nobody agreed on")),
    ("no_lease", view(lease_valid=False)),
    ("not_reconciled", view(stream_reconciled=False)),
    ("venue_paused", view(venue_paused=True)),
    ("venue_paused", view(venue_paused=True, state="reconciling")),
    ("unknown_market", view(market=None)),
    ("market_inactive", view(market=market(status="inactive"))),
    ("market_inactive", view(market=market(status="closed"))),
    ("clock_offset", view(clock=ClockOffset(900_000_001, 901_000_000))),
    ("clock_offset", view(clock=ClockOffset(-901_000_000, -900_000_001))),
    ("closing_soon", view(now_us=100_000_000, clock=AHEAD)),
    ("closing_soon", view(now_us=700_000_000)),
    ("closing_soon", view(now_us=1_000_000_001)),
    ("market_untradable", view(untradable="gap")),
]


@pytest.mark.parametrize(("reason", "seen_by_risk"), ANY_ORDER)
def test_neither_opening_nor_closing_passes(reason, seen_by_risk):
    assert judge(BUY, seen_by_risk, LIMITS) == RiskRefused(reason)
    assert judge(SELL, replace(seen_by_risk, ledger=holding(200)), LIMITS) == RiskRefused(reason)


def difference(kind, ticker=TICKER, venue_e2=None):
    return Reconciled(9, 1, (Difference(kind, f"{kind} {ticker}", ticker, "differs", venue_e2),))


POSITION_DIFFERS = difference("position", venue_e2=500)


@pytest.mark.parametrize(
    ("reason", "facts"),
    [
        pytest.param("position_differs", [POSITION_DIFFERS], id="its position"),
        pytest.param("position_differs", [difference("conflict")], id="a fill told in two ways"),
        pytest.param("cash_differs", [difference("cash", ticker="")], id="cash"),
        pytest.param(None, [difference("figures")], id="how the venue counts its cost"),
        pytest.param(None, [difference("position", ticker="RAIN-LA")], id="the position of another market"),
        pytest.param(None, [POSITION_DIFFERS, Reconciled(10, 1)], id="found equal since"),
    ],
)
def test_what_is_proven_to_differ_from_the_venue_opens_nothing(reason, facts):
    verdict = judge(BUY, view(ledger_of(*facts)), LIMITS)

    assert verdict == (RiskRefused(reason) if reason else Approved(BUY, 200, is_opening=True))


@pytest.mark.parametrize(
    ("ours_e2", "venue_e2", "action", "count_e2"),
    [
        pytest.param(200, 100, Action.SELL_YES, 100, id="the venue has less"),
        pytest.param(200, 500, Action.SELL_YES, 200, id="the venue has more"),
        pytest.param(200, None, Action.SELL_YES, 200, id="a conflict, and no other figure"),
        pytest.param(200, 0, Action.SELL_YES, None, id="the venue has none"),
        pytest.param(200, -300, Action.SELL_YES, None, id="the venue has the other outcome"),
        pytest.param(-200, -100, Action.SELL_NO, 100, id="NO, and the venue has less"),
    ],
)
def test_no_more_is_closed_than_the_venue_agrees_is_held(ours_e2, venue_e2, action, count_e2):
    """Or an order that closes by our figures would open by the venue's."""
    ledger = holding(
        ours_e2, difference("position" if venue_e2 is not None else "conflict", venue_e2=venue_e2)
    )

    verdict = judge(intent(action), view(ledger), LIMITS)

    if count_e2 is None:
        assert verdict == RiskRefused("position_differs")
    else:
        assert verdict == Approved(intent(action), count_e2, is_opening=False)


def test_cash_that_differs_closes_positions_still():
    ledger = holding(200, difference("cash", ticker=""))

    assert isinstance(judge(SELL, view(ledger), LIMITS), Approved)


def test_no_more_opening_orders_than_allowed_and_the_way_out_stays_open():
    assert judge(BUY, view(open_orders=3), LIMITS) == RiskRefused("max_open_orders")
    assert isinstance(judge(SELL, view(holding(200), open_orders=3), LIMITS), Approved)


@pytest.mark.parametrize(
    ("reason", "wanted", "ledger"),
    [
        pytest.param("side_mismatch", intent(side="ask"), ledger_of(), id="buying YES with an ask"),
        pytest.param("side_mismatch", intent(Action.HOLD), ledger_of(), id="holding is no order"),
        pytest.param("no_count", intent(count_e2=0), ledger_of(), id="nothing"),
        pytest.param("no_count", intent(count_e2=-100), ledger_of(), id="less than nothing"),
        pytest.param("no_price", intent(price_e4=0), ledger_of(), id="free"),
        pytest.param("no_price", intent(price_e4=10_000), ledger_of(), id="a whole dollar"),
        pytest.param("off_grid", intent(price_e4=4_050), ledger_of(), id="half a cent"),
        pytest.param("unresolved_order", BUY, ledger_of(*UNKNOWN), id="an unknown order blocks its market"),
        pytest.param("unresolved_order", BUY, ledger_of(*UNSENT), id="so does one recorded and not sent"),
        pytest.param("nothing_held", SELL, ledger_of(), id="selling what is not held"),
        pytest.param("nothing_held", SELL, holding(-200), id="selling YES while holding NO"),
        pytest.param("nothing_held", intent(Action.SELL_NO), holding(200), id="selling NO while holding YES"),
        pytest.param("opposite_held", BUY, holding(-200), id="buying YES while holding NO"),
        pytest.param("opposite_held", intent(Action.BUY_NO), holding(200), id="buying NO while holding YES"),
        pytest.param("already_resting", BUY, ledger_of(resting(1)), id="a bid rests already"),
        pytest.param(
            "already_resting",
            BUY,
            ledger_of(seen("canceled", fill_e2=100)),
            id="a canceled bid whose fill is still to come",
        ),
        pytest.param(
            "already_resting", SELL, holding(200, resting(1, side="ask")), id="an ask rests already"
        ),
        pytest.param("balance_floor", BUY, ledger_of(cash_e6=500 * DOLLAR_E6 - 1), id="cash below the floor"),
        pytest.param("max_contracts_per_order", intent(count_e2=1_001), ledger_of(), id="a large order"),
        pytest.param("max_position", BUY, holding(9_801), id="a large YES position"),
        pytest.param("max_position", intent(Action.BUY_NO), holding(-9_801), id="a large NO position"),
        pytest.param(
            "max_exposure_per_market", BUY, holding(200, cost_e6=200 * DOLLAR_E6), id="a dear market"
        ),
        pytest.param(
            "max_exposure_per_event",
            BUY,
            holding(200, cost_e6=500 * DOLLAR_E6, ticker="RAIN-LA"),
            id="a dear event",
        ),
        pytest.param(
            "max_exposure", BUY, holding(200, cost_e6=5_000 * DOLLAR_E6, ticker="BTC-UP"), id="a dear account"
        ),
        pytest.param("insufficient_cash", BUY, on_two_shards(), id="the cash is on another shard"),
    ],
)
def test_an_order_is_refused_with_the_reason(reason, wanted, ledger):
    assert judge(wanted, view(ledger), LIMITS) == RiskRefused(reason)


# --- on the execution venue's book ---------------------------------------------------------------


def refusing(reason):
    return lambda _intent: reason


@pytest.mark.parametrize("reason", ["no_execution_book", "no_execution_price", "crossed_book"])
def test_an_order_without_a_price_at_the_execution_venue_is_refused_with_the_reason(reason):
    assert judge(BUY, view(pricing=refusing(reason)), LIMITS) == RiskRefused(reason)
    assert judge(SELL, view(holding(200), pricing=refusing(reason)), LIMITS) == RiskRefused(reason)


def test_a_graver_reason_is_told_before_the_lack_of_a_price():
    seen_by_risk = view(halted=True, pricing=refusing("no_execution_price"))

    assert judge(BUY, seen_by_risk, LIMITS) == RiskRefused("halted")
    assert judge(SELL, view(pricing=refusing("no_execution_book")), LIMITS) == RiskRefused("nothing_held")


def test_what_is_approved_has_the_price_and_the_size_of_the_execution_book():
    priced = replace(BUY, price_e4=3_000, count_e2=100)

    verdict = judge(BUY, view(pricing=lambda _intent: priced), LIMITS)

    assert verdict == Approved(priced, 100, is_opening=True)


@pytest.mark.parametrize(
    ("reason", "priced"),
    [
        pytest.param("off_grid", replace(BUY, price_e4=3_050), id="its grid is the execution venue's"),
        pytest.param("max_contracts_per_order", replace(BUY, count_e2=1_001), id="so is its size"),
    ],
)
def test_the_price_that_is_sent_is_the_one_that_is_checked(reason, priced):
    assert judge(BUY, view(pricing=lambda _intent: priced), LIMITS) == RiskRefused(reason)


@pytest.mark.parametrize(
    ("reason", "changes"),
    [
        ("reduce_only", {"reduce_only": True}),
        ("reduce_only", {"state": "reduce_only"}),
        ("balance_floor", {"equity_e6": 500 * DOLLAR_E6 - 1}),
    ],
)
def test_only_opening_orders_stop_when_the_state_or_the_equity_says_so(reason, changes):
    assert judge(BUY, view(**changes), LIMITS) == RiskRefused(reason)
    assert isinstance(judge(SELL, view(holding(200), **changes), LIMITS), Approved)


@pytest.mark.parametrize("reason", ["degraded", "data_paused"])
def test_a_book_that_no_stream_keeps_closes_positions_and_opens_none(reason):
    assert judge(BUY, view(untradable=reason), LIMITS) == RiskRefused(reason)
    assert judge(SELL, view(holding(200), untradable=reason), LIMITS) == Approved(SELL, 200, is_opening=False)


def test_an_attempt_under_way_blocks_its_market_as_in_flight():
    sent = recorded(), send_started()

    verdict = judge(BUY, view(ledger_of(*sent), in_flight={sent[0].client_order_id}), LIMITS)

    assert verdict == RiskRefused("in_flight")


def test_every_reason_is_in_a_table_of_this_file():
    source = Path(__file__).read_text()

    missing = [reason for reason in get_args(RiskRefusal) if f'"{reason}"' not in source]

    assert missing == []


def test_an_opening_order_is_approved_as_it_is():
    assert judge(BUY, view(), LIMITS) == Approved(BUY, 200, is_opening=True)


@pytest.mark.parametrize(
    "poor",
    [
        pytest.param(holding(200, cash_e6=0), id="no cash"),
        pytest.param(holding(200, cost_e6=10_000 * DOLLAR_E6), id="every exposure exceeded"),
        pytest.param(holding(200_000), id="a position past its limit"),
    ],
)
def test_closing_passes_where_opening_is_refused(poor):
    assert isinstance(judge(BUY, view(poor), LIMITS), RiskRefused)
    assert judge(SELL, view(poor), LIMITS) == Approved(SELL, 200, is_opening=False)


@pytest.mark.parametrize(
    ("action", "position_e2", "asked_e2", "approved_e2"),
    [
        pytest.param(Action.SELL_YES, 300, 500, 300, id="no more than is held"),
        pytest.param(Action.SELL_NO, -300, 500, 300, id="no more NO than is held"),
        pytest.param(Action.SELL_YES, 5_000, 5_000, 1_000, id="no more than one order may hold"),
        pytest.param(Action.SELL_YES, 300, 50, 50, id="as asked"),
    ],
)
def test_a_closing_order_is_made_smaller_rather_than_refused(action, position_e2, asked_e2, approved_e2):
    asked = intent(action, count_e2=asked_e2)

    assert judge(asked, view(holding(position_e2)), LIMITS) == Approved(asked, approved_e2, is_opening=False)


@pytest.mark.parametrize(
    ("now_us", "is_approved"),
    [(699_999_999, True), (700_000_000, True), (999_999_999, True), (1_000_000_000, False)],
)
def test_a_reduction_that_cannot_rest_may_go_until_the_close(now_us, is_approved):
    exit_now = replace(SELL, style="cross", time_in_force="immediate_or_cancel", post_only=False)

    verdict = judge(exit_now, view(holding(200), now_us=now_us), LIMITS)

    assert isinstance(verdict, Approved) == is_approved


def test_limits_may_be_reached_but_not_passed():
    exactly = replace(
        LIMITS,
        max_contracts_per_order_e2=200,
        max_position_e2=200,
        max_exposure_per_market_e6=833_600,
        max_exposure_per_event_e6=833_600,
        max_exposure_e6=833_600,
        max_open_orders=1,
        balance_floor_e6=833_600,
    )
    at_the_limit = view(ledger_of(cash_e6=833_600), equity_e6=833_600)

    assert isinstance(judge(BUY, at_the_limit, exactly), Approved)
    for field in (
        "max_contracts_per_order_e2",
        "max_position_e2",
        "max_exposure_per_market_e6",
        "max_exposure_per_event_e6",
        "max_exposure_e6",
        "max_open_orders",
    ):
        tighter = replace(exactly, **{field: getattr(exactly, field) - 1})

        assert isinstance(judge(BUY, at_the_limit, tighter), RiskRefused)


@given(
    st.integers(-3_000, 3_000),
    st.sampled_from([action for action in Action if action is not Action.HOLD]),
    st.integers(1, 99),
    st.integers(1, 1_500),
    st.integers(0, 1_200 * DOLLAR_E6),
)
def test_what_is_approved_can_be_paid_and_never_oversells(position_e2, action, cents, count_e2, cash_e6):
    ledger = holding(position_e2, cash_e6=cash_e6, cost_e6=0)
    wanted = intent(action, price_e4=cents * 100, count_e2=count_e2)

    verdict = judge(wanted, view(ledger), LIMITS)

    if isinstance(verdict, Approved):
        ledger.apply(recorded(side=wanted.side, price_e4=wanted.price_e4, count_e2=verdict.count_e2))
        assert 0 < verdict.count_e2 <= LIMITS.max_contracts_per_order_e2
        if verdict.is_opening:
            assert ledger.available_e6(0) >= 0
        else:
            assert verdict.count_e2 <= abs(position_e2)


@pytest.mark.parametrize(
    ("available", "equity", "was_reduce_only", "reduce_only", "halted"),
    [
        pytest.param(1_000, 1_000, False, False, False, id="well above the floor"),
        pytest.param(500, 500, False, False, False, id="at the floor"),
        pytest.param(499, 1_000, False, True, False, id="below the floor"),
        pytest.param(550, 1_000, True, True, False, id="not yet back at the resume level"),
        pytest.param(550, 1_000, False, False, False, id="between the two and never below"),
        pytest.param(600, 1_000, True, False, False, id="back at the resume level"),
        pytest.param(499, 499, False, True, True, id="equity below the floor"),
    ],
)
def test_reduce_only_has_a_floor_and_a_way_back(available, equity, was_reduce_only, reduce_only, halted):
    state = balance_state(
        available * DOLLAR_E6, equity * DOLLAR_E6, was_reduce_only=was_reduce_only, limits=LIMITS
    )

    assert state == (reduce_only, halted)
