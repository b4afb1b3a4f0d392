"""Makes faults on the exchanges of this machine and waits until the session has recovered from each."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Any, Final

from cli.checklist import account_figures
from cli.checklist.comparison import Comparison
from cli.checklist.control import Exchanges
from cli.checklist.fault_seen import RECOVERED_WITHIN_S, FaultSeen
from cli.checklist.ledger_reader import LedgerReader
from cli.checklist.page_mirror import PageMirror
from cli.checklist.page_socket import PageListener
from cli.checklist.recorded import SentOrder
from cli.running_session import RunningSession, press

CUT_FOR_S: Final = 5.0
REJECTED: Final = 3  # orders
PATIENCE_S: Final = RECOVERED_WITHIN_S
LOOK_EVERY_S: Final = 0.1
MOST_ROUNDS: Final = 20
SETTLE_S: Final = 1.0  # two rounds are as long as a fill may take to become a position
WELL: Final = ("connected", "live", "ready", "running")

Fault = Callable[["FaultPlace"], FaultSeen]


@dataclass(frozen=True, slots=True)
class FaultPlace:
    """A session that trades, and the exchanges it trades on."""

    running: RunningSession
    exchanges: Exchanges
    socket: PageListener
    ledger: LedgerReader


def all_faults(place: FaultPlace, tell: Callable[[str], None]) -> Iterator[FaultSeen]:
    """Each in turn; nothing is armed afterwards, whatever happens."""
    faults: tuple[tuple[str, Fault], ...] = (
        ("cutting the network", cut_network),
        ("letting orders be rejected", reject_orders),
        ("dropping the page's socket", drop_page_socket),
    )
    for name, make in faults:
        tell(name)
        try:
            yield make(place)
        finally:
            place.exchanges.clear()


def cut_network(place: FaultPlace) -> FaultSeen:
    """Every connection to every exchange is cut, and no request answered, for some seconds."""
    states_before = place.socket.look(lambda mirror: len(mirror.states))
    for fault in ({"kind": "drop_ws"}, {"kind": "error_5xx", "status": 503}):
        place.exchanges.arm_all({**fault, "for_s": CUT_FOR_S})
    ends_at = time.monotonic() + CUT_FOR_S
    held_back = place.socket.wait_for(lambda mirror: len(mirror.states) > states_before, CUT_FOR_S)
    time.sleep(max(0.0, ends_at - time.monotonic()))
    recovered_s = recovered(place, now_us())
    states = place.socket.look(lambda mirror: [state for state, _ in mirror.states[states_before:]])
    return judged_place(
        place,
        name="fault: network cut",
        made=f"every WebSocket cut and every request answered 503 for {CUT_FOR_S:.0f} s, at each exchange",
        expected="held back while it is cut",
        seen=f"state {', '.join(dict.fromkeys(states)) or 'unchanged'}",
        as_expected=held_back,
        recovered_s=recovered_s,
    )


def reject_orders(place: FaultPlace) -> FaultSeen:
    """The exchange refuses some orders, and takes the next ones."""
    since_us = now_us()
    place.exchanges.arm({"kind": "reject_orders", "count": REJECTED})

    def rejected() -> list[SentOrder]:
        orders = place.ledger.refresh().orders.values()
        return [each for each in orders if each.outcome == "rejected" and (each.answered_us or 0) >= since_us]

    happens(lambda: len(rejected()) >= REJECTED)
    found = rejected()
    last_us = max((each.answered_us or 0 for each in found), default=since_us)
    recovered_s = recovered(place, last_us)
    state = place.socket.look(lambda mirror: mirror.slices["trading"]["state"])
    return judged_place(
        place,
        name="fault: orders rejected",
        made=f"{REJECTED} orders refused with invalid_order",
        expected=f"{REJECTED} rejected, trading goes on",
        seen=f"{len(found)} rejected, state {state}",
        as_expected=len(found) >= REJECTED and state == "trading",
        recovered_s=recovered_s,
    )


def drop_page_socket(place: FaultPlace) -> FaultSeen:
    """The page loses its connection; trading must not notice, and the page has everything again."""
    since_us, began = now_us(), time.monotonic()
    connections = place.socket.connections
    place.socket.drop()
    is_back = place.socket.wait_for(lambda mirror: mirror.seq is not None, PATIENCE_S)
    back_s = time.monotonic() - began
    recovered_s = recovered(place, since_us)
    return judged_place(
        place,
        name="fault: page socket dropped",
        made="the connection of /rl/ws cut",
        expected="a whole snapshot again, trading goes on",
        seen=f"snapshot again after {back_s * 1_000:.0f} ms" if is_back else "no snapshot",
        as_expected=is_back and place.socket.connections > connections,
        recovered_s=recovered_s,
    )


def recovered(place: FaultPlace, since_us: int, *, states: Collection[str] = ("trading",)) -> float | None:
    """Seconds from then until all is well, in one of these states, and an order was accepted."""

    def is_well(mirror: PageMirror) -> bool:
        connections = mirror.tables["connections"].values()
        return mirror.slices["trading"]["state"] in states and all(
            row["state"] in WELL for row in connections
        )

    def is_over() -> bool:
        orders = place.ledger.refresh().orders.values()
        accepted = any(each.outcome == "accepted" and (each.answered_us or 0) > since_us for each in orders)
        return accepted and place.socket.look(is_well)

    # A page that has lost its connection is not looked at before it has one again.
    if not place.socket.wait_for(lambda _: True, PATIENCE_S) or not happens(is_over):
        return None
    return (now_us() - since_us) / 1e6


def judged_place(place: FaultPlace, **seen: Any) -> FaultSeen:
    comparison, ledger = compare_with_ledger(place)
    received = ledger["client_order_ids"]
    twice = tuple(each for each, times in received.items() if times > 1)
    return FaultSeen(**seen, ledger=comparison, fills=len(ledger["fills"]), twice=twice)


def compare_with_ledger(place: FaultPlace) -> tuple[Comparison, dict[str, Any]]:
    """The account as the page has it, held to the exchange's own ledger while no order is sent."""
    comparison = Comparison()
    ledger: dict[str, Any] = {}
    press("pause", place.running)
    for _ in range(MOST_ROUNDS):
        before = _shown(place.socket)
        ledger = place.exchanges.ledger()
        time.sleep(SETTLE_S)
        comparison.add(before, account_figures.of_ledger(ledger), _shown(place.socket))
        if comparison.is_settled:
            break
    press("resume", place.running)
    return comparison, ledger


def _shown(socket: PageListener) -> dict[str, str]:
    return account_figures.without_fees(socket.look(account_figures.of_mirror))


def happens(holds: Callable[[], bool], within_s: float = PATIENCE_S) -> bool:
    deadline = time.monotonic() + within_s
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(LOOK_EVERY_S)
    return True


def now_us() -> int:
    """Epoch microseconds of this machine's clock, as on every record."""
    return time.time_ns() // 1_000
