"""A name in the configuration becomes a strategy, or a sentence that says what to write."""

import sys

import pytest

from strategies.action_selector import StrategyError
from strategies.hardcoded import HardcodedSelector
from strategies.registry import make_selector


def test_hardcoded_is_built_in_and_takes_its_options():
    selector = make_selector("hardcoded", seed=7, options={"hold": 0.5})

    assert isinstance(selector, HardcodedSelector)


def test_a_class_is_named_by_its_path():
    selector = make_selector("strategies.hardcoded:HardcodedSelector", seed=7, options={})

    assert isinstance(selector, HardcodedSelector)


@pytest.fixture
def user_module(tmp_path, monkeypatch):
    """A user's module with things in it that are no strategy."""
    (tmp_path / "user_module.py").write_text(
        "from strategies.action_selector import ActionSelector\n"
        "class Unfinished(ActionSelector):\n"
        "    def __init__(self, *, seed): ...\n"
        "class Unrelated: ...\n"
        "answer = 42\n"
        "class Failing(ActionSelector):\n"
        "    def __init__(self, *, seed): raise TypeError('from inside')\n"
        "    def select(self, batch): return []\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    yield
    sys.modules.pop("user_module", None)


@pytest.mark.parametrize(
    ("name", "options", "text"),
    [
        pytest.param(
            "hardcode",
            {},
            "write one of: hardcoded, quantitative, or package.module:Class",
            id="typing error",
        ),
        pytest.param("", {}, "is unknown", id="empty"),
        pytest.param("user_module:", {}, "is unknown", id="no class"),
        pytest.param(":Class", {}, "is unknown", id="no module"),
        pytest.param("no_such_module:Class", {}, "cannot be imported", id="missing module"),
        pytest.param("user_module:Missing", {}, "has no ActionSelector named 'Missing'", id="missing class"),
        pytest.param("user_module:Unrelated", {}, "has no ActionSelector", id="another class"),
        pytest.param("user_module:answer", {}, "has no ActionSelector", id="not a class"),
        pytest.param("user_module:Unfinished", {}, "does not define select", id="abstract"),
        pytest.param("hardcoded", {"holt": 0.5}, "holt", id="unknown option"),
        pytest.param("hardcoded", {"hold": 7}, "between 0 and 1", id="bad option"),
    ],
)
@pytest.mark.usefixtures("user_module")
def test_what_cannot_be_made_is_refused_in_words(name, options, text):
    with pytest.raises(StrategyError, match=text):
        make_selector(name, seed=7, options=options)


@pytest.mark.usefixtures("user_module")
def test_a_fault_inside_a_strategy_is_not_blamed_on_the_configuration():
    with pytest.raises(TypeError, match="from inside"):
        make_selector("user_module:Failing", seed=7, options={})
