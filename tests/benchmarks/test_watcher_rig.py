"""The rig of the watcher's benchmarks starts the watcher that there is, with all that it asks for."""

import pytest

from benchmarks.watcher_rig import rig

pytestmark = [pytest.mark.multiproc]


def test_a_watcher_in_its_rig_watches_and_takes_changes(tmp_path):
    with rig(tmp_path, markets=20, changes=200) as watcher:
        watcher.watch_all()
        played = watcher.play(None, 0.2)

    assert played["watcher_cpu_s"] > 0
