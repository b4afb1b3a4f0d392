"""The two tickers of a market: the data venue's and the execution venue's.

A market bears one ticker at both venues unless it is listed as renamed. A ticker that a rename gives to
another market stands for that market alone, so each ticker has at most one counterpart.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final


class MarketMap:
    """Leads from either ticker of a market to the other; constant."""

    def __init__(self, renamed: Mapping[str, str] | None = None) -> None:
        """``renamed``: execution tickers by data ticker. Raises ValueError when two share one."""
        pairs = dict(renamed or {})
        back = {execution: data for data, execution in pairs.items()}
        if len(back) < len(pairs):
            raise ValueError("two markets of the data venue have the same execution ticker")
        self._to_execution: Final = {
            data: execution for data, execution in pairs.items() if data != execution
        }
        self._to_data: Final = {execution: data for execution, data in back.items() if data != execution}

    @property
    def renames_any(self) -> bool:
        """Whether any market bears two tickers."""
        return bool(self._to_execution)

    def to_execution(self, data_ticker: str) -> str | None:
        """The ticker under which the execution venue would list it; None where that is another market's."""
        found = self._to_execution.get(data_ticker)
        if found is None and data_ticker not in self._to_data:
            return data_ticker
        return found

    def to_data(self, execution_ticker: str) -> str | None:
        """The ticker under which the data venue would list it; None where that is another market's."""
        found = self._to_data.get(execution_ticker)
        if found is None and execution_ticker not in self._to_execution:
            return execution_ticker
        return found

    def as_data_ticker(self, ticker: str) -> str:
        """The data venue's ticker of the market that a person names by either."""
        return ticker if ticker in self._to_execution else self.to_data(ticker) or ticker

    def all_to_execution(self, data_tickers: Iterable[str]) -> list[str]:
        """The execution tickers of those that have one, in the same order."""
        return [found for found in map(self.to_execution, data_tickers) if found is not None]

    def all_to_data(self, execution_tickers: Iterable[str]) -> list[str]:
        """The data tickers of those that have one, in the same order."""
        return [found for found in map(self.to_data, execution_tickers) if found is not None]

    def renamed_among(self, data_tickers: Iterable[str]) -> int:
        """The number of these that have another ticker at the execution venue."""
        return sum(ticker in self._to_execution for ticker in data_tickers)
