"""A shard is shown in batches of the markets that changed, and in reports of the marks of all."""

from __future__ import annotations

import pytest

from kalshi_client.signing_clock import SigningClock
from market_data.pacing import BATCH_GAP_S, SHARD_PERIOD_S
from market_data.shard_books import ShardBooks
from market_data.shard_views import BATCH_MARKETS, ShardViews

NOW, NOW_US = 1_000.0, 1_900_000_000_000_000
CLOSES_US = 2_000_000_000_000_000


class Shown:
    """The views of a shard whose books are known."""

    def __init__(self, markets: int) -> None:
        self.tickers = [f"RAIN-{number}" for number in range(markets)]
        self.books = ShardBooks(throttle_s=0.0)
        self.books.keep(dict.fromkeys(self.tickers, CLOSES_US))
        self.views = ShardViews(self.books, SigningClock(), incarnation=7)
        self.views.number_shard(3)
        self.change()

    def change(self) -> None:
        """Each market has a new whole book."""
        for ticker in self.tickers:
            self.books.held.distrust([ticker], "gap")
            self.books.held.confirm(ticker, {4_500: 1_000}, {5_000: 1_000}, received_us=NOW_US)


@pytest.fixture
def shown() -> Shown:
    return Shown(2)


def test_a_batch_shows_the_markets_that_changed_once(shown):
    batch = shown.views.next_batch(NOW, NOW_US)

    assert (batch.number, list(batch.seen.tickers)) == (1, shown.tickers)
    assert shown.views.next_batch(NOW + 1.0, NOW_US) is None
    assert shown.views.batch_timer_s(NOW + 1.0) is None


def test_a_change_inside_the_gap_between_batches_sets_one_timer(shown):
    shown.views.next_batch(NOW, NOW_US)
    shown.change()

    assert shown.views.next_batch(NOW + 0.001, NOW_US) is None
    assert shown.views.batch_timer_s(NOW + 0.001) == pytest.approx(BATCH_GAP_S - 0.001)
    assert shown.views.batch_timer_s(NOW + 0.001) is None
    shown.views.batch_timer_rang()
    assert shown.views.next_batch(NOW + BATCH_GAP_S + 0.001, NOW_US).number == 2


def test_markets_beyond_a_batch_come_with_the_next_one():
    shown = Shown(BATCH_MARKETS + 1)

    first = shown.views.next_batch(NOW, NOW_US)
    second = shown.views.next_batch(NOW + 1.0, NOW_US)

    assert [*first.seen.tickers, *second.seen.tickers] == shown.tickers


def test_a_report_is_due_at_once_then_each_second_and_soon_after_trust_changed(shown):
    assert shown.views.report_wait_s(NOW, NOW_US) == 0.0
    marks = shown.views.next_report(NOW)
    assert (marks.shard, marks.tickers) == (3, shown.tickers)

    assert shown.views.report_wait_s(NOW + 0.2, NOW_US) is None
    assert shown.views.report_wait_s(NOW + SHARD_PERIOD_S, NOW_US) == 0.0
    shown.books.block(shown.tickers[0], "paused")
    assert shown.views.report_wait_s(NOW + 0.2, NOW_US) == 0.0


def test_a_market_past_its_close_is_reported_as_closed(shown):
    shown.views.report_wait_s(NOW, CLOSES_US + 1)

    assert list(shown.views.next_report(NOW).untradable) == ["closed"]


def test_a_new_listener_is_told_all_at_once(shown):
    shown.views.next_report(NOW)

    shown.views.start_over()

    assert shown.views.report_wait_s(NOW + 0.2, NOW_US) == 0.0
    assert shown.views.next_report(NOW + 0.2).tickers == shown.tickers
