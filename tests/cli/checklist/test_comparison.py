"""Figures that move while they are read are told from figures that differ."""

from hypothesis import given
from hypothesis import strategies as st

from cli.checklist.comparison import Comparison


def test_a_figure_that_was_the_venues_before_or_after_is_equal():
    comparison = Comparison()

    comparison.add({"cash": "1", "fill a": ""}, {"cash": "2", "fill a": "x"}, {"cash": "2", "fill a": "x"})

    assert comparison.is_settled
    assert comparison.tell(("cash", "fill")).equal == 2


def test_one_difference_is_a_suspicion_and_the_same_again_a_difference():
    comparison = Comparison()
    for is_proven in (False, True):
        comparison.add({"cash": "1"}, {"cash": "2"}, {"cash": "1"})

        assert comparison.is_settled is is_proven
        assert bool(comparison.tell(("cash",)).different) is is_proven
    assert comparison.tell(("cash",)).different == ("cash: 1 here, 2 there",)


def test_a_difference_that_changes_is_never_proven():
    comparison = Comparison()
    for theirs in ("2", "3", "4"):
        comparison.add({"cash": "1"}, {"cash": theirs}, {"cash": "1"})

    assert comparison.different == {}
    assert not comparison.is_settled


def test_a_difference_that_goes_is_none_any_more():
    comparison = Comparison()
    for theirs in ("2", "2", "1"):
        comparison.add({"cash": "1"}, {"cash": theirs}, {"cash": "1"})

    assert comparison.tell(("cash",)).different == ()
    assert comparison.tell(("cash",)).equal == 1


def test_what_only_one_side_has_is_a_difference_too():
    comparison = Comparison()
    for _ in range(2):
        comparison.add({"order a": "x"}, {"order b": "y"}, {"order a": "x"})

    told = comparison.tell(("order",)).different
    assert told == ("order a: x here, nothing there", "order b: nothing here, y there")


def test_what_moves_is_said_to_until_it_was_equal_once():
    comparison = Comparison()
    comparison.add({"cash": "1"}, {"cash": "2"}, {"cash": "3"})

    assert comparison.tell(("cash",)).moving == 1
    comparison.add({"cash": "3"}, {"cash": "3"}, {"cash": "4"})
    assert comparison.tell(("cash",)).moving == 0
    assert comparison.is_settled


@given(st.dictionaries(st.sampled_from(["cash", "position A", "position B"]), st.text(max_size=2)))
def test_equal_figures_are_never_different(figures):
    comparison = Comparison()
    for _ in range(2):
        comparison.add(figures, figures, figures)

    assert comparison.different == {}
    assert comparison.is_settled is ("cash" in figures)
