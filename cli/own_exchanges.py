"""The exchanges that a session starts: of its own, or in place of the venues it would speak to."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cli.errors import PreflightRefused
from cli.exchange_child import ExchangeAddress, ExchangeChild
from settings.config import Config
from settings.exchange_settings import ExecutableStandIn, OwnExchange, StandIn


class OwnExchanges:
    """As many exchanges as a configuration asks for, each with its own keys, accounts and clock."""

    def __init__(
        self, children: Mapping[str, ExchangeChild], addresses: Mapping[str, ExchangeAddress]
    ) -> None:
        self._children = children
        self.addresses = addresses  # by the venue that each is, or stands in for

    @staticmethod
    def start(config: Config, *, log: Path) -> OwnExchanges:
        """Returns when all are ready; they start at the same time. Raises PreflightRefused."""
        children: dict[str, ExchangeChild] = {}
        try:
            for venue, own in config.own_exchanges().items():
                flags = exchange_flags(venue, own, watched=config.markets.count)
                children[venue] = ExchangeChild.launch(flags, log=log.with_suffix(f".{venue}.exchange"))
            return OwnExchanges(children, {venue: _ready(venue, each) for venue, each in children.items()})
        except BaseException:
            _stop(children)
            raise

    def ended(self) -> str:
        """The venue whose exchange has ended; empty while all run."""
        return next((venue for venue, child in self._children.items() if not child.is_alive()), "")

    def stop(self) -> None:
        """End them all, asking first."""
        _stop(self._children)


def exchange_flags(venue: str, own: OwnExchange, *, watched: int) -> list[str]:
    """What the command ``exchange`` is told to become this exchange."""
    options: dict[str, Any] = {
        "port": 0,
        "markets": own.size(watched),
        "seed": own.seed,
        "activity": own.activity,
        "balance": own.balance,
        "tier": own.tier,
    }
    if own.rate is not None:
        options["rate"] = f"{own.rate:g}"
    if own.state:
        options["state"] = own.state
    if isinstance(own, StandIn):
        options |= {
            "personality": venue,
            "clock-offset-s": f"{own.clock_offset_s:g}",
            "missing-share": f"{own.missing_share:g}",
            "renamed-share": f"{own.renamed_share:g}",
        }
    if isinstance(own, ExecutableStandIn):
        options["fills-per-min"] = f"{own.fills_per_min:g}"
    # Combos are not for the trader, and would be missing from the number of markets asked for.
    flags = ["--no-combos", *(f"--{name}={value}" for name, value in options.items())]
    return [*flags, *(["--control"] if own.control else [])]


def _ready(venue: str, child: ExchangeChild) -> ExchangeAddress:
    try:
        return child.wait_until_ready()
    except PreflightRefused as refused:
        raise PreflightRefused(*(f"{venue}: {line}" for line in refused.lines)) from None


def _stop(children: Mapping[str, ExchangeChild]) -> None:
    for child in children.values():
        child.stop()
