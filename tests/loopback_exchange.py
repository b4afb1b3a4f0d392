"""The exchange that the actors are tested against, and a cable to it that can be cut."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from cli.exchange_child import ExchangeAddress
from cli.own_exchanges import OwnExchanges
from kalshi_client.rest.outcomes import CreateOrder, SendResult
from settings.config import Config
from settings.venue_access import VenueAccess, account_rest_for
from trading.market import BookSide

HOST = "127.0.0.1"


class LoopbackExchange:
    """A running exchange: how actors reach it, and how a test sees and moves it."""

    def __init__(self, log: Path, *, markets: int) -> None:
        config = Config.model_validate(
            {
                "markets": {"count": markets},
                "loopback": {"rate": 0.0, "control": True, "tier": "prestige"},
                "state_dir": str(log.parent),
            }
        )
        self._exchanges = OwnExchanges.start(config, log=log)
        self.address: ExchangeAddress = self._exchanges.addresses["loopback"]
        self.rest = account_rest_for(VenueAccess(**self.access))
        self.tickers = sorted(market.ticker for market in self.rest.markets(status="open"))
        self._free_tickers = iter(self.tickers)
        self._orders = 0

    @property
    def access(self) -> dict[str, Any]:
        """The venue as actors are told of it."""
        told = asdict(self.address)
        del told["control_url"]  # no actor knows of it
        return {"name": "loopback", **told}

    def stop(self) -> None:
        self.rest.close()
        self._exchanges.stop()

    def ledger(self) -> dict[str, Any]:
        """The venue's own truth about the account."""
        return requests.get(f"{self.address.control_url}/ledger", timeout=20).json()

    def writes(self) -> int:
        """Requests of anybody that would change something: none at an exchange that only gives data."""
        return int(self.ledger()["writes"])

    def flow(self, rate: float) -> None:
        """So many book changes a second from now on."""
        requests.post(f"{self.address.control_url}/flow", json={"rate": rate}, timeout=20).raise_for_status()

    def close_market(self, ticker: str) -> None:
        """Before its time; other markets of its event stay open."""
        self.arm("close_market", market=ticker, count=1)

    def arm(self, kind: str, **more: Any) -> None:
        """A fault of the exchange, until ``clear_faults``."""
        fault = {"kind": kind, **more}
        requests.post(f"{self.address.control_url}/faults", json=fault, timeout=20).raise_for_status()

    def clear_faults(self) -> None:
        requests.delete(f"{self.address.control_url}/faults", timeout=20).raise_for_status()

    def change_grid(self, ticker: str, structure: str) -> None:
        change = {"market": ticker, "price_level_structure": structure}
        requests.post(f"{self.address.control_url}/markets", json=change, timeout=20).raise_for_status()

    def run_calendar(self, speed: float) -> None:
        """Markets open, close and settle so many times as fast."""
        clock = {"speed": speed}
        requests.post(f"{self.address.control_url}/clock", json=clock, timeout=20).raise_for_status()

    @contextlib.contextmanager
    def clock_ahead(self, seconds: int) -> Iterator[None]:
        """Its clock is so far ahead of this machine's meanwhile; negative: behind."""
        url, fault = f"{self.address.control_url}/faults", {"kind": "clock_skew", "skew_ms": seconds * 1_000}
        requests.post(url, json=fault, timeout=20).raise_for_status()
        try:
            yield
        finally:
            requests.delete(url, timeout=20).raise_for_status()

    def free_ticker(self) -> str:
        """A market that no other test of the module has traded."""
        return next(self._free_tickers)

    def resting(self) -> list[str]:
        """client_order_ids of what rests."""
        return [order.client_order_id for order in self.rest.orders(status="resting")]

    def bests(self, ticker: str) -> tuple[int, int]:
        """Best YES bid and ask."""
        yes, no = self.rest.orderbook(ticker)
        return max(yes), 10_000 - max(no)

    def order(
        self,
        ticker: str,
        side: BookSide,
        price_e4: int,
        *,
        client_order_id: str = "",
        crosses: bool = False,
        count_e2: int = 100,
    ) -> SendResult:
        """An order of this account that no actor knows of."""
        self._orders += 1
        sent = self.rest.create_order(
            CreateOrder(
                ticker=ticker,
                side=side,
                count_e2=count_e2,
                price_e4=price_e4,
                time_in_force="immediate_or_cancel" if crosses else "good_till_canceled",
                client_order_id=client_order_id or f"by-hand-{self._orders}",
                exchange_index=0,
            )
        )
        assert sent.outcome == "accepted", sent
        return sent

    def buy(self, ticker: str, *, count_e2: int = 100) -> SendResult:
        """YES at once, from whoever offers it."""
        _, ask_e4 = self.bests(ticker)
        return self.order(ticker, "bid", ask_e4, crosses=True, count_e2=count_e2)


