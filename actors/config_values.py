"""Which kinds of value can a setting have?"""

from __future__ import annotations

from decimal import Decimal
from ipaddress import ip_address
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

MOST_DOLLARS: Final = 1_000_000_000  # keeps money_e6 well inside 64 bits


def _no_bool(value: Any) -> Any:
    # YAML's true is Python's 1, and would pass for one dollar.
    if isinstance(value, bool):
        raise ValueError("must be a number, not true or false")
    return value


Dollars = Annotated[
    Decimal, BeforeValidator(_no_bool), Field(ge=0, le=MOST_DOLLARS, decimal_places=4, allow_inf_nan=False)
]
Contracts = Annotated[
    Decimal, BeforeValidator(_no_bool), Field(gt=0, le=1_000_000, decimal_places=2, allow_inf_nan=False)
]
Seconds = Annotated[float, Field(strict=True, gt=0, le=86_400, allow_inf_nan=False)]
Count = Annotated[int, Field(strict=True, ge=1)]
Seed = Annotated[int, Field(strict=True, ge=0, lt=2**63)]
Text = Annotated[str, Field(strict=True, min_length=1)]


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach ``host``."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def host_of(url: str) -> str:
    """The host that a URL would connect to."""
    return urlsplit(url).hostname or ""


def e6(dollars: Decimal) -> int:
    """Dollars in the system's integers."""
    return int(dollars * 1_000_000)


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)
