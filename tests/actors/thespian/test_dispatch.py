"""A message reaches its handler once, and one that must not is named."""

from __future__ import annotations

import os
import signal

import pytest

from actors import messages
from actors.supervisor import Supervisor
from actors.thespian import dispatch, reporting
from actors.thespian.credits import LOOKS
from actors.thespian.dispatch import MessageActor
from actors.thespian.envelope import Envelope, seal
from tests.actors.conftest import Stage, eventually, on_both_bases, stage_address
from tests.actors.probes import Probe


@pytest.fixture
def probe(stage: Stage):
    return stage.create(Probe)


@on_both_bases
def test_an_actor_says_it_is_ready_and_then_answers(stage: Stage):
    probe = stage.create(Probe)

    ready = stage.receive(messages.Ready)

    assert (ready.name, ready.incarnation) == ("Probe", 1)
    assert stage.ask(probe, "echo hello") == "hello"


@on_both_bases
def test_what_comes_before_the_start_is_dropped_and_counted(stage: Stage):
    probe = stage._system.createActor(Probe)
    stage.tell(probe, messages.StateChanged("trading", ""))
    stage.tell(probe, messages.Start("Probe", 1, {"log_path": str(stage.folder / "log")}))

    assert stage.ask(probe, "dropped") == "before start=1"


@on_both_bases
def test_what_cannot_be_handled_is_dropped_and_counted(stage: Stage, probe):
    origin = ("page", 1)
    late = seal(messages.StateChanged("trading", ""), expires_s=-1, origin=origin)
    far = late.expires_us + 60_000_000
    for raw in (
        late,
        Envelope("Nonsense", b"", far),
        Envelope("StateChanged", b"\xc1", far),
        seal(messages.MarketsChosen([]), expires_s=60, origin=origin),
        "not an envelope",
    ):
        stage.post(probe, raw)

    assert stage.ask(probe, "seen") == ""
    assert stage.ask(probe, "dropped") == "expired=1 no handler=1 not an envelope=1 unreadable=2"


@on_both_bases
def test_a_message_to_nobody_is_dropped_and_counted(stage: Stage, probe):
    assert stage.ask(probe, "offer Selector") == "False"

    stage.post(probe, seal(messages.ActionRequested(1, "echo x"), expires_s=60, origin=("Stranger", 1)))

    assert stage.ask(probe, "dropped") == "not wired=1"


@on_both_bases
def test_peers_are_known_by_name_once_wired(stage: Stage, probe):
    other = stage.create(Probe, "Other")
    stage.wire(probe, {"Other": (other, 1)})

    assert stage.ask(probe, "offer Other") == "True"

    assert stage.receive(messages.ActionAnswered).text == "credited Other StateChanged"
    assert stage.ask(other, "seen") == "Probe:trading"


@on_both_bases
def test_a_second_offer_waits_for_the_credit_of_the_first(stage: Stage, probe):
    other = stage.create(Probe, "Other")
    stage.wire(probe, {"page": (stage_address(stage), 1), "Other": (other, 1)})

    assert [stage.ask(probe, "offer page") for _ in range(3)] == ["True", "False", "False"]

    stage.tell(probe, messages.Credit("StateChanged", 1))
    assert stage.receive(messages.ActionAnswered).text == "credited page StateChanged"
    assert stage.ask(probe, "offer page") == "True"


@on_both_bases
def test_a_credit_for_another_offer_does_not_count(stage: Stage, probe):
    assert stage.ask(probe, "offer page") == "True"

    stage.tell(probe, messages.Credit("StateChanged", 99))
    stage.tell(probe, messages.Credit("Telemetry", 1))

    assert stage.ask(probe, "offer page") == "False"


@on_both_bases
def test_a_replaced_peer_owes_no_credit(stage: Stage, probe):
    first, second = stage.create(Probe, "First"), stage.create(Probe, "Second")
    stage.tell(probe, messages.Wired({"page": 1}))
    assert stage.ask(probe, "offer page") == "True"
    assert stage.ask(probe, "offer page") == "False"

    stage.wire(probe, {"page": (stage_address(stage), 2), "First": (first, 1), "Second": (second, 1)})

    assert stage.ask(probe, "offer page") == "True"


@on_both_bases
def test_an_offer_is_credited_even_when_it_came_too_late(stage: Stage, probe):
    late = seal(messages.StateChanged("trading", ""), expires_s=-1, origin=("page", 1), number=4)
    stage.post(probe, late)

    credit = stage.receive(messages.Credit)

    assert (credit.kind, credit.number) == ("StateChanged", 4)
    assert stage.ask(probe, "seen") == ""


