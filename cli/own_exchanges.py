"""The exchanges that a session starts: of its own, or in place of the venues it would speak to."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any, Final

from cli.exchange_child import ExchangeAddress
from cli.kept_exchange import KeptExchange
from settings.config import Config
from settings.exchange_settings import ExecutableStandIn, OwnExchange, StandIn

STATES: Final = "exchanges"  # below state_dir, by session and venue


class OwnExchanges:
    """As many exchanges as a configuration asks for, each with its own keys, accounts and clock."""

    def __init__(self, *, folder: Path) -> None:
        self._kept: list[KeptExchange] = []
        self._folder = folder
        self.addresses: dict[str, ExchangeAddress] = {}  # by the venue that each is, or stands in for

    @staticmethod
    def start(config: Config, *, log: Path) -> OwnExchanges:
        """Returns when all are ready; they start at the same time. Raises PreflightRefused."""
        folder = Path(config.state_dir).resolve() / STATES / log.stem
        own = OwnExchanges(folder=folder)
        try:
            for venue, asked in config.own_exchanges().items():
                flags = exchange_flags(venue, asked, watched=config.markets.count)
                state = _state_of(asked, folder / venue)
                if state and not asked.state:
                    flags.append("--temporary")
                errors = log.with_suffix(f".{venue}.exchange")
                own._kept.append(KeptExchange(venue, flags, state=state, log=errors))
            own.addresses = {each.venue: each.wait_until_ready() for each in own._kept}
        except BaseException:
            own.stop()
            raise
        return own

    def look(self, now_s: float) -> list[str]:
        """Start those again that have ended and are kept; what there is to tell about it. It never waits."""
        return [told for each in self._kept if (told := each.look(now_s))]

    def ended(self) -> str:
        """The venue whose exchange has ended for good; empty while there is none."""
        return next((each.venue for each in self._kept if each.has_ended), "")

    def stop(self) -> None:
        """End them all, asking first. What only this session kept goes, unless one has ended for good."""
        for each in self._kept:
            each.stop()
        if not self.ended():
            shutil.rmtree(self._folder, ignore_errors=True)


def _state_of(asked: OwnExchange, own: Path) -> Path | None:
    """The folder that keeps it: the one it asks for, or for a stand-in one of the session.

    A stand-in fails and comes back as the venue would. Writing a lively exchange down costs it a third of a
    core at thousands of changes a second, so one that is nobody's stand-in is kept only where it asks for it.
    """
    if asked.state:
        return Path(asked.state).resolve()
    return own if isinstance(asked, StandIn) else None


def forget_states(config: Config) -> None:
    """Remove what is left of a session that was killed with its exchanges; for whoever has the directory."""
    shutil.rmtree(Path(config.state_dir) / STATES, ignore_errors=True)


def exchange_flags(venue: str, own: OwnExchange, *, watched: int) -> list[str]:
    """The flags that make the command ``exchange`` this exchange, port and folder apart."""
    options: dict[str, Any] = {
        "markets": own.size(watched),
        "seed": own.seed,
        "activity": own.activity,
        "balance": own.balance,
        "tier": own.tier,
    }
    if own.rate is not None:
        options["rate"] = f"{own.rate:g}"
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
