"""The HTTP answer to each refusal (protocol 2.3)."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from aiohttp import web

from simulator.choices import Choices
from simulator.engine.matching.orders import Refusal

_STATUS: Final = {
    "authentication_error": 401,
    "header_timestamp_expired": 401,
    "forbidden": 403,
    "not_found": 404,
    "market_not_found": 404,
    "method_not_allowed": 405,
    "request_timeout": 408,
    "order_already_exists": 409,
    "fill_or_kill_insufficient_resting_volume": 409,
    "trading_is_paused": 409,
    "exchange_is_paused": 409,
    "unsupported_media_type": 415,
    "misdirected": 421,
}


class Declined(Exception):
    """Ends a request with a refusal, from any depth of it."""

    def __init__(self, code: str, details: str = "") -> None:
        super().__init__(code, details)
        self.refusal = Refusal(code, details)


def json_answer(body: Any, *, status: int = 200) -> web.Response:
    return web.Response(body=msgspec.json.encode(body), status=status, content_type="application/json")


def refusal_answer(refusal: Refusal, choices: Choices | None = None) -> web.Response:
    error = _error(refusal)
    if not refusal.details:
        del error["details"]
    # A body that cannot be parsed is answered flat, everything else nested.
    body = error if refusal.code == "bad_request" else {"error": error}
    return json_answer(body, status=_status(refusal.code, choices or Choices()))


def _status(code: str, choices: Choices) -> int:
    if code == "insufficient_balance":
        return choices.insufficient_balance_status
    if code == "market_inactive":
        return choices.market_inactive_status
    return _STATUS.get(code, 400)


def batch_error(refusal: Refusal) -> dict[str, Any]:
    """Inside a batch the details are there even when they say nothing."""
    return {"error": _error(refusal)}


def _error(refusal: Refusal) -> dict[str, str]:
    return {
        "code": refusal.code,
        "message": refusal.code.replace("_", " "),
        "details": refusal.details,
    }


def too_many_requests() -> web.Response:
    return json_answer({"error": "too many requests"}, status=429)
