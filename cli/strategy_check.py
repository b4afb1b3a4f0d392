"""Does the strategy that a configuration names exist, and does it take its options?"""

from __future__ import annotations

from actors.config import Config
from cli.child_check import problem_seen_by_child
from cli.errors import ConfigurationError
from strategies.action_selector import StrategyError
from strategies.registry import make_selector


def check_strategy(config: Config) -> None:
    """Raises ConfigurationError with what is wrong with it."""
    problem = problem_seen_by_child(lambda: _problem(config))
    if problem:
        raise ConfigurationError(problem)


def _problem(config: Config) -> str:
    strategy = config.strategy
    try:
        make_selector(strategy.name, seed=strategy.seed, options=strategy.options.for_strategy())
    except StrategyError as error:
        return str(error)
    except Exception as error:  # noqa: BLE001  the user's own code may raise anything
        return f"strategy {strategy.name!r}: {type(error).__name__}: {error}"
    return ""
