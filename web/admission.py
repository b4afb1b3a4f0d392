"""Who may open the page, its socket and its buttons?

The page is for this machine: a web site open in the same browser must neither read it nor press
its buttons, by its own origin or by a name that it lets resolve to 127.0.0.1.
"""

from __future__ import annotations

from dataclasses import dataclass
from hmac import compare_digest
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

TOKEN_HEADER: Final = "X-Token"
TOKEN_COOKIE: Final = "rl_token"


@dataclass(frozen=True, slots=True)
class Admission:
    """``token`` admits to the buttons, and to everything when ``guards_page``."""

    host: str
    token: str
    guards_page: bool

    def __repr__(self) -> str:
        return f"Admission(host={self.host!r}, guards_page={self.guards_page})"

    def knows_host(self, host_header: str) -> bool:
        """Whether a request meant this page: another name is DNS rebinding. Any port, for tunnels."""
        name = urlsplit(f"//{host_header}").hostname or ""
        if name in ("localhost", self.host):
            return True
        try:
            return self.guards_page or ip_address(name).is_loopback
        except ValueError:
            # A page for others is reached by names we cannot know; its token is what guards it.
            return self.guards_page

    def is_own_origin(self, origin: str, host_header: str) -> bool:
        """Whether the page that speaks is ours. Programs send no origin; browsers always do."""
        return not origin or urlsplit(origin).netloc == host_header

    def may_look(self, token: str) -> bool:
        return not self.guards_page or self.may_act(token)

    def may_act(self, token: str) -> bool:
        return compare_digest(token.encode(), self.token.encode())
