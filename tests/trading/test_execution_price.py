"""An order that was decided on one book is priced on the book that executes it."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.trading.example_facts import intent
from trading.actions import OPENING, Action, book_side
from trading.book import Book
from trading.execution_price import as_decided, offered_within_e2, on_book
from trading.others_book import OwnOrder, without_own

CLOSING = [Action.SELL_YES, Action.SELL_NO]


def book_of(yes=(), no=()):
    book = Book()
    book.replace(yes, no)
    return book


# YES bid 0.40 for 3 and 0.38 for 5 contracts; YES ask 0.45 for 4 and 0.47 for 6.
BOOK = book_of([(4_000, 300), (3_800, 500)], [(5_500, 400), (5_300, 600)])


def wanted(action, price_e4, style="join", count_e2=1_000):
    rests = style == "join"
    return replace(
        intent(action, side=book_side(action)),
        price_e4=price_e4,
        count_e2=count_e2,
        style=style,
        time_in_force="good_till_canceled" if rests else "immediate_or_cancel",
        post_only=rests,
    )


@pytest.mark.parametrize(
    ("action", "decided_e4", "sent_e4"),
    [
        pytest.param(Action.BUY_YES, 4_200, 4_200, id="a bid inside the spread goes as decided"),
        pytest.param(Action.BUY_YES, 3_000, 3_000, id="a bid behind the best goes as decided"),
        pytest.param(Action.BUY_YES, 4_500, 4_000, id="a bid at the ask joins the bids"),
        pytest.param(Action.BUY_YES, 9_000, 4_000, id="a bid far beyond the ask joins the bids"),
        pytest.param(Action.BUY_NO, 4_300, 4_300, id="an ask inside the spread goes as decided"),
        pytest.param(Action.BUY_NO, 4_000, 4_500, id="an ask at the bid joins the asks"),
        pytest.param(Action.BUY_NO, 1_000, 4_500, id="an ask far below the bid joins the asks"),
        pytest.param(Action.SELL_YES, 9_000, 4_500, id="YES is sold at the execution book's ask"),
        pytest.param(Action.SELL_YES, 1_000, 4_500, id="whatever the data book said"),
        pytest.param(Action.SELL_NO, 9_000, 4_000, id="NO is sold by a bid at the execution book's bid"),
    ],
)
def test_a_join_rests_at_a_price_that_cannot_take(action, decided_e4, sent_e4):
    sent = on_book(BOOK)(wanted(action, decided_e4))

    assert sent == wanted(action, sent_e4)


@pytest.mark.parametrize(
    ("action", "limit_e4", "sent_e4", "count_e2"),
    [
        pytest.param(Action.BUY_YES, 4_500, 4_500, 400, id="as many as are offered at the limit"),
        pytest.param(Action.BUY_YES, 4_600, 4_600, 400, id="none of those beyond it"),
        pytest.param(Action.BUY_YES, 4_700, 4_700, 1_000, id="all, where enough are offered"),
        pytest.param(Action.BUY_NO, 4_000, 4_000, 300, id="NO against the bids"),
        pytest.param(Action.BUY_NO, 3_800, 3_800, 800, id="NO against two levels of them"),
        pytest.param(Action.SELL_YES, 9_000, 4_000, 300, id="YES is sold to the best bid"),
        pytest.param(Action.SELL_NO, 1_000, 4_500, 400, id="NO is sold to the best NO bid"),
    ],
)
def test_a_cross_takes_no_more_than_is_offered_at_its_limit(action, limit_e4, sent_e4, count_e2):
    sent = on_book(BOOK)(wanted(action, limit_e4, "cross"))

    assert sent == wanted(action, sent_e4, "cross", count_e2)


NO_BIDS = book_of(no=[(5_500, 400)])
NO_ASKS = book_of([(4_000, 300)])


@pytest.mark.parametrize(
    ("book", "order", "reason"),
    [
        pytest.param(NO_BIDS, wanted(Action.BUY_YES, 4_600), "no_execution_price", id="no bid to join"),
        pytest.param(NO_ASKS, wanted(Action.BUY_NO, 3_900), "no_execution_price", id="no ask to join"),
        pytest.param(NO_ASKS, wanted(Action.SELL_YES, 4_600), "no_execution_price", id="none to sell YES by"),
        pytest.param(NO_BIDS, wanted(Action.SELL_NO, 4_600), "no_execution_price", id="none to sell NO by"),
        pytest.param(
            BOOK, wanted(Action.BUY_YES, 4_400, "cross"), "no_execution_price", id="none at its limit"
        ),
        pytest.param(
            NO_BIDS, wanted(Action.SELL_YES, 4_000, "cross"), "no_execution_price", id="nobody buys YES"
        ),
        pytest.param(
            NO_ASKS, wanted(Action.SELL_NO, 4_000, "cross"), "no_execution_price", id="nobody buys NO"
        ),
        pytest.param(None, wanted(Action.SELL_YES, 4_000), "no_execution_book", id="no book to close YES on"),
        pytest.param(
            None, wanted(Action.SELL_NO, 4_000, "cross"), "no_execution_book", id="no book to close NO on"
        ),
        pytest.param(
            book_of([(6_000, 100)], [(4_000, 100)]),
            wanted(Action.BUY_YES, 4_000),
            "crossed_book",
            id="a book that no venue lets stand",
        ),
    ],
)
def test_an_order_without_a_price_at_the_execution_venue_waits_with_the_reason(book, order, reason):
    assert on_book(book)(order) == reason


@pytest.mark.parametrize("style", ["join", "cross"])
@pytest.mark.parametrize("action", sorted(OPENING))
@pytest.mark.parametrize("pricing", [as_decided, on_book(None)])
def test_an_opening_order_goes_as_decided_where_no_other_book_is_known(pricing, action, style):
    order = wanted(action, 4_200, style)

    assert pricing(order) == order


def test_our_own_order_is_nothing_that_a_cross_could_take():
    ours = OwnOrder("ask", 4_500, 400)

    assert on_book(BOOK, [ours])(wanted(Action.BUY_YES, 4_500, "cross")) == "no_execution_price"
    sent = on_book(BOOK, [ours])(wanted(Action.SELL_NO, 4_500, "cross"))
    assert sent == wanted(Action.SELL_NO, 4_700, "cross", 600)


def test_a_join_does_not_cross_our_own_order_either():
    """The venue would refuse it as much as if the order were another's."""
    ours = OwnOrder("ask", 4_500, 400)

    assert on_book(BOOK, [ours])(wanted(Action.BUY_YES, 4_500)) == wanted(Action.BUY_YES, 4_000)


