"""The ways a request to the venue fails, and the caller's way on from each.

KalshiError
    KeyFileError            the private key cannot be used: the text says what to change
    WriteRefused            a write was about to leave for an address that takes none from this client
    ExchangeNotProven       an address on this machine is not the exchange that made the key
    RequestFailed           a read did not give an answer that can be used
        Unauthorized        401, 403: key, scope or clock
        NotFound            404
        RateLimited         429, or more reads than the bucket can pay in time: wait for it
        VenueUnavailable    408, 5xx, no connection, no answer in time: try again later
        UnexpectedAnswer    anything else, such as a refused parameter
            MalformedAnswer a body without something that is needed: the text says where

Writes raise none of these: they answer with an outcome (``kalshi_client.rest.outcomes``).
"""

from __future__ import annotations


class KalshiError(Exception):
    """Base of everything this package raises on purpose."""


class KeyFileError(KalshiError):
    """The key id or the private key file cannot be used."""


class WriteRefused(KalshiError):
    """A write for an address that takes none from this client; nothing was sent."""


class ExchangeNotProven(KalshiError):
    """Nothing signed goes to an address on this machine that is not the exchange that made the key."""


class RequestFailed(KalshiError):
    """A read that gave no usable answer. ``status`` is 0 when there was no answer at all."""

    def __init__(self, request: str, status: int, code: str, detail: str = "") -> None:
        super().__init__(f"{request}: {status or 'no answer'} {code} {detail}".rstrip())
        self.request = request
        self.status = status
        self.code = code
        self.detail = detail


class Unauthorized(RequestFailed):
    """The key, its scope or the clock was refused; ``code`` tells which."""


class NotFound(RequestFailed):
    """The venue does not know what was asked for."""


class RateLimited(RequestFailed):
    """The token bucket is empty. There is no penalty and no Retry-After. ``status`` 0: it was not sent."""


class VenueUnavailable(RequestFailed):
    """The venue did not answer, or could not; the same read may succeed later."""


class UnexpectedAnswer(RequestFailed):
    """An answer that does not follow the protocol, or a refused parameter."""


class MalformedAnswer(UnexpectedAnswer):
    """Something needed cannot be read in it; ``detail`` says where, and what is wrong with it."""
