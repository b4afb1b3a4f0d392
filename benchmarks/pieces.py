"""The cost of each small step of an order or a book change.

Two ways of one step take turns; figures are medians of the rounds, in processor time for what computes
and in time for what waits for the disk.
"""

from __future__ import annotations

import json
import os
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

from benchmarks.claims import Result, percentile, reported, times_faster
from benchmarks.main_job import folder
from benchmarks.recorded_flow import delta_batches, record
from kalshi_client.auth import Signer
from kalshi_client.wire.messages import decode
from persistence.outbox import Outbox
from simulator.access.credentials import make_private_key
from trading.book import Book
from trading.events import Refused

ROUNDS: Final = 5


def wire(*, quick: bool) -> Iterator[Result]:
    """One orderbook_delta as a typed value, against json.loads and nothing after it."""
    flow = record(markets=100, changes=5_000 if quick else 40_000)
    frames = [frame for batch in delta_batches(flow) for _, some in batch for frame in some]
    ours, theirs = _in_turns_us(frames, decode, json.loads)
    size = {"bytes": round(statistics.mean(map(len, frames)))}
    yield (
        times_faster("decode one orderbook_delta, us of CPU, against json.loads", ours, theirs, at_least=3)
        | size
    )


def book(*, quick: bool) -> Iterator[Result]:
    """A change at the best price of a book, which is lost with every other one."""
    for levels in (20, 99):
        held = Book()
        held.replace({100 * price: 1_000 for price in range(1, levels + 1)}, {})
        changes = [-1_000, 1_000] * (5_000 if quick else 40_000)
        (us,) = _in_turns_us(changes, partial(held.apply, "yes", 100 * levels))
        yield reported(f"a change that takes or brings the best of {levels} levels, us of CPU", us)


def commit(*, quick: bool) -> Iterator[Result]:
    """One event on the disk, against a line appended to a file and synced."""
    count = 100 if quick else 500
    event = Refused(1_795_345_200_123_456, "KXRAIN-26DEC31-NYC", "BUY_YES", "write_budget", "12/3")
    with folder() as place, (place / "plain").open("ab", buffering=0) as plain:
        outbox = Outbox(place / "outbox.db", "OrderManager")

        def append() -> None:
            plain.write(b"x" * 200)
            os.fdatasync(plain.fileno())

        ours, theirs = [], []
        for _ in range(count):
            ours.append(_ms(lambda: outbox.append([(event, None)])))
            theirs.append(_ms(append))
        outbox.close()
    more = {"theirs": round(percentile(theirs, 50), 3), "p99_ms": round(percentile(ours, 99), 2)}
    yield reported("commit of one event, p50, ms (theirs: append and fdatasync)", percentile(ours, 50)) | more


def signature(*, quick: bool) -> Iterator[Result]:
    """The headers of one request, RSA-2048."""
    with folder() as place:
        key = Path(place) / "key.pem"
        make_private_key(key)
        signer = Signer.from_pem("key", key)
        count = 50 if quick else 300
        waits = [
            _ms(lambda: signer.headers("POST", "/trade-api/v2/portfolio/orders", timestamp_ms=1))
            for _ in range(count)
        ]
    yield reported("signed headers of one request, p50, ms", percentile(waits, 50))


claims: Final[dict[str, Callable[..., Iterator[Result]]]] = {
    "wire": wire,
    "book": book,
    "commit": commit,
    "signature": signature,
}


def _in_turns_us(items: Sequence[Any], *ways: Callable[[Any], object]) -> list[float]:
    measured: list[list[float]] = [[] for _ in ways]
    for _ in range(ROUNDS):
        for way, found in zip(ways, measured, strict=True):
            began = time.process_time_ns()
            for item in items:
                way(item)
            found.append((time.process_time_ns() - began) / len(items) / 1_000)
    return [statistics.median(found) for found in measured]


def _ms(step: Callable[[], object]) -> float:
    began = time.perf_counter()
    step()
    return (time.perf_counter() - began) * 1_000