@pytest.mark.multiproc
def test_a_connection_that_the_other_end_lost_is_replaced_when_an_offer_stays_unanswered(tcp_stage: Stage):
    """Thespian itself would go on waiting for five minutes, with every later message behind it."""
    probe, other = tcp_stage.create(Probe), tcp_stage.create(Probe, "Other")
    tcp_stage.wire(probe, {"Other": (other, 1)})
    tcp_stage.wire(other, {"Probe": (probe, 1)})
    assert tcp_stage.ask(probe, "offer Other") == "True"
    tcp_stage.receive(messages.ActionAnswered)  # credited
    assert tcp_stage.ask(other, "lose Probe") == "lost"

    assert tcp_stage.ask(probe, "offer Other") == "True"
    assert tcp_stage.ask(probe, "tell Other") == "told"
    eventually(lambda: tcp_stage.ask(probe, "offer Other") == "True")

    assert tcp_stage.receive(messages.ActionAnswered).text == "credited Other StateChanged"
    eventually(lambda: len(tcp_stage.ask(other, "seen").split()) == 1 + 1 + 5 + 1)
    log = (tcp_stage.folder / "logs" / "session.log").read_text()
    assert log.startswith("WARNING: [Probe] Other has not answered for 2.")


@pytest.mark.multiproc
def test_an_actor_that_cannot_reach_a_living_peer_makes_room_for_another(tcp_stage: Stage):
    """Only the page may be as slow as it likes."""
    probe, other = tcp_stage.create(Probe), tcp_stage.create(Probe, "Other")
    tcp_stage.wire(probe, {"page": (stage_address(tcp_stage), 1), "Other": (other, 1)})
    pid = int(tcp_stage.ask(other, "pid"))
    os.kill(pid, signal.SIGSTOP)
    for peer in ("page", "Other"):
        assert tcp_stage.ask(probe, f"offer {peer}") == "True"

    eventually(lambda: tcp_stage.ask(probe, "offer Other") == "True")
    for _ in range(LOOKS - 1):
        assert tcp_stage.ask(probe, "look") == "nobody is silent"
    tcp_stage.tell(probe, messages.ActionRequested(1, "look"))

    assert tcp_stage.receive(messages.Crashed).error.endswith(
        "PeerSilent: no answer from Other, although connected to anew"
    )
    os.kill(pid, signal.SIGKILL)


@on_both_bases
def test_a_handler_that_raises_runs_once_says_so_and_is_the_last(stage: Stage, probe):
    runs = stage.folder / "runs"
    stage.tell(probe, messages.ActionRequested(1, f"raise {runs}"))

    crashed = stage.receive(messages.Crashed)
    stage.tell(probe, messages.ActionRequested(1, f"raise {runs}"))

    assert (crashed.name, crashed.incarnation, crashed.error) == ("Probe", 1, "RuntimeError: as asked")
    assert stage.receive(messages.ActionAnswered, 0.2) is None
    assert runs.read_text() == "run\n"


@on_both_bases
def test_a_crash_is_in_the_log_with_its_traceback_each_line_marked(stage: Stage, probe):
    stage.tell(probe, messages.ActionRequested(1, f"raise {stage.folder / 'runs'}"))
    stage.receive(messages.Crashed)

    lines = (stage.folder / "logs" / "session.log").read_text().splitlines()

    assert lines[0] == "ERROR: [Probe] Crashed: RuntimeError: as asked"
    assert lines[1] == "ERROR: [Probe] | Traceback (most recent call last):"
    assert lines[-1] == "ERROR: [Probe] | RuntimeError: as asked"
    assert all(line.startswith("ERROR: [Probe] ") for line in lines)


@on_both_bases
def test_a_chain_of_short_timers_does_not_freeze(stage: Stage, probe):
    """Stock Thespian froze within 2–9 runs of 400 with few transmit slots; see ``tamed_thespian``."""
    for _ in range(2):
        stage.tell(probe, messages.ActionRequested(1, "chain 400"))

        assert stage.receive(messages.ActionAnswered).text == "chain done"


@on_both_bases
def test_a_timer_set_again_goes_off_once_and_at_its_new_time(stage: Stage, probe):
    stage.tell(probe, messages.ActionRequested(1, "timer 1.0 again"))
    stage.tell(probe, messages.ActionRequested(1, "timer 0.05 again"))
    stage.tell(probe, messages.ActionRequested(1, "timer 1.5 last"))

    assert stage.receive(messages.ActionAnswered).text == "timer again"
    assert stage.receive(messages.ActionAnswered).text == "timer last"
    assert stage.ask(probe, "seen") == "again last"


