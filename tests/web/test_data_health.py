"""The health of the market data is that of all watchers together, the worst where a worst can be told."""

from web.data_health import data_health

FIRST = {
    "gaps": 2,
    "audits": 5,
    "audits_failed": 0,
    "malformed": 1,
    "resyncs": {"gap": 2, "disconnected": 1},
    "unknown": {"rfq_created": 3},
    "incoherent": {"counts": {"ladder": 1}, "shown": [{"event": "HIGHNY"}]},
    "oldest_confirmation_s": 1.5,
    "feed_lag_ms": {"p50": 0.4, "p99": 3.0, "n": 100},
    "clock_offset_ms": 12,
}
SECOND = {
    "gaps": 1,
    "resyncs": {"gap": 1},
    "unknown": {"rfq_created": 1, "news": 1},
    "oldest_confirmation_s": 9.0,
    "feed_lag_ms": {"p50": 0.3, "p99": 8.0, "n": 50},
    "clock_offset_ms": -40,
}


def test_nothing_is_known_before_a_watcher_reports():
    assert data_health([]) is None


def test_counts_of_all_watchers_add_up_by_reason_and_by_name():
    health = data_health([FIRST, SECOND])

    assert (health["gaps"], health["audits"], health["malformed"]) == (3, 5, 1)
    assert health["resyncs"] == {"gap": 3, "disconnected": 1}
    assert health["unknown"] == {"rfq_created": 4, "news": 1}


def test_the_worst_watcher_speaks_for_all():
    health = data_health([FIRST, SECOND])

    assert health["oldest_confirmation_s"] == 9.0
    assert health["feed_lag_ms"]["p99"] == 8.0
    assert health["clock_offset_ms"] == -40


def test_contradictions_are_counted_and_shown():
    health = data_health([FIRST, SECOND])

    assert health["incoherent"] == {"ladder": 1}
    assert health["incoherent_events"] == [{"event": "HIGHNY"}]


def test_a_watcher_that_watches_nothing_yet_does_no_harm():
    assert data_health([{"subscribed": 0}])["feed_lag_ms"] is None
