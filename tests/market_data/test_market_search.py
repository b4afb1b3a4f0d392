"""Markets are looked for at the start, again and again, and soon after one has opened."""

from __future__ import annotations

import pytest

from kalshi_client.discovery import Search
from market_data.market_search import (
    LISTING_STALE_S,
    NEWS_GAP_S,
    NEWS_SETTLE_S,
    RETRY_S,
    SearchTimes,
    search_of,
)
from settings.config import Config

REFRESH_S = 300.0


@pytest.fixture
def times():
    """A search has just found markets, at 1000."""
    times = SearchTimes(REFRESH_S)
    assert times.is_due(999.0)
    times.ended(1000.0, found=True)
    return times


# --- when ------------------------------------------------------------------------------------------


def test_the_first_search_begins_at_once_and_only_one_is_under_way():
    times = SearchTimes(REFRESH_S)

    assert times.is_due(0.0)
    assert not times.is_due(1.0)


def test_a_search_is_made_again_after_a_while(times):
    assert not times.is_due(1000.0 + REFRESH_S - 1)
    assert times.is_due(1000.0 + REFRESH_S)


def test_a_search_that_came_to_nothing_is_made_again_soon(times):
    times.is_due(1000.0 + REFRESH_S)
    times.ended(1400.0, found=False)

    assert not times.is_due(1400.0 + RETRY_S - 1)
    assert times.is_due(1400.0 + RETRY_S)


def test_a_market_that_opened_is_looked_for_once_those_with_it_have_opened_too(times):
    times.hear_news(1100.0)
    times.hear_news(1101.0)

    assert not times.is_due(1100.0 + NEWS_SETTLE_S - 0.1)
    assert times.is_due(1100.0 + NEWS_SETTLE_S)


def test_a_listing_that_may_be_older_than_the_news_is_read_once_more_and_then_no_more(times):
    times.hear_news(1100.0)
    assert times.is_due(1100.0 + NEWS_SETTLE_S)
    times.ended(1103.0, found=True)

    again_at = 1100.0 + NEWS_SETTLE_S + NEWS_GAP_S
    assert again_at > 1100.0 + LISTING_STALE_S
    assert not times.is_due(again_at - 0.1)
    assert times.is_due(again_at)
    times.ended(again_at + 1.0, found=True)
    assert not times.is_due(again_at + REFRESH_S)


def test_what_cannot_wait_is_looked_for_without_a_gap(times):
    times.hear_news(1001.0)
    times.hear_news(1001.5, gap_s=0.0)

    assert not times.is_due(1001.5 + NEWS_SETTLE_S - 0.1)
    assert times.is_due(1001.5 + NEWS_SETTLE_S)


def test_where_markets_open_all_day_the_listing_is_not_read_all_day(times):
    begun = []
    for second in range(1000, 1120):
        times.hear_news(float(second))
        if times.is_due(float(second)):
            begun.append(second)
            times.ended(float(second), found=True)

    assert begun == [999 + NEWS_GAP_S, 999 + 2 * NEWS_GAP_S, 999 + 3 * NEWS_GAP_S, 999 + 4 * NEWS_GAP_S]


def test_news_puts_no_search_off():
    times = SearchTimes(1.0)
    times.is_due(0.0)
    times.ended(0.5, found=True)
    times.hear_news(1.4)

    assert times.is_due(1.5)


def test_a_market_that_opens_while_a_search_is_under_way_is_looked_for_by_the_next(times):
    times.is_due(1000.0 + REFRESH_S)
    times.hear_news(1301.0)
    times.ended(1302.0, found=True)

    assert not times.is_due(1300.0 + NEWS_GAP_S - 1)
    assert times.is_due(1300.0 + NEWS_GAP_S)


# --- what ------------------------------------------------------------------------------------------


def test_a_configuration_becomes_a_search_with_room_for_markets_to_stay():
    config = Config.model_validate(
        {
            "markets": {"count": 100, "series": ["S"], "rank": "close", "fallback": ["F"]},
            "risk": {"stop_before_close_s": 2.5},
        }
    )

    assert search_of(config, renamed={"A": "B"}) == Search(
        125, (), ("S",), "close", 2_500_000, ("F",), (("A", "B"),)
    )
