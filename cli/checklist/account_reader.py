"""Reads the account at its venue in a process of its own: it alone holds the key, and no other identity.

``python -m cli.checklist.account_reader`` takes the venue's address and the path of the key as its first
line, then the moment since which orders and fills are asked for, a line for each read.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Collection
from dataclasses import asdict
from typing import Final

import msgspec

from cli.checklist.venue_account import Held, VenueAccount, VenueFill, VenueOrder
from cli.errors import PreflightRefused
from cli.exchange_child import program_environment
from kalshi_client.errors import KalshiError
from kalshi_client.rest.calls import Between
from kalshi_client.rest.client import RestClient
from settings.venue_access import VenueAccess, account_rest_for
from trading.portfolio import by_market
from trading.scope import PRIMARY, in_scope

COMMAND: Final = (sys.executable, "-P", "-m", "cli.checklist.account_reader")
STOP_WITHIN_S: Final = 5.0
CLOCK_ERROR_US: Final = 5_000_000  # the offset is known to a part of a second at best


class AccountUnread(Exception):
    """The venue did not let the account be read; the text says why."""


class AccountReader:
    """The asking end. ``without``: variables of the environment that the reading process must not see."""

    def __init__(self, access: VenueAccess, *, without: Collection[str] = ()) -> None:
        environment = program_environment()
        self._process = subprocess.Popen(
            COMMAND,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={name: value for name, value in environment.items() if name not in without},
            text=True,
            start_new_session=True,  # a Ctrl-C is for us; its pipe ends with us
        )
        self._access = access.name
        self._ask(json.dumps(asdict(access)))

    def read(self, since_us: int) -> VenueAccount:
        """The account now, with orders and fills since then by this machine's clock. Raises AccountUnread."""
        self._ask(str(since_us))
        assert self._process.stdout is not None
        answer = self._process.stdout.readline()
        if not answer:
            raise PreflightRefused(f"{self._access}: the process that reads the account has ended")
        if answer.startswith("!"):
            raise AccountUnread(f"{self._access}: {answer[1:].strip()}")
        return msgspec.json.decode(answer, type=VenueAccount)

    def close(self) -> None:
        """End the process."""
        self._process.communicate(timeout=STOP_WITHIN_S)

    def _ask(self, line: str) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(f"{line}\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            pass  # the next answer will be none


def main() -> int:
    """The reading end, until nobody asks any more."""
    access = VenueAccess(**json.loads(sys.stdin.readline()))
    rest = account_rest_for(access)
    for line in sys.stdin:
        try:
            answer = msgspec.json.encode(read_venue(rest, int(line)))
        except KalshiError as error:
            answer = f"!{' '.join(str(error).split())}".encode()
        sys.stdout.buffer.write(answer + b"\n")
        sys.stdout.flush()
    return 0


def read_venue(rest: RestClient, since_us: int) -> VenueAccount:
    """The account, with orders and fills since then by this machine's clock. Raises KalshiError."""
    before_us = rest.user_data_timestamp()
    since_venue_us = rest.clock_offset().to_venue_us(since_us)
    since = Between((since_venue_us - CLOCK_ERROR_US) // 1_000_000)
    fills, _ = in_scope("fill", rest.all_fills(at=since, subaccount=PRIMARY))
    made, _ = in_scope("order", rest.all_orders(at=since, subaccount=PRIMARY))
    resting, _ = in_scope("order", rest.orders(status="resting", subaccount=PRIMARY))
    positions, _ = in_scope("position", rest.positions(subaccount=PRIMARY))
    available_e6 = rest.balance(subaccount=PRIMARY).available_e6
    after_us = rest.user_data_timestamp()
    # An order of the first list may have ended before the second was read.
    orders = {order.order_id: order for order in (*made, *resting)}
    return VenueAccount(
        before_us=before_us,
        after_us=after_us,
        since_us=since_venue_us,
        available_e6=available_e6,
        positions={
            ticker: Held(held.position_e2, held.realised_e6, held.fees_e6)
            for ticker, held in by_market(positions).items()
        },
        orders={
            order_id: VenueOrder(
                order_id, each.ticker, each.side, each.price_e4, each.initial_e2, each.fill_e2, each.status
            )
            for order_id, each in orders.items()
        },
        client_order_ids={each.client_order_id: order_id for order_id, each in orders.items()},
        fills={
            each.trade_id: VenueFill(
                each.order_id, each.ticker, each.side, each.price_e4, each.count_e2, each.fee_e6, each.ts_ms
            )
            for each in fills
        },
    )


if __name__ == "__main__":
    sys.exit(main())
