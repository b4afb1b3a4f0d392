"""A MarketWatcher speaks at once after a quiet moment, and no more often than it may."""

import pytest

from market_data.pacing import (
    BATCH_GAP_S,
    LARGE_BATCH_GAP_S,
    LARGE_SHARD,
    SHARD_GAP_S,
    SHARD_PERIOD_S,
    BatchPacing,
    ChangeRate,
    ReportPacing,
)


def test_the_first_batch_leaves_at_once_and_the_next_a_gap_later():
    batches = BatchPacing()
    assert batches.wait_s(10.0) <= 0

    assert batches.sent(10.0) == 1

    assert batches.wait_s(10.0) == pytest.approx(BATCH_GAP_S)
    assert batches.wait_s(10.0 + 2 * BATCH_GAP_S) < 0
    assert batches.sent(11.0) == 2


def test_a_large_shard_is_shown_less_often_and_a_small_one_again_as_before():
    batches = BatchPacing()
    batches.sent(10.0)

    batches.for_markets(LARGE_SHARD + 1)
    assert batches.wait_s(10.0) == pytest.approx(LARGE_BATCH_GAP_S)
    batches.for_markets(LARGE_SHARD)

    assert batches.wait_s(10.0) == pytest.approx(BATCH_GAP_S)


def test_a_timer_that_ends_in_time_is_not_set_again():
    batches = BatchPacing()
    assert batches.needs_timer(0.01, 10.0)

    assert not batches.needs_timer(0.01, 10.0)
    assert not batches.needs_timer(0.5, 10.0)
    batches.timer_rang()
    assert batches.needs_timer(0.5, 10.0)


def test_a_timer_that_ends_too_late_does_not_hold_up_a_sooner_one():
    batches = BatchPacing()
    batches.needs_timer(5.0, 10.0)

    assert batches.needs_timer(0.01, 10.0)


def test_a_report_is_due_each_second():
    reports = ReportPacing()
    assert reports.wait_s(10.0, 1) == 0.0
    reports.told(10.0, 1)

    assert reports.wait_s(10.5, 1) is None
    assert reports.wait_s(10.0 + SHARD_PERIOD_S, 1) == 0.0


def test_a_change_of_what_may_be_traded_is_told_soon():
    reports = ReportPacing()
    reports.told(10.0, 1)

    assert reports.wait_s(10.0, 2) == pytest.approx(SHARD_GAP_S)
    assert reports.wait_s(10.0 + SHARD_GAP_S, 2) == pytest.approx(0.0)


def test_somebody_new_is_told_at_once():
    reports = ReportPacing()
    reports.told(10.0, 1)

    reports.start_over()

    assert reports.wait_s(10.0, 1) == 0.0


def test_a_rate_counts_the_changes_since_the_last_look():
    rate = ChangeRate(100.0)
    rate.look(8_000, 102.0)
    assert (rate.per_s, rate.is_dense) == (4_000.0, True)

    rate.look(8_010, 103.0)

    assert (rate.per_s, rate.is_dense) == (10.0, False)