@on_both_bases
def test_a_ping_is_answered_with_what_holds_the_actor_back(stage: Stage, probe):
    assert stage.ask(probe, "reason reconciling") == "raised"
    stage.tell(probe, messages.Ping(8))

    pong = eventually(lambda: (p := stage.receive(messages.Pong)) and p.number == 8 and p)

    assert pong.reasons == {"reconciling": "as asked"}


@on_both_bases
def test_a_new_reason_is_reported_without_being_asked(stage: Stage, probe):
    assert stage.receive(messages.Pong).reasons == {}

    stage.tell(probe, messages.ActionRequested(1, "reason halted"))

    assert stage.receive(messages.Pong).reasons == {"halted": "as asked"}


@on_both_bases
def test_a_state_that_does_not_exist_is_a_crash_of_who_asks_for_it(stage: Stage, probe):
    stage.tell(probe, messages.ActionRequested(1, "reason sleeping"))

    assert "sleeping" in stage.receive(messages.Crashed).error


@on_both_bases
def test_whoever_asks_for_the_stop_is_told_each_time(stage: Stage, probe):
    stage.tell(probe, messages.Stop(1.0))
    assert stage.receive(messages.Stopped).name == "Probe"

    stage.tell(probe, messages.Stop(1.0))
    assert stage.receive(messages.Stopped).name == "Probe"


@on_both_bases
def test_a_poke_stands_in_for_the_watch(stage: Stage, probe):
    stage.tell(probe, messages.Poke())

    assert stage.receive(messages.ActionAnswered).text == "read poked"


@pytest.mark.multiproc
def test_a_descriptor_stays_watched_whatever_was_received_between(tcp_stage: Stage):
    probe = tcp_stage.create(Probe)
    assert tcp_stage.ask(probe, "watch") == "watching"

    tcp_stage.tell(probe, messages.ActionRequested(1, "timer 0.01 write"))
    for text in ("after a timer", "after a read"):
        assert tcp_stage.receive(messages.ActionAnswered).text == f"read {text}"

    for text in ("one", "two"):
        tcp_stage.tell(probe, messages.ActionRequested(1, f"write {text}"))
        texts = {tcp_stage.receive(messages.ActionAnswered).text for _ in range(2)}
        tcp_stage.post(probe, "not an envelope")

        assert texts == {"written", f"read {text}"}


@pytest.mark.multiproc
def test_a_killed_peer_holds_none_of_the_senders_transmit_slots(tcp_stage: Stage):
    """Each message to a hung peer holds one of 20 until that peer is killed."""
    probe, other, third = (tcp_stage.create(Probe, name) for name in ("Probe", "Other", "Third"))
    tcp_stage.wire(probe, {"Other": (other, 1)})
    pid = int(tcp_stage.ask(other, "pid"))
    os.kill(pid, signal.SIGSTOP)
    assert tcp_stage.ask(probe, "tell Other") == "told"
    eventually(lambda: int(tcp_stage.ask(probe, "slots")) >= 5)

    os.kill(pid, signal.SIGKILL)

    eventually(lambda: int(tcp_stage.ask(probe, "slots")) == 0)
    tcp_stage.wire(probe, {"Other": (third, 2)})
    assert tcp_stage.ask(probe, "tell Other") == "told"
    eventually(lambda: tcp_stage.ask(third, "seen").count("Probe:trading") == 5)


def _private(cls: type) -> set[str]:
    """Private methods of the class, and the attributes its methods set."""
    names = {name for name in vars(cls) if name.startswith("_") and not name.startswith("__")}
    for member in vars(cls).values():
        code = getattr(member, "__code__", None)
        names |= {name for name in code.co_names if name.startswith("_")} if code else set()
    return names


@pytest.mark.parametrize("kind", sorted(Supervisor.ACTORS))
def test_no_actor_takes_a_private_name_of_its_base(kind):
    bases = (MessageActor, *MessageActor.__mro__[1:2], reporting.ReportingActor)
    taken = set().union(*(_private(base) for base in bases)) | set(vars(dispatch))
    actor = Supervisor.ACTORS[kind]
    own = {name for name in vars(actor) if name.startswith("_") and not name.startswith("__")}
    if kind == "Guard":
        taken -= {"_started"}

    assert own & taken == set()
