"""A count that chance would hardly give is told from one that it gives often."""

from fractions import Fraction
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.checklist.binomial import two_sided_p


def exactly(count: int, draws: int, share: Fraction) -> Fraction:
    """The definition: every term of both sides."""
    terms = [comb(draws, n) * share**n * (1 - share) ** (draws - n) for n in range(draws + 1)]
    return min(Fraction(1), 2 * min(sum(terms[: count + 1]), sum(terms[count:])))


@given(st.data(), st.integers(1, 40), st.sampled_from([Fraction(3, 4), Fraction(1, 16), Fraction(1, 2)]))
def test_it_is_the_sum_of_all_terms_as_far_out(data, draws, share):
    count = data.draw(st.integers(0, draws))

    assert two_sided_p(count, draws, float(share)) == pytest.approx(float(exactly(count, draws, share)))


def test_what_lies_far_out_of_a_million_draws_is_hardly_chance():
    assert two_sided_p(750_000, 1_000_000, 0.75) == pytest.approx(1, abs=0.01)
    assert two_sided_p(752_000, 1_000_000, 0.75) == pytest.approx(3.8e-6, rel=0.1)
    assert two_sided_p(760_000, 1_000_000, 0.75) < 1e-100
