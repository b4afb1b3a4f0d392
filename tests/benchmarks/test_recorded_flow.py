"""Prepared frames are those that the exchange sent, and can be played for ever."""

from __future__ import annotations

import copy
import importlib

import pytest

from benchmarks.books import OURS, cost_us
from benchmarks.comparators_books import BareLoop, MirroredSortedDicts, SortedDicts
from benchmarks.own_books import OwnBooks
from benchmarks.recorded_flow import RecordedFlow, delta_batches, opening_frames, record
from benchmarks.replay_server import ReplayedBook, there_and_back


@pytest.fixture(scope="module")
def flow() -> RecordedFlow:
    return record(markets=30, changes=2_000)


@pytest.mark.parametrize("way", [BareLoop, SortedDicts, MirroredSortedDicts, OwnBooks, "NautilusBooks"])
def test_every_way_ends_with_the_books_of_the_exchange(flow, way):
    if way == "NautilusBooks":
        pytest.importorskip("nautilus_trader")
        way = importlib.import_module("benchmarks.comparators_nautilus").NautilusBooks
    made = way(flow.groups()) if way is OwnBooks else way()

    for connection, frames in enumerate(opening_frames(flow)):
        made.take(connection, frames)
    for batch in delta_batches(flow):
        for connection, frames in batch:
            made.take(connection, frames)

    assert made.books() == flow.closing


def test_the_cost_of_a_way_comes_with_its_books(flow):
    costs = cost_us(flow, {OURS: lambda: OwnBooks(flow.groups())}, rounds=1)

    assert costs.us[OURS] > 0
    assert costs.books[OURS] == flow.closing


def test_a_flow_played_there_is_at_its_end_and_played_back_at_its_beginning(flow):
    books = {ticker: ReplayedBook(sides) for ticker, sides in copy.deepcopy(flow.opening).items()}
    played = there_and_back(flow)

    for number, (ticker, side, price_e4, delta_e2, _) in enumerate(played, 1):
        books[ticker].apply(side, price_e4, delta_e2)
        if number == len(flow.changes):
            assert {ticker: (book.yes, book.no) for ticker, book in books.items()} == flow.closing

    assert {ticker: (book.yes, book.no) for ticker, book in books.items()} == flow.opening


def test_a_change_and_its_undoing_say_the_opposite(flow):
    played = there_and_back(flow)

    there, back = played[0], played[-1]

    assert there[:3] == back[:3]
    assert there[3] == -back[3]
    assert there[4].replace(b'"delta_fp":"-', b'"delta_fp":"') == back[4].replace(
        b'"delta_fp":"-', b'"delta_fp":"'
    )
