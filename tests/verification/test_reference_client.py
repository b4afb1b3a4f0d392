"""The judge of the fuzz follows the protocol (5.2 to 5.5)."""

from __future__ import annotations

import json

import pytest

from verification.reference_client import ReferenceClient

RAIN, SNOW = "RAIN", "SNOW"


def subscribed(sid: int = 1) -> bytes:
    msg = {"channel": "orderbook_delta", "sid": sid}
    return json.dumps({"id": 1, "type": "subscribed", "msg": msg}).encode()


def snapshot(seq: int, ticker: str = RAIN, yes=(("0.4500", "10.00"),), no=(), sid: int = 1) -> bytes:
    msg = {"market_ticker": ticker, "yes_dollars_fp": list(yes), "no_dollars_fp": list(no)}
    return json.dumps({"type": "orderbook_snapshot", "sid": sid, "seq": seq, "msg": msg}).encode()


def delta(seq: int, price="0.4500", change="-2.00", side="yes", ticker: str = RAIN, sid: int = 1) -> bytes:
    msg = {"market_ticker": ticker, "price_dollars": price, "delta_fp": change, "side": side}
    return json.dumps({"type": "orderbook_delta", "sid": sid, "seq": seq, "msg": msg}).encode()


def ok(seq: int) -> bytes:
    return json.dumps({"id": 2, "sid": 1, "seq": seq, "type": "ok", "msg": {"market_tickers": []}}).encode()


def client(*frames: bytes) -> ReferenceClient:
    client = ReferenceClient([RAIN, SNOW])
    for frame in (subscribed(), *frames):
        client.take(frame)
    return client


def test_a_change_is_added_to_the_level_of_its_own_side():
    books = client(snapshot(7, no=[("0.5000", "1.00")]), delta(8), delta(9, "0.5", "0.50", "no")).books

    assert books == {RAIN: ({4500: 800}, {5000: 150})}


def test_a_side_that_is_absent_or_null_is_empty():
    msg = {"market_ticker": RAIN, "no_dollars_fp": None}
    frame = json.dumps({"type": "orderbook_snapshot", "sid": 1, "seq": 1, "msg": msg}).encode()

    assert client(frame).books == {RAIN: ({}, {})}


def test_a_level_of_nothing_is_gone():
    assert client(snapshot(1), delta(2, change="-10.00")).books == {RAIN: ({}, {})}


def test_a_level_below_nothing_takes_the_book_away_and_no_other():
    books = client(snapshot(1), snapshot(2, SNOW), delta(3, change="-10.01")).books

    assert list(books) == [SNOW]


@pytest.mark.parametrize(
    ("frames", "left"),
    [
        pytest.param([delta(3), delta(5)], [], id="a gap takes every book away"),
        pytest.param([delta(3), snapshot(9, SNOW)], [SNOW], id="but for the snapshot that shows it"),
        pytest.param([delta(3), delta(3), delta(2)], [RAIN, SNOW], id="what was there before is dropped"),
        pytest.param([ok(2), delta(3)], [RAIN, SNOW], id="a reply without a number of its own"),
        pytest.param([ok(3), delta(4)], [RAIN, SNOW], id="a reply with its own number"),
        pytest.param([ok(3), delta(3)], [RAIN, SNOW], id="a reply that announced the next number"),
        pytest.param([ok(4), delta(5)], [], id="a reply that shows a gap"),
        pytest.param([delta(3, sid=2), delta(3)], [RAIN, SNOW], id="another subscription's is not heard"),
        pytest.param([subscribed(2)], [], id="a new subscription starts empty"),
        pytest.param([b'{"type":"error","msg":{"code":25}}'], [], id="the end of all subscriptions"),
        pytest.param([delta(3)[:40], delta(4)], [], id="a broken frame takes its number with it"),
    ],
)
def test_what_a_number_says_of_the_books(frames, left):
    assert list(client(snapshot(1), snapshot(2, SNOW), *frames).books) == left


def test_a_frame_that_is_not_clear_is_dropped_and_leaves_a_gap():
    judged = client(snapshot(1), delta(2, side="maybe"))

    assert judged.books == {RAIN: ({4500: 1000}, {})}
    judged.take(delta(3))
    assert judged.books == {}


@pytest.mark.parametrize(
    "frame",
    [
        pytest.param(delta(2, price="0.45005"), id="a price beside the grid"),
        pytest.param(delta(2, price="1.0000"), id="a price of a dollar"),
        pytest.param(delta(2, change="1e2"), id="not a plain number"),
        pytest.param(delta(2, change="0.001"), id="less than a hundredth"),
        pytest.param(snapshot(2, yes=[("0.1000", "1.00"), ("0.10", "2.00")]), id="one price twice"),
        pytest.param(snapshot(2, yes=[("0.1000", "-1.00")]), id="less than nothing"),
    ],
)
def test_a_number_that_cannot_be_takes_only_its_own_book_away(frame):
    judged = client(snapshot(0, SNOW), snapshot(1), frame)

    assert list(judged.books) == [SNOW]
    judged.take(delta(3))
    assert list(judged.books) == [SNOW]