class Cable:
    """A relay to the exchange: cut, it drops every connection; it may lose an answer, or change its words."""

    def __init__(self, exchange: LoopbackExchange) -> None:
        self._exchange = exchange
        self._loop = asyncio.new_event_loop()
        self._writers: set[asyncio.StreamWriter] = set()
        self._relays: set[asyncio.Task[None]] = set()
        self._losing = b""
        self._losses = 0
        self._other_words: dict[bytes, bytes] = {}
        self._refused = b""
        self._listener = socket.create_server((HOST, 0))
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def access(self) -> dict[str, Any]:
        """The venue at the near end of the cable."""
        near, far = f"{HOST}:{self._listener.getsockname()[1]}", f"{HOST}:{self._far_port}"
        return {
            key: value.replace(far, near) if key in ("rest_url", "ws_url") else value
            for key, value in self._exchange.access.items()
        }

    @property
    def _far_port(self) -> int:
        return int(urlsplit(self._exchange.address.rest_url).port or 0)

    def cut(self) -> None:
        """All connections end; new ones may be made."""
        self._loop.call_soon_threadsafe(self._drop)

    def refuse(self, request: str) -> None:
        """From now on a connection that begins so ends at once; "" for none."""
        self._refused = request.encode()

    def lose_answer_to(self, request: str, *, times: int = 1) -> None:
        """The next requests that begin so arrive, and their answers do not."""
        self._losing, self._losses = request.encode(), times

    def change_words(self, words: str, others: str) -> None:
        """From now on the exchange is heard to say these others, which are as long."""
        assert len(words) == len(others)
        self._other_words[words.encode()] = others.encode()

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._main.cancel)
        self._thread.join()

    # --- the thread ------------------------------------------------------------------------------

    def _run(self) -> None:
        self._main = self._loop.create_task(self._serve())
        with contextlib.suppress(asyncio.CancelledError):
            self._loop.run_until_complete(self._main)
        self._loop.close()

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._accept, sock=self._listener)
        try:
            await server.serve_forever()
        finally:
            self._drop()
            await asyncio.gather(*self._relays)

    def _drop(self) -> None:
        for writer in self._writers:
            writer.transport.abort()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        relay = asyncio.create_task(self._relay(reader, writer))
        self._relays.add(relay)
        relay.add_done_callback(self._relays.discard)

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection(HOST, self._far_port)
        ends = {writer, far_writer}
        self._writers |= ends
        loses = asyncio.Event()
        ways = {
            asyncio.create_task(self._pump(reader, far_writer, loses=loses, is_out=True)),
            asyncio.create_task(self._pump(far_reader, writer, loses=loses, is_out=False)),
        }
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        # Closed at one end is closed at both.
        self._writers -= ends
        for way in ways:
            way.cancel()
        for end in ends:
            end.transport.abort()

    async def _pump(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        *,
        loses: asyncio.Event,
        is_out: bool,
    ) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(65_536):
                if is_out and self._refused and data.startswith(self._refused):
                    return
                if is_out and self._losses and data.startswith(self._losing):
                    self._losses -= 1
                    loses.set()
                elif not is_out and loses.is_set():
                    return
                if not is_out:
                    for words, others in self._other_words.items():
                        data = data.replace(words, others)
                writer.write(data)
                await writer.drain()


@pytest.fixture(scope="module")
def exchange(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LoopbackExchange]:
    """An exchange whose order flow stands still until a test starts it."""
    exchange = LoopbackExchange(tmp_path_factory.mktemp("exchange") / "log", markets=160)
    yield exchange
    exchange.stop()


@pytest.fixture
def cable(exchange: LoopbackExchange) -> Iterator[Cable]:
    cable = Cable(exchange)
    yield cable
    cable.close()
