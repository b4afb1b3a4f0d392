"""Admission to the page, its socket and its buttons.

The page is for this machine: a web site open in the same browser must neither read it nor press
its buttons, by its own origin or by a name that it lets resolve to 127.0.0.1.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from hmac import compare_digest
from ipaddress import ip_address
from typing import Final, NamedTuple

TOKEN_HEADER: Final = "X-Token"
TOKEN_COOKIE: Final = "rl_token"

_HOST: Final = re.compile(r"(?:\[([0-9A-Fa-f:.]{2,45})\]|([A-Za-z0-9._-]{1,255}))(?::[0-9]{1,5})?")


class Refusal(NamedTuple):
    """An HTTP status and why."""

    status: int
    text: str


@dataclass(frozen=True, slots=True)
class Admission:
    """``token`` admits to the buttons, and to everything when ``guards_page``."""

    host: str
    token: str
    guards_page: bool

    def __repr__(self) -> str:
        return f"Admission(host={self.host!r}, guards_page={self.guards_page})"

    def refusal(self, host_header: str, origin: str, token: str) -> Refusal | None:
        """Why a request may not even look; None when it may."""
        if not host_name(host_header):
            return Refusal(400, "Host is not a name")
        if not self.knows_host(host_header):
            return Refusal(421, "this page is not served under that name")
        if not self.is_own_origin(origin, host_header):
            return Refusal(403, "another site may not use this page")
        if not self.may_look(token):
            return Refusal(401, "this page needs its token: /rl-trader?token=…")
        return None

    def knows_host(self, host_header: str) -> bool:
        """Whether a request meant this page: another name is DNS rebinding. Any port, for tunnels."""
        name = host_name(host_header)
        if name in ("localhost", self.host):
            return True
        try:
            return self.guards_page or ip_address(name).is_loopback
        except ValueError:
            # A page for others is reached by names we cannot know; its token is what guards it.
            return self.guards_page

    def is_own_origin(self, origin: str, host_header: str) -> bool:
        """Whether the page that speaks is ours. Programs send no origin; browsers always do."""
        return not origin or origin.partition("://")[2] == host_header

    def may_look(self, token: str) -> bool:
        return not self.guards_page or self.may_act(token)

    def may_act(self, token: str) -> bool:
        return compare_digest(token.encode(), self.token.encode())


def host_name(host_header: str) -> str:
    """The name or address in a ``Host`` header, without its port; empty for what is none."""
    match = _HOST.fullmatch(host_header)
    return (match[1] or match[2]).lower() if match else ""
