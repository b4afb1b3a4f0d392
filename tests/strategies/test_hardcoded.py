"""The hardcoded strategy draws each action with exactly its share, and the same ones every time."""

import itertools
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.checklist.binomial import two_sided_p
from strategies.action_selector import StrategyError
from strategies.hardcoded import HardcodedSelector, action_of, draw
from trading.actions import Action
from trading.book import Book
from trading.observation import Observation, WatchedMarket, observe

DRAWS = 200_000
SHARES = {
    Action.HOLD: 0.75,
    Action.BUY_YES: 0.0625,
    Action.SELL_YES: 0.0625,
    Action.BUY_NO: 0.0625,
    Action.SELL_NO: 0.0625,
}
HOLD_BELOW = 3 * 2**62  # 0.75 of the draws


def batch_of(tickers) -> Observation:
    return observe(
        [WatchedMarket(ticker, Book(), stream=0, seq=0, close_us=0) for ticker in tickers], observed_us=0
    )


def actions(selector, tickers):
    return [decision.action for decision in selector.select(batch_of(tickers))]


def test_many_draws_have_the_promised_shares():
    drawn = Counter(
        action_of(draw(7, f"KXMARKET-26DEC31-T{market}", decision_no), HOLD_BELOW)
        for market in range(1_000)
        for decision_no in range(DRAWS // 1_000)
    )

    p_values = {action: two_sided_p(drawn[action], DRAWS, share) for action, share in SHARES.items()}
    assert sum(drawn.values()) == DRAWS
    assert min(p_values.values()) >= 1e-6, (drawn, p_values)


@pytest.mark.parametrize("grouping", ["by market", "by decision_no", "by seed"])
def test_no_market_decision_or_seed_is_favoured(grouping):
    """Many draws can be fair in sum and rigged in every part."""
    for part in range(20):
        keys = {
            "by market": [(7, f"KX-{part}", n) for n in range(2_000)],
            "by decision_no": [(7, f"KX-{m}", part) for m in range(2_000)],
            "by seed": [(part, f"KX-{m}", 0) for m in range(2_000)],
        }[grouping]
        drawn = Counter(action_of(draw(*key), HOLD_BELOW) for key in keys)

        for action, share in SHARES.items():
            assert two_sided_p(drawn[action], len(keys), share) >= 1e-6


def test_the_selector_has_the_promised_shares_too():
    selector = HardcodedSelector(seed=11)
    batch = batch_of([f"KX-{n}" for n in range(1_000)])

    drawn = Counter(decision.action for _ in range(100) for decision in selector.select(batch))

    for action, share in SHARES.items():
        assert two_sided_p(drawn[action], 100_000, share) >= 1e-6


@pytest.mark.parametrize(
    ("drawn", "action"),
    [
        (0, Action.HOLD),
        (12 * 2**60 - 1, Action.HOLD),
        (12 * 2**60, Action.BUY_YES),
        (13 * 2**60 - 1, Action.BUY_YES),
        (13 * 2**60, Action.SELL_YES),
        (14 * 2**60, Action.BUY_NO),
        (15 * 2**60, Action.SELL_NO),
        (2**64 - 1, Action.SELL_NO),
    ],
)
def test_the_draws_are_cut_in_sixteen_equal_parts_twelve_of_them_hold(drawn, action):
    assert action_of(drawn, HOLD_BELOW) is action


@given(
    st.integers(0, 2**32),
    st.lists(st.lists(st.sampled_from("ABCDE"), max_size=6), max_size=6),
)
def test_a_markets_decisions_do_not_depend_on_the_batches_they_come_in(seed, batches):
    together = HardcodedSelector(seed)
    alone = HardcodedSelector(seed)
    seen: dict[str, list[Action]] = {ticker: [] for ticker in "ABCDE"}

    for tickers in batches:
        for ticker, action in zip(tickers, actions(together, tickers), strict=True):
            seen[ticker].append(action)

    for ticker, its_actions in seen.items():
        assert [actions(alone, [ticker])[0] for _ in its_actions] == its_actions


def test_the_same_seed_decides_the_same_and_another_does_not():
    tickers = [f"KX-{n}" for n in range(200)]

    first, again, other = (actions(HardcodedSelector(seed), tickers) for seed in (7, 7, 8))

    assert first == again
    assert first != other


def test_a_draw_is_the_same_on_every_machine_and_in_every_version():
    """Recorded sessions are decided again from these: a change here breaks every replay."""
    assert draw(7, "KXRAIN-26DEC31-NYC", 0) == 0xCB73526859577A18
    assert draw(7, "KXRAIN-26DEC31-NYC", 1) == 0x248A0EAB097BC3E5


def test_neighbouring_counters_share_no_draw():
    keys = itertools.product(range(5), ["A", "AA", "A/1", "1"], range(50))
    drawn = [draw(*key) for key in keys]

    assert len(set(drawn)) == len(drawn)


def test_a_decision_tells_the_draw_it_came_from():
    (decision,) = HardcodedSelector(seed=7).select(batch_of(["KXRAIN-26DEC31-NYC"]))

    fraction = draw(7, "KXRAIN-26DEC31-NYC", 0) / 2**64
    assert decision.reason == f"draw 0: {fraction:.4f}"


@pytest.mark.parametrize(("hold", "expected"), [(1.0, {Action.HOLD}), (0.0, set(SHARES) - {Action.HOLD})])
def test_hold_may_be_always_or_never(hold, expected):
    assert set(actions(HardcodedSelector(7, hold=hold), [f"KX-{n}" for n in range(300)])) == expected


@pytest.mark.parametrize("hold", [-0.1, 1.1, float("nan")])
def test_a_share_that_is_no_probability_is_refused(hold):
    with pytest.raises(StrategyError, match="between 0 and 1"):
        HardcodedSelector(7, hold=hold)
