"""The control API is for programs of this machine: no web site uses it through a browser.

A site reaches loopback in two ways: by its own page, whose requests a browser marks with the page's
origin, or by a name that it lets resolve to 127.0.0.1, which stands in ``Host``. The rest of the
exchange needs no such check: what it tells without a signature is public, and a browser cannot sign.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from ipaddress import ip_address
from typing import Final

from simulator.engine.matching.orders import Refusal

_HOST: Final = re.compile(r"(?:\[([0-9A-Fa-f:.]{2,45})\]|([A-Za-z0-9._-]{1,255}))(?::[0-9]{1,5})?")
# A form of a browser too old to name its origin could write JSON in these two alone.
_FORM_TYPES: Final = ("text/plain", "multipart/form-data")


def find_intruder(headers: Mapping[str, str]) -> Refusal | None:
    """Why a control request is refused; None for one of a program of this machine."""
    host = headers.get("Host", "")
    match = _HOST.fullmatch(host)
    if match is None:
        return Refusal("bad_request", "Host is not a name")
    if not _is_loopback(match[1] or match[2]):
        return Refusal("misdirected", "the control API is not served under that name")
    origin = headers.get("Origin", "")
    if origin and origin.partition("://")[2] != host:
        return Refusal("forbidden", "a web site may not use the control API")
    if headers.get("Content-Type", "").partition(";")[0].strip().lower() in _FORM_TYPES:
        return Refusal("unsupported_media_type", "send application/json")
    return None


def _is_loopback(name: str) -> bool:
    if name.lower() == "localhost":
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False
