"""The windows are what a naive count over all trades gives, whatever order these came in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trading import trade_flow
from trading.trade_flow import LONG, MOST_NOTED, SHORT, WINDOWS_S, TradeFlow

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


def test_what_nobody_looks_at_does_not_grow(monkeypatch):
    monkeypatch.setattr(trade_flow, "MOST_NOTED", 100)
    monkeypatch.setattr(trade_flow, "MOST_REMEMBERED", 50)
    flow = TradeFlow()

    for number in range(5_000):
        add(flow, ticker="AB"[number % 2], trade_id=str(number), at_us=NOW_US + number * S // 4)

    assert len(flow._noted) < 100 * 5
    assert len(flow._ids) == 50
    assert WINDOWS_S[LONG] - 100 < len(flow._seconds) <= WINDOWS_S[LONG]


def test_a_second_holds_one_sum_a_market_once_it_has_left_a_window():
    flow = TradeFlow()
    for number in range(20):
        add(flow, ticker="AB"[number % 2], trade_id=str(number), count_e2=100)
        row(flow)
    assert len(flow._seconds[NOW_US // S]) == 20

    row(flow, now_us=NOW_US + WINDOWS_S[SHORT] * S)

    ((rows, sums),) = flow._seconds[NOW_US // S]
    assert sums.tolist() == [[1_000, 0, 10, 4_700_000]] * len(rows)
    assert len(rows) == 2


def test_a_burst_counts_every_trade():
    flow = TradeFlow()

    for number in range(2 * MOST_NOTED + 1):
        add(flow, trade_id=str(number))

    assert row(flow)["trades"] == [2 * MOST_NOTED + 1] * 3


def test_what_is_too_old_for_any_window_is_forgotten():
    flow = TradeFlow()
    for number in range(50):
        add(flow, trade_id=str(number), at_us=NOW_US - number % 7 * S)

    row(flow, now_us=NOW_US + 2 * WINDOWS_S[LONG] * S)

    assert not flow._seconds
    assert not flow._noted


def test_a_forgotten_markets_place_is_not_given_away_before_its_trades_are_gone():
    flow = TradeFlow()
    add(flow, "A", count_e2=100)
    flow.forget("A")
    add(flow, "B", trade_id="b", count_e2=300)
    row(flow, "B", now_us=NOW_US + WINDOWS_S[LONG] * S)

    add(flow, "C", trade_id="c", count_e2=700, at_us=NOW_US + WINDOWS_S[LONG] * S)

    seen = {t: row(flow, t, now_us=NOW_US + WINDOWS_S[LONG] * S) for t in "ABC"}
    assert [seen[t]["trades"] for t in "ABC"] == [[0, 0, 0], [0, 0, 0], [1, 1, 1]]
    assert [seen[t]["last_trade_count_e2"] for t in "ABC"] == [0, 300, 700]
    assert flow._rows["C"] == 1  # where A was


def test_many_markets_are_kept_apart():
    flow = TradeFlow()
    tickers = [f"T{number}" for number in range(300)]
    for number, ticker in enumerate(tickers):
        add(flow, ticker, trade_id=ticker, count_e2=number + 1)

    columns = flow.columns(list(reversed(tickers)), NOW_US)

    assert columns.last_trade_count_e2.tolist() == list(range(300, 0, -1))
    assert columns.taker_bought_e2[:, LONG].tolist() == list(range(300, 0, -1))


# --- against a naive recomputation -----------------------------------------------------------------


class Naive:
    """Every trade ever, counted anew each time."""

    def __init__(self) -> None:
        self.trades = {}
        self.clock_s = 0

    def add(self, trade):
        trade_id, second, _ = trade
        self.clock_s = max(self.clock_s, second)
        self.trades.setdefault(trade_id, trade)

    def windows(self, market, now_s):
        clock_s = self.clock_s = max(self.clock_s, now_s)
        sums = {"taker_bought_e2": [], "taker_sold_e2": [], "trades": [], "traded_e6": []}
        for length_s in WINDOWS_S:
            inside = [
                what
                for trade_id, second, what in self.trades.values()
                if second > clock_s - length_s and trade_id % 2 == market
            ]
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
            check(flow, naive, step)
        else:
            trade_id, second, what = step
            second, what = seconds.setdefault(trade_id, (second, what))
            naive.add((trade_id, second, what))
            price_e4, count_e2, side = what
            add(
                flow,
                "AB"[trade_id % 2],
                trade_id=str(trade_id),
                price_e4=price_e4,
                count_e2=count_e2,
                taker_side=side,
                at_us=second * S,
            )

    check(flow, naive, 1_701)


def check(flow, naive, now_s):
    for market, ticker in enumerate("AB"):
        seen = row(flow, ticker, now_us=now_s * S + 5)
        expected = naive.windows(market, now_s)
        assert {name: seen[name] for name in expected} == expected


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
