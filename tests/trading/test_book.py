"""A book equals the sum of its snapshot and deltas, and its bests are the bests."""

import hashlib
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trading.book import Book, books_hash
from trading.market import ONE_DOLLAR_E4, complement_e4

SIDES = st.sampled_from(["yes", "no"])
# Few prices and small sizes, so that levels are emptied, refilled and overdrawn all the time.
PRICES = st.sampled_from([1, 10, 100, 4700, 4800, 9900, 9999])
SNAPSHOTS = st.dictionaries(PRICES, st.integers(0, 5))
DELTAS = st.lists(st.tuples(SIDES, PRICES, st.integers(-5, 5)), max_size=60)


def book_of(yes=(), no=()):
    book = Book()
    book.replace(yes, no)
    return book


@given(SNAPSHOTS, SNAPSHOTS, DELTAS)
def test_a_book_equals_a_naive_count_of_its_snapshot_and_deltas(yes, no, deltas):
    book = book_of(yes, no)
    naive = {"yes": dict(yes), "no": dict(no)}

    for side, price_e4, delta_e2 in deltas:
        count_e2 = naive[side].get(price_e4, 0) + delta_e2
        assert book.apply(side, price_e4, delta_e2) is (count_e2 >= 0)
        if count_e2 >= 0:
            naive[side][price_e4] = count_e2
        resting = {s: {p: c for p, c in levels.items() if c} for s, levels in naive.items()}
        assert (book.yes, book.no) == (resting["yes"], resting["no"])
        assert book.best_yes_bid_e4 == max(resting["yes"], default=None)
        assert book.best_no_bid_e4 == max(resting["no"], default=None)


@pytest.mark.parametrize("step_e4", [1, 10, 100])
def test_a_long_walk_of_the_top_of_the_book_never_loses_the_best(step_e4):
    """Levels come and go around a moving price, as in a market; most changes touch the top."""
    rng = random.Random(step_e4)
    book = book_of()
    naive: dict[str, dict[int, int]] = {"yes": {}, "no": {}}
    top = 50

    for _ in range(5_000):
        top = min(98, max(2, top + rng.choice([-1, 0, 0, 1])))
        side = rng.choice(["yes", "no"])
        price_e4 = step_e4 * max(1, top - int(rng.expovariate(0.5)))
        held = naive[side].pop(price_e4, 0)
        count_e2 = 0 if held and rng.random() < 0.6 else rng.randint(1, 500)
        if count_e2:
            naive[side][price_e4] = count_e2
        assert book.apply(side, price_e4, count_e2 - held)
        assert book.best_yes_bid_e4 == max(naive["yes"], default=None)
        assert book.best_no_bid_e4 == max(naive["no"], default=None)

    assert (book.yes, book.no) == (naive["yes"], naive["no"])


def test_losing_the_best_level_uncovers_the_next_one():
    book = book_of({4700: 10, 4500: 5, 4600: 7}, {5200: 3})

    assert book.apply("yes", 4700, -10)
    assert book.best_yes_bid_e4 == 4600
    assert book.apply("no", 5200, -3)
    assert book.best_no_bid_e4 is None
    assert book.yes_ask_e4 is None


def test_a_delta_below_zero_is_refused_and_changes_nothing():
    book = book_of({4700: 10})

    assert not book.apply("yes", 4700, -11)
    assert not book.apply("no", 4700, -1)
    assert book.yes == {4700: 10}
    assert book.no == {}


def test_a_book_as_deep_as_the_finest_grid_empties_from_the_top():
    book = book_of(dict.fromkeys(range(1, ONE_DOLLAR_E4), 1))

    for price_e4 in range(ONE_DOLLAR_E4 - 1, ONE_DOLLAR_E4 - 200, -1):
        assert book.best_yes_bid_e4 == price_e4
        assert book.apply("yes", price_e4, -1)
    assert len(book.yes) == ONE_DOLLAR_E4 - 200


def test_a_snapshot_forgets_what_was_there_and_may_lack_a_side():
    book = book_of({4700: 10}, {5200: 4})

    book.replace([(100, 5), (200, 0)], ())

    assert book.yes == {100: 5}
    assert book.best_yes_bid_e4 == 100
    assert book.best_no_bid_e4 is None


def test_a_book_does_not_change_with_the_snapshot_it_was_made_from():
    snapshot = {4700: 10}
    book = book_of(snapshot)

    snapshot[4700] = 99

    assert book.yes == {4700: 10}


def test_the_ask_is_the_complement_of_the_best_no_bid_at_every_price():
    for price_e4 in range(1, ONE_DOLLAR_E4):
        book = book_of(no={price_e4: 1})
        assert book.yes_ask_e4 == ONE_DOLLAR_E4 - price_e4
        assert complement_e4(book.yes_ask_e4) == price_e4


@pytest.mark.parametrize(
    ("yes", "no", "crossed"),
    [
        pytest.param({}, {5300: 1}, False, id="one side"),
        pytest.param({4700: 1}, {5200: 1}, False, id="spread of a cent"),
        pytest.param({4700: 1}, {5300: 1}, True, id="locked"),
        pytest.param({4800: 1}, {5300: 1}, True, id="crossed"),
    ],
)
def test_a_book_is_crossed_when_its_best_bids_pay_a_dollar_or_more(yes, no, crossed):
    assert book_of(yes, no).is_crossed is crossed


@given(SNAPSHOTS, st.integers(0, 12))
def test_levels_are_the_best_ones_best_first(yes, limit):
    levels = book_of(yes).levels("yes", limit)

    assert levels == sorted(((p, c) for p, c in yes.items() if c), reverse=True)[:limit]


def test_the_hash_is_of_the_sorted_lines():
    lines = book_of({4500: 1000}, {5300: 1200}).lines("KXRAIN")

    assert sorted(lines) == ["KXRAIN,no,5300,1200", "KXRAIN,yes,4500,1000"]
    assert books_hash(lines) == hashlib.sha256(b"KXRAIN,no,5300,1200\nKXRAIN,yes,4500,1000").hexdigest()


def test_the_hash_of_no_book_is_the_hash_of_nothing():
    assert books_hash([]) == hashlib.sha256(b"").hexdigest()


@given(SNAPSHOTS, SNAPSHOTS, st.randoms())
def test_the_hash_ignores_the_order_and_notices_a_contract(yes, no, rng):
    lines = book_of(yes, no).lines("KXRAIN")
    shuffled = rng.sample(lines, len(lines))
    more = book_of(yes, no)
    more.apply("yes", 4700, 1)

    assert books_hash(shuffled) == books_hash(lines)
    assert books_hash(more.lines("KXRAIN")) != books_hash(lines)
