"""The strategy, and the limits of its decisions."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Final, Literal

from pydantic import ConfigDict, Field, ValidationInfo, field_validator, model_validator

from settings.config_values import Contracts, Count, Dollars, Seconds, Section, Seed, Text, as_floats, e6
from trading.risk import RiskLimits

MOST_OPTIONS: Final = 100  # of a strategy


class StrategyOptions(Section):
    """The shape of an action's order: its size, and whether it joins its own side or crosses.

    Every other key is an option of the strategy itself, which refuses those it does not know.
    """

    model_config = ConfigDict(extra="allow")

    contracts: Contracts = Decimal(2)
    style: Literal["join", "cross"] = "join"

    @model_validator(mode="before")
    @classmethod
    def _of_the_strategy(cls, options: Any) -> Any:
        """The strategy's own options come to it as floats, whole numbers, text, switches and lists."""
        if not isinstance(options, dict):
            return options
        if len(options) > MOST_OPTIONS:
            raise ValueError(f"has {len(options):,} options, and may have {MOST_OPTIONS}")
        return {key: value if key in cls.model_fields else as_floats(value) for key, value in options.items()}

    def contracts_e2(self) -> int:
        return int(self.contracts * 100)

    def for_strategy(self) -> dict[str, Any]:
        """The options that the strategy itself takes."""
        return dict(self.model_extra or {})


class Strategy(Section):
    """``name`` is a built-in strategy or ``package.module:Class``."""

    name: Text = "hardcoded"
    seed: Seed = 7
    throttle_s: Annotated[float, Field(strict=True, ge=0, le=86_400, allow_inf_nan=False)] = 5.0
    options: StrategyOptions = StrategyOptions()

    def throttle_us(self) -> int:
        return round(self.throttle_s * 1_000_000)


class Risk(Section):
    """OrderManager's limits; the reasons are in trading/refusals.py."""

    balance_floor: Dollars = Decimal(500)
    balance_resume: Dollars = Decimal(600)
    max_contracts_per_order: Contracts = Decimal(10)
    max_position: Contracts = Decimal(100)
    max_exposure_per_market: Dollars = Decimal(200)
    max_exposure_per_event: Dollars = Decimal(500)
    max_exposure: Dollars = Decimal(5000)
    max_open_orders: Count = 200
    order_ttl_s: Seconds = 60.0
    silence_s: Seconds = 25.0
    stop_before_close_s: Annotated[float, Field(strict=True, ge=0, allow_inf_nan=False)] = 300.0
    reconcile_s: Seconds = 30.0

    @field_validator("balance_resume")
    @classmethod
    def _not_below_the_floor(cls, resume: Decimal, info: ValidationInfo) -> Decimal:
        floor = info.data.get("balance_floor", resume)
        if resume >= floor:
            return resume
        # A floor raised on the command line takes the file's resume level with it.
        if (info.context or {}).get("floor_only_overridden"):
            return Decimal(floor)
        raise ValueError(f"must be at least balance_floor ({floor}), not {resume}")

    def order_ttl_us(self) -> int:
        return round(self.order_ttl_s * 1_000_000)

    def limits(self, *, max_clock_offset_s: float) -> RiskLimits:
        """The same limits in the system's integers, and that of the execution venue's clock."""
        return RiskLimits(
            balance_floor_e6=e6(self.balance_floor),
            balance_resume_e6=e6(self.balance_resume),
            max_contracts_per_order_e2=int(self.max_contracts_per_order * 100),
            max_position_e2=int(self.max_position * 100),
            max_exposure_per_market_e6=e6(self.max_exposure_per_market),
            max_exposure_per_event_e6=e6(self.max_exposure_per_event),
            max_exposure_e6=e6(self.max_exposure),
            max_open_orders=self.max_open_orders,
            stop_before_close_us=round(self.stop_before_close_s * 1_000_000),
            max_clock_offset_us=round(max_clock_offset_s * 1_000_000),
        )
