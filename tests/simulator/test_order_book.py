from __future__ import annotations

from tests.simulator.builders import Venue


def test_a_level_is_served_first_in_first_out():
    venue = Venue()
    first = venue.send("bid", 4700, 100)
    second = venue.send("bid", 4700, 100)
    venue.send("ask", 4700, 150, by=venue.other)

    assert (first.filled_e2, second.filled_e2) == (100, 50)


def test_a_better_price_goes_before_an_older_order():
    venue = Venue()
    older = venue.send("bid", 4600, 100)
    better = venue.send("bid", 4700, 100)
    venue.send("ask", 4600, 100, by=venue.other)

    assert (older.filled_e2, better.filled_e2) == (0, 100)


def test_best_prices_follow_levels_that_come_and_go():
    venue = Venue()
    book = venue.listed.book
    order = venue.send("bid", 4700, 100)
    venue.send("bid", 4600, 100)
    assert book.best_bid_e4 == 4700

    venue.engine.cancel(order, now_us=1)

    assert book.best_bid_e4 == 4600
    assert book.best_ask_e4 is None


def test_asks_are_shown_as_no_bids_best_last():
    venue = Venue()
    venue.send("ask", 4800, 200, by=venue.other)
    venue.send("ask", 4700, 100, by=venue.other)

    assert venue.listed.book.no_bids() == [(5200, 200), (5300, 100)]
