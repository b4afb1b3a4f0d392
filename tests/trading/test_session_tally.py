"""Orders and fills are counted for one session, both in one way."""

import pytest

from tests.trading.example_facts import (
    ORDER_ID,
    OURS,
    answered,
    cancel_answered,
    fill,
    opened,
    recorded,
    seen,
    send_started,
)
from trading.ledger import Ledger

SESSION_US = 100
WHOLE = {"count_e2": 1_000, "at_us": 120}
SENT_BEFORE = (recorded(), send_started(), answered("accepted"))
SENT_NOW = (
    recorded(at_us=110, client_order_id=OURS),
    send_started(at_us=111),
    answered("accepted", at_us=112),
)


def ledger_of(*events):
    ledger = Ledger({}, session_from_us=SESSION_US)
    for event in (opened(), *events):
        ledger.apply(event)
    return ledger


@pytest.mark.parametrize(
    ("events", "counts"),
    [
        pytest.param([*SENT_NOW], {"sent": 1, "resting": 1}, id="sent and resting"),
        pytest.param([*SENT_NOW, fill(**WHOLE)], {"sent": 1, "filled": 1}, id="sent and filled"),
        pytest.param([recorded(at_us=110)], {"recorded": 1}, id="not sent yet"),
        pytest.param(
            [recorded(at_us=110), answered("not_sent", at_us=111)], {"not_sent": 1}, id="never left"
        ),
        pytest.param([*SENT_BEFORE, seen("canceled")], {}, id="over before the session"),
        pytest.param([*SENT_BEFORE], {"carried": 1, "resting": 1}, id="carried over, resting still"),
        pytest.param(
            [*SENT_BEFORE, fill(**WHOLE)], {"carried": 1, "filled": 1}, id="carried over, filled now"
        ),
        pytest.param(
            [*SENT_NOW, seen("executed", at_us=113, fill_e2=1_000)],
            {"sent": 1, "filled": 1, "awaiting_fills": 1},
            id="known to be filled, and its fill not told",
        ),
        pytest.param([seen("resting", at_us=110, client_order_id="by-hand")], {}, id="not ours"),
        pytest.param(
            [
                seen("resting", at_us=110, client_order_id=""),
                cancel_answered("canceled", at_us=120, client_order_id=ORDER_ID, reduced_by_e2=1_000),
            ],
            {"foreign_canceled": 1},
            id="not ours, and canceled from here",
        ),
    ],
)
def test_an_order_counts_when_it_was_sent_or_changed_in_the_session(events, counts):
    ledger = ledger_of(*events)

    assert +ledger.order_counts() == counts
    assert ledger.forget_closed(before_us=1_000) <= 1
    assert +ledger.order_counts() == counts


def test_states_add_up_to_what_was_sent_and_carried():
    another = {"client_order_id": "rl1-0a1b2c3d-0f1e2d3c-2"}
    ledger = ledger_of(
        *SENT_BEFORE,
        cancel_answered("canceled", at_us=120, reduced_by_e2=1_000),
        recorded(at_us=110, **another),
        answered("accepted", at_us=111, order_id="venue-2", **another),
        recorded(at_us=110, client_order_id="rl1-0a1b2c3d-0f1e2d3c-3"),
    )

    counts = ledger.order_counts()

    assert counts["sent"] + counts["carried"] == counts["resting"] + counts["canceled"] == 2


def test_a_filled_order_and_its_fills_are_counted_together():
    ledger = ledger_of(*SENT_NOW, fill("t1", at_us=120), fill("t2", count_e2=600, at_us=121))
    for _ in ("before", "after"):
        fills = ledger.fill_counts()
        assert (ledger.order_counts()["filled"], fills.ours.count, fills.ours.count_e2) == (1, 2, 1_000)
        ledger.forget_closed(before_us=1_000)


def test_a_fill_is_ours_when_its_order_is_whatever_it_was_told_under():
    """A read names the venue's order_id alone, and may come before the acknowledgement."""
    unnamed = fill(client_order_id="", at_us=112)

    counts = ledger_of(recorded(at_us=110), unnamed, answered("accepted", at_us=113)).fill_counts()

    assert (counts.ours.count, counts.foreign.count) == (1, 0)


def test_fills_of_other_orders_of_earlier_sessions_and_before_the_opening_are_not_ours():
    ledger = ledger_of(
        *SENT_BEFORE,
        fill("before", at_us=20),
        fill("by-hand", at_us=120, order_id="venue-9", client_order_id="by-hand"),
        fill("told twice", at_us=121),
        fill("told twice", at_us=122),
    )

    counts = ledger.fill_counts()

    assert (counts.ours.count, counts.foreign.count) == (1, 1)
    opened_later = Ledger({}, session_from_us=SESSION_US)
    opened_later.apply(opened(fills_from_us=2_000))
    opened_later.apply(fill(at_us=120, ts_ms=1))
    assert opened_later.fill_counts().foreign.count == 0
