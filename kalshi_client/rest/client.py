"""The venue's REST surface, as far as this system uses it.

Reads raise ``errors.RequestFailed``; lists are read to their end, or fail. Writes never raise:
their answer says what the attempt proved (``outcomes``), and a write is sent once.

Account reads and those whose freshness matters are signed. The catalogue is not: an unsigned
answer may be 15 s old, but costs the account no tokens (protocol 1.2, 6).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, TypeVar
from urllib.parse import quote

from kalshi_client.auth import Signer
from kalshi_client.errors import (
    NotFound,
    RateLimited,
    RequestFailed,
    Unauthorized,
    UnexpectedAnswer,
    VenueUnavailable,
)
from kalshi_client.rest.outcomes import (
    Answer,
    CancelResult,
    CreateOrder,
    NoAnswer,
    SendResult,
    judge_cancel,
    judge_create,
)
from kalshi_client.rest.throttle import EndpointCosts
from kalshi_client.rest.transport import Query, Timeouts, Transport
from kalshi_client.wire import account as wire_account
from kalshi_client.wire import bodies as wire_bodies
from kalshi_client.wire import markets as wire_markets
from kalshi_client.wire.bodies import Body, Page, read, read_error
from kalshi_client.wire.records import (
    AccountLimits,
    Balance,
    EventRecord,
    ExchangeStatus,
    MarketRecord,
    SeriesRecord,
    Settlement,
)
from kalshi_client.wire.values import FillMessage, Malformed, OrderMessage
from trading.events import PositionAt

Value = TypeVar("Value")

MAX_PAGES: Final = 10_000
MARKETS_A_PAGE: Final = 1_000
ROWS_A_PAGE: Final = 1_000
EVENTS_A_PAGE: Final = 200
TICKERS_A_REQUEST: Final = 100  # keeps the URL under 8 KB

_READ_ERRORS: Final = {
    401: Unauthorized,
    403: Unauthorized,
    404: NotFound,
    408: VenueUnavailable,
    429: RateLimited,
}


class RestClient:
    """One account at one venue; without a signer, its public part. Safe to use from several threads."""

    def __init__(
        self,
        rest_url: str,
        signer: Signer | None,
        *,
        timeouts: Timeouts | None = None,
        clock_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        self._transport = Transport(rest_url, signer, timeouts=timeouts or Timeouts(), clock_ms=clock_ms)
        self.malformed_markets: dict[str, int] = {}  # by reason: rows of listings left out

    def close(self) -> None:
        """Close the connections of every thread."""
        self._transport.close()

    # --- writes ----------------------------------------------------------------------------------

    def create_order(self, order: CreateOrder) -> SendResult:
        """Send the order once."""
        attempt = self._transport.attempt("POST", "/portfolio/events/orders", body=order.body(), signed=True)
        return judge_create(order, attempt)

    def cancel_order(self, order_id: str, market_ticker: str, exchange_index: int) -> CancelResult:
        """Cancel what rests of the order. Without the ticker only shard 0 would look for it."""
        query = [("market_ticker", market_ticker), ("exchange_index", str(exchange_index))]
        path = f"/portfolio/events/orders/{_segment(order_id)}"
        return judge_cancel(order_id, self._transport.attempt("DELETE", path, query=query, signed=True))

    # --- exchange and account --------------------------------------------------------------------

    def exchange_status(self) -> ExchangeStatus:
        """What may be done now. The venue says it with a 5xx as well (protocol 3.1)."""
        path = "/exchange/status"
        attempt = self._transport.attempt("GET", path, signed=True)
        if isinstance(attempt, Answer) and attempt.status in (500, 503, 504):
            status = read(attempt.body, wire_bodies.StatusBody)
            if not isinstance(status, Malformed):
                return status
        return _value(path, attempt, wire_bodies.StatusBody)

    def user_data_timestamp(self) -> int:
        """Epoch microseconds up to which account reads are complete."""
        return self._get("/exchange/user_data_timestamp", wire_bodies.DataTimestampBody)

    def account_limits(self) -> AccountLimits:
        return self._get("/account/limits", wire_bodies.LimitsBody)

    def endpoint_costs(self) -> EndpointCosts:
        default, rows = self._get("/account/endpoint_costs", wire_bodies.CostsBody, signed=False)
        return EndpointCosts(default, rows)

    def balance(self) -> Balance:
        return self._get("/portfolio/balance", wire_account.BalanceBody)

    def positions(self) -> list[PositionAt]:
        """Every market with a position or a history of one, settled ones included."""
        query = [
            ("limit", str(ROWS_A_PAGE)),
            ("count_filter", "position,total_traded"),
            ("settlement_status", "all"),
        ]
        return list(self._rows("/portfolio/positions", wire_account.PositionsBody, query))

    def orders(
        self, *, status: str = "", ticker: str = "", min_ts_s: int | None = None
    ) -> list[OrderMessage]:
        """Orders of all shards, in every state unless ``status`` names one."""
        query = _given(status=status, ticker=ticker, min_ts=min_ts_s)
        return list(self._rows("/portfolio/orders", wire_account.OrdersBody, query))

    def order(self, order_id: str) -> OrderMessage:
        return self._get(f"/portfolio/orders/{_segment(order_id)}", wire_account.OrderBody)

    def fills(
        self, *, min_ts_s: int | None = None, order_id: str = "", ticker: str = ""
    ) -> list[FillMessage]:
        """Fills of all shards since ``min_ts_s`` (epoch seconds)."""
        query = _given(min_ts=min_ts_s, order_id=order_id, ticker=ticker)
        return list(self._rows("/portfolio/fills", wire_account.FillsBody, query))

    def settlements(self, *, min_ts_s: int | None = None, ticker: str = "") -> list[Settlement]:
        query = _given(min_ts=min_ts_s, ticker=ticker)
        return list(self._rows("/portfolio/settlements", wire_account.SettlementsBody, query))

    # --- catalogue -------------------------------------------------------------------------------

    def markets(
        self, *, status: str = "open", tickers: Sequence[str] | None = None, series: Sequence[str] = ()
    ) -> list[MarketRecord]:
        """Markets in a state, combos left out, of these series if any; or the named ones, in any state.

        A row that cannot be read is left out and counted in ``malformed_markets``.
        """
        queries = (
            [_given(status=status, mve_filter="exclude", series_ticker=one) for one in series or ("",)]
            if tickers is None
            else [[("tickers", ",".join(some))] for some in _batches(tickers)]
        )
        found: list[MarketRecord] = []
        for query in queries:
            query.append(("limit", str(MARKETS_A_PAGE)))
            for row in self._rows("/markets", wire_markets.MarketsBody, query, signed=False):
                if isinstance(row, Malformed):
                    count = self.malformed_markets.get(row.reason, 0)
                    self.malformed_markets[row.reason] = count + 1
                else:
                    found.append(row)
        return found

    def market(self, ticker: str) -> MarketRecord:
        """One market, fresh."""
        return self._get(f"/markets/{_segment(ticker)}", wire_markets.MarketBody)

    def orderbook(self, ticker: str) -> tuple[dict[int, int], dict[int, int]]:
        """Sizes by price of the YES bids and of the NO bids. For checks, not for trading."""
        return self._get(f"/markets/{_segment(ticker)}/orderbook", wire_markets.OrderbookBody)

    def events(self, event_tickers: Sequence[str]) -> list[EventRecord]:
        """Those of the named events that the venue lists."""
        found: list[EventRecord] = []
        for some in _batches(event_tickers):
            query = [("tickers", ",".join(some)), ("limit", str(EVENTS_A_PAGE))]
            found += self._rows("/events", wire_markets.EventsBody, query, signed=False)
        return found

    def event(self, event_ticker: str) -> EventRecord:
        return self._get(f"/events/{_segment(event_ticker)}", wire_markets.EventBody, signed=False)

    def series(self, series_ticker: str) -> SeriesRecord:
        return self._get(f"/series/{_segment(series_ticker)}", wire_markets.SeriesBody, signed=False)

    # --- one read --------------------------------------------------------------------------------

    def _get(self, path: str, kind: type[Body[Value]], query: Query = (), *, signed: bool = True) -> Value:
        return _value(path, self._transport.attempt("GET", path, query=query, signed=signed), kind)

    def _rows(
        self, path: str, kind: type[Body[Page[Value]]], query: Query, *, signed: bool = True
    ) -> Iterator[Value]:
        """Every row up to the last page. An endless listing is an error, not an endless loop."""
        if not any(name == "limit" for name, _ in query):
            query = [*query, ("limit", str(ROWS_A_PAGE))]
        cursor, seen = "", set[str]()
        while True:
            page = self._get(path, kind, [*query, *([("cursor", cursor)] if cursor else [])], signed=signed)
            yield from page.rows
            if not page.cursor:
                return
            if page.cursor in seen or len(seen) >= MAX_PAGES:
                raise UnexpectedAnswer(f"GET {path}", 200, "endless_pages", page.cursor[:100])
            cursor = page.cursor
            seen.add(cursor)


def _value(path: str, attempt: Answer | NoAnswer, kind: type[Body[Value]]) -> Value:
    request = f"GET {path}"
    if isinstance(attempt, NoAnswer):
        raise VenueUnavailable(request, 0, "no_answer", attempt.detail)
    if attempt.status != 200:
        raise _read_error(request, attempt)
    value = read(attempt.body, kind)
    if isinstance(value, Malformed):
        raise UnexpectedAnswer(request, 200, "malformed", value.reason)
    return value


def _read_error(request: str, answer: Answer) -> RequestFailed:
    said = read_error(answer.body)
    fallback = VenueUnavailable if answer.status >= 500 else UnexpectedAnswer
    kind = _READ_ERRORS.get(answer.status, fallback)
    return kind(request, answer.status, said.code, said.detail)


def _segment(name: str) -> str:
    return quote(name, safe="")  # ids come from the venue: none may lead to another path


def _given(**parameters: str | int | None) -> list[tuple[str, str]]:
    return [(name, str(value)) for name, value in parameters.items() if value not in ("", None)]


def _batches(tickers: Iterable[str]) -> Iterator[list[str]]:
    wanted = list(dict.fromkeys(tickers))
    for start in range(0, len(wanted), TICKERS_A_REQUEST):
        yield wanted[start : start + TICKERS_A_REQUEST]
