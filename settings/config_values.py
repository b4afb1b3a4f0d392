"""The kinds of value that a setting can have.

A number arrives as whole number or exact decimal (``config_scalars``) and stays exact where it is money or
contracts; every other fraction is a float from here on.
"""

from __future__ import annotations

from decimal import Decimal
from ipaddress import ip_address
from typing import Annotated, Any, Final, get_args
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, field_validator
from pydantic_core import PydanticKnownError

from settings.config_scalars import read_number

MOST_DOLLARS: Final = 1_000_000_000  # keeps money_e6 well inside 64 bits


def _exact(value: Any) -> Any:
    # True is Python's 1 and would pass for one dollar; Decimal itself takes "1_000" and "٣".
    if isinstance(value, bool):
        raise ValueError("must be a number, not true or false")
    if isinstance(value, str):
        number = read_number(value)
        if number is None:
            raise PydanticKnownError("decimal_parsing")
        return number
    return value


Dollars = Annotated[
    Decimal, BeforeValidator(_exact), Field(ge=0, le=MOST_DOLLARS, decimal_places=4, allow_inf_nan=False)
]
Contracts = Annotated[
    Decimal, BeforeValidator(_exact), Field(gt=0, le=1_000_000, decimal_places=2, allow_inf_nan=False)
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


def as_floats(value: Any) -> Any:
    """The same value with each exact decimal in it as a float."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, list):
        return [as_floats(each) for each in value]
    if isinstance(value, dict):
        return {key: as_floats(each) for key, each in value.items()}
    return value


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)

    @field_validator("*", mode="before")
    @classmethod
    def _exact_where_asked(cls, value: Any, info: ValidationInfo) -> Any:
        """A fraction is a float unless the key asks for exact decimals."""
        assert info.field_name is not None
        is_exact = _asks_for_decimal(cls.model_fields[info.field_name].annotation)
        return value if is_exact or isinstance(value, dict) else as_floats(value)


def _asks_for_decimal(annotation: Any) -> bool:
    return annotation is Decimal or any(map(_asks_for_decimal, get_args(annotation)))
