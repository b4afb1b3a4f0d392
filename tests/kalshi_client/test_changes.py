"""The hot path says what the book and the sequence say, only faster."""

import json
from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st

from kalshi_client.stream.books import TrackedBook
from kalshi_client.stream.changes import apply_changes
from kalshi_client.wire.messages import decode_frame
from kalshi_client.wire.numbers import level_price_e4, signed_count_e2
from trading.book import Book
from trading.market import NumberError
from trading.tape_rows import CHANGE_NO, CHANGE_YES

NYC, BOS = "RAIN-NYC", "RAIN-BOS"


def delta(seq, ticker=NYC, side="yes", price="0.4500", count="1.00", sid=1):
    """With numbers that were met before, as far as they can be true."""
    with suppress(NumberError):
        level_price_e4(price)
        signed_count_e2(count)
    body = {"market_ticker": ticker, "price_dollars": price, "delta_fp": count, "side": side}
    return decode_frame(json.dumps({"type": "orderbook_delta", "sid": sid, "seq": seq, "msg": body}).encode())


def apply(frames, books, first_seq=1):
    changed, tape = {}, []
    taken = apply_changes(frames, books, changed, tape, sid=1, first_seq=first_seq, received_us=9)
    return taken, changed, list(zip(*[iter(tape)] * 4, strict=True))


def test_it_stops_before_whatever_is_not_the_plain_next_change():
    other = decode_frame(b'{"type":"ok","id":3,"sid":1,"seq":2}')
    for stranger in (
        None,
        other,
        delta(2, ticker=BOS),
        delta(2, sid=8),
        delta(3),
        delta(1),
        delta(2, count="-5.00"),
        delta(2, price="1.0000"),
        delta(2, count="1.001"),
    ):
        book = TrackedBook(7)
        taken, changed, tape = apply([delta(1), stranger, delta(3)], {NYC: book})

        assert (taken, changed) == (1, {NYC: 9})
        assert tape == [(CHANGE_YES, 7, 4_500, 100)]
        assert book.yes == {4_500: 100}


def test_a_number_that_was_never_met_is_left_to_the_session():
    book = TrackedBook(7)
    body = {"market_ticker": NYC, "price_dollars": "0.4500", "delta_fp": "1234567.89", "side": "yes"}
    unmet = decode_frame(json.dumps({"type": "orderbook_delta", "sid": 1, "seq": 1, "msg": body}).encode())

    assert apply([unmet], {NYC: book})[0] == 0
    signed_count_e2("1234567.89")
    assert apply([unmet], {NYC: book})[0] == 1


PRICES = st.integers(1, 6).map(lambda cents: f"0.{cents:02d}00")
CHANGES = st.tuples(st.sampled_from([NYC, BOS]), st.sampled_from(["yes", "no"]), PRICES, st.integers(-3, 3))


@given(st.lists(CHANGES, max_size=80))
def test_every_book_is_what_one_change_at_a_time_makes_it(changes):
    fast = {NYC: TrackedBook(0), BOS: TrackedBook(1)}
    slow = {NYC: Book(), BOS: Book()}
    frames = [
        delta(seq, ticker, side, price, f"{count}.00")
        for seq, (ticker, side, price, count) in enumerate(changes, 1)
    ]

    taken, _, tape = apply(frames, fast)

    for position, (ticker, side, price, count) in enumerate(changes):
        possible = slow[ticker].apply(side, round(float(price) * 10_000), count * 100)
        assert possible == (position < taken)
        if not possible:
            break
        kind, market = (CHANGE_YES, CHANGE_NO)[side == "no"], fast[ticker].market
        assert tape[position] == (kind, market, round(float(price) * 10_000), count * 100)
    assert len(tape) == taken
    for ticker, book in fast.items():
        assert (book.yes, book.no) == (slow[ticker].yes, slow[ticker].no)
        assert book.best_yes_bid_e4 == slow[ticker].best_yes_bid_e4
        assert book.best_no_bid_e4 == slow[ticker].best_no_bid_e4
