"""A small helping of the fuzz, and does it see what it is there to see?"""

from __future__ import annotations

import json
import random

import pytest

from kalshi_client.stream.book_reader import BookReader
from kalshi_client.stream.book_recovery import BookRecovery
from verification import fuzz
from verification.mutations import Mutations

FRAME = (
    b'{"type":"orderbook_delta","sid":1,"seq":9,"msg":{"market_ticker":"RAIN",'
    b'"price_dollars":"0.4500","delta_fp":"5.00","side":"yes"}}'
)


def test_two_thousand_mutated_frames_neither_raise_nor_fool_the_client():
    found = fuzz.fuzz(1, mutated=2_000)

    assert (found.raised, found.wrong) == ([], [])
    assert found.compared > 100
    assert all(found.counted[what] > 0 for what in ("malformed", "duplicates", "gaps", "audits"))


def test_a_client_that_overlooks_gaps_is_found_out(monkeypatch):
    monkeypatch.setattr(BookRecovery, "lost", lambda *_, **__: ())

    assert fuzz.fuzz(1, mutated=2_000).wrong


def test_a_client_that_raises_is_found_out(monkeypatch):
    def fragile(*_):
        raise KeyError("no such level")

    monkeypatch.setattr(BookReader, "_on_book", fragile)

    assert "KeyError" in fuzz.fuzz(1, mutated=200).raised[0]


def test_the_same_number_gives_the_same_frames():
    first, again = (fuzz.fuzz(3, mutated=200) for _ in range(2))

    assert (first.frames, first.kinds, first.counted) == (again.frames, again.kinds, again.counted)


def test_every_kind_of_mutation_is_drawn_and_what_is_held_back_comes_behind_the_next():
    mutations = Mutations(random.Random(1), ["RAIN", "SNOW"])

    for _ in range(2_000):
        mutations.mutate(FRAME)

    assert len(mutations.counts) == 14
    mutations = Mutations(random.Random(1), ["RAIN", "SNOW"])
    assert mutations._swap(FRAME) == []
    assert mutations.behind([b"next"]) == [b"next", FRAME]


@pytest.mark.parametrize("number", range(20))
def test_a_digit_written_as_an_escape_is_the_same_digit(number):
    (escaped,) = Mutations(random.Random(number), ["RAIN"])._escape(FRAME)

    assert escaped == FRAME or b"\\u003" in escaped


def broken_frame_that_lies_about_its_number(run: fuzz._Fuzz) -> None:
    run._change(4)
    frame = json.loads(run._sent[1])
    frame["seq"] += 20
    frame["msg"]["market_ticker"] = "K" * 201
    run._sent[1] = json.dumps(frame).encode()
    run._deliver(0.0)


def test_a_broken_frame_that_fools_the_reference_with_its_number_leaves_our_books_to_the_exchange_to_judge():
    run = fuzz._Fuzz(1)
    run._deliver(0.0)
    broken_frame_that_lies_about_its_number(run)
    for _ in range(3):
        run._change(3)
        run._deliver(0.0)

    assert run._found.wrong == []
    assert run._found.by_venue > 0


def test_a_book_that_neither_the_reference_nor_the_exchange_has_is_found_out():
    run = fuzz._Fuzz(1)
    run._deliver(0.0)
    ticker, book = next(iter(run._held.books.items()))
    run._reference.distrust([ticker])
    book.yes[100] = 1
    run._compare([])

    assert "has none" in run._found.wrong[0]
