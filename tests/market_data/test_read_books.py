"""Books are read only while no stream tells of them, something is at stake, and the read is young."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalshi_client.wire.markets import RestBook
from market_data.read_books import BELIEVED_S, MOST_TOGETHER, READ_EVERY_S, ReadBooks

NYC, LA = "RAIN-NYC", "RAIN-LA"
SILENCE_S = 25.0
DOWN = {NYC: "disconnected", LA: "disconnected"}
BOOK, OTHER = RestBook({4_000: 100}, {5_900: 300}), RestBook({4_100: 100}, {5_800: 300})


@pytest.fixture
def books():
    """A stream that has been away for a little longer than the silence that is allowed, since second 0."""
    made = ReadBooks(silence_s=SILENCE_S)
    made.look([NYC], DOWN, 0.0)
    return made


LATER = SILENCE_S + 1


def test_a_book_is_read_once_no_stream_has_told_of_it_for_the_silence_that_is_allowed(books):
    books.look([NYC], DOWN, SILENCE_S)
    assert books.due(SILENCE_S) == []

    books.look([NYC], DOWN, LATER)
    assert books.due(LATER) == [NYC]


def test_only_books_with_something_at_stake_are_read(books):
    books.look([NYC], DOWN, LATER)

    assert LA not in books.due(LATER)


def test_a_stream_that_came_back_for_a_moment_begins_the_silence_anew(books):
    books.look([NYC], {}, SILENCE_S - 1)
    books.look([NYC], DOWN, SILENCE_S)

    assert books.due(LATER) == []


def test_one_read_at_a_time_and_the_next_some_seconds_after_its_end(books):
    assert books.due(LATER) == [NYC]
    assert books.due(LATER + 100) == []

    books.take({NYC: BOOK}, LATER, 7)

    assert books.due(LATER + READ_EVERY_S - 0.1) == []
    assert books.due(LATER + READ_EVERY_S) == [NYC]


def test_a_book_that_was_read_is_known_with_its_time_and_told_when_it_is_another_one(books):
    books.due(LATER)

    assert books.take({NYC: BOOK}, LATER, 7) == [NYC]
    assert (books.books[NYC].book.best_yes_bid_e4, books.books[NYC].read_us) == (4_000, 7)
    assert books.take({NYC: BOOK}, LATER + 5, 8) == []
    assert books.books[NYC].read_us == 8
    assert books.take({NYC: OTHER}, LATER + 10, 9) == [NYC]


def test_the_stream_takes_its_book_back(books):
    books.due(LATER)
    books.take({NYC: BOOK}, LATER, 7)

    assert books.look([NYC], {}, LATER + 1) == [NYC]
    assert books.books == {}


def test_an_answer_that_comes_after_the_stream_took_its_book_back_is_dropped(books):
    books.due(LATER)
    books.look([NYC], {}, LATER)

    assert books.take({NYC: BOOK}, LATER, 7) == []
    assert books.books == {}


def test_a_read_that_fails_is_tried_again_and_the_last_one_is_believed_no_longer_than_it_may_be(books):
    books.due(LATER)
    books.take({NYC: BOOK}, LATER, 7)
    books.due(LATER + READ_EVERY_S)
    books.failed(LATER + READ_EVERY_S)

    assert books.look([NYC], DOWN, LATER + BELIEVED_S) == []
    assert books.due(LATER + 2 * READ_EVERY_S) == [NYC]
    assert books.look([NYC], DOWN, LATER + BELIEVED_S + 0.1) == [NYC]


def test_more_books_than_the_budget_reads_at_once_take_turns():
    books, many = ReadBooks(silence_s=0.0), [f"M{n}" for n in range(MOST_TOGETHER + 10)]
    down = dict.fromkeys(many, "disconnected")
    books.look(many, down, 0.0)

    first = books.due(1.0)
    books.take(dict.fromkeys(first, BOOK), 1.0, 1)
    second = books.due(1.0 + READ_EVERY_S)

    assert len(first) == len(second) == MOST_TOGETHER
    assert set(many[-10:]) <= set(second)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["look", "due", "take", "fail"]),
            st.sets(st.sampled_from([NYC, LA])),
            st.sets(st.sampled_from([NYC, LA])),
            st.floats(0, 20),
        )
    )
)
def test_no_book_is_believed_that_is_old_is_told_by_a_stream_or_has_nothing_at_stake(steps):
    books, now, read_at = ReadBooks(silence_s=SILENCE_S), 0.0, {}
    for step, at_stake, untrusted, seconds in steps:
        now += seconds
        if step == "look":
            books.look(at_stake, untrusted, now)
            assert books.books.keys() <= at_stake & untrusted
            assert all(now - read_at[ticker] <= BELIEVED_S for ticker in books.books)
        elif step == "due":
            books.due(now)
        elif step == "take":
            books.take(dict.fromkeys(at_stake, BOOK), now, 1)
            read_at |= {ticker: now for ticker in at_stake if ticker in books.books}
        else:
            books.failed(now)
