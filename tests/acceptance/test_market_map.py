"""Venues that list partly other markets, some under other names: what both have is traded, and rightly."""

import pytest

from benchmarks.market_map import traded
from benchmarks.venue_failures import broken

pytestmark = [pytest.mark.acceptance, pytest.mark.multiproc, pytest.mark.timeout(180)]


def test_what_both_venues_list_is_traded_under_either_name_and_survives_a_restart(tmp_path):
    found = list(traded(tmp_path, count=40, missing=0.1, renamed=0.3, fills=20))

    assert broken(found) == []
