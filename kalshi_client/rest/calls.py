"""One request: made, paid for and read. The topics of the surface are built on this.

Reads raise ``errors.RequestFailed``; lists are read to their end, or fail. A read waits for its
tokens in the thread that asks, and is sent again after a 429, or once after the venue has shown
that our clock is wrong. A write is sent once, at once: its answer says what the attempt proved.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from typing import Final, NamedTuple, TypeVar
from urllib.parse import quote

from kalshi_client.auth import Signer
from kalshi_client.errors import (
    MalformedAnswer,
    NotFound,
    RateLimited,
    RequestFailed,
    Unauthorized,
    UnexpectedAnswer,
    VenueUnavailable,
)
from kalshi_client.rest.malformed_rows import MalformedRows
from kalshi_client.rest.order_destination import OrderDestination
from kalshi_client.rest.outcomes import Answer, NoAnswer
from kalshi_client.rest.read_budget import MOST_REFUSALS, Pacing, ReadBudget
from kalshi_client.rest.rows_read import RowsRead
from kalshi_client.rest.throttle import EndpointCosts
from kalshi_client.rest.transport import Query, Timeouts, Transport
from kalshi_client.signing_clock import SigningClock
from kalshi_client.wire.bodies import Body, RowsPage, read, read_error
from kalshi_client.wire.exchange import CostsBody, LimitsBody
from kalshi_client.wire.records import AccountLimits
from kalshi_client.wire.values import Malformed
from trading.venue_time import ClockOffset

Value = TypeVar("Value")

MAX_PAGES: Final = 10_000
ROWS_A_PAGE: Final = 1_000
NAMES_A_REQUEST: Final = 100  # keeps the URL under 8 KB; what a list of books or candlesticks allows

_READ_ERRORS: Final = {
    401: Unauthorized,
    403: Unauthorized,
    404: NotFound,
    408: VenueUnavailable,
    429: RateLimited,
}


class Between(NamedTuple):
    """A stretch of time, epoch seconds, both ends included; None is open."""

    first_s: int | None = None
    last_s: int | None = None


ANY_TIME: Final = Between()


class Calls:
    """One account at one venue; without a signer, its public part. Safe to use from several threads."""

    def __init__(
        self,
        rest_url: str,
        signer: Signer | None,
        *,
        timeouts: Timeouts | None = None,
        clock: SigningClock | None = None,
        pacing: Pacing | None = None,
        orders: OrderDestination | None = None,
    ) -> None:
        """``orders``: where its orders go; without it, it shows data and no write ever leaves."""
        self.clock = clock or SigningClock()
        """The venue's clock; to be shared with whatever else speaks to this venue."""
        self._transport = Transport(
            rest_url, signer, timeouts=timeouts or Timeouts(), clock=self.clock, orders=orders
        )
        self._closed = threading.Event()
        self._budget = ReadBudget(pacing or Pacing(), self._closed.wait)
        self.malformed_rows = MalformedRows()
        self.rows_read = RowsRead()

    def close(self) -> None:
        """Close the connections of every thread, and let nobody wait for tokens any longer."""
        self._closed.set()
        self._transport.close()

    def clock_offset(self) -> ClockOffset:
        """The lead of the venue's clock over this machine's, by all signed answers so far."""
        return self.clock.offset()

    # --- what reads may cost ---------------------------------------------------------------------

    def account_limits(self) -> AccountLimits:
        """The account's tier and buckets. Its reads are spread by what this says from now on."""
        limits = self._get("/account/limits", LimitsBody)
        self._budget.learn(limits.read)
        return limits

    def endpoint_costs(self) -> EndpointCosts:
        """Tokens by endpoint; reads are counted by what this says from now on."""
        default, rows = self._get("/account/endpoint_costs", CostsBody, signed=False)
        costs = EndpointCosts(default, rows)
        self._budget.learn_costs(costs)
        return costs

    # --- one request -----------------------------------------------------------------------------

    def _write(
        self, method: str, template: str, *, query: Query = (), body: bytes | None = None, **names: str
    ) -> Answer | NoAnswer:
        """The one attempt. A clock error is a rejection; it also mends the clock of the next request."""
        return self._transport.attempt(method, _path(template, names), query=query, body=body, signed=True)

    def _get(
        self,
        template: str,
        kind: type[Body[Value]],
        query: Query = (),
        *,
        signed: bool = True,
        **names: str,
    ) -> Value:
        attempt = self._attempt_read(template, query, signed=signed, **names)
        return read_whole(_path(template, names), attempt, kind)

    def _rows(
        self,
        template: str,
        kind: type[Body[RowsPage[Value]]],
        query: Query = (),
        *,
        key: Callable[[Value], Hashable],
        signed: bool = True,
        a_page: int = ROWS_A_PAGE,
    ) -> list[Value]:
        """Every row up to the last page. An endless listing is an error, not an endless loop.

        A list may change between two of its pages. What comes in at its front moves rows to the next page,
        where they are again: each comes once, by its ``key``, as it was read last. What leaves it may move
        a row to a page that was read already: no list can show that, so nobody may take a row that is
        missing for one that is gone (docs/client.md).
        """
        query = [*query, ("limit", str(a_page))]
        rows: dict[Hashable, Value] = {}
        cursor, seen = "", set[str]()
        while True:
            asked = [*query, ("cursor", cursor)] if cursor else query
            page = self._get(template, kind, asked, signed=signed)
            rows.update((key(row), row) for row in page.rows)
            self.rows_read.add(template, len(page.rows))
            if not page.cursor:
                return list(rows.values())
            if page.cursor in seen or len(seen) >= MAX_PAGES:
                raise UnexpectedAnswer(f"GET {template}", 200, "endless_pages", page.cursor[:100])
            cursor = page.cursor
            seen.add(cursor)

    def _attempt_read(
        self, template: str, query: Query = (), *, signed: bool = True, **names: str
    ) -> Answer | NoAnswer:
        endpoint, path = ("GET", template), _path(template, names)
        signed = signed and self._transport.has_key
        refusals = corrections = 0
        while True:
            self._take_turn(endpoint, signed=signed)
            attempt = self._transport.attempt("GET", path, query=query, signed=signed)
            if isinstance(attempt, NoAnswer) or self._closed.is_set():
                return attempt
            if attempt.clock_corrected and not corrections:
                corrections += 1
            elif attempt.status == 429 and refusals < MOST_REFUSALS:
                refusals += 1
                after_s = attempt.retry_after_s
                if not self._budget.refused(endpoint, signed=signed, times=refusals, after_s=after_s):
                    return attempt
            else:
                return attempt

    def _take_turn(self, endpoint: tuple[str, str], *, signed: bool) -> None:
        if signed and self._budget.should_learn(endpoint):
            try:
                self.account_limits()
                self.endpoint_costs()
            except RequestFailed:
                pass  # what is known still stands, and is asked for again later
        self._budget.take(endpoint, signed=signed)


