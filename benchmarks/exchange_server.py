"""An exchange in a process of its own that does one thing as fast as it can."""

from __future__ import annotations

import asyncio
import gc
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.sharedctypes import Synchronized
from typing import Any, Final
from uuid import uuid4

from benchmarks.exchange_clients import pin
from simulator.access.credentials import make_private_key
from simulator.access.temporary_keys import temporary_key_folder
from simulator.exchange import Exchange
from simulator.flow.order_flow import STEP_S
from simulator.start import start_exchange
from simulator.surface.server import serve

MARKETS: Final = 1_000
BATCH: Final = 500  # events between two turns of the loop
MOST_AHEAD: Final = 10_000  # events, of the slowest client


@dataclass(slots=True)
class Pace:
    """Keeps the exchange within reach of its clients, who count at the other end."""

    counted: Synchronized[int]

    async def keep(self, sent: int) -> None:
        await asyncio.sleep(0)
        while sent - self.counted.value > MOST_AHEAD:  # noqa: ASYNC110  another process counts
            await asyncio.sleep(0.004)


Work = Callable[[Exchange, int, Pace], Awaitable[int]]


async def push(exchange: Exchange, amount: int, pace: Pace) -> int:
    """Prepared events of the engine through rendering, envelopes and sockets."""
    rng = random.Random(7)
    markets = exchange.world.markets
    resting = [order for listed in markets.values() for order in listed.book.orders()]
    causes = rng.choices(resting, k=BATCH)
    changes = [rng.randint(1, 5_000) for _ in causes]
    for sent in range(0, amount, BATCH):
        at_us = exchange.now_us()
        for cause, delta_e2 in zip(causes, changes, strict=True):
            exchange.publisher.book_changed(
                markets[cause.market.ticker],
                cause,
                cause.side,
                price_e4=cause.price_e4,
                delta_e2=delta_e2,
                now_us=at_us,
            )
        await pace.keep(sent)
    return amount


async def live(exchange: Exchange, amount: int, pace: Pace) -> int:
    """The order flow with all that follows from it."""
    before = exchange.engine.deltas
    while (made := exchange.engine.deltas - before) < amount:
        exchange.flow.step(BATCH / STEP_S, now_us=exchange.now_us())
        await pace.keep(made)
    return made


WORKS: Final[dict[str, Work]] = {"push": push, "live": live}


def run(pipe: Connection, counted: Synchronized[int], name: str, amount: int) -> None:
    """The whole life of the process."""
    pin(0)
    asyncio.run(_run(pipe, Pace(counted), WORKS[name], amount))


async def _run(pipe: Connection, pace: Pace, work: Work, amount: int) -> None:
    exchange = start_exchange(uuid4(), markets=MARKETS, seed=7, rate=0)
    gc.freeze()  # as the program does
    with temporary_key_folder() as folder:
        key_path = folder / "key.pem"
        member = exchange.enroll(make_private_key(key_path), balance_e6=0, tier="unlimited")
        async with serve(exchange, port=0, with_control=False) as served:
            pipe.send(
                {
                    "ws_url": served.ws_url,
                    "key_id": member.key_id,
                    "private_key_path": str(key_path),
                    "tickers": list(exchange.world.markets),
                }
            )
            await _told(pipe)
            wall_s, cpu_s = time.perf_counter(), time.process_time()
            events = await work(exchange, amount, pace)
            done = {"cpu_s": time.process_time() - cpu_s, "wall_s": time.perf_counter() - wall_s}
            pipe.send({"events": events, **done})
            await _told(pipe)


async def _told(pipe: Connection) -> Any:
    """The next word of the clients, while the exchange goes on."""
    return await asyncio.to_thread(pipe.recv)
