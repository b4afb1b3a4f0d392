"""Served over HTTP: the page, its JSON, and the two buttons."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any, Final, Protocol

from flask import Flask, Response, jsonify, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from web.admission import TOKEN_COOKIE, TOKEN_HEADER, Admission
from web.freshness import stale_sources
from web.shared_view import SharedView
from web.why import LAST_DECISIONS, MOST_DECISIONS

STATIC: Final = Path(__file__).with_name("static")
ACTIONS: Final = ("pause", "resume", "flush")
HEADERS: Final = {
    "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


class Trader(Protocol):
    """The page's questions to the running actors. Each call raises TimeoutError when none answers."""

    def act(self, action: str) -> tuple[bool, str]: ...

    def book(self, ticker: str) -> dict[str, Any] | None: ...

    def books_hash(self) -> str: ...

    def why(self, ticker: str, last: int) -> dict[str, Any]: ...


def create_app(view: SharedView, admission: Admission, trader: Trader, *, boot: str) -> Flask:
    """The Flask application; it keeps nothing of its own."""
    app = Flask(
        __name__, static_folder=str(STATIC), template_folder=str(STATIC), static_url_path="/rl/static"
    )
    app.json.sort_keys = False  # type: ignore[attr-defined]  # in the order people read it
    _add_guards(app, admission)
    _add_pages(app, view, admission, boot=boot)
    _add_readings(app, view, trader)
    _add_actions(app, trader)
    return app


def _add_guards(app: Flask, admission: Admission) -> None:
    @app.before_request
    def admit() -> tuple[Response, int] | None:
        token = admission.token if request.path == "/rl/health" else _token()
        headers = request.headers
        refused = admission.refusal(headers.get("Host", ""), headers.get("Origin", ""), token)
        if refused is not None:
            return _refusal(refused.text, refused.status)
        if request.method == "POST" and not admission.may_act(request.headers.get(TOKEN_HEADER, "")):
            return _refusal(f"an action needs the session's token in {TOKEN_HEADER}", 403)
        return None

    @app.after_request
    def harden(response: Response) -> Response:
        response.headers.update(HEADERS)
        return response


def _token() -> str:
    return (
        request.headers.get(TOKEN_HEADER)
        or request.cookies.get(TOKEN_COOKIE)
        or request.args.get("token")
        or ""
    )


def _refusal(text: str, code: int) -> tuple[Response, int]:
    return jsonify({"error": text}), code


def _add_pages(app: Flask, view: SharedView, admission: Admission, *, boot: str) -> None:
    @app.get("/")
    def root() -> AnyResponse:
        return redirect("/rl-trader")

    @app.get("/rl-trader")
    def page() -> AnyResponse | str:
        if "token" in request.args:
            # Out of the address bar and the history, into a cookie that only this page sends.
            response = redirect("/rl-trader")
            response.set_cookie(TOKEN_COOKIE, request.args["token"], httponly=True, samesite="Strict")
            return response
        return render_template("index.html", token=admission.token, boot=boot, about=view.about())


def _add_readings(app: Flask, view: SharedView, trader: Trader) -> None:
    @app.get("/rl/health")
    def health() -> tuple[Response, int]:
        failing = view.failing()
        told = {"ok": not failing, "failing": failing, "warnings": view.warnings()}
        return jsonify(told), 503 if failing else 200

    @app.get("/rl/status")
    def status() -> Response:
        books_hash: str | None = None
        # Asked in vain it would make the answer late, and the news that nobody answers with it.
        if not stale_sources(view.ages_s()):
            with suppress(TimeoutError):
                books_hash = trader.books_hash()
        return jsonify({**view.status(), "books_hash": books_hash})

    @app.get("/rl/trader/status")
    def trader_status() -> Response:
        return jsonify(view.trader_status())

    @app.get("/rl/orderbook/snapshot")
    def book() -> Response | tuple[Response, int]:
        ticker = request.args.get("ticker", "")
        if not ticker:
            return _refusal("which market? ?ticker=T", 400)
        try:
            found = trader.book(ticker)
        except TimeoutError:
            return _refusal("no actor answered", 504)
        return _refusal(f"{ticker} is not watched", 404) if found is None else jsonify(found)

    @app.get("/rl/why")
    def why() -> Response | tuple[Response, int]:
        ticker, last = request.args.get("ticker", ""), request.args.get("last", str(LAST_DECISIONS))
        if not ticker:
            return _refusal("which market? ?ticker=T", 400)
        if not last.isdecimal() or not 1 <= int(last) <= MOST_DECISIONS:
            return _refusal(f"last is a number from 1 to {MOST_DECISIONS}", 400)
        try:
            return jsonify(trader.why(ticker, int(last)))
        except TimeoutError:
            return _refusal("no actor answered", 504)


def _add_actions(app: Flask, trader: Trader) -> None:
    @app.post("/rl/actions/<action>")
    def act(action: str) -> tuple[Response, int]:
        if action not in ACTIONS:
            return _refusal(f"{action}: unknown action; there are {', '.join(ACTIONS)}", 404)
        try:
            ok, text = trader.act(action)
        except TimeoutError:
            return _refusal("no actor answered", 504)
        return jsonify({"ok": ok, "text": text}), 200 if ok else 409
