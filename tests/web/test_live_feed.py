"""A page hears on /rl/ws, and costs nobody anything."""

import itertools
import json
import socket
import time
from contextlib import ExitStack

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.web.reports import REPORTS
from web.freshness import STALE_S
from web.live_feed import HEARTBEAT_S, LOOK_S, MOST_PAGES, SPACING_S

WAIT_S = 10.0


def heard(page, kind):
    """The next message of that kind."""
    while True:
        message = json.loads(page.recv(timeout=WAIT_S))
        if message["type"] == kind:
            return message


def test_a_page_is_greeted_and_then_told_everything(served):
    with served.socket() as page:
        hello, snapshot = (json.loads(page.recv(timeout=WAIT_S)) for _ in range(2))

    assert hello["type"] == "hello"
    assert (hello["schema"], hello["boot"], hello["session"], hello["hb"]) == (1, "boot-1", "s1", HEARTBEAT_S)
    assert snapshot["type"] == "snapshot"
    assert snapshot["state"]["slices"]["balance"]["available"] == "9851.5800"
    assert snapshot["state"]["tables"]["actors"].keys() == {"MarketWatcher-0", "OrderManager"}


def test_a_change_comes_as_the_next_number(served):
    with served.socket() as page:
        snapshot = heard(page, "snapshot")
        served.report("OrderManager", balance={"available": "1.0000"})
        delta = heard(page, "delta")

    assert delta["seq"] == snapshot["seq"] + 1
    assert delta["set"]["balance"]["available"] == "1.0000"


def test_a_burst_of_changes_becomes_few_deltas_with_the_newest_state(served):
    with served.socket() as page:
        heard(page, "snapshot")
        started = time.monotonic()
        for number in range(500):
            served.report("OrderManager", fills={"count": number})
        deltas = [heard(page, "delta")]
        while deltas[-1]["set"]["fills"].get("count") != 499:
            deltas.append(heard(page, "delta"))
        took_s = time.monotonic() - started

    assert len(deltas) <= 2 + took_s / SPACING_S
    assert [b["seq"] - a["seq"] for a, b in itertools.pairwise(deltas)] == [1] * (len(deltas) - 1)


def test_silence_is_broken_by_a_heartbeat_with_the_number_so_far(served):
    with served.socket() as page:
        snapshot = heard(page, "snapshot")
        beat = heard(page, "hb")

    assert beat["seq"] == snapshot["seq"]
    assert beat["ages_s"].keys() == REPORTS.keys()
    assert beat["ages_s"]["Supervisor"] >= HEARTBEAT_S - 0.1


def test_a_page_hears_within_three_seconds_that_its_figures_are_old(served):
    reported_at = time.monotonic()
    with served.socket() as page:
        heard(page, "snapshot")
        told = heard(page, "delta")
        while told["set"].get("trading", {}).get("state") != "starting":
            told = heard(page, "delta")

    assert time.monotonic() - reported_at < STALE_S + 2 * LOOK_S
    assert "nothing heard from the Supervisor" in told["set"]["trading"]["state_reason"]


def test_a_page_that_asks_gets_a_new_snapshot(served):
    with served.socket() as page:
        heard(page, "snapshot")
        page.send(json.dumps({"type": "resync", "have": 0}))

        assert heard(page, "snapshot")["state"]["slices"]["trading"]["state"] == "trading"


@pytest.mark.parametrize("nonsense", ["", "{", "[]", "17", '{"type":"nothing"}', b"\x00\xff"])
def test_nonsense_from_a_page_changes_nothing(served, nonsense):
    with served.socket() as page:
        heard(page, "snapshot")
        page.send(nonsense)
        served.report("OrderManager", balance={"available": "2.0000"})

        assert heard(page, "delta")["set"]["balance"]["available"] == "2.0000"


