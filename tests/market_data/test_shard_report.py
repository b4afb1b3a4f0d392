"""A shard's tickers are told once, and again to whoever missed them."""

from __future__ import annotations

import pytest

from actors.messages import pack
from market_data.shard_report import ShardReport
from trading.shard_marks import ShardMarks


@pytest.fixture
def report():
    report = ShardReport(3, 7)
    report.list_tickers(["A", "B", "C"])
    return report


def test_tickers_come_with_the_first_report_of_a_list_only(report):
    first = report.observed(b"marks", {"C": "gap", "A": "gap", "B": "closed"})

    assert first == ShardMarks(3, 7, 1, ["A", "B", "C"], b"marks", {"gap": [2, 0], "closed": [1]})
    assert report.observed(b"more", {}) == ShardMarks(3, 7, 1, None, b"more", {})


def test_another_list_is_another_version(report):
    report.observed(b"", {})

    report.list_tickers(["B"])

    assert report.observed(b"", {"B": "gap"}) == ShardMarks(3, 7, 2, ["B"], b"", {"gap": [0]})


def test_how_the_venue_is_comes_with_every_report(report):
    told = report.observed(b"", {}, trouble="production: none of its markets trades now", is_idle=True)

    assert (told.trouble, told.is_idle) == ("production: none of its markets trades now", True)
    assert not report.observed(b"", {}).is_idle


def test_who_missed_the_tickers_gets_them_with_the_next(report):
    report.observed(b"", {})

    report.repeat_tickers()

    assert report.observed(b"", {}).tickers == ["A", "B", "C"]
    assert report.observed(b"", {}).tickers is None


def test_a_large_shard_is_told_in_less_than_a_hundred_kilobytes_a_second():
    report = ShardReport(0, 1)
    report.list_tickers(f"KXSOMESERIES-26NOV25-T{number}" for number in range(10_000))
    report.observed(bytes(80_000), {})

    message = report.observed(bytes(80_000), {f"KXSOMESERIES-26NOV25-T{n}": "gap" for n in range(5_000)})

    assert len(pack(message)) < 100_000
