"""Events become rows and events again, and the database knows the names of their values."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import replace

import pytest

from persistence.database.connections import connect
from persistence.ledger.codec import KINDS, as_read_back, event_of, field_names, stored
from tests.persistence.ledger_database import rows
from tests.persistence.test_outbox import FILL_PROCESSOR_EVENTS, ORDER_MANAGER_EVENTS, RECORDER_EVENTS
from trading.events import Answered, CancelAnswered, OrderSeen

SEEN = OrderSeen(11, "9d1e", "c", "T", 0, "bid", 4700, "canceled", 1050, 100, 0, "expired")
EVENTS = [
    *ORDER_MANAGER_EVENTS,
    *FILL_PROCESSOR_EVENTS,
    *RECORDER_EVENTS,
    Answered(3, "c", "accepted", record=SEEN),
]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_an_event_comes_out_as_it_went_in(event):
    kind, at_us, payload = stored(event)

    assert event_of(kind, at_us, json.loads(payload)) == event
    assert as_read_back(event) == event


def test_values_at_the_end_that_are_the_default_are_left_out():
    assert json.loads(stored(CancelAnswered(5, "c", "canceled", 950)).payload) == ["c", "canceled", 950]


def test_an_event_of_a_later_version_is_refused_by_name():
    kind, at_us, payload = stored(SEEN)

    with pytest.raises(ValueError, match="kind 99"):
        event_of(99, at_us, [])
    with pytest.raises(ValueError, match="kind 13 with 20 values"):
        event_of(kind, at_us, [*json.loads(payload), *range(9)])


def test_a_character_that_the_database_cannot_hold_is_replaced():
    assert as_read_back(replace(SEEN, reason="a\0b")).reason == "a\ufffdb"
    assert as_read_back(replace(SEEN, reason="a\\u0000b")).reason == "a\\u0000b"


def test_the_database_names_every_kind_and_its_values(database):
    with closing(connect(database, name="test")) as connection:
        told = rows(connection, "SELECT kind, name, fields FROM event_kind")

    assert sorted(told) == sorted(
        (number, kind.__name__, field_names(number)) for kind, number in KINDS.items()
    )
