"""A page that is really served, on a free port, over reports that a test makes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from websockets.sync.client import connect

from tests.web.reports import ENVIRONMENT, REPORTS
from web.admission import Admission
from web.live_feed import LiveFeed
from web.server import PageServer, listen
from web.shared_view import SharedView, now_us
from web.status_page import create_app
from web.view import SystemView

TOKEN = "a-token"


@dataclass
class FakeTrader:
    """Stands for the actors: remembers what was asked, and can be told not to answer."""

    actions: list[str] = field(default_factory=list)
    refuses: str = ""
    silent: bool = False

    def act(self, action: str) -> tuple[bool, str]:
        self._answer()
        self.actions.append(action)
        return not self.refuses, self.refuses or f"{action}d"

    def book(self, ticker: str) -> dict[str, Any] | None:
        self._answer()
        return {"ticker": ticker, "yes": [["0.4700", "10.00"]], "no": []} if ticker == "MARKET-ABC" else None

    def books_hash(self) -> str:
        self._answer()
        return "ab12"

    def why(self, ticker: str, last: int) -> dict[str, Any]:
        self._answer()
        return {"ticker": ticker, "verdict": f"never traded: {last}"}

    def _answer(self) -> None:
        if self.silent:
            raise TimeoutError


@dataclass
class Served:
    """A served page for a test."""

    view: SharedView
    feed: LiveFeed
    server: PageServer
    trader: FakeTrader

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.port}"

    def socket(self, **options: Any) -> Any:
        return connect(f"ws://127.0.0.1:{self.server.port}/rl/ws", proxy=None, compression=None, **options)

    def report(self, source: str, **values: Any) -> None:
        self.view.apply(source, REPORTS[source] | values, built_us=now_us())


def serve(*, guards_page: bool = False, environment: dict[str, Any] = ENVIRONMENT) -> Served:
    view = SharedView(SystemView(session="s1", environment=environment, started_us=now_us()))
    admission = Admission("127.0.0.1", TOKEN, guards_page=guards_page)
    trader = FakeTrader()
    feed = LiveFeed(view, admission, boot="boot-1")
    app = create_app(view, admission, trader, boot="boot-1")
    server = PageServer(app, feed, listen("127.0.0.1", 0))
    server.start()
    return Served(view, feed, server, trader)


@pytest.fixture
def served():
    served = serve()
    for source in REPORTS:
        served.report(source)
    yield served
    served.server.stop()


@pytest.fixture
def guarded():
    served = serve(guards_page=True)
    yield served
    served.server.stop()
