"""Requests and the venue's acts cross on the wire: no book is trusted by mistake."""

import pytest

from kalshi_client.stream.session_events import CommandFailed, ReconnectNeeded, SubscriptionLost
from kalshi_client.stream.subscription import MAX_ATTEMPTS
from tests.kalshi_client.test_book_session import (
    BOS,
    CHI,
    NYC,
    Watching,
    delta,
    error,
    ok,
    snapshot,
    subscribed,
    trade,
)


@pytest.fixture
def live():
    made = Watching(NYC, BOS)
    made.hear(subscribed(), snapshot(1), snapshot(2, BOS))
    return made


@pytest.fixture
def trading():
    made = Watching(NYC, BOS, with_trades=True)
    made.hear(subscribed(), subscribed(2, channel="trade"), snapshot(1), snapshot(2, BOS), trade(7))
    return made


def ids(commands):
    return {command["params"].get("action", command["cmd"]): command["id"] for command in commands}


# --- markets that leave and come back ------------------------------------------------------------------


def test_a_snapshot_from_before_a_market_left_is_not_taken_for_one_after_it_came_back(live):
    live.session.audit([NYC])
    asked = ids(live.commands())["get_snapshot"]
    live.session.remove([NYC])
    live.session.add([NYC])
    changed = ids(live.commands())

    live.hear(snapshot(3, id=asked), ok(4, request=changed["delete_markets"]))
    assert live.untrusted == {NYC}  # what changes now is sent to nobody

    live.hear(ok(5, request=changed["add_markets"]), snapshot(6))
    assert not live.untrusted


def test_a_first_snapshot_from_before_its_market_left_is_not_taken_either():
    new = Watching(NYC, BOS)
    new.hear(subscribed())
    new.session.remove([NYC])
    new.session.add([NYC])

    new.hear(snapshot(1), snapshot(2, BOS))

    assert new.untrusted == {NYC}


def test_a_market_that_may_not_come_back_is_not_trusted_although_a_snapshot_was_on_its_way(live):
    live.session.remove([NYC])
    live.session.add([NYC])
    changed = ids(live.commands())
    live.hear(ok(3, request=changed["delete_markets"]), snapshot(4))

    live.hear(error(11, NYC, id=changed["add_markets"]))

    assert live.books.untrusted == {NYC: "refused"}
    live.session.audit([NYC])
    assert live.commands() == []  # nobody would follow what it says


def test_an_answer_by_name_does_not_prove_that_the_market_was_added(live):
    """Its refusal may have been lost: the venue answers for any market (protocol 5.2)."""
    live.session.add([CHI])
    live.commands()
    live.session.ask_again([CHI])
    asked = live.commands()
    assert [command["params"]["action"] for command in asked] == ["add_markets", "get_snapshot"]

    live.hear(snapshot(3, CHI, id=ids(asked)["get_snapshot"]))
    assert live.untrusted == {CHI}

    live.hear(ok(4, request=ids(asked)["add_markets"]))
    live.session.ask_again([CHI])
    [command] = live.commands()
    live.hear(snapshot(5, CHI, id=command["id"]))
    assert not live.untrusted


def test_what_was_asked_of_an_ended_subscription_does_not_count_for_the_next_one(live):
    live.session.add([CHI])
    added = ids(live.commands())["add_markets"]
    live.hear(error(25, sid=1))
    live.commands()
    live.hear(subscribed(request=added + 1), snapshot(1), snapshot(2, BOS), snapshot(3, CHI))
    assert not live.untrusted

    live.hear(error(11, CHI, id=added))

    assert not live.untrusted
    assert live.commands() == []


def test_a_late_removal_counts_for_the_subscription_that_has_got_the_number(live):
    live.session.remove([NYC])
    removed = ids(live.commands())["delete_markets"]
    live.hear(error(25, sid=1))
    live.session.add([NYC])
    [command] = [command for command in live.commands() if command["cmd"] == "subscribe"]
    live.hear(subscribed(request=command["id"]), snapshot(1), snapshot(2, BOS))
    live.session.ask_again([NYC])
    live.commands()

    live.hear(ok(3, request=removed))  # the venue took it for one of the new subscription

    assert live.untrusted == {NYC}
    live.session.ask_again([NYC])
    assert "add_markets" in ids(live.commands())


def test_a_number_that_is_given_to_another_subscription_ends_the_one_that_had_it(trading):
    trading.hear(error(25, sid=2))
    request = ids(trading.commands())["subscribe"]

    events = trading.hear(subscribed(1, request=request, channel="trade"))

    assert SubscriptionLost(1, 0) in events
    assert trading.untrusted == {NYC, BOS}
    assert trading.commands()[0]["params"]["channels"] == ["orderbook_delta"]


# --- books that do without trades ----------------------------------------------------------------------


def test_refused_trades_cost_no_book():
    new = Watching(NYC, BOS, with_trades=True)

    new.hear(error(8, id=1))
    books, trades = new.commands()
    assert books["params"]["channels"] == ["orderbook_delta"]
    assert trades["params"]["channels"] == ["trade"]
    new.hear(subscribed(request=books["id"]), snapshot(1), snapshot(2, BOS))
    events = new.hear(error(8, id=trades["id"]))

    assert events == [CommandFailed(trades["id"], 8, "text", ())]
    assert not new.untrusted
    assert new.commands() == []


def test_trades_that_end_again_and_again_cost_no_book(trading):
    for _ in range(MAX_ATTEMPTS + 1):
        events = trading.hear(error(10, sid=2))
        for command in trading.commands():
            trading.hear(subscribed(2, request=command["id"], channel="trade"))

    assert events == [SubscriptionLost(2, 10)]
    assert trading.commands() == []
    assert trading.hear(delta(3)) == []
    assert not trading.untrusted


def test_trades_that_come_again_are_not_given_up_later(trading):
    for seq in range(MAX_ATTEMPTS + 1):
        trading.hear(error(10, sid=2))
        [command] = trading.commands()
        trading.hear(subscribed(2, request=command["id"], channel="trade"), trade(seq))

    assert trading.session.is_subscribed


def test_refused_books_need_a_new_connection_whatever_was_asked_for_since(trading):
    trading.hear(error(10, sid=1), error(10, sid=2))
    books, trades = trading.commands()
    assert books["params"]["channels"] == ["orderbook_delta"]
    assert trades["id"] > books["id"]

    events = trading.hear(error(9, id=books["id"]))

    assert ReconnectNeeded("subscribe refused: 9 text") in events


def test_books_whose_subscription_ended_while_no_market_was_wanted_are_subscribed_to_with_the_next(trading):
    """A subscription to trades that was asked for meanwhile, and refused, does not stand for them."""
    trading.hear(error(25, sid=2))
    (trades,) = trading.commands()
    trading.session.remove([NYC, BOS])
    trading.commands()
    trading.hear(error(25, sid=1), error(11, id=trades["id"]))
    (narrower,) = trading.commands()
    trading.hear(error(11, *narrower["params"]["market_tickers"], id=narrower["id"]))
    assert trading.commands() == []

    trading.session.add([CHI])

    assert [command["params"]["channels"] for command in trading.commands()] == [["orderbook_delta", "trade"]]
