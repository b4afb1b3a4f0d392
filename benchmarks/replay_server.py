"""An exchange in a process of its own that sends a recorded flow, as slowly or as fast as it is told.

It is the real exchange up to the rendering of a change, which was done before: subscriptions,
envelopes, sequence numbers, snapshots at any time. The flow runs to its end and, each change undone,
back to its beginning, so it never ends and every book is one that once was.
"""

from __future__ import annotations

import asyncio
import gc
import mmap
import struct
import time
from collections.abc import Iterator, Sequence
from itertools import cycle, islice
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import msgspec

from benchmarks.exchange_clients import pin
from benchmarks.recorded_flow import RecordedFlow, Sides, record
from simulator.access.credentials import make_private_key
from simulator.access.temporary_keys import temporary_key_folder
from simulator.choices import Choices
from simulator.control.routes import SLOWEST, books_hash
from simulator.exchange import Exchange
from simulator.start import start_exchange
from simulator.surface.server import serve
from simulator.surface.websocket.subscriptions import Subscription
from trading.market import ONE_DOLLAR_E4, BookSide

TURN_S: Final = 0.001  # between two turns of a paced play
MOST_A_TURN: Final = 500  # changes
MOST_AHEAD: Final = 10_000  # changes that the reader has not counted yet, when as fast as it goes
SAMPLE_S: Final = 0.25
COUNTED: Final = struct.Struct("<q")
"""The reader's count in the file it shares: changes it has taken into its books."""


class ReplayedBook:
    """In the place of a market's order book, with levels and no orders."""

    def __init__(self, sides: Sides) -> None:
        self.yes, self.no = dict(sides[0]), dict(sides[1])

    def apply(self, side: str, price_e4: int, delta_e2: int) -> None:
        levels = self.yes if side == "yes" else self.no
        levels[price_e4] = levels.get(price_e4, 0) + delta_e2
        if not levels[price_e4]:
            del levels[price_e4]

    def yes_bids(self) -> list[tuple[int, int]]:
        return sorted(self.yes.items())

    def no_bids(self) -> list[tuple[int, int]]:
        return sorted(self.no.items())

    @property
    def best_bid_e4(self) -> int | None:
        return max(self.yes, default=None)

    @property
    def best_ask_e4(self) -> int | None:
        return ONE_DOLLAR_E4 - max(self.no) if self.no else None

    def count_at_best_e2(self, side: BookSide) -> int:
        levels = self.yes if side == "bid" else self.no
        return levels[max(levels)] if levels else 0


class Change(msgspec.Struct, rename={"ticker": "market_ticker"}):
    """A change as it has to be known to send it and to undo it."""

    ticker: str
    price_dollars: str
    delta_fp: str
    side: str

    def price_e4(self) -> int:
        return round(float(self.price_dollars) * ONE_DOLLAR_E4)

    def delta_e2(self) -> int:
        return round(float(self.delta_fp) * 100)


Prepared = tuple[str, str, int, int, bytes]
"""Ticker, side, price, change, and the ``msg`` as it is sent."""


def there_and_back(flow: RecordedFlow) -> list[Prepared]:
    decode = msgspec.json.Decoder(Change).decode
    there: list[Prepared] = []
    for ticker, msg in flow.changes:
        change = decode(msg)
        there.append((ticker, change.side, change.price_e4(), change.delta_e2(), msg))
    return there + [_undone(*prepared) for prepared in reversed(there)]


def _undone(ticker: str, side: str, price_e4: int, delta_e2: int, msg: bytes) -> Prepared:
    before, sign, after = msg.partition(b'"delta_fp":"')
    turned = after[1:] if after.startswith(b"-") else b"-" + after
    return ticker, side, price_e4, -delta_e2, before + sign + turned


