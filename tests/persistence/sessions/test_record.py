"""The Recorder's own facts are written down once."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace

import pytest

from persistence.outbox import OutboxReader
from persistence.sessions.record import SessionRecord
from tests.persistence.test_outbox import RECORDER_EVENTS
from tests.trading.example_facts import market
from trading.events import MarketSeen, SessionEnded

STARTED = RECORDER_EVENTS[0]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "session.db"


@pytest.fixture
def record(path):
    with closing(SessionRecord(path)) as opened:
        yield opened


def written(path):
    with closing(OutboxReader(path)) as reader:
        return [event for _, event in reader.events()]


def test_a_session_begins_and_ends_once(record, path):
    ended = SessionEnded(20, STARTED.session, "stopped by SIGINT")
    record.started(STARTED)
    record.started(replace(STARTED, at_us=19))
    record.ended(ended)
    record.ended(replace(ended, at_us=21))

    assert written(path) == [STARTED, ended]


def test_a_market_is_written_again_when_anything_of_it_is_new(record, path):
    record.learn([market(), market("OTHER")], at_us=1)
    record.learn([market(), market("OTHER", close_us=5)], at_us=2)

    seen = [(event.ticker, event.close_us, event.at_us) for event in written(path)]

    assert seen == [(market().ticker, market().close_us, 1), ("OTHER", market().close_us, 1), ("OTHER", 5, 2)]
    assert all(isinstance(event, MarketSeen) for event in written(path))
