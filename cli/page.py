"""The page of a running session, and its port before anything else is started."""

from __future__ import annotations

import logging
import secrets
import socket
from collections.abc import Callable

from actors.messages import Message
from cli.actor_requests import ActorRequests
from cli.errors import ConfigurationError
from cli.page_trader import PageTrader
from cli.session import Session
from settings.config import Config
from settings.config_values import is_loopback
from web.admission import Admission
from web.live_feed import LiveFeed
from web.server import PageServer, listen
from web.shared_view import SharedView
from web.status_page import create_app


def claim_port(config: Config) -> socket.socket:
    """A socket that listens where the page shall be. Raises ConfigurationError, saying what to do."""
    host, port = config.web.host, config.web.port
    try:
        return listen(host, port)
    except OSError as error:
        raise ConfigurationError(
            f"web.port: cannot listen on {host}:{port}: {error.strerror}; --port 0 takes any free one"
        ) from error


class Page:
    """The page of a running session, and the questions it has for the actors."""

    def __init__(self, server: PageServer, requests: ActorRequests, *, host: str) -> None:
        self._server = server
        self._host = host if is_loopback(host) else socket.gethostname()
        self.requests = requests

    @staticmethod
    def start(session: Session, view: SharedView, tell: Callable[[Message], None], *, token: str) -> Page:
        """Start its thread. Raises ConfigurationError when the port was taken meanwhile."""
        config = session.config
        listening = claim_port(config)
        # Below are a peer's mistakes, as many as it likes.
        logging.getLogger("uvicorn").setLevel(logging.ERROR)
        boot = secrets.token_hex(8)
        admission = Admission(config.web.host, token, guards_page=bool(config.web.token))
        requests = ActorRequests(tell)
        feed = LiveFeed(view, admission, boot=boot)
        server = PageServer(
            create_app(view, admission, PageTrader(session, requests), boot=boot), feed, listening
        )
        server.start()
        return Page(server, requests, host=config.web.host)

    @property
    def port(self) -> int:
        return self._server.port

    @property
    def url(self) -> str:
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self.port}/rl-trader"

    def stop(self) -> None:
        self._server.stop()
