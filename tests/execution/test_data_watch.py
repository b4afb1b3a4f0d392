"""Trading and resting orders when no book is live."""

from types import SimpleNamespace

import pytest

from execution.data_watch import DataWatch
from execution.watched_shards import SHARD_VALID_S, WatchedShards
from trading.shard_marks import ShardMarks

SILENCE_S = 25.0
NYC, LA = "RAIN-NYC", "RAIN-LA"
GONE = "production: no book is live: connection refused"
CLOSED = "production: none of its markets trades now: 2 of 2 closed"


class World:
    def __init__(self, on_down="expire"):
        self.shards = WatchedShards()
        self.watch = DataWatch(self.shards, silence_s=SILENCE_S, on_down=on_down)

    def show(self, now, untradable=None, *, shard=0, trouble="", is_idle=False):
        told = ShardMarks(shard, 1, 1, [NYC, LA], bytes(16), untradable or {}, trouble, is_idle)
        self.shards.hear(told, now)
        return self.watch.look(now, round(now * 1_000_000))

    def down(self, now, reason="disconnected", *, shard=0):
        return self.show(now, {reason: [0, 1]}, shard=shard, trouble=GONE)

    def idle(self, now, *, shard=0):
        return self.show(now, {"closed": [0, 1]}, shard=shard, trouble=CLOSED, is_idle=True)


def order(at_us):
    return SimpleNamespace(intent=SimpleNamespace(at_us=at_us))


def test_before_the_first_live_book_trading_starts():
    world = World()
    assert world.watch.reasons(0.0) == {"starting": "no watcher has shown a book yet"}

    world.show(1.0, {"no_snapshot": [0, 1]})
    assert world.watch.reasons(1.0) == {"starting": "no book may be traded on"}

    world.show(2.0)
    assert world.watch.reasons(2.0) == {}


@pytest.mark.parametrize("reason", ["disconnected", "degraded", "data_paused", "clock_offset"])
def test_without_a_live_book_no_position_is_opened_and_the_venue_is_named(reason):
    world = World()
    world.show(0.0)
    world.down(1.0, reason)

    assert world.watch.reasons(1.0) == {"reduce_only": GONE}

    world.show(2.0, {reason: [0]}, trouble=GONE)  # one of the two is back
    assert world.watch.reasons(2.0) == {}


@pytest.mark.parametrize("reason", ["degraded", "data_paused"])
def test_a_start_without_a_live_book_lets_positions_be_closed_where_their_book_is_known(reason):
    world = World()

    world.show(1.0, {reason: [0], "disconnected": [1]}, trouble=GONE)

    assert world.watch.reasons(1.0) == {"reduce_only": GONE}


def test_a_watcher_that_falls_silent_has_no_live_book():
    world = World()
    world.show(0.0)

    assert world.watch.reasons(SHARD_VALID_S) == {"reduce_only": "nothing heard of the books of shard 0"}


def test_the_books_of_one_shard_are_enough_to_trade_on():
    world = World()
    world.show(0.0, shard=1)
    world.down(0.5)

    assert world.watch.reasons(0.5) == {}


def test_resting_orders_run_out_by_themselves_where_that_is_asked_for():
    world = World("expire")
    world.show(0.0)

    assert [world.down(now) for now in (1.0, 1.0 + SILENCE_S, 100.0)] == ["", "", ""]
    assert not world.watch.ends_orders(100.0)


def test_resting_orders_are_ended_once_no_book_was_live_for_the_silence_and_it_is_said_once():
    world = World("cancel")
    world.show(0.0)

    assert world.down(1.0) == ""
    assert not world.watch.ends_orders(SILENCE_S)
    assert "what still rests since before is canceled" in world.down(1.0 + SILENCE_S)
    assert world.down(2.0 + SILENCE_S) == ""
    assert world.watch.ends_orders(2.0 + SILENCE_S)


def test_in_an_outage_seen_from_the_start_what_rests_since_before_is_ended_after_the_silence_too():
    world = World("cancel")

    assert world.down(1.0, "no_snapshot") == ""
    assert not world.watch.ends_orders(SILENCE_S)
    assert "what still rests since before is canceled" in world.down(1.0 + SILENCE_S)
    assert world.watch.ends_orders(1.0 + SILENCE_S)
    assert world.watch.is_older(order(at_us=1_000_000))
    assert not world.watch.is_older(order(at_us=1_000_001))


def test_where_no_watcher_speaks_from_the_start_it_is_the_same():
    world = World("cancel")

    for now in (0.0, SILENCE_S):
        world.watch.look(now, round(now * 1_000_000))

    assert world.watch.ends_orders(SILENCE_S)


def test_where_no_market_trades_nothing_is_opened_and_what_rests_is_left():
    world = World("cancel")

    assert [world.idle(now) for now in (0.0, SILENCE_S, 100.0)] == ["", "", ""]
    assert world.watch.reasons(100.0) == {"reduce_only": CLOSED}
    assert not world.watch.ends_orders(100.0)


def test_where_the_markets_of_one_shard_do_not_trade_and_another_is_lost_the_venue_is_down():
    world = World("cancel")
    world.idle(0.0)
    world.down(1.0, shard=1)
    world.idle(1.0 + SILENCE_S)

    assert world.watch.ends_orders(1.0 + SILENCE_S)


def test_what_was_sent_to_close_a_position_meanwhile_is_left():
    world = World("cancel")
    world.show(0.0)
    world.down(1.0)

    assert world.watch.is_older(order(at_us=900_000))
    assert world.watch.is_older(SimpleNamespace(intent=None))
    assert not world.watch.is_older(order(at_us=1_000_001))


def test_a_book_that_was_live_in_between_begins_the_silence_anew():
    world = World("cancel")
    world.show(0.0)
    world.down(1.0)
    world.show(20.0)
    world.down(21.0)

    assert not world.watch.ends_orders(21.0 + SILENCE_S - 1)
    assert world.watch.ends_orders(21.0 + SILENCE_S)
