"""The calls that OrderManager makes at the venue.

Each function is one call on a background thread: it takes what it needs and returns what it found;
the actor turns that into events.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from kalshi_client.errors import NotFound
from kalshi_client.rest.catalogue import Catalogue
from kalshi_client.rest.client import RestClient
from kalshi_client.rest.outcomes import CancelResult, CreateOrder, SendResult
from kalshi_client.rest.throttle import EndpointCosts
from kalshi_client.wire.records import AccountLimits, MarketRecord
from kalshi_client.wire.values import OrderMessage
from trading.events import IntentRecorded
from trading.market import Market
from trading.scope import PRIMARY, in_scope
from trading.venue_time import VenueTimeUs

MOST_BY_NAME: Final = 2_000
SERIES_READ_AGAIN: Final = 200
MOST_LEFT_OUT_TOLD: Final = 20  # sentences after one read of the venue's markets


@dataclass(frozen=True, slots=True)
class ExecutionVenue:
    """The execution venue's word on the markets and on this account."""

    markets: dict[str, Market]
    limits: AccountLimits
    costs: EndpointCosts


@dataclass(frozen=True, slots=True)
class Lookup:
    """An order looked for; None where it was not found. Reads were at least as fresh as ``as_of_us``."""

    order: OrderMessage | None
    as_of_us: VenueTimeUs
    left_out: Counter[str] = field(default_factory=Counter)  # of other subaccounts, by kind


class ExecutionReads:
    """Reads of markets, one at a time; what does not change is remembered from one to the next."""

    def __init__(self, rest: RestClient) -> None:
        self._rest = rest
        self._catalogue = Catalogue(rest)

    def account_too(self, tickers: Sequence[str]) -> ExecutionVenue:
        """The first read: limits and costs are the account's."""
        return ExecutionVenue(self.markets(tickers), self._rest.account_limits(), self._rest.endpoint_costs())

    def markets(self, tickers: Sequence[str]) -> dict[str, Market]:
        """Markets of these tickers that this venue lists, whatever the data venue says of them.

        Fees may have changed since the last read: overrides are read again, and the fees of so many
        series, longest known first, that a thousand markets have all of theirs anew.
        """
        self._catalogue.forget_events()
        self._catalogue.forget_series(SERIES_READ_AGAIN)
        return {market.ticker: market for market in self._catalogue.join(self._records(tickers))}

    def take_left_out(self) -> list[str]:
        """Sentences about the records that could not be read and are missing for it, since the last call,
        each once."""
        reasons = [*self._rest.malformed_rows.take_new(), *self._catalogue.take_unreadable()]
        told = [f"Left out of the execution venue's markets: {why}" for why in reasons[:MOST_LEFT_OUT_TOLD]]
        if len(reasons) > MOST_LEFT_OUT_TOLD:
            told.append(f"... and {len(reasons) - MOST_LEFT_OUT_TOLD} more left out")
        return told

    def _records(self, tickers: Sequence[str]) -> list[MarketRecord]:
        """By name, or where names would take hundreds of requests by the listing of what is open."""
        if len(tickers) <= MOST_BY_NAME:
            return self._rest.markets(tickers=tickers)
        wanted = set(tickers)
        listed = [record for record in self._rest.markets(status="open") if record.ticker in wanted]
        missing = wanted.difference(record.ticker for record in listed)
        return [*listed, *self._rest.markets(tickers=sorted(missing))]


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
            subaccount=PRIMARY,
        )
    )


def cancel(rest: RestClient, order_id: str, ticker: str, exchange_index: int) -> CancelResult:
    """The one attempt to end what rests of the order."""
    return rest.cancel_order(order_id, ticker, exchange_index, subaccount=PRIMARY)


def look_up(rest: RestClient, ticker: str, client_order_id: str, order_id: str) -> Lookup:
    """Search live list and archive, of every status. Freshness is read first, so it bounds the rest.

    By the venue's id once that is known: any other name can change.
    """
    as_of_us = rest.user_data_timestamp()
    if not order_id:
        found, others = _first_of_name(rest, ticker, client_order_id)
        return Lookup(found, as_of_us, others)
    try:
        kept, others = in_scope("order", [rest.find_order(order_id, ticker, subaccount=PRIMARY)])
    except NotFound:
        return Lookup(None, as_of_us)
    return Lookup(kept[0] if kept else None, as_of_us, others)


def _first_of_name(
    rest: RestClient, ticker: str, client_order_id: str
) -> tuple[OrderMessage | None, Counter[str]]:
    """An order that bears the name: the oldest of several, for whoever took it came later."""
    left_out: Counter[str] = Counter()
    # The archive last: what moves between the two reads is then in it, and never in neither.
    for read in (rest.orders, rest.historical_orders):
        orders, others = in_scope("order", read(ticker=ticker, subaccount=PRIMARY))
        left_out += others
        if bearing := [order for order in orders if order.client_order_id == client_order_id]:
            return min(bearing, key=lambda order: order.created_ms or order.ts_ms), left_out
    return None, left_out
