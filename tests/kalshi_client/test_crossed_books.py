"""A book that stays crossed is asked for once, and named while it is crossed in the venue's own words."""

import pytest

from kalshi_client.stream.books import BookSet
from kalshi_client.stream.crossed_books import CrossedBooks, CrossedLook

NYC, LA = "RAIN-NYC", "RAIN-LA"


@pytest.fixture
def books():
    found = BookSet([NYC, LA])
    show(found, NYC, no=5_800)
    show(found, LA, no=5_000)
    return found


def show(books, ticker, *, no):
    books.confirm(ticker, {4_200: 100}, {no: 100}, received_us=1)


def look(ask=(), stay=(), over=()):
    return CrossedLook(list(ask), set(stay), set(over))


def test_a_book_is_asked_for_when_it_is_crossed_at_two_looks(books):
    crossed = CrossedBooks(books)
    assert crossed.look() == look()

    assert crossed.look() == look(ask=[NYC])
    assert crossed.look() == look(stay=[NYC])

    show(books, NYC, no=5_000)
    assert crossed.look() == look(over=[NYC])
    assert crossed.look() == look()


def test_a_book_that_is_crossed_for_a_moment_is_left_alone(books):
    crossed = CrossedBooks(books)
    crossed.look()

    show(books, NYC, no=5_000)

    assert crossed.look() == look()


def test_a_book_in_doubt_is_neither_crossed_nor_over(books):
    crossed = CrossedBooks(books)
    crossed.look()
    crossed.look()

    books.distrust([NYC], "crossed")

    assert crossed.look() == look()
    show(books, NYC, no=5_800)
    assert crossed.look() == look()
    assert crossed.look() == look(stay=[NYC])
