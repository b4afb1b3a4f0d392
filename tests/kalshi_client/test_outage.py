"""The end of a connection is told, and its return, when they are worth it."""

from kalshi_client.outage import Outage


def test_a_venue_that_stays_away_is_told_once_for_each_reason():
    outage = Outage("Private stream")
    assert outage.opened() == []

    assert outage.ended("closed") == ["Private stream lost: closed"]
    assert outage.ended("refused") == ["Private stream cannot be opened: refused"]
    assert outage.ended("refused") == []
    assert outage.ended("503") == ["Private stream cannot be opened: 503"]
    assert outage.opened() == ["Private stream is back"]


def test_every_loss_is_told_even_for_the_reason_of_the_one_before():
    outage = Outage("Private stream")

    for _ in range(2):
        outage.opened()
        assert outage.ended("closed") == ["Private stream lost: closed"]


def test_a_connection_that_never_opened_was_not_lost():
    assert Outage("Market news").ended("refused") == ["Market news cannot be opened: refused"]
