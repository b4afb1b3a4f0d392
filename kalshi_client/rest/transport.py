"""Sends one request to the venue, and says what came back.

One warm ``requests.Session`` per thread. Nothing is retried, no redirect followed, no proxy of the
environment obeyed. A write leaves only for the client's ``OrderDestination``; a client without one shows
data. Certificates are checked against ``SSL_CERT_FILE``, as the feed does, or against those that come with
``requests``.
"""

from __future__ import annotations

import os
import re
import ssl
import threading
import weakref
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPResponse
from urllib3.exceptions import HTTPError, NewConnectionError

from kalshi_client.auth import Signer
from kalshi_client.errors import KalshiError, WriteRefused
from kalshi_client.rest.order_destination import ONLY_SHOWS_DATA, OrderDestination
from kalshi_client.rest.outcomes import REDIRECTING, Answer, NoAnswer
from kalshi_client.rest.timed_response import timed_pools
from kalshi_client.signing_clock import CLOCK_ERROR, SigningClock, http_date_us
from kalshi_client.wire.bodies import read_error

MAX_BODY_BYTES: Final = 64 * 2**20
_SECONDS: Final = re.compile("[0-9]{1,9}")
READ_CHUNK: Final = 65_536  # bytes
MOST_OF_HOST: Final = 253  # characters that a name of a host can have

