"""The markets to watch."""

from __future__ import annotations

from collections import Counter
from typing import Annotated, Any, Final, Literal

from pydantic import Field, field_validator

from kalshi_client.discovery import Rank
from settings.config_values import Section, Text

# The largest size the exchange has; one process per shard, and more than cores only switch.
MOST_MARKETS: Final = 20_000
MOST_SHARDS: Final = 16
MOST_OF_ONE_SHARD: Final = 5_000  # markets; from there on a second core is worth a second process


class Markets(Section):
    """The markets to watch: ``tickers`` when given, else the first ``count`` open ones.

    ``rank`` says which come first (``kalshi_client.discovery.Search``), ``series`` whose alone count;
    ``fallback`` are those of a start that finds none. ``map`` is a file beside the configuration
    (``settings.market_map_file``).
    """

    count: Annotated[int, Field(strict=True, ge=1, le=MOST_MARKETS)] = 1000
    tickers: tuple[Text, ...] = ()
    series: tuple[Text, ...] = ()
    rank: Rank = "activity"
    refresh_s: Annotated[float, Field(strict=True, ge=1, le=86_400, allow_inf_nan=False)] = 300.0
    shards: int | Literal["auto"] = "auto"
    fallback: tuple[Text, ...] = ()
    map: Annotated[str, Field(strict=True)] = ""

    @field_validator("tickers", "series", "fallback")
    @classmethod
    def _without_blanks(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        blank = next((name for name in names if any(each.isspace() for each in name)), None)
        if blank is not None:
            raise ValueError(f"{blank!r} has a blank in it, and no ticker has")
        return names

    @field_validator("tickers", "series", "fallback")
    @classmethod
    def _each_once(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        twice = sorted(name for name, times in Counter(names).items() if times > 1)
        if twice:
            raise ValueError(f"names {', '.join(twice)} more than once")
        return names

    @field_validator("shards", mode="plain")
    @classmethod
    def _shards(cls, value: Any) -> int | Literal["auto"]:
        if value == "auto":
            return "auto"
        if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MOST_SHARDS:
            return value
        raise ValueError(f"must be auto or a whole number from 1 to {MOST_SHARDS}, not {value!r:.80}")

    def size(self) -> int:
        """The number of markets asked for."""
        return len(self.tickers) or self.count

    def shard_count(self, *, cores: int) -> int:
        """The number of MarketWatchers that share them; never more than there are markets."""
        if self.shards != "auto":
            return min(self.shards, self.size())
        return min(1 if self.size() <= MOST_OF_ONE_SHARD else 2, max(cores, 1))
