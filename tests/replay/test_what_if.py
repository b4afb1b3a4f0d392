"""Another strategy's outcome is an interval, and its accounts are reckoned like the live one."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.recorded_session import START_US
from replay.outcome import ASSUMPTIONS, Supposition
from replay.what_if import suppose
from settings.config import Config
from strategies.action_selector import ActionSelector, Decision, StrategyError
from tests.replay.session import LIVELY, lived, operations
from trading.actions import Action
from trading.events import FillSeen
from trading.order_desk import OrderDesk

CONFIG = Config()


class BuyOnce(ActionSelector):
    """Bids for YES in RAIN-NYC once, and holds."""

    def __init__(self, *, seed):  # noqa: ARG002  it draws nothing
        self.bought = False

    def select(self, batch):
        decisions = [Decision(Action.HOLD, "hold")] * len(batch)
        if "RAIN-NYC" in batch.tickers and not self.bought:
            self.bought = True
            decisions[batch.tickers.index("RAIN-NYC")] = Decision(Action.BUY_YES, "buy")
        return decisions


class Failing(ActionSelector):
    def __init__(self, *, seed):
        """Takes what every strategy is given."""

    def select(self, batch):  # noqa: ARG002  whatever it is
        raise ZeroDivisionError


BUY_ONCE, FAILING = f"{__name__}:BuyOnce", f"{__name__}:Failing"


def other(name, options=None):
    return Supposition(name, options or {}, CONFIG.limits(), CONFIG.risk.order_ttl_us())


def supposed(folder, happenings, name=BUY_ONCE):
    return suppose(lived(folder, happenings, strategy="hardcoded").over(), other(name))


BEGIN = [("wait", 1_200), ("decide", 0), ("wait", 10)]  # 200 at 4,000, behind 500 of others
END = [("change", 0, 1, "no", 5_400, 200), ("wait", 1_200), ("decide", 0)]
SOLD = ("trade", 0, 0, 4_000, "ask")
FILLED = {
    "nobody comes": ([], (0, 0, 0)),
    "one trade of the queue": ([(*SOLD, 1)], (0, 0, 200)),
    "the whole queue and half of the order": ([(*SOLD, number) for number in range(1, 7)], (0, 100, 200)),
    "a trade through": ([("trade", 0, 0, 3_900, "ask", 1)], (100, 100, 200)),
    "an ask that passes": ([("change", 0, 0, "no", 6_100, 700)], (200, 200, 200)),
    "an ask that meets": ([("change", 0, 0, "no", 6_000, 600)], (0, 100, 200)),
}


@pytest.mark.parametrize(("between", "filled"), FILLED.values(), ids=FILLED)
def test_an_order_fills_under_each_assumption_by_what_came(tmp_path, between, filled):
    found = supposed(tmp_path, [*BEGIN, *between, *END])

    assert found.notes == []
    outcomes = [found.outcomes[name] for name in ASSUMPTIONS]
    assert tuple(one.filled_e2 for one in outcomes) == filled
    assert [one.sent for one in outcomes] == [1, 1, 1]
    assert [one.positions.get("RAIN-NYC", 0) for one in outcomes] == list(filled)


def test_the_gain_is_the_last_bid_less_the_cost_and_the_fees(tmp_path):
    happenings = [*BEGIN, ("trade", 0, 0, 3_900, "ask", 1), ("change", 0, 0, "yes", 4_300, 700), *END]

    worst = supposed(tmp_path, happenings).outcomes["worst"]

    assert (worst.realised_e6, worst.unrealised_e6, worst.fees_e6) == (0, 300 * 100, 4_200)
    assert worst.pnl_e6 == 300 * 100 - 4_200


def test_an_order_ends_with_its_time(tmp_path):
    late = [
        ("wait", 61_000),
        ("change", 0, 1, "no", 5_400, 200),
        ("decide", 0),
        ("trade", 0, 0, 3_900, "ask", 1),
    ]

    found = supposed(tmp_path, [*BEGIN, *late, *END])

    assert [one.filled_e2 for one in found.outcomes.values()] == [0, 0, 0]


@pytest.mark.parametrize("comes", [("trade", 0, 0, 3_900, "ask", 1), ("change", 0, 0, "no", 6_100, 900)])
def test_no_order_fills_after_its_time_however_long_nobody_decides(tmp_path, comes):
    late = ("wait", CONFIG.risk.order_ttl_us() // 1_000 + 5_000)

    found = supposed(tmp_path, [*BEGIN, late, comes, *END])

    assert [one.filled_e2 for one in found.outcomes.values()] == [0, 0, 0]


def test_an_order_of_a_quiet_market_is_over_at_the_next_decision(tmp_path, monkeypatch):
    ends = []
    take = OrderDesk.take
    monkeypatch.setattr(
        OrderDesk,
        "take",
        lambda desk, event: (
            ends.append(event.status) if getattr(event, "status", "") == "canceled" else None,
            take(desk, event),
        ),
    )
    supposed(tmp_path, [*BEGIN, ("wait", CONFIG.risk.order_ttl_us() // 1_000 + 5_000), *END])

    assert ends == ["canceled"] * len(ASSUMPTIONS)


def test_a_fill_has_the_time_of_its_trade(tmp_path, monkeypatch):
    times_us = set()
    take = OrderDesk.take
    monkeypatch.setattr(
        OrderDesk,
        "take",
        lambda desk, event: (
            times_us.add(event.at_us) if isinstance(event, FillSeen) else None,
            take(desk, event),
        ),
    )
    supposed(tmp_path, [*BEGIN, ("wait", 7_000), ("trade", 0, 0, 3_900, "ask", 1), ("wait", 9_000), *END])

    begun_us = START_US + 1_200_000
    assert {at_us - begun_us for at_us in times_us} == {7_010_000}


def test_a_strategy_that_fails_decides_nothing_more_and_that_is_told(tmp_path):
    found = supposed(tmp_path, [*BEGIN, *END], FAILING)

    assert [one.sent for one in found.outcomes.values()] == [0, 0, 0]
    assert len(found.notes) == len(ASSUMPTIONS)
    assert "ZeroDivisionError" in found.notes[0]


def test_a_strategy_that_cannot_be_made_is_refused(tmp_path):
    with pytest.raises(StrategyError):
        supposed(tmp_path, [*BEGIN, *END], "unheard-of")


def test_it_begins_with_what_the_session_held_and_counts_what_the_session_added_alone(tmp_path):
    first = lived(tmp_path, [*LIVELY, ("take_facts",)])
    first.over()
    second = lived(tmp_path, [*BEGIN, *END], session="s1k3f99")
    recording = second.over()

    found = suppose(recording, other(FAILING))

    held = {t: p.position_e2 for t, p in first.recorded.account.ledger.positions.items() if p.position_e2}
    assert held
    for one in found.outcomes.values():
        assert one.positions == held
        assert (one.realised_e6, one.fees_e6) == (0, 0)


@settings(max_examples=8)
@given(st.lists(operations, min_size=20, max_size=50))
def test_cash_is_what_was_realised_less_cost_and_fees_whatever_happens(happenings):
    with tempfile.TemporaryDirectory() as folder:
        recording = lived(Path(folder), happenings).over()

        found = suppose(recording, other("hardcoded", {"hold": 0.1}))

        assert found.notes == []
        for one in found.outcomes.values():
            assert one.filled_e2 <= one.sent * CONFIG.strategy.options.contracts_e2()
