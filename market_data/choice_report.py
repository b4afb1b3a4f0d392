"""Tells people what became of the markets that were wanted: figures, and each sentence once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Final

from kalshi_client.mapped_markets import MAP
from kalshi_client.missing_markets import Missing
from market_data.market_choice import MarketChoice
from trading.mapped_pair import MarketFacts, why_unrelated

NAMED: Final = 5  # markets in a sentence


class ChoiceReport:
    """The report of one session. ``named_by``: the setting that names the wanted markets; "" for none.
    ``renamed``: the market map, execution tickers by data ticker."""

    def __init__(
        self, choice: MarketChoice, *, wanted: int, named_by: str, renamed: Mapping[str, str]
    ) -> None:
        self.fallback = ""
        """Why the configured fallback is in use; "" while it is not."""
        self.renamed = 0
        """Markets that are traded under another ticker."""
        self.doubtful: list[str] = []
        """Lines of the map that join two markets which look unrelated, each with why."""
        self.choice = choice
        self._wanted = wanted
        self._named_by = named_by
        self._map = renamed
        self._of_data: Mapping[str, MarketFacts] = {}
        self._of_execution: Mapping[str, MarketFacts] = {}
        self._doubtful_told: set[str] = set()
        self._counts: dict[str, int] | None = None
        self._searched: list[Missing] = []
        self._unlisted: list[str] = []  # held, and not listed by the data venue
        self._without_data: list[str] = []  # held, and without a ticker there
        self._missing_told: set[Missing] = set()
        self._without_data_told: set[str] = set()
        self._counts_told: tuple[int, int] = (wanted, 0)

    def take_search(
        self,
        missing: Iterable[Missing],
        unlisted: Sequence[str],
        *,
        fallback: str,
        mapped: Mapping[str, MarketFacts],
    ) -> None:
        """A search ended: names that do not trade, markets held that the data venue does not list, and what
        it tells of markets of the map."""
        self._searched, self._unlisted, self.fallback = list(missing), list(unlisted), fallback
        self._of_data = mapped
        self.doubtful = doubtful_lines(self._map, self._of_data, self._of_execution)

    def take_answer(self, *, renamed: int, mapped: Mapping[str, MarketFacts]) -> None:
        """The execution venue has told which markets it trades, and about those of the map."""
        self.renamed, self._of_execution = renamed, mapped
        self.doubtful = doubtful_lines(self._map, self._of_data, self._of_execution)

    def take_held(self, tickers: Sequence[str], without_data: Sequence[str]) -> None:
        """These are held or have orders: by the data venue's tickers, and those that it has none for."""
        self._without_data = list(without_data)
        self._unlisted = [ticker for ticker in self._unlisted if ticker in tickers]

    def missing(self) -> list[dict[str, str]]:
        """Names of the configuration that are not traded."""
        return [{**asdict(each), "sentence": each.sentence} for each in self._missing()]

    def counts(self) -> dict[str, int] | None:
        """The figures of ``market_map`` in the status, as of the last question that the execution venue has
        answered; None before the first."""
        if not self.choice.is_answered:
            return self._counts
        shares = self.choice.shares()
        mapped = sum(each.setting == MAP and each.name in self._map for each in self._searched)
        self._counts = {
            "wanted": self._wanted,
            "on_both": shares.on_both,
            "only_data": shares.only_data,
            "only_execution": len(self._unlisted) + len(self._without_data) + mapped,
            "renamed": self.renamed,
        }
        return self._counts

    @property
    def is_short(self) -> bool:
        """Whether fewer markets than wanted are traded by both venues."""
        counts = self.counts()
        return counts is not None and counts["on_both"] < self._wanted

    def news(self) -> list[str]:
        """Sentences that were not told yet, about markets that were named or are held, and about the map."""
        return [*self._news_of_names(), *self._news_of_held(), *self._news_of_map()]

    def _missing(self) -> list[Missing]:
        setting = "markets.fallback" if self.fallback else self._named_by
        refused = [
            Missing(setting or MAP, ticker, why)
            for ticker, why in self.choice.refused.items()
            if setting or ticker in self._map
        ]
        return [*self._searched, *refused]

    def _news_of_names(self) -> list[str]:
        new = [each for each in self._missing() if each not in self._missing_told]
        self._missing_told.update(new)
        return [f"Not traded: {each}" for each in new]

    def _news_of_held(self) -> list[str]:
        held = [*self._unlisted, *self._without_data]
        new = [ticker for ticker in held if ticker not in self._without_data_told]
        self._without_data_told.update(new)
        if not new:
            return []
        return [
            f"Held or resting at the execution venue, and not listed by the data venue: {_some(new)}; "
            "the strategy does not see them"
        ]

    def _news_of_map(self) -> list[str]:
        new = [line for line in self.doubtful if line not in self._doubtful_told]
        self._doubtful_told.update(new)
        return [f"{MAP}: {line}" for line in new]

    def news_of_counts(self) -> list[str]:
        """A sentence about how many markets both venues have, if it is another than before."""
        counts = self.counts()
        if counts is None or not self.choice.is_settled or self.choice.more_wanted():
            return []
        told, self._counts_told = self._counts_told, (counts["on_both"], counts["only_data"])
        if self._counts_told == told:
            return []
        said = f"{counts['on_both']:,} of the {self._wanted:,} markets wanted are traded by both venues"
        if refused := list(self.choice.refused):
            said += f"; the execution venue does not trade {len(refused):,} of the others: {_some(refused)}"
        return [said]


def doubtful_lines(
    renamed: Mapping[str, str],
    of_data: Mapping[str, MarketFacts],
    of_execution: Mapping[str, MarketFacts],
) -> list[str]:
    """The lines of the map whose markets look unrelated by both venues' words, each with the reason.

    What is told of a market stands under its ticker at the data venue.
    """
    pairs = (
        (ticker, why_unrelated(of_data[ticker], of_execution[ticker]))
        for ticker in renamed
        if ticker in of_data and ticker in of_execution
    )
    return [
        f"{ticker} {renamed[ticker]} may be two markets and not one: {why}; it is traded as the line says"
        for ticker, why in pairs
        if why
    ]


def _some(tickers: Sequence[str]) -> str:
    return ", ".join(tickers[:NAMED]) + (" …" if len(tickers) > NAMED else "")
