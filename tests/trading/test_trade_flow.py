"""The windows are what a naive count over all trades gives, whatever order these came in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trading import trade_flow
from trading.trade_flow import LONG, MOST_REMEMBERED, SHORT, WINDOWS_S, TradeFlow

S = 1_000_000
NOW_US = 1_795_345_393 * S


def add(flow, ticker="A", *, trade_id="t1", price_e4=4_700, count_e2=400, taker_side="bid", at_us=NOW_US):
    flow.add(
        ticker, trade_id=trade_id, price_e4=price_e4, count_e2=count_e2, taker_side=taker_side, at_us=at_us
    )


def row(flow, ticker="A", now_us=NOW_US):
    """The columns of one market as plain numbers and lists."""
    return {name: column[0].tolist() for name, column in flow.columns([ticker], now_us)._asdict().items()}


def test_a_trade_is_in_every_window_and_is_the_last():
    flow = TradeFlow()

    add(flow, taker_side="ask")

    assert row(flow) == {
        "last_trade_us": NOW_US,
        "last_trade_price_e4": 4_700,
        "last_trade_count_e2": 400,
        "last_taker": -1,
        "trades_since_us": 0,
        "taker_bought_e2": [0, 0, 0],
        "taker_sold_e2": [400, 400, 400],
        "trades": [1, 1, 1],
        "traded_e6": [1_880_000] * 3,
    }


@pytest.mark.parametrize(("window", "length_s"), list(enumerate(WINDOWS_S)))
def test_a_trade_leaves_a_window_once_its_second_is_as_old_as_the_window(window, length_s):
    flow = TradeFlow()
    add(flow)

    assert row(flow, now_us=NOW_US + length_s * S - 1)["trades"][window] == 1
    assert row(flow, now_us=NOW_US + length_s * S)["trades"][window] == 0


def test_a_trade_that_comes_twice_counts_once():
    flow = TradeFlow()

    add(flow)
    add(flow, at_us=NOW_US + 1)

    assert row(flow)["trades"] == [1, 1, 1]


def test_a_late_trade_counts_where_it_belongs_and_is_not_the_last():
    flow = TradeFlow()
    add(flow, trade_id="new", price_e4=5_000)

    add(flow, trade_id="late", price_e4=100, at_us=NOW_US - WINDOWS_S[SHORT] * S)

    assert row(flow)["trades"] == [1, 2, 2]
    assert row(flow)["last_trade_price_e4"] == 5_000


def test_a_trade_older_than_all_windows_is_still_the_last_of_a_market_that_had_none():
    flow = TradeFlow()
    row(flow)

    add(flow, at_us=NOW_US - 3_600 * S)

    assert row(flow)["last_trade_price_e4"] == 4_700
    assert row(flow)["trades"] == [0, 0, 0]


def test_of_two_trades_in_the_same_instant_the_one_that_came_later_is_the_last():
    flow = TradeFlow()

    add(flow, trade_id="a", price_e4=4_700)
    add(flow, trade_id="b", price_e4=4_800)

    assert row(flow)["last_trade_price_e4"] == 4_800


def test_since_when_trades_are_heard_is_shown_until_it_is_said_again():
    flow = TradeFlow()

    flow.watch(["A", "B"], NOW_US)
    flow.watch(["B"], NOW_US + 5)

    assert [row(flow, t)["trades_since_us"] for t in "ABC"] == [NOW_US, NOW_US + 5, 0]


def test_a_forgotten_market_has_no_trades():
    flow = TradeFlow()
    add(flow)

    flow.forget("A")
    flow.forget("never seen")

    assert row(flow) == row(TradeFlow())


def test_no_markets_have_no_rows():
    assert [len(column) for column in TradeFlow().columns([], NOW_US)] == [0] * 9


def test_a_market_that_is_never_looked_at_does_not_grow():
    flow = TradeFlow()

    for number in range(3 * MOST_REMEMBERED):
        add(flow, trade_id=str(number), at_us=NOW_US + number * S // 5)

    (kept,) = flow._flows.values()
    assert len(kept.ids) <= MOST_REMEMBERED
    assert len(kept.seconds) == WINDOWS_S[LONG]
    assert [len(held) for held in kept.windows] == list(WINDOWS_S)


def test_a_burst_keeps_no_more_ids_than_it_may_and_counts_every_trade():
    flow = TradeFlow()

    for number in range(MOST_REMEMBERED + 100):
        add(flow, trade_id=str(number))

    (kept,) = flow._flows.values()
    assert len(kept.ids) == MOST_REMEMBERED
    assert row(flow)["trades"] == [MOST_REMEMBERED + 100] * 3


def test_what_is_too_old_for_any_window_is_forgotten():
    flow = TradeFlow()
    for number in range(50):
        add(flow, trade_id=str(number), at_us=NOW_US - number % 7 * S)

    row(flow, now_us=NOW_US + 2 * WINDOWS_S[LONG] * S)

    (kept,) = flow._flows.values()
    assert not kept.ids
    assert not kept.seconds
    assert not any(kept.windows)


# --- against a naive recomputation -----------------------------------------------------------------


class Naive:
    """Every trade ever, counted anew each time."""

    def __init__(self) -> None:
        self.trades = {}
        self.clock_s = 0  # newest second that was asked for
        self.market_clock_s = 0

    def add(self, trade):
        trade_id, second, _ = trade
        clock_s = max(self.clock_s, self.market_clock_s, second)
        self.market_clock_s = clock_s
        self.trades.setdefault(trade_id, trade)

    def windows(self, now_s):
        self.clock_s = max(self.clock_s, now_s)
        clock_s = max(self.clock_s, self.market_clock_s)
        sums = {"taker_bought_e2": [], "taker_sold_e2": [], "trades": [], "traded_e6": []}
        for length_s in WINDOWS_S:
            inside = [what for _, second, what in self.trades.values() if second > clock_s - length_s]
            sums["taker_bought_e2"].append(sum(count for _, count, side in inside if side == "bid"))
            sums["taker_sold_e2"].append(sum(count for _, count, side in inside if side == "ask"))
            sums["trades"].append(len(inside))
            sums["traded_e6"].append(sum(price * count for price, count, _ in inside))
        return sums


SECONDS = st.one_of(st.integers(1_000, 1_020), st.integers(1_000, 1_700))
TRADES = st.tuples(
    st.integers(0, 30),
    SECONDS,
    st.tuples(st.integers(1, 9_999), st.integers(1, 10**9), st.sampled_from(["bid", "ask"])),
)
STEPS = st.lists(st.one_of(TRADES, SECONDS), max_size=60)


@given(STEPS)
def test_the_windows_are_those_of_a_naive_count(steps):
    flow, naive = TradeFlow(), Naive()
    seconds = {}  # a trade happened when it happened, however often it is told
    for step in steps:
        if isinstance(step, int):
            seen = row(flow, now_us=step * S + 5)
            assert {name: seen[name] for name in naive.windows(step)} == naive.windows(step)
        else:
            trade_id, second, what = step
            second, what = seconds.setdefault(trade_id, (second, what))
            naive.add((trade_id, second, what))
            price_e4, count_e2, side = what
            add(
                flow,
                trade_id=str(trade_id),
                price_e4=price_e4,
                count_e2=count_e2,
                taker_side=side,
                at_us=second * S,
            )

    last = row(flow, now_us=1_701 * S)
    naive_last = naive.windows(1_701)
    assert {name: last[name] for name in naive_last} == naive_last


@given(st.permutations(range(12)))
def test_the_order_of_arrival_does_not_matter_while_all_windows_are_open(order):
    ordered, shuffled = TradeFlow(), TradeFlow()
    for number in range(12):
        add(ordered, trade_id=str(number), price_e4=100 + number, at_us=NOW_US + number * S)
    for number in order:
        add(shuffled, trade_id=str(number), price_e4=100 + number, at_us=NOW_US + number * S)

    assert row(shuffled, now_us=NOW_US + 12 * S) == row(ordered, now_us=NOW_US + 12 * S)


def test_the_names_of_the_windows_are_their_columns():
    assert [WINDOWS_S[i] for i in (trade_flow.SHORT, trade_flow.MEDIUM, trade_flow.LONG)] == [10, 60, 300]
