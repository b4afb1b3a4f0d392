"""NO sides that come on another scale than was asked for are noticed by comparing them with REST's."""

import pytest

from kalshi_client.background import Done
from kalshi_client.stream.books import BookSet
from kalshi_client.stream.price_scale import ENOUGH_LEVELS, EVERY_S, FIRST_S, SCALE, Fit, PriceScale, fit
from kalshi_client.wire.markets import RestBook
from trading.market import complement_e4

NYC, LA = "RAIN-NYC", "RAIN-LA"
NO = {100 * cents: 100 for cents in range(20, 32)}
TURNED = {complement_e4(price_e4): count_e2 for price_e4, count_e2 in NO.items()}


class FakeBackground:
    """Remembers what was asked of it."""

    def __init__(self):
        self.asked = []

    def submit(self, tag, call, *args, within_s):  # noqa: ARG002  # nothing takes time here
        self.asked.append((tag, call, *args))


class Compared:
    def __init__(self):
        self.books = BookSet([NYC, LA])
        self.background = FakeBackground()
        self.scale = PriceScale(self.books, self.background, "read", pick=lambda tickers, n: tickers[:n])

    def snapshot(self, no):
        self.books.confirm(NYC, {4_000: 100}, no, received_us=1)

    def told(self, no, ticker=NYC):
        """Whether what REST tells changes anything."""
        return self.scale.take(Done((SCALE, ""), {ticker: RestBook({}, no)}, None))


@pytest.fixture
def compared():
    return Compared()


def test_another_scale_is_noticed_once_and_so_is_its_end(compared):
    compared.snapshot(TURNED)
    assert (compared.told(NO), compared.scale.is_off) == (True, True)
    assert (compared.told(NO), compared.scale.is_off) == (False, True)

    compared.snapshot(NO)

    assert (compared.told(NO), compared.scale.is_off) == (True, False)


def test_a_few_levels_at_each_comparison_are_enough_together(compared):
    few = dict(list(TURNED.items())[:2])
    compared.snapshot(few)
    told = {complement_e4(price_e4): count_e2 for price_e4, count_e2 in few.items()}

    found = [compared.told(told) for _ in range(ENOUGH_LEVELS // 2)]

    assert found == [False] * (ENOUGH_LEVELS // 2 - 1) + [True]
    assert compared.scale.is_off


def test_some_whole_books_are_read_now_and_then(compared):
    compared.snapshot(NO)
    compared.scale.look(0.0)
    assert compared.background.asked == []

    compared.scale.look(FIRST_S)
    compared.scale.look(FIRST_S + 1)
    compared.scale.look(FIRST_S + EVERY_S)

    assert compared.background.asked == [((SCALE, ""), "read", [NYC])] * 2


def test_the_books_of_a_new_connection_are_read_soon(compared):
    compared.snapshot(NO)
    compared.scale.look(0.0)
    compared.scale.look(FIRST_S)

    compared.scale.look_soon(10.0)
    compared.scale.look(10.0)
    compared.scale.look(10.0 + FIRST_S)

    assert len(compared.background.asked) == 2


def test_a_read_that_failed_or_a_market_that_has_gone_changes_nothing(compared):
    assert not compared.scale.take(Done((SCALE, ""), None, OSError()))
    assert not compared.told(NO, ticker="GONE")
    assert not compared.scale.is_off


@pytest.mark.parametrize(
    ("ours", "told", "found", "verdict"),
    [
        pytest.param(NO, NO, Fit(12, 0), True, id="ours"),
        pytest.param(TURNED, NO, Fit(0, 12), False, id="the other"),
        pytest.param({}, NO, Fit(0, 0), None, id="nothing to compare"),
        pytest.param({2_000: 1}, NO, Fit(1, 0), None, id="too little"),
        pytest.param({5_000: 1}, {5_000: 1}, Fit(0, 0), None, id="the same on both"),
    ],
)
def test_a_scale_is_known_by_the_prices_that_fit_it_and_not_the_other(ours, told, found, verdict):
    assert fit({NYC: ours}, {NYC: told}) == found
    assert found.is_ours is verdict
