"""Replays on a Ray cluster, where there is none; tests/cluster has what needs it."""

import sys

import pytest

from replay.ray_jobs import NoCluster, run_all_on_ray


def test_where_ray_is_not_installed_the_way_to_it_is_told(monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)

    with pytest.raises(NoCluster, match=r"pip install '\.\[cluster\]'"):
        list(run_all_on_ray(str, [1, 2]))
