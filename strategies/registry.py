"""Finds the strategy that a name in the configuration means."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Mapping
from typing import Any, Final

from strategies.action_selector import ActionSelector, StrategyError

# By path and not by class, so that a strategy's dependencies are imported only when it is chosen.
_BUILT_IN: Final = {
    "hardcoded": "strategies.hardcoded:HardcodedSelector",
    "quantitative": "strategies.quantitative:QuantitativeSelector",
}


def make_selector(name: str, *, seed: int, options: Mapping[str, Any]) -> ActionSelector:
    """The strategy a configuration names: a built-in word or ``package.module:Class``.

    Raises StrategyError, with a sentence for the person who wrote the configuration.
    """
    selector_class = _load(name)
    arguments = {"seed": seed, **options}
    try:
        inspect.signature(selector_class).bind(**arguments)
    except TypeError as error:
        raise StrategyError(f"strategy {name!r} does not take these options: {error}") from error
    return selector_class(**arguments)


def _load(name: str) -> type[ActionSelector]:
    path = _BUILT_IN.get(name, name)
    module_name, colon, class_name = path.partition(":")
    if not (module_name and colon and class_name):
        known = ", ".join(sorted(_BUILT_IN))
        raise StrategyError(f"strategy {name!r} is unknown; write one of: {known}, or package.module:Class")
    try:
        module = importlib.import_module(module_name)
    except ImportError as error:
        raise StrategyError(f"strategy {name!r} cannot be imported: {error}") from error
    found = getattr(module, class_name, None)
    if not (inspect.isclass(found) and issubclass(found, ActionSelector)):
        raise StrategyError(f"strategy {name!r}: {module_name} has no ActionSelector named {class_name!r}")
    if inspect.isabstract(found):
        raise StrategyError(f"strategy {name!r}: {class_name} does not define select()")
    return found
