"""The two venues, by the words of several actors on each."""

import pytest

from cli.figures import venue_troubles
from web.venues import failing, venues

ENVIRONMENT = {"data_label": "production", "execution_label": "demo"}
LIVE, DOWN = {"state": "live", "reason": ""}, {"state": "down", "reason": "no book is live: refused"}
PAUSED = {"state": "paused", "reason": "the venue has paused trading"}


def watcher(condition, offset_ms=None):
    return {"venue": condition, "clock_offset_ms": offset_ms}


def stream(state, reason=""):
    return {"connections": [{"name": "private stream", "state": state, "reason": reason}]}


def both(watchers=(), manager=None, processor=None):
    return venues(watchers, manager or {}, processor or {}, ENVIRONMENT)


def test_nothing_is_known_of_a_venue_before_an_actor_spoke_of_it():
    found = both()

    assert (found["data"]["label"], found["execution"]["label"]) == ("production", "demo")
    assert (found["data"]["state"], found["execution"]["state"]) == (None, None)
    assert failing(found) == {}


def test_one_live_shard_is_a_live_data_venue_and_the_clock_farthest_off_is_told():
    found = both([watcher(DOWN, 40), watcher(LIVE, -700)])

    assert (found["data"]["state"], found["data"]["clock_offset_ms"]) == ("live", -700)
    assert both([watcher(DOWN), watcher(DOWN)])["data"]["state"] == "down"


def test_a_watcher_that_is_new_hides_no_venue_that_is_down():
    new = {"state": "starting", "reason": "no market is watched yet"}

    assert failing(both([watcher(new), watcher(DOWN)])).keys() == {"data venue"}
    assert both([watcher(new)])["data"]["state"] == "starting"


def test_markets_that_do_not_trade_are_no_failure_and_hide_no_venue_that_is_down():
    idle = {"state": "idle", "reason": "none of its markets trades now: 1 of 1 closed"}
    new = {"state": "starting", "reason": "no market is watched yet"}

    assert failing(both([watcher(idle)])) == {}
    assert failing(both([watcher(idle), watcher(DOWN), watcher(new)])).keys() == {"data venue"}
    assert both([watcher(idle), watcher(LIVE)])["data"]["state"] == "live"
    assert both([watcher(new), watcher(idle)])["data"]["state"] == "idle"
    assert venue_troubles(both([watcher(idle)])) == [
        ("data venue", "production is idle: none of its markets trades now: 1 of 1 closed")
    ]


@pytest.mark.parametrize(
    ("manager", "processor", "state", "reason"),
    [
        (LIVE, stream("live"), "live", ""),
        (PAUSED, stream("live"), "paused", "the venue has paused trading"),
        (
            LIVE,
            stream("down", "the private stream is down (cut)"),
            "down",
            "the private stream is down (cut)",
        ),
        ({"state": "down", "reason": "x"}, stream("reconciling"), "down", "x"),
    ],
)
def test_an_execution_venue_is_as_well_as_the_worst_that_is_said_of_it(manager, processor, state, reason):
    found = both(manager={"condition": manager, "clock": {"offset_ms": 5}}, processor=processor)["execution"]

    assert (found["state"], found["reason"], found["clock_offset_ms"]) == (state, reason, 5)


def test_what_the_venue_says_of_itself_stands_beside_its_state():
    words = {"exchange_active": True, "trading_active": False, "paused_shards": [0], "resumes_us": 7}
    found = both([watcher(PAUSED | words)], manager={"condition": PAUSED, "venue": words})

    assert {key: found["data"][key] for key in words} == words
    assert {key: found["execution"][key] for key in words} == words


def test_a_venue_that_fails_is_named_to_people_and_monitors_and_a_pause_is_no_failure():
    found = both([watcher(DOWN)], manager={"condition": PAUSED})

    assert failing(found) == {"data venue": "production is down: no book is live: refused"}
    assert venue_troubles(found) == [
        ("data venue", "production is down: no book is live: refused"),
        ("execution venue", "demo is paused: the venue has paused trading"),
    ]
