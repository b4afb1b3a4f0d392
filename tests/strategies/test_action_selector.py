"""The interface teaches by an example, and the example works."""

import inspect
import sys
import textwrap

import pytest

from strategies.action_selector import ActionSelector, Decision
from strategies.registry import make_selector
from trading.actions import Action
from trading.book import Book
from trading.observation import WatchedMarket, observe


@pytest.fixture
def documented_strategy(tmp_path, monkeypatch):
    """The example of the docstring as a user would keep it: a module of their own."""
    docstring = inspect.getdoc(ActionSelector)
    example = docstring.split("::\n", 1)[1].split("The configuration names it", 1)[0]
    (tmp_path / "my_strategy.py").write_text(textwrap.dedent(example))
    monkeypatch.syspath_prepend(tmp_path)
    yield "my_strategy:Imbalance"
    sys.modules.pop("my_strategy", None)


def batch_of(*sides):
    markets = []
    for number, (yes, no) in enumerate(sides):
        book = Book()
        book.replace(yes, no)
        markets.append(WatchedMarket(f"KX-{number}", book, stream=0, seq=1, close_us=0))
    return observe(markets, observed_us=0)


def test_the_documented_strategy_decides_as_documented(documented_strategy):
    selector = make_selector(documented_strategy, seed=7, options={"threshold": 0.7})

    decisions = selector.select(
        batch_of(({4000: 900}, {5000: 100}), ({4000: 100}, {5000: 900}), ({4000: 600}, {5000: 400}), ((), ()))
    )

    assert decisions == [
        Decision(Action.BUY_YES, "YES holds 90% of the book"),
        Decision(Action.BUY_NO, "NO holds 90% of the book"),
        Decision(Action.HOLD, "balanced book"),
        Decision(Action.HOLD, "empty book"),
    ]


def test_a_strategy_without_select_cannot_be_made():
    class Nothing(ActionSelector):
        pass

    with pytest.raises(TypeError):
        Nothing()
