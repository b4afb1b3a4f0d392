"""Thespian, tamed, keeps its timers and its sockets as they must be.

What only a running tree shows is tested in ``test_system``.
"""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest
from thespian.system import timing
from thespian.system.transport.IPBase import TCPv4ActorAddress
from thespian.system.transport.TCPTransport import TCPTransport

from actors.thespian.tamed_thespian import LOOPBACK, tame


@pytest.fixture(autouse=True)
def _tamed(tmp_path: Path) -> None:
    tame(tmp_path)


@pytest.mark.parametrize(
    ("left_s", "remaining"),
    [
        (1.0, timedelta(seconds=1)),
        (4e-7, timedelta(microseconds=1)),
        (1e-9, timedelta(microseconds=1)),
        (0.0, timedelta(0)),
        (-1.0, timedelta(0)),
    ],
)
def test_a_timer_has_no_time_left_only_once_it_has_expired(left_s: float, remaining: timedelta):
    """A delay of zero before that would be taken for no timer at all."""
    view = timing.ExpirationTimer(1.0).view()
    view._time_to_quit = view._current_time + left_s if left_s else view._current_time

    left = view.remaining()

    assert left == remaining or abs(left - remaining) < timedelta(microseconds=1)
    assert bool(left) is not view.expired()


def test_an_unset_timer_still_lasts_for_ever():
    assert timing.ExpirationTimer(None).view().remaining("for ever") == "for ever"


@pytest.mark.parametrize("external", [True, False, ("10.1.2.3", 80)])
def test_every_address_is_bound_to_loopback(external):
    address = TCPv4ActorAddress(None, 4711, external=external)

    assert address.bindArgs == ((LOOPBACK, 4711),)
    assert address.connectArgs == ((LOOPBACK, 4711),)


def test_the_admins_address_is_on_loopback():
    admin = TCPTransport.getAdminAddr({"Admin Port": 4711})

    assert admin.addressDetails.connectArgs == ((LOOPBACK, 4711),)


def test_taming_again_changes_only_where_thespian_logs(tmp_path: Path):
    patched = timing.ExpirationTimerView.remaining

    tame(tmp_path / "elsewhere")

    assert timing.ExpirationTimerView.remaining is patched
    assert os.environ["THESPLOG_FILE"] == str(tmp_path / "elsewhere" / "thespian.log")
