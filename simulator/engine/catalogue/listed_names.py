"""The names of the made-up world's markets: listed or missing, usual or renamed.

Two exchanges of one world differ as venues do: each lacks markets that the other has, and names a few
otherwise. A hash of the ticker and of the exchange's salt decides, so it is so for good.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Final

OTHER_NAME: Final = "X"  # at the end of the usual ticker


@dataclass(frozen=True, slots=True)
class ListedNames:
    """The shares of all markets that are not listed, and that have another name."""

    salt: str = ""
    missing_share: float = 0.0
    renamed_share: float = 0.0

    def of_event(self, usual: list[str]) -> dict[int, str]:
        """The tickers of an event's markets by their number in it; at least the first is listed."""
        listed = {number: ticker for number, ticker in enumerate(usual) if not self._is_missing(ticker)}
        return {
            number: self._name(ticker) for number, ticker in (listed or dict(enumerate(usual[:1]))).items()
        }

    def _is_missing(self, ticker: str) -> bool:
        return self._chance("missing", ticker) < self.missing_share

    def _name(self, ticker: str) -> str:
        is_renamed = self._chance("renamed", ticker) < self.renamed_share
        return f"{ticker}{OTHER_NAME}" if is_renamed else ticker

    def _chance(self, what: str, ticker: str) -> float:
        """From 0 up to 1, the same for the same ticker and salt."""
        return int.from_bytes(sha256(f"{self.salt} {what} {ticker}".encode()).digest()[:6]) / 2**48


USUAL_NAMES: Final = ListedNames()
"""Every market is listed under its usual ticker."""
