"""Control: arm, list and clear faults (loopback only)."""

from __future__ import annotations

from aiohttp import web

from simulator.faults import venue as fault_venue
from simulator.faults.answers import FAULTS
from simulator.faults.faults import LASTING_KINDS, VENUE_KINDS, Fault, Faults
from simulator.faults.frames import FaultyLine
from simulator.faults.request import fault_body, read_fault
from simulator.surface.rest.access import CONTROL_PREFIX, EXCHANGE
from simulator.surface.rest.errors import json_answer

routes = web.RouteTableDef()


@routes.post(f"{CONTROL_PREFIX}/faults")
async def arm(request: web.Request) -> web.Response:
    exchange, faults = request.app[EXCHANGE], request.app[FAULTS]
    fault = read_fault(await request.read(), now_s=faults.clock())
    if fault.kind in VENUE_KINDS:
        fault_venue.begin(exchange, fault, now_s=faults.clock())
    elif fault.is_of_connections:
        _strike_connections(faults, fault)
    faults.arm(fault)
    faults.end()
    return json_answer(fault_body(fault), status=201)


def _strike_connections(faults: Faults, fault: Fault) -> None:
    """With a count: that many of those open now. Without: all, and those that open while it lasts."""
    meant = [line for line in faults.lines if isinstance(line, FaultyLine) and line.is_of(fault)]
    if fault.left is not None:
        meant = meant[: fault.left]
        fault.lines, fault.left = frozenset(meant), None if fault.kind == "silent_ws" else 0
    for line in meant:
        faults.count(fault)
        if fault.kind == "drop_ws":
            line.cut()


@routes.get(f"{CONTROL_PREFIX}/faults")
async def armed(request: web.Request) -> web.Response:
    """The armed faults, and the number of strikes of each kind since the last clear."""
    faults = request.app[FAULTS]
    return json_answer({"faults": [fault_body(fault) for fault in faults.armed], "hits": faults.hits})


@routes.delete(f"{CONTROL_PREFIX}/faults")
async def clear(request: web.Request) -> web.Response:
    cleared = request.app[FAULTS].clear()
    for fault in cleared:
        fault_venue.lift(request.app[EXCHANGE], fault)
    return json_answer({"cleared": len(cleared)})


def end_due(app: web.Application) -> None:
    """Lift what has lasted long enough, but not what another fault still wants."""
    exchange, faults = app[EXCHANGE], app[FAULTS]
    for ended in faults.end():
        fault_venue.lift(exchange, ended)
        for fault in faults.armed:
            if fault.kind in LASTING_KINDS:
                fault_venue.begin(exchange, fault, now_s=faults.clock())
