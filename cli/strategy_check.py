"""Checks that the strategy that a configuration names exists and takes its options."""

from __future__ import annotations

import re

from cli.child_check import seen_by_child
from cli.errors import ConfigurationError
from settings.config_file import LoadedConfig
from settings.trading_settings import Strategy
from strategies.action_selector import StrategyError
from strategies.registry import make_selector


def check_strategy(loaded: LoadedConfig) -> None:
    """Raises ConfigurationError with what is wrong with it, and where that was said."""
    strategy = loaded.config.strategy
    problem = seen_by_child(lambda: _problem(strategy))
    if problem:
        where = _where(problem, loaded)
        raise ConfigurationError(f"{where}: {problem}" if where else problem)


def _where(problem: str, loaded: LoadedConfig) -> str:
    """The place of the option that a problem names, or else of the strategy; empty when neither was given."""
    words = re.findall(r"\w+", problem)
    named = [option for option in loaded.config.strategy.options.for_strategy() if option in words]
    keys = [*(("strategy", "options", option) for option in named), ("strategy", "name")]
    return next((loaded.origins[key] for key in keys if key in loaded.origins), "")


def _problem(strategy: Strategy) -> str:
    try:
        make_selector(strategy.name, seed=strategy.seed, options=strategy.options.for_strategy())
    except StrategyError as error:
        return str(error)
    except Exception as error:  # noqa: BLE001  the user's own code may raise anything
        return f"strategy {strategy.name!r}: {type(error).__name__}: {error}"
    return ""