# --- whatever the books and the order ------------------------------------------------------------

cents = st.integers(1, 99).map(lambda cent: cent * 100)
levels = st.dictionaries(cents, st.integers(1, 2_000), max_size=4)
books = st.builds(book_of, levels, levels).filter(lambda book: not book.is_crossed)
orders = st.builds(
    wanted,
    st.sampled_from([*OPENING, *CLOSING]),
    cents,
    st.sampled_from(["join", "cross"]),
    st.integers(1, 3_000),
)


@given(books, orders)
def test_an_order_is_never_larger_and_an_opening_one_never_dearer_than_decided(book, order):
    sent = on_book(book)(order)

    if not isinstance(sent, str):
        assert 0 < sent.count_e2 <= order.count_e2
        if order.action in OPENING:
            assert sent.price_e4 <= order.price_e4 if order.side == "bid" else sent.price_e4 >= order.price_e4


@given(books, orders)
def test_a_join_never_takes_and_a_cross_always_fills_whole(book, order):
    sent = on_book(book)(order)

    if not isinstance(sent, str):
        taken_e2 = offered_within_e2(book, sent.side, sent.price_e4)
        assert taken_e2 == 0 if order.style == "join" else taken_e2 >= sent.count_e2


@given(books, orders)
def test_yes_and_no_are_priced_alike(book, order):
    """The same market with its outcomes exchanged gives the mirrored order."""
    mirrored = wanted(_MIRRORED[order.action], 10_000 - order.price_e4, order.style, order.count_e2)

    sent, other = on_book(book)(order), on_book(book_of(book.no, book.yes))(mirrored)

    if isinstance(sent, str):
        assert other == sent
    else:
        assert (other.price_e4, other.count_e2) == (10_000 - sent.price_e4, sent.count_e2)


_MIRRORED = {
    Action.BUY_YES: Action.BUY_NO,
    Action.BUY_NO: Action.BUY_YES,
    Action.SELL_YES: Action.SELL_NO,
    Action.SELL_NO: Action.SELL_YES,
}


@given(books, st.lists(st.builds(OwnOrder, st.sampled_from(["bid", "ask"]), cents, st.integers(1, 3_000))))
def test_the_others_never_have_more_than_the_book(book, own):
    others = without_own(book, own)

    assert all(book.yes[price_e4] >= count_e2 > 0 for price_e4, count_e2 in others.yes.items())
    assert all(book.no[price_e4] >= count_e2 > 0 for price_e4, count_e2 in others.no.items())
