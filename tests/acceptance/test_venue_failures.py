"""Either venue of a session fails: only what depends on it stops, and the ledgers are equal afterwards."""

import pytest

from benchmarks.two_venues import two_venues
from benchmarks.venue_failures import (
    FLAGS,
    broken,
    config_for,
    fail,
    nothing_lost,
    stand_still,
    wait_until_trading,
)

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(180)]

SILENCE_S = 2.0
FAULTS = (("data", "freeze"), ("execution", "kill"))  # the others by ``python -m benchmarks venue_failures``


def test_a_venue_fails_alone_and_a_silent_execution_venue_stops_nothing(tmp_path):
    with two_venues(tmp_path, config_for(SILENCE_S), *FLAGS) as both:
        wait_until_trading(both.program)
        found = list(stand_still(both, 3 * SILENCE_S))
        for role, fault in FAULTS:
            found += fail(both, role, fault, 1.0, fills=5)
        found += nothing_lost(both, least_fills=20, doubts=True)

    assert broken(found) == []