class Player:
    """Plays to whoever subscribes, and knows when it sent what."""

    def __init__(self, exchange: Exchange, flow: RecordedFlow, counted: mmap.mmap) -> None:
        self._subscriptions = exchange.publisher._books  # noqa: SLF001  the way of every change
        self._books = {ticker: ReplayedBook(sides) for ticker, sides in flow.opening.items()}
        for ticker, book in self._books.items():
            exchange.world.markets[ticker].book = book  # type: ignore[assignment]
        self._changes: Iterator[Prepared] = cycle(there_and_back(flow))
        self._counted = counted

    async def play(self, rate: float | None, seconds: float) -> dict[str, Any]:
        """``rate`` changes a second; None: as fast as the reader counts them."""
        heard = self._heard()
        turns: list[tuple[int, list[int]]] = []
        queued: list[int] = []
        sent, base = 0, COUNTED.unpack_from(self._counted)[0]
        began, cpu = time.monotonic(), time.process_time()
        while (elapsed_s := time.monotonic() - began) < seconds:
            due = MOST_A_TURN if rate is None else min(int(rate * elapsed_s) - sent, 10 * MOST_A_TURN)
            turns.append((time.monotonic_ns(), [each.seq for each in heard]))
            self._send(due)
            sent += due
            if elapsed_s > len(queued) * SAMPLE_S:
                queued.append(sum(_unsent_bytes(each) for each in heard))
            await asyncio.sleep(0 if rate is None else TURN_S)
            while rate is None and sent - (COUNTED.unpack_from(self._counted)[0] - base) > MOST_AHEAD:  # noqa: ASYNC110  another process counts
                await asyncio.sleep(TURN_S)
        turns.append((time.monotonic_ns(), [each.seq for each in heard]))
        return {
            "sent": sent,
            "wall_s": time.monotonic() - began,
            "cpu_s": time.process_time() - cpu,
            "keys": [min(each.tickers or ()) for each in heard],
            "turns": turns,
            "unsent_bytes": queued,
        }

    def _send(self, count: int) -> None:
        books, subscriptions = self._books, self._subscriptions
        for ticker, side, price_e4, delta_e2, msg in islice(self._changes, count):
            books[ticker].apply(side, price_e4, delta_e2)
            for subscription in subscriptions[ticker]:
                subscription.send_delta(msg)

    def _heard(self) -> list[Subscription]:
        found = {id(each): each for subscribed in self._subscriptions.values() for each in subscribed}
        return list(found.values())


def _unsent_bytes(subscription: Subscription) -> int:
    return int(subscription.sink._transport.get_write_buffer_size())  # type: ignore[attr-defined] # noqa: SLF001


def run(pipe: Connection, counted_path: str, *, markets: int, changes: int) -> None:
    """The whole life of the process."""
    pin(0)
    with Path(counted_path).open("r+b") as file, mmap.mmap(file.fileno(), COUNTED.size) as counted:
        asyncio.run(_run(pipe, counted, markets, changes))


async def _run(pipe: Connection, counted: mmap.mmap, markets: int, changes: int) -> None:
    flow = record(markets=markets, changes=changes)
    exchange = start_exchange(
        UUID(int=7), markets=markets, seed=7, rate=0, choices=Choices(most_connections=1_000)
    )
    exchange.compress(SLOWEST)  # no market closes while this lasts
    player = Player(exchange, flow, counted)
    gc.freeze()
    with temporary_key_folder() as folder:
        key_path = folder / "key.pem"
        member = exchange.enroll(make_private_key(key_path), balance_e6=0, tier="unlimited")
        async with serve(exchange, port=0, with_control=False) as served:
            pipe.send(
                {
                    "name": "loopback",
                    "rest_url": served.rest_url,
                    "ws_url": served.ws_url,
                    "key_id": member.key_id,
                    "private_key_path": str(key_path),
                    "reads_per_s": 1_000,
                    "tickers": flow.tickers,
                }
            )
            await _obey(pipe, player, [exchange.world.markets[ticker] for ticker in flow.tickers])


async def _obey(pipe: Connection, player: Player, markets: Sequence[Any]) -> None:
    while True:
        match await asyncio.to_thread(pipe.recv):
            case ("play", rate, seconds):
                pipe.send(await player.play(rate, seconds))
            case "hash":
                pipe.send(books_hash(markets))
            case _:
                return
