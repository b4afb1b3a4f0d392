"""The exchanges of a session: how they are started, told apart, and ended."""

import os
import signal
import sys
from dataclasses import asdict

import psutil
import pytest

from cli.errors import PreflightRefused
from cli.exchange_child import ExchangeChild
from cli.own_exchanges import OwnExchanges, exchange_flags, forget_states
from kalshi_client.rest.outcomes import CreateOrder
from settings.config import Config
from settings.exchange_settings import ExecutableStandIn, Loopback
from settings.venue_access import VenueAccess, account_rest_for

PATIENCE_S = 30.0


def test_the_exchange_is_told_what_the_configuration_says():
    loopback = {"activity": "quiet", "rate": 0.5, "control": True}
    config = Config.model_validate({"loopback": loopback})

    flags = exchange_flags("loopback", config.loopback, watched=12)

    assert flags == [
        "--no-combos", "--markets=12", "--seed=7", "--activity=quiet", "--balance=10000",
        "--tier=basic", "--rate=0.5", "--control",
    ]  # fmt: skip


def test_the_exchange_chooses_its_rate_unless_told_otherwise():
    assert "--rate" not in " ".join(exchange_flags("loopback", Loopback(), watched=12))


def test_a_stand_in_plays_its_venue_by_a_clock_of_its_own_and_has_markets_to_spare():
    flags = exchange_flags("demo", ExecutableStandIn(clock_offset_s=-0.7), watched=100)

    assert "--fills-per-min=120" in flags
    assert {"--personality=demo", "--clock-offset-s=-0.7", "--activity=demo"} <= set(flags)
    assert "--markets=160" in flags


def test_a_stand_in_has_as_many_markets_as_its_configuration_says():
    assert "--markets=12" in exchange_flags("demo", ExecutableStandIn(markets=12), watched=100)


@pytest.fixture
def program(tmp_path, monkeypatch):
    """Call it with the text of a program that is started in place of the exchange."""

    def play(text):
        script = tmp_path / "run.py"
        script.write_text(text)
        monkeypatch.setattr("cli.exchange_child.PROGRAM", (sys.executable, str(script)))

    return play


TWO = {
    "data": {"venue": "production"},
    "execution": {"venue": "demo"},
    "stand_ins": {"production": {}, "demo": {}},
}
# Tells where it may be reached once another of its kind has begun: a named pipe opens when both ends do.
WAITS_FOR_ANOTHER = """
import json, os, pathlib, signal
here = pathlib.Path(__file__).parent
try:
    (here / "first").mkdir()
    end = os.O_RDONLY
except FileExistsError:
    end = os.O_WRONLY
os.open(here / "meeting", end)
names = ("rest_url", "ws_url", "key_id", "private_key_path", "control_url", "reads_per_s")
print(json.dumps(dict.fromkeys(names, str(os.getpid()))), flush=True)
signal.pause()
"""


def test_two_exchanges_start_at_the_same_time_and_end_together(tmp_path, program):
    os.mkfifo(tmp_path / "meeting")
    program(WAITS_FOR_ANOTHER)

    own = OwnExchanges.start(
        Config.model_validate(TWO | {"state_dir": str(tmp_path)}), log=tmp_path / "s1.log"
    )
    pids = {int(address.key_id) for address in own.addresses.values()}

    assert list(own.addresses) == ["production", "demo"]
    assert (len(pids), own.ended()) == (2, "")
    own.stop()
    assert not any(psutil.pid_exists(pid) for pid in pids)


def test_an_exchange_that_does_not_start_says_its_last_word(tmp_path, program):
    program("import sys; print('no room', file=sys.stderr); sys.exit(1)")

    with pytest.raises(PreflightRefused, match=r"loopback: .* did not start; it said: no room"):
        OwnExchanges.start(Config(state_dir=str(tmp_path)), log=tmp_path / "logs" / "s1.log")


def test_an_exchange_that_never_gets_ready_is_given_up_and_ended(tmp_path, program, monkeypatch):
    program("import signal; signal.pause()")
    monkeypatch.setattr("cli.exchange_child.READY_WITHIN_S", 0.0)

    with pytest.raises(PreflightRefused, match="it said nothing"):
        OwnExchanges.start(Config(state_dir=str(tmp_path)), log=tmp_path / "s1.log")


@pytest.fixture
def launched(monkeypatch):
    """Every exchange that is launched, in order."""
    children = []
    launch = ExchangeChild.launch

    def remember(flags, *, log):
        children.append(launch(flags, log=log))
        return children[-1]

    monkeypatch.setattr(ExchangeChild, "launch", remember)
    return children


def kill(child):
    """Returns when it has ended."""
    os.kill(child.pid, signal.SIGKILL)
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # its parent is still to find out


def test_an_exchange_that_no_folder_keeps_has_ended_for_good(launched, tmp_path):
    own = OwnExchanges.start(
        Config.model_validate({"markets": {"count": 5}, "state_dir": str(tmp_path)}), log=tmp_path / "s1.log"
    )
    kill(launched[0])

    assert own.look(0.0) == ["the exchange on this machine for loopback: ended"]
    assert own.ended() == "loopback"
    own.stop()


@pytest.fixture
def own(launched, tmp_path):
    stand_in = {
        "data": {"venue": "demo"},
        "execution": {"venue": "demo"},
        "stand_ins": {"demo": {"markets": 5, "fills_per_min": 0}},
    }
    config = Config.model_validate({**stand_in, "markets": {"count": 5}, "state_dir": str(tmp_path)})
    own = OwnExchanges.start(config, log=tmp_path / "s1.log")
    yield own
    own.stop()


def test_an_exchange_that_is_killed_comes_back_with_its_key_and_its_orders_and_leaves_no_file(
    own, launched, tmp_path
):
    address = own.addresses["demo"]
    told_of_it = {name: value for name, value in asdict(address).items() if name != "control_url"}
    venue = account_rest_for(VenueAccess("demo", **told_of_it))
    (market, *_) = venue.markets(status="open")
    sent = venue.create_order(
        CreateOrder(
            ticker=market.ticker,
            side="bid",
            count_e2=100,
            price_e4=100,
            time_in_force="good_till_canceled",
            client_order_id="by-hand-1",
            exchange_index=0,
        )
    )
    assert sent.outcome == "accepted"

    kill(launched[0])
    (begun,) = own.look(0.0)
    assert launched[1].ready(PATIENCE_S)

    assert begun.endswith("for demo: ended; starting it again from its state")
    assert own.look(1.0) == ["the exchange for demo runs again, where it was"]
    assert [order.client_order_id for order in venue.orders(status="resting")] == ["by-hand-1"]
    assert venue.cancel_order(sent.order_id, market.ticker, 0).outcome == "canceled"
    venue.close()
    own.stop()
    assert list((tmp_path / "exchanges").iterdir()) == []


def test_what_a_killed_session_had_to_leave_is_removed(tmp_path):
    (tmp_path / "exchanges" / "s0" / "demo").mkdir(parents=True)

    forget_states(Config(state_dir=str(tmp_path)))

    assert not (tmp_path / "exchanges").exists()
