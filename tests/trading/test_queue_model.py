"""The fills of a resting order lie between three answers, whatever the market did."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trading.book import Book
from trading.queue_model import Fills, LevelSeen, QueuedOrder, TradeSeen, level_seen, queue_fills

PRICE_E4 = 5_000


def bid(count_e2=1_000, level_e2=2_000):
    return QueuedOrder("bid", PRICE_E4, count_e2, level_e2=level_e2)


def sold(count_e2, price_e4=PRICE_E4):
    return TradeSeen(price_e4, count_e2, "ask")


def level(level_e2, meeting_e2=0, passing_e2=0):
    return LevelSeen(level_e2, meeting_e2, passing_e2)


KNOWN = {
    "nothing happens": ([], (0, 0, 0)),
    "a trade that the queue takes": ([sold(500), level(1_500)], (0, 0, 1_000)),
    "a trade past the queue": ([sold(2_300), level(0)], (0, 300, 1_000)),
    "trades that add up": ([sold(1_500), level(500), sold(900)], (0, 400, 1_000)),
    "a level that shrinks before its trade is told": ([level(500), sold(1_500), sold(900)], (0, 400, 1_000)),
    "those who come later stand behind": ([level(9_000), sold(2_100)], (0, 100, 1_000)),
    "a trade through": ([sold(400, PRICE_E4 - 100)], (400, 400, 1_000)),
    "a large trade through": ([sold(4_000, PRICE_E4 - 100)], (1_000, 1_000, 1_000)),
    "a trade above": ([sold(400, PRICE_E4 + 100)], (0, 0, 0)),
    "a taker of its own side": ([TradeSeen(PRICE_E4, 400, "bid")], (0, 0, 0)),
    "an ask that comes to its price": ([level(0), level(0, meeting_e2=300)], (0, 300, 1_000)),
    "an ask that stays there": ([level(0)] + [level(0, meeting_e2=300)] * 5, (0, 300, 1_000)),
    "an ask that passes": ([level(0, meeting_e2=300, passing_e2=300)] * 2, (300, 300, 1_000)),
}


@pytest.mark.parametrize(("stream", "filled"), KNOWN.values(), ids=KNOWN)
def test_a_market_that_is_reckoned_by_hand_has_the_answers_of_the_hand(stream, filled):
    assert queue_fills(bid(), stream) == Fills(*filled)


AHEAD = {
    "half of the level is canceled": ([level(1_000)], 1_000),
    "a quarter of the level is, after others came": ([level(4_000), level(3_000)], 1_500),
    "what trades explain is no cancel": ([sold(600), level(1_400)], 1_400),
    "a cancel and a trade in one change": ([sold(500), level(750)], 750),  # half of 1,500 went
    "nobody is left": ([level(0), level(5_000)], 0),
}


@pytest.mark.parametrize(("stream", "ahead_e2"), AHEAD.values(), ids=AHEAD)
def test_those_who_cancel_stand_evenly_along_the_queue(stream, ahead_e2):
    order = bid()
    queue_fills(order, stream)

    assert order.ahead_e2 == ahead_e2


def test_an_ask_is_the_mirror_of_a_bid():
    order = QueuedOrder("ask", PRICE_E4, 1_000, level_e2=2_000)

    stream = [TradeSeen(PRICE_E4, 2_300, "bid"), TradeSeen(PRICE_E4 + 100, 200, "bid")]

    assert queue_fills(order, stream) == Fills(200, 500, 1_000)


def test_each_assumption_has_fills_of_its_own():
    fills = Fills(200, 500, 1_000)

    assert [fills.under(each) for each in ("worst", "proportional", "touch")] == [200, 500, 1_000]


counts = st.integers(0, 3_000)
trades = st.builds(
    TradeSeen,
    st.sampled_from([PRICE_E4 - 100, PRICE_E4, PRICE_E4 + 100]),
    counts,
    st.sampled_from(["bid", "ask"]),
)
levels = st.builds(
    lambda level_e2, at_e2, beyond_e2: LevelSeen(level_e2, at_e2 + beyond_e2, beyond_e2),
    counts,
    st.sampled_from([0, 0, 0, 250]),
    st.sampled_from([0, 0, 0, 0, 150]),
)
streams = st.lists(trades | levels, max_size=40)


@given(streams, st.sampled_from(["bid", "ask"]), st.integers(1, 2_500), counts)
def test_worst_is_at_most_proportional_and_that_at_most_touch(stream, side, count_e2, level_e2):
    order = QueuedOrder(side, PRICE_E4, count_e2, level_e2=level_e2)
    before = order.fills()
    for seen in stream:
        queue_fills(order, [seen])
        worst_e2, proportional_e2, touch_e2 = order.fills()

        assert 0 <= worst_e2 <= proportional_e2 <= touch_e2 <= count_e2
        assert all(now >= then for now, then in zip(order.fills(), before, strict=True))
        assert order.ahead_e2 >= 0
        assert all(type(number) is int for number in order.fills())
        before = order.fills()


@given(streams, st.integers(1, 2_500), counts, counts)
def test_a_longer_queue_never_fills_more(stream, count_e2, one_e2, other_e2):
    short, long = sorted((one_e2, other_e2))
    only_trades = [seen for seen in stream if isinstance(seen, TradeSeen)]

    sooner = queue_fills(QueuedOrder("bid", PRICE_E4, count_e2, level_e2=short), only_trades)
    later = queue_fills(QueuedOrder("bid", PRICE_E4, count_e2, level_e2=long), only_trades)

    assert later.proportional_e2 <= sooner.proportional_e2


def test_a_book_is_seen_from_the_order_in_it():
    book = Book()
    book.replace({4_000: 500, 3_900: 900}, {5_700: 700, 5_900: 80})

    assert level_seen(book, "bid", 4_000) == LevelSeen(500, 0, 0)
    assert level_seen(book, "bid", 4_100) == LevelSeen(0, 80, 0)  # 0.59 for NO is 0.41 for YES
    assert level_seen(book, "bid", 4_300) == LevelSeen(0, 780, 80)
    assert level_seen(book, "ask", 4_300) == LevelSeen(700, 0, 0)
    assert level_seen(book, "ask", 4_000) == LevelSeen(0, 500, 0)
    assert level_seen(book, "ask", 3_900) == LevelSeen(0, 1_400, 500)
