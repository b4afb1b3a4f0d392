"""The speed and the size of the loopback exchange against its promises.

Where a claim says "one core", the rate is per second of the exchange's own processor time: the
clients that count work on the same machine.
"""

from __future__ import annotations

import multiprocessing
import statistics
import time
from collections.abc import Callable, Iterator
from select import select
from typing import Any, Final

import psutil
import requests

from benchmarks import exchange_server
from benchmarks.claims import Result, goal, same
from benchmarks.exchange_clients import Orders, Socket, pin
from benchmarks.main_job import exchange, folder

ORDERS_PER_S: Final = 50
DELTA: Final = b'"type":"orderbook_delta"'


def push(*, quick: bool) -> Iterator[Result]:
    """Prepared events of the engine, rendered and sent to clients that count them."""
    events = 200_000 if quick else 1_000_000
    yield from _per_core("push to one client", "push", clients=1, events=events, at_least=300_000)
    yield from _per_core("push to each of four", "push", clients=4, events=events // 4, at_least=120_000)


def alive(*, quick: bool) -> Iterator[Result]:
    """Order flow, matching, ledgers and the push to one client, as fast as they go."""
    events = 100_000 if quick else 500_000
    yield from _per_core("alive", "live", clients=1, events=events, at_least=20_000)


def _per_core(claim: str, work: str, *, clients: int, events: int, at_least: int) -> Iterator[Result]:
    done, counted = _served(work, clients, events)
    yield same(f"{claim}: deltas received", counted, [done["events"]] * clients)
    rate = done["events"] / done["cpu_s"]
    wall = {"by_wall_clock": round(done["events"] / done["wall_s"]), "us_each": round(1e6 / rate, 2)}
    yield goal(f"{claim}: deltas/s, one core", rate, at_least=at_least) | wall


def _served(work: str, clients: int, events: int) -> tuple[dict[str, Any], list[int]]:
    """The work of an exchange in a process of its own, by its word, and the counts of its clients."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    slowest = context.Value("q", 0)
    server = context.Process(target=exchange_server.run, args=(theirs, slowest, work, events), daemon=True)
    server.start()
    pin(1)
    try:
        address = ours.recv()
        tickers = address.pop("tickers")
        sockets = [Socket(**address) for _ in range(clients)]
        for socket in sockets:
            socket.subscribe(tickers)
        ours.send("go")
        counted, done = dict.fromkeys(sockets, 0), None
        while done is None or min(counted.values()) < done["events"]:
            for socket in select(sockets, [], [], 0.1)[0]:
                counted[socket] += socket.count(DELTA)
            slowest.value = min(counted.values())
            if done is None and ours.poll():
                done = ours.recv()
        ours.send("stop")
        return done, list(counted.values())
    finally:
        server.join(10)
        server.kill()


def orders(*, quick: bool) -> Iterator[Result]:
    """Signed orders over one connection: as fast as they go, then 50/s beside 5,000 deltas/s."""
    with folder() as place, exchange(place, "--tier", "unlimited", "--rate", "0") as venue:
        client = Orders(venue, tickers_of(venue))
        requests_ = [client.prepared() for _ in range(2_000 if quick else 8_000)]
        began = time.perf_counter()
        for request in requests_:
            client.send(request)
        rate = len(requests_) / (time.perf_counter() - began)
        yield goal("signed orders/s on one connection", rate, at_least=1_500)
        yield same("orders received", venue["ledger"]()["order_requests"], len(requests_))
    with folder() as place, exchange(place, "--tier", "unlimited", "--rate", "5000") as venue:
        client = Orders(venue, tickers_of(venue))
        watcher = Socket(**{name: venue[name] for name in ("ws_url", "key_id", "private_key_path")})
        watcher.subscribe(tickers_of(venue))
        with watcher.drained():
            began = time.perf_counter()
            waits = [_paced(client, number, began) for number in range(1, 250 if quick else 1_500)]
        cuts = statistics.quantiles(waits, n=100)
        median = {"p50_ms": round(cuts[49] * 1000, 2)}
        yield goal("order at 50/s beside 5,000 deltas/s: p99, ms", cuts[98] * 1000, below=5) | median


def _paced(client: Orders, number: int, began: float) -> float:
    """Seconds from when an order was due to its answer, so that a late start counts."""
    request, due = client.prepared(), began + number / ORDERS_PER_S
    time.sleep(max(0.0, due - time.perf_counter()))
    client.send(request)
    return time.perf_counter() - due


def tickers_of(venue: dict[str, Any]) -> list[str]:
    answer = requests.get(f"{venue['rest_url']}/markets", params={"limit": 1000}, timeout=10)
    return [market["ticker"] for market in answer.json()["markets"]]


def size(*, quick: bool) -> Iterator[Result]:
    """The largest world: how soon it answers and what it weighs."""
    markets = 2_000 if quick else 20_000
    with folder() as place:
        began = time.monotonic()
        with exchange(place, "--markets", str(markets)) as venue:
            yield goal(f"{markets} markets: ready after, s", time.monotonic() - began, below=20)
            assert len(tickers_of(venue)) == 1000
            (process,) = [child for child in psutil.Process().children() if "exchange" in child.cmdline()]
            yield goal(f"{markets} markets: MB", process.memory_full_info().uss / 1e6, below=1000)


claims: Final[dict[str, Callable[..., Iterator[Result]]]] = {
    "push": push,
    "alive": alive,
    "orders": orders,
    "size": size,
}
