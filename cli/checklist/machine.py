"""The machine and the versions in a document of results."""

from __future__ import annotations

import os
import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from typing import Final

PACKAGES: Final = (
    "thespian",
    "websockets",
    "requests",
    "aiohttp",
    "msgspec",
    "cryptography",
    "numpy",
    "flask",
)


def machine() -> dict[str, str]:
    """The system, its cores, memory, and how busy it is now."""
    pages, page_bytes = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    return {
        "system": f"{platform.system()} {platform.release()}, {platform.machine()}",
        "cores": str(os.cpu_count() or "not known"),
        "memory": f"{pages * page_bytes / 1e9:,.1f} GB",
        "load average": ", ".join(f"{load:.2f}" for load in os.getloadavg()),
    }


def versions() -> dict[str, str]:
    """Python, this program and what it is built on."""
    found = {"Python": sys.version.split()[0]}
    for name in ("kalshi-rl-trader", *PACKAGES):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "of a checkout"
    return found
