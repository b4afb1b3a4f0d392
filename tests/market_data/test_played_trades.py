"""Trades that are played one by one have the figures that trades counted together have."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market_data.played_trades import PlayedTrades
from trading.trade_flow import MOST_NOTED, TradeFlow

START_S = 1_795_345_393
tickers = st.sampled_from(["A", "B", "C"])
seconds = st.sampled_from([0, 1, 8, 9, 10, 55, 60, 61, 290, 300, 301, 2_000])
figures = (tickers, st.integers(1, 99), st.integers(1, 9), st.sampled_from([1, -1]))
steps = st.one_of(
    st.tuples(st.just("trade"), *figures, seconds),
    st.tuples(st.just("trade"), *figures, st.just(0)),
    st.tuples(st.just("look"), st.lists(tickers, unique=True)),
    st.tuples(st.just("wait"), st.sampled_from([-5, 0, 1, 1, 3, 11, 50, 299, 700])),
    st.tuples(st.just("forget"), tickers),
    st.tuples(st.just("watch"), tickers),
    st.tuples(st.just("pass_time")),
)


@given(st.lists(steps, max_size=40))
def test_whatever_comes_in_whatever_order_the_columns_are_the_same(happenings):
    played, flow, now_s = PlayedTrades(), TradeFlow(), START_S
    for what, *arguments in [*happenings, ("look", ["A", "B", "C", "unknown"])]:
        match what:
            case "trade":
                ticker, price, count, taker, age_s = arguments
                known = (ticker, price * 100, count * 100, taker, (now_s - age_s) * 1_000_000 + 17)
                played.add_known(*known)
                flow.add_known(*known)
            case "wait":
                now_s += arguments[0]
            case "forget":
                played.forget(*arguments)
                flow.forget(*arguments)
            case "watch":
                played.watch(arguments, now_s * 1_000_000)
                flow.watch(arguments, now_s * 1_000_000)
            case "pass_time":
                played.pass_time(now_s * 1_000_000)
                flow.columns((), now_s * 1_000_000)
            case "look":
                ours = played.columns(arguments[0], now_s * 1_000_000)
                theirs = flow.columns(arguments[0], now_s * 1_000_000)
                for name, column in theirs._asdict().items():
                    assert getattr(ours, name).tolist() == column.tolist(), name
                assert played.heard(["A", "B", "C"]) == flow.heard(["A", "B", "C"])


def test_a_market_that_nobody_asks_for_keeps_sums_and_no_trades():
    played, flow = PlayedTrades(), TradeFlow()
    for number in range(20_000):
        known = ("A", 4_000, 100, 1, (START_S + number // 10) * 1_000_000)
        played.add_known(*known)
        flow.add_known(*known)

    [market] = played._markets.values()
    assert len(market.new) < MOST_NOTED
    assert len(market.seconds) <= MOST_NOTED
    now_us = (START_S + 2_000) * 1_000_000
    assert played.columns(["A"], now_us).trades.tolist() == flow.columns(["A"], now_us).trades.tolist()


@pytest.mark.parametrize("age_s", [0, 9, 10, 59, 60, 299, 300])
def test_a_trade_leaves_each_window_in_the_same_second(age_s):
    played, flow = PlayedTrades(), TradeFlow()
    for trade_s in (START_S - 400, START_S, START_S + 1):
        for trades in (played, flow):
            trades.add_known("A", 4_000, 100, 1, trade_s * 1_000_000)
    now_us = (START_S + age_s) * 1_000_000

    assert played.columns(["A"], now_us).trades.tolist() == flow.columns(["A"], now_us).trades.tolist()
