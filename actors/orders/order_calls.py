"""What does OrderManager ask the venue, call by call?

Each function is one call on a background thread: it takes what it needs and returns what it found;
the actor turns that into events.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from kalshi_client.rest.catalogue import Catalogue
from kalshi_client.rest.client import RestClient
from kalshi_client.rest.outcomes import CreateOrder, SendResult
from kalshi_client.rest.throttle import EndpointCosts
from kalshi_client.wire.records import AccountLimits
from kalshi_client.wire.values import OrderMessage
from trading.events import IntentRecorded
from trading.market import Market


@dataclass(frozen=True, slots=True)
class ExecutionVenue:
    """What the venue that executes says of the markets and of this account."""

    markets: dict[str, Market]
    limits: AccountLimits
    costs: EndpointCosts


@dataclass(frozen=True, slots=True)
class Lookup:
    """An order looked for; None where it was not found. Reads were at least as fresh as ``as_of_us``."""

    order: OrderMessage | None
    as_of_us: int


def read_venue(rest: RestClient, tickers: Sequence[str]) -> ExecutionVenue:
    """Markets of these tickers that this venue lists, whatever the data venue says of them."""
    markets = Catalogue(rest).join(rest.markets(tickers=tickers))
    return ExecutionVenue({m.ticker: m for m in markets}, rest.account_limits(), rest.endpoint_costs())


def send(rest: RestClient, intent: IntentRecorded, not_after: float) -> SendResult:
    """The one attempt. Past ``not_after`` (monotonic) nothing is sent: the intent is too old."""
    if time.monotonic() > not_after:
        return SendResult(outcome="not_sent", code="too_late")
    return rest.create_order(
        CreateOrder(
            ticker=intent.ticker,
            side=intent.side,
            count_e2=intent.count_e2,
            price_e4=intent.price_e4,
            time_in_force=intent.time_in_force,
            client_order_id=intent.client_order_id,
            post_only=intent.post_only,
            expiration_s=intent.expiration_s,
            exchange_index=intent.exchange_index,
        )
    )


def look_up(rest: RestClient, ticker: str, client_order_id: str, order_id: str) -> Lookup:
    """Search the market's orders of every status. Freshness is read first, so it bounds the rest.

    By the venue's id once that is known: an order that is not ours may have no other.
    """
    as_of_us = rest.user_data_timestamp()
    for order in rest.orders(ticker=ticker):
        if order.order_id == order_id if order_id else order.client_order_id == client_order_id:
            return Lookup(order, as_of_us)
    return Lookup(None, as_of_us)
