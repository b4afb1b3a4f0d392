"""The frames of an exchange with lively markets, made before anything is measured.

The simulator's own order flow trades for a while and what it does to the books is kept: the books
at the beginning, every change as the exchange writes it, the books at the end.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from uuid import UUID

from simulator.engine.matching.traded_market import TradedMarket
from simulator.flow.order_flow import STEP_S
from simulator.start import start_exchange
from simulator.surface.websocket import frames
from simulator.surface.websocket.channels import BOOK, CHANNELS
from simulator.surface.websocket.subscriptions import Subscription

MARKETS_PER_CONNECTION: Final = 250  # as the watcher spreads them
RATE: Final = 5_000.0  # changes a second, as their times tell
BATCH: Final = 256  # changes that reach a reader at once, over all its connections

Sides = tuple[dict[int, int], dict[int, int]]
"""Bids of YES and of NO: ``count_e2`` by ``price_e4``, each in its own outcome."""


@dataclass(frozen=True, slots=True)
class RecordedFlow:
    """``changes`` are (ticker, the ``msg`` of its orderbook_delta), in the order of the exchange."""

    tickers: list[str]
    opening: dict[str, Sides]
    snapshots: dict[str, bytes]  # the ``msg`` of each opening book
    changes: list[tuple[str, bytes]]
    closing: dict[str, Sides]

    def connections(self) -> dict[str, int]:
        """The connection of each market."""
        return {ticker: place // MARKETS_PER_CONNECTION for place, ticker in enumerate(self.tickers)}

    def groups(self) -> list[list[str]]:
        """The markets of each connection."""
        size = MARKETS_PER_CONNECTION
        return [self.tickers[start : start + size] for start in range(0, len(self.tickers), size)]


class _Tape:
    """Stands where a connection would be."""

    def __init__(self) -> None:
        self.msgs: list[bytes] = []

    def send(self, payload: bytes) -> None:
        raise NotImplementedError("only changes are sent")

    def send_message(self, _envelope: bytes, msg: bytes) -> None:
        self.msgs.append(msg)


@lru_cache(maxsize=2)
def record(*, markets: int, changes: int, seed: int = 7) -> RecordedFlow:
    """At least so many changes; the same arguments give the same flow."""
    exchange = start_exchange(UUID(int=seed), markets=markets, seed=seed, rate=0)
    listed = list(exchange.world.markets.values())[:markets]
    tickers = [each.ticker for each in listed]
    opening = books_of(listed)
    snapshots = {each.ticker: frames.snapshot_msg(each, yes_price=False) for each in listed}
    tape = _Tape()
    heard = Subscription(1, CHANNELS[BOOK], exchange.engine.open_account(0), tape, set(tickers))
    exchange.publisher.add(heard, tickers)
    at_us = exchange.now_us()
    while len(tape.msgs) < changes:
        at_us += int(STEP_S * 1e6)
        exchange.flow.step(RATE, now_us=at_us)
    return RecordedFlow(
        tickers, opening, snapshots, [(_ticker_of(msg), msg) for msg in tape.msgs], books_of(listed)
    )


def books_of(markets: Sequence[TradedMarket]) -> dict[str, Sides]:
    return {each.ticker: (dict(each.book.yes_bids()), dict(each.book.no_bids())) for each in markets}


def _ticker_of(msg: bytes) -> str:
    return msg.split(b'"', 4)[3].decode()


# --- as one client receives it --------------------------------------------------------------------


def opening_frames(flow: RecordedFlow) -> list[list[bytes]]:
    """By connection: the reply to the subscription and the snapshots, all of sid 1."""
    reply = b'{"id":1,"type":"subscribed","msg":{"channel":"orderbook_delta","sid":1}}'
    return [
        [
            reply,
            *(
                b'{"type":"orderbook_snapshot","sid":1,"seq":%d,"msg":%b}' % (seq, flow.snapshots[ticker])
                for seq, ticker in enumerate(group, 1)
            ),
        ]
        for group in flow.groups()
    ]


def delta_batches(flow: RecordedFlow) -> Iterator[list[tuple[int, list[bytes]]]]:
    """The frames that are read at once, for each connection that has any."""
    connection_of = flow.connections()
    seqs = [len(group) for group in flow.groups()]
    for start in range(0, len(flow.changes), BATCH):
        batch: dict[int, list[bytes]] = {}
        for ticker, msg in flow.changes[start : start + BATCH]:
            connection = connection_of[ticker]
            seqs[connection] += 1
            frame = b'{"type":"orderbook_delta","sid":1,"seq":%d,"msg":%b}' % (seqs[connection], msg)
            batch.setdefault(connection, []).append(frame)
        yield list(batch.items())