def read_whole(path: str, attempt: Answer | NoAnswer, kind: type[Body[Value]]) -> Value:
    """The value of a 200 of this kind. Raises RequestFailed for everything else."""
    request = f"GET {path}"
    if isinstance(attempt, NoAnswer):
        raise VenueUnavailable(request, 0, "no_answer", attempt.detail)
    if attempt.status != 200:
        raise _read_error(request, attempt)
    value = read(attempt.body, kind)
    if isinstance(value, Malformed):
        raise MalformedAnswer(request, 200, "malformed", value.reason)
    return value


def _read_error(request: str, answer: Answer) -> RequestFailed:
    said = read_error(answer.body)
    fallback = VenueUnavailable if answer.status >= 500 else UnexpectedAnswer
    kind = _READ_ERRORS.get(answer.status, fallback)
    return kind(request, answer.status, said.code, said.detail)


def itself(row: Hashable) -> Hashable:
    """The key of a row that never changes: two that differ are two stories, and both are told."""
    return row


def _path(template: str, names: dict[str, str]) -> str:
    """Ids come from the venue: none may lead to another path."""
    return template.format(**{name: quote(value, safe="") for name, value in names.items()})


Parameter = str | int | bool | Sequence[str] | None


def given(**parameters: Parameter) -> list[tuple[str, str]]:
    """The parameters of a query that say something; a list is written with commas."""
    return [(name, _text(value)) for name, value in parameters.items() if not _is_nothing(value)]


def times(**spans: Between) -> list[tuple[str, str]]:
    """``created=Between(1, 2)`` as ``min_created_ts`` and ``max_created_ts``."""
    return [
        part
        for kind, span in spans.items()
        for part in given(**{f"min_{kind}_ts": span.first_s, f"max_{kind}_ts": span.last_s})
    ]


def _is_nothing(value: Parameter) -> bool:
    return value is None or value is False or (not isinstance(value, int) and not value)


def _text(value: Parameter) -> str:
    if isinstance(value, bool):
        return "true"
    return str(value) if isinstance(value, str | int) else ",".join(value or ())


def batches(names: Iterable[str]) -> Iterator[list[str]]:
    """The names without doubles, as many at a time as one request takes."""
    wanted = list(dict.fromkeys(names))
    for start in range(0, len(wanted), NAMES_A_REQUEST):
        yield wanted[start : start + NAMES_A_REQUEST]