Query = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds. ``whole_s`` bounds an answer, headers and body, that comes drop by drop."""

    connect_s: float = 2.0
    read_s: float = 5.0
    whole_s: float = 10.0


class Transport:
    """Sends requests to one venue. Safe to use from several threads."""

    def __init__(
        self,
        rest_url: str,
        signer: Signer | None,
        *,
        timeouts: Timeouts,
        clock: SigningClock,
        orders: OrderDestination | None = None,
    ) -> None:
        self.rest_url = rest_url.rstrip("/")
        self._prefix = urlsplit(self.rest_url).path
        self._signer = signer
        self._timeouts = timeouts
        self._orders = orders
        self.clock = clock
        self._local = threading.local()
        # Only its thread keeps a session alive: threads that come and go leave no connection behind.
        self._sessions: weakref.WeakSet[requests.Session] = weakref.WeakSet()
        self._lock = threading.Lock()

    @property
    def has_key(self) -> bool:
        """Whether what is to be signed will be."""
        return self._signer is not None

    def attempt(
        self, method: str, path: str, *, query: Query = (), body: bytes | None = None, signed: bool
    ) -> Answer | NoAnswer:
        """Send once. Answers the whole response, or what is known about its absence."""
        try:
            return self._send(method, path, query=query, body=body, signed=signed)
        except (KalshiError, requests.RequestException, HTTPError, OSError, ValueError) as error:
            return NoAnswer(sent=may_have_left(error), detail=f"{type(error).__name__}: {error}")

    def close(self) -> None:
        """Close the connections of every thread."""
        with self._lock:
            for session in list(self._sessions):
                session.close()

    def _send(self, method: str, path: str, *, query: Query, body: bytes | None, signed: bool) -> Answer:
        if signed and self._orders is not None:
            self._orders.admit()
        headers = {"Content-Type": "application/json"} if body is not None else {}
        sent_us, signed_with_ms = self.clock.local_us(), self.clock.venue_ms()
        signed = signed and self._signer is not None
        if signed and self._signer is not None:
            headers |= self._signer.headers(method, self._prefix + path, timestamp_ms=signed_with_ms)
        with self._session().request(
            method,
            self.rest_url + path,
            params=list(query),
            data=body,
            headers=headers,
            timeout=(self._timeouts.connect_s, self._timeouts.read_s),
            allow_redirects=False,
            stream=True,
        ) as response:
            if signed:
                self.clock.answered(response.headers.get("Date", ""), sent_us=sent_us)
            content = b"".join(_chunks(response.raw))
            date, retry_after = response.headers.get("Date", ""), response.headers.get("Retry-After", "")
            location = response.headers.get("Location", "")
        is_late = response.status_code == 401 and read_error(content).code == CLOCK_ERROR
        return Answer(
            response.status_code,
            content,
            clock_corrected=is_late and self.clock.is_other_than(signed_with_ms, sent_us=sent_us),
            retry_after_s=wait_s(retry_after, date),
            redirected_to=host_of(location, response.url) if response.status_code in REDIRECTING else "",
        )

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is None:
            session = self._local.session = _Session()
            session.trust_env = False
            session.verify = os.environ.get("SSL_CERT_FILE") or True
            for scheme in ("https://", "http://"):
                session.mount(scheme, _GuardedAdapter(self._timeouts.whole_s, self._orders))
            with self._lock:
                self._sessions.add(session)
        return session


class _Session(requests.Session):
    """Prepares for no redirect: of one to an address that is none ``requests`` would lose the answer."""

    def get_redirect_target(self, resp: requests.Response) -> None:  # noqa: ARG002  # whatever it names
        return None


class _GuardedAdapter(HTTPAdapter):
    """Looks at the host that the connection really goes to, after every rewriting of the URL."""

    def __init__(self, whole_s: float, orders: OrderDestination | None) -> None:
        self._whole_s = whole_s
        self._orders = orders
        super().__init__()

    def init_poolmanager(self, *arguments: Any, **keywords: Any) -> None:
        super().init_poolmanager(*arguments, **keywords)
        self.poolmanager.pool_classes_by_scheme = timed_pools(self._whole_s)

    def get_connection_with_tls_context(
        self, request: requests.PreparedRequest, *arguments: Any, **keywords: Any
    ) -> Any:
        pool = super().get_connection_with_tls_context(request, *arguments, **keywords)
        if request.method != "GET":
            if self._orders is None:
                raise WriteRefused(ONLY_SHOWS_DATA)
            self._orders.check_write(pool.scheme, pool.host, pool.port)
        return pool


def _chunks(raw: HTTPResponse) -> Iterator[bytes]:
    """The body as it comes, bounded in size."""
    size = 0
    while chunk := raw.read1(READ_CHUNK, decode_content=True):
        size += len(chunk)
        if size > MAX_BODY_BYTES:
            raise requests.exceptions.ContentDecodingError("the body is too long")
        yield chunk


def wait_s(retry_after: str, date: str) -> float:
    """Seconds that a ``Retry-After`` asks for; a time in it is by the clock that wrote ``date``."""
    if _SECONDS.fullmatch(retry_after):
        return float(retry_after)
    until_us, now_us = http_date_us(retry_after), http_date_us(date)
    return 0.0 if until_us is None or now_us is None else max(0.0, (until_us - now_us) / 1_000_000)


def host_of(location: str, url: str) -> str:
    """The host that a redirect from this URL names, for people; "" for none that is one."""
    try:
        host = urlsplit(urljoin(url, location)).hostname or ""
    except ValueError:
        return ""
    return host[:MOST_OF_HOST] if location and host.isascii() and host.isprintable() else ""


def may_have_left(error: BaseException) -> bool:
    """Whether a byte of the request may have left before this failure.

    Only failures that cannot happen later say no: our own refusal, an address that does not parse
    or resolve, a connection that was never made, a certificate that was not accepted.
    """
    never_left = (
        KalshiError,
        requests.exceptions.ConnectTimeout,
        requests.exceptions.InvalidURL,
        requests.exceptions.InvalidSchema,
        requests.exceptions.MissingSchema,
        requests.exceptions.InvalidHeader,
        NewConnectionError,  # refused, unreachable, and its subclass for names that do not resolve
        ssl.SSLCertVerificationError,
    )
    return not any(isinstance(cause, never_left) for cause in _causes(error))


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and everything it wraps: requests and urllib3 keep the cause in several places."""
    pending: list[object] = [error]
    seen: set[int] = set()
    while pending:
        cause = pending.pop()
        if not isinstance(cause, BaseException) or id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        pending += [cause.__cause__, getattr(cause, "reason", None), *cause.args]
