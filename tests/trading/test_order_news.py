import pytest
from hypothesis import given

from tests.trading.example_facts import answered, fill, recorded, seen, send_started
from tests.trading.test_orders import any_seen, facts_of_one_order, order_of
from trading.order_news import tells_anew

RESTING = (recorded(), send_started(), answered("accepted"), seen("resting", ts_ms=5))


@pytest.mark.parametrize(
    ("report", "is_news"),
    [
        pytest.param(seen("resting", ts_ms=5, at_us=99), False, id="the same again"),
        pytest.param(seen("resting", ts_ms=6, remaining_e2=200), True, id="decreased"),
        pytest.param(seen("resting", ts_ms=6, remaining_e2=1_200), True, id="raised"),
        pytest.param(seen("resting", ts_ms=6, price_e4=3_900), True, id="another price"),
        pytest.param(seen("resting", ts_ms=6, fill_e2=300, remaining_e2=700), True, id="filled in part"),
        pytest.param(seen("canceled", ts_ms=6), True, id="ended"),
        pytest.param(seen("executed", ts_ms=6, fill_e2=1_000), True, id="filled whole"),
        pytest.param(seen("resting", ts_ms=6, client_order_id="desk-2"), False, id="another name alone"),
        pytest.param(seen("resting", ts_ms=4, at_us=99, remaining_e2=200), False, id="older, told later"),
    ],
)
def test_whatever_a_fresher_report_says_is_news(report, is_news):
    assert tells_anew(report, order_of(*RESTING)) is is_news


def test_an_order_that_nobody_told_of_is_news():
    assert tells_anew(seen("resting"), None)
    assert tells_anew(seen("resting"), order_of(recorded(), send_started()))


def test_the_end_of_an_order_that_only_our_count_calls_filled_is_news_once():
    filled = (*RESTING, fill(count_e2=1_000))
    executed = seen("executed", ts_ms=6, fill_e2=1_000)

    assert tells_anew(executed, order_of(*filled))
    assert not tells_anew(executed, order_of(*filled, executed))


def test_why_an_order_was_canceled_is_news_once():
    read = (*RESTING, seen("canceled", ts_ms=6))
    told = seen("canceled", ts_ms=6, at_us=99, reason="ExpiryCancel")

    assert tells_anew(told, order_of(*read))
    assert not tells_anew(told, order_of(*read, told))


def test_an_order_that_was_filled_whole_and_raised_meanwhile_rests_again():
    filled = (*RESTING, fill(count_e2=1_000))
    raised = seen("resting", ts_ms=6, fill_e2=1_000, remaining_e2=300)

    assert tells_anew(raised, order_of(*filled))
    assert order_of(*filled, raised).reserved_count_e2 == 300


@given(facts_of_one_order, any_seen)
def test_what_is_no_news_changes_nothing_and_what_was_taken_in_is_none(facts, report):
    before, after = order_of(*facts), order_of(*facts, report)

    if not tells_anew(report, before):
        assert (after.state(), after.reserved_count_e2) == (before.state(), before.reserved_count_e2)
        assert after.is_terminal or (after.price_e4, after.count_e2) == (before.price_e4, before.count_e2)
    assert not tells_anew(report, after)
