"""The page on strategies is true: columns, options, and code that runs."""

import inspect
import re
import sys
from pathlib import Path

import pytest
import yaml

import strategies.action_selector
from settings.config import Config
from strategies.action_selector import StrategyError
from strategies.quantitative import QuantitativeSelector
from strategies.registry import make_selector
from tests.trading.observed_exchange import WatchedExchange
from trading.actions import Action
from trading.observation import COLUMNS, Observation

PAGE = (Path(__file__).parents[2] / "docs" / "strategies.md").read_text()
RECEIVED = strategies.action_selector.__doc__ or ""
MINUTE_US = 60_000_000


def block(language: str) -> str:
    """The only piece of code of that language."""
    (found,) = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    return found


@pytest.fixture
def follow_takers(tmp_path, monkeypatch):
    """The page's strategy as a reader would keep it."""
    (tmp_path / "my_strategy.py").write_text(block("python"))
    monkeypatch.syspath_prepend(tmp_path)
    yield "my_strategy:FollowTakers"
    sys.modules.pop("my_strategy", None)


@pytest.fixture(scope="module")
def batches() -> list[Observation]:
    exchange = WatchedExchange()
    exchange.flow.watch(exchange.tickers, exchange.world.now_us)
    exchange.run(61)
    found = []
    for _ in range(40):
        exchange.trade()
        exchange.run(1)
        found.append(exchange.observe())
    return found


@pytest.mark.parametrize("column", COLUMNS)
def test_every_column_is_described_to_who_writes_a_strategy(column):
    assert re.search(rf"\b{column}\b.*\[n", RECEIVED)


def test_every_figure_is_named_to_who_writes_a_strategy():
    figures = [
        name for name in dir(Observation) if name not in (*COLUMNS, "tickers", "observed_us", "with_account")
    ]

    public = [name for name in figures if not name.startswith("_")]
    assert [name for name in public if f"``{name}" not in RECEIVED] == []


def test_no_column_is_described_that_is_not_there():
    table = re.split(r"^=[= ]+\n", RECEIVED, flags=re.MULTILINE)[2]
    named = [name for line in table.splitlines() for name in line.split(" [")[0].replace(",", " ").split()]

    assert sorted(named) == sorted(COLUMNS)


def test_the_pages_strategy_follows_takers_both_ways_and_says_how_sure_they_are(follow_takers, batches):
    selector = make_selector(follow_takers, seed=7, options={"share": 0.1, "least_trades": 3})

    decisions = [decision for batch in batches for decision in selector.select(batch)]

    actions = {decision.action for decision in decisions}
    assert {Action.HOLD, Action.BUY_YES, Action.BUY_NO} <= actions
    assert all(re.fullmatch(r"takers ([+-]\d+%|undecided)", decision.reason) for decision in decisions)


def test_the_pages_strategy_sells_what_it_holds_before_the_close(follow_takers, batches):
    selector = make_selector(follow_takers, seed=7, options={})
    yes, no = batches[-1].tickers[:2]
    batch = batches[-1].with_account({yes: 100, no: -100}, {})
    late = Observation(
        batch.tickers,
        int(batch.close_us.max()) - MINUTE_US,
        batch.clock_offset_us,
        **{name: getattr(batch, name) for name in COLUMNS},
    )

    decisions = selector.select(late)

    wanted = {0: Action.HOLD, 1: Action.SELL_YES, -1: Action.SELL_NO}
    held = [(position_e2 > 0) - (position_e2 < 0) for position_e2 in late.position_e2.tolist()]
    assert set(held) == {0, 1, -1}
    assert [decision.action for decision in decisions] == [wanted[way] for way in held]


def test_the_pages_strategy_refuses_an_option_in_words(follow_takers):
    with pytest.raises(StrategyError, match="option share"):
        make_selector(follow_takers, seed=7, options={"share": 2})


def test_the_pages_configuration_makes_a_strategy():
    strategy = Config.model_validate(yaml.safe_load(block("yaml"))).strategy

    made = make_selector(strategy.name, seed=strategy.seed, options=strategy.options.for_strategy())

    assert isinstance(made, QuantitativeSelector)


def test_every_option_of_the_quantitative_strategy_is_on_the_page_with_its_default():
    options = inspect.signature(QuantitativeSelector).parameters
    defaults = {
        name: option.default for name, option in options.items() if name not in ("seed", "rules", "agree")
    }

    assert "rules: [microprice, imbalance]   # what it does unless told otherwise" in PAGE
    for name, default in defaults.items():
        assert re.search(rf"`{name}`[^|\n]{{0,12}}\b{re.escape(str(default))}\b", PAGE), name