def test_a_page_that_says_too_much_at_once_is_closed(served):
    with served.socket() as page:
        heard(page, "snapshot")
        page.send("x" * 5000)

        with pytest.raises(ConnectionClosed) as closed:
            heard(page, "never")

    assert closed.value.rcvd.code == 1009


def slow_reader(served):
    """A page whose socket holds little, so that it is soon full when nobody reads."""
    plain = socket.socket()
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    plain.connect(("127.0.0.1", served.server.port))
    return served.socket(sock=plain, max_queue=1)


def big_report(served, number):
    rows = [{"ticker": f"M-{n}", "position": f"{number}.00", "note": "x" * 200} for n in range(300)]
    served.report("FillProcessor", positions=rows)


def test_a_page_that_does_not_read_is_skipped_and_gets_a_snapshot_when_it_reads_again(served):
    with slow_reader(served) as slow, served.socket(max_size=None) as quick:
        heard(quick, "snapshot")
        for number in range(60):  # 60 × 70 KB: far more than the sockets between hold
            big_report(served, number)
            heard(quick, "delta")

        kinds, last = [], {}
        while last.get("M-0", {}).get("position") != "59.00":
            message = json.loads(slow.recv(timeout=WAIT_S))
            kinds.append(message["type"])
            tables = message.get("state", message).get("tables", {})
            last = tables.get("positions", {})
            last = last.get("set", last)

    assert kinds.count("snapshot") >= 2
    assert len(kinds) < 40


def test_numbers_stay_whole_across_what_was_skipped(served):
    with slow_reader(served) as slow, served.socket(max_size=None) as quick:
        heard(quick, "snapshot")
        for number in range(60):
            big_report(served, number)
            newest = heard(quick, "delta")["seq"]
        seq, numbers = None, []
        while seq != newest:
            message = json.loads(slow.recv(timeout=WAIT_S))
            if message["type"] in ("snapshot", "delta"):
                numbers.append(message["type"] == "snapshot" or message["seq"] == seq + 1)
                seq = message["seq"]

    assert all(numbers)


def test_another_sites_page_is_refused(served):
    with pytest.raises(InvalidStatus) as refused, served.socket(origin="http://evil.example"):
        pass

    assert refused.value.response.status_code == 403


def test_our_own_page_is_admitted(served):
    with served.socket(origin=served.url) as page:
        assert heard(page, "hello")


def test_a_name_that_is_not_ours_is_refused(served):
    plain = socket.create_connection(("127.0.0.1", served.server.port))
    request = "GET /rl/ws HTTP/1.1\r\nHost: evil.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    request += "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    with plain:
        plain.sendall(request.encode())

        assert plain.recv(64).startswith(b"HTTP/1.1 403")


def test_a_guarded_socket_wants_the_token(guarded):
    with pytest.raises(InvalidStatus), guarded.socket():
        pass
    with guarded.socket(additional_headers={"Cookie": "rl_token=a-token"}) as page:
        assert heard(page, "hello")


def test_no_more_pages_than_there_is_room_for(served):
    with ExitStack() as pages:
        for _ in range(MOST_PAGES):
            heard(pages.enter_context(served.socket()), "hello")
        with served.socket() as one_more, pytest.raises(ConnectionClosed) as closed:
            heard(one_more, "hello")

    assert closed.value.rcvd.code == 1013


def test_a_closed_page_makes_room_again(served):
    for _ in range(MOST_PAGES + 5):
        with served.socket() as page:
            heard(page, "snapshot")

    with served.socket() as page:
        assert heard(page, "snapshot")


def test_pages_are_told_that_the_program_goes_away(served):
    with served.socket() as page:
        heard(page, "snapshot")
        served.server.stop()

        with pytest.raises(ConnectionClosed) as closed:
            heard(page, "never")

    assert closed.value.rcvd.code == 1001


def test_who_asks_each_minute_finds_its_connection_open(served):
    """Closed after five, it would answer a monitor that asks as often with a reset now and then."""
    assert served.server._server.config.timeout_keep_alive > 60
