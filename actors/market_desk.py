"""The markets that are watched, held and asked about, and the news of them; the Supervisor delivers it.

A message to an actor that does not run may be lost: each is told everything when it has started.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from actors.market_lists import mapped_facts, missing_names, offered, shard_assigned
from actors.messages import (
    MarketsChosen,
    MarketsDiscovered,
    MarketsHeld,
    MarketsListed,
    MarketsUnwatched,
    MarketsWanted,
    Message,
)
from market_data.choice_report import ChoiceReport
from market_data.market_choice import MarketChoice
from market_data.shards import Change, ShardPlan

SEARCHER: Final = "MarketWatcher-0"  # the one that looks for markets
MANAGER: Final = "OrderManager"


class OutgoingMessage(NamedTuple):
    """``to`` is the name of an actor."""

    to: str
    message: Message


class LogLine(NamedTuple):
    """``level`` is one of ``logging``'s."""

    level: int
    text: str


Outgoing = Iterator[OutgoingMessage]


class MarketDesk:
    """The markets of one session. ``named_by``: the setting that names those wanted; "" for none."""

    def __init__(self, *, shards: int, wanted: int, named_by: str, renamed: Mapping[str, str]) -> None:
        self._plan = ShardPlan(shards, count=wanted)
        self._choice = MarketChoice(self._plan, count=wanted)
        self._report = ChoiceReport(self._choice, wanted=wanted, named_by=named_by, renamed=renamed)
        self._question = 0  # the number of the choice that OrderManager was told
        self._most_wanted = 0  # of markets to search for; 0 for as many as the configuration says
        self._held: list[str] = []
        self._unwatched: list[str] = []  # of these, as told to who searches
        self._held_by: dict[str, list[str]] = {}  # of these, as told to each watcher
        self._searched_us: int | None = None
        self._log_lines: list[LogLine] = []

    # --- what is heard ---------------------------------------------------------------------------

    def take_search(self, message: MarketsDiscovered, *, now_us: int) -> Outgoing:
        """The data venue's markets were searched."""
        if message.fallback and self._plan.chosen and not self._report.fallback:
            return  # a watcher that has just been replaced knows less than is known here
        fallback = message.fallback if message.tickers else self._report.fallback
        self._report.take_search(
            missing_names(message), message.unlisted, fallback=fallback, mapped=mapped_facts(message)
        )
        if message.tickers:
            self._searched_us = now_us
            yield from self._follow(self._choice.take_offer(offered(message), held=self._held))

    def take_answer(self, message: MarketsListed) -> Outgoing:
        """The execution venue's answer about the choice."""
        if message.number != self._choice.number:
            return  # to a question that was asked anew meanwhile
        change = self._choice.take_answer(message.number, message.refused, held=self._held)
        self._report.take_answer(renamed=message.renamed, mapped=mapped_facts(message))
        if change is not None:
            yield from self._follow(change)
        if most := self._choice.more_wanted():
            self._most_wanted = most
            yield OutgoingMessage(SEARCHER, MarketsWanted(most))

    def take_held(self, message: MarketsHeld) -> Outgoing:
        """These must stay watched."""
        self._held = message.tickers
        self._report.take_held(message.tickers, message.without_data)
        yield from self._tell_held()

    # --- what is told ----------------------------------------------------------------------------

    def all_for_watcher(self, name: str) -> Outgoing:
        """Everything that a watcher has to know which has just started."""
        yield from self._assign(name)
        if name == SEARCHER and self._most_wanted:
            yield OutgoingMessage(name, MarketsWanted(self._most_wanted))
        if name == SEARCHER and self._unwatched:
            yield OutgoingMessage(name, MarketsUnwatched(self._unwatched))
        self._held_by.pop(name, None)
        yield from self._tell_held()

    def all_for_manager(self) -> Outgoing:
        """The same for OrderManager."""
        if self._choice.number:
            self._question = self._choice.number
            yield OutgoingMessage(
                MANAGER, MarketsChosen(self._plan.chosen, self._question, self._choice.asked_about)
            )

    def take_log_lines(self) -> list[LogLine]:
        """Lines that were not logged yet."""
        lines = [*self._log_lines, *(LogLine(logging.WARNING, said) for said in self._report.news())]
        level = logging.WARNING if self._report.is_short else logging.INFO
        self._log_lines.clear()
        return [*lines, *(LogLine(level, said) for said in self._report.news_of_counts())]

    def watcher_of(self, ticker: str) -> str | None:
        """The watcher of the market, if it has one."""
        shard = self._plan.shard_of(ticker)
        return None if shard is None else f"MarketWatcher-{shard}"

    def standing(self, ticker: str) -> dict[str, Any]:
        """The decision about watching this market, for people."""
        missing = [each["sentence"] for each in self._report.missing() if each["name"] == ticker]
        return {
            "watched": self.watcher_of(ticker) is not None,
            "chosen": len(self._plan.chosen),
            "standing": self._choice.standing(ticker),
            "missing": missing[0] if missing else "",
        }

    def figures(self) -> dict[str, Any]:
        """For people."""
        counts = self._report.counts()
        return {
            "discovery": {
                "at_us": self._searched_us,
                "chosen": len(self._plan.chosen),
                "fallback": self._report.fallback,
                "missing": self._report.missing(),
            },
            "market_map": counts and {**counts, "doubtful": self._report.doubtful},
        }

    # --- what follows from a choice --------------------------------------------------------------

    def _follow(self, change: Change) -> Outgoing:
        if change.added or change.removed:
            chosen, new, gone = len(self._plan.chosen), len(change.added), len(change.removed)
            said = f"Markets: {chosen} to watch, {new} of them new, {gone} gone"
            self._log_lines.append(LogLine(logging.INFO, said))
            if why := self._report.fallback:
                said = f"These are the markets of markets.fallback: {why}"
                self._log_lines.append(LogLine(logging.WARNING, said))
        if self._question != self._choice.number:
            yield from self.all_for_manager()
        for number in change.shards:
            yield from self._assign(f"MarketWatcher-{number}")
        yield from self._tell_held()

    def _assign(self, name: str) -> Outgoing:
        if self._choice.number:
            yield OutgoingMessage(name, shard_assigned(int(name.rpartition("-")[2]), self._plan.shards))

    def _tell_held(self) -> Outgoing:
        """Tell each watcher its held markets: their books are looked after more closely than others. Those
        that nobody watches go to the searcher: after a start that may be any."""
        unwatched = [ticker for ticker in self._held if self._plan.shard_of(ticker) is None]
        if unwatched != self._unwatched and self._choice.number:
            self._unwatched = unwatched
            yield OutgoingMessage(SEARCHER, MarketsUnwatched(unwatched))
        held: dict[str, list[str]] = {f"MarketWatcher-{shard}": [] for shard in range(len(self._plan.shards))}
        for ticker in self._held:
            if (watcher := self.watcher_of(ticker)) is not None:
                held[watcher].append(ticker)
        for name, tickers in held.items():
            if tickers != self._held_by.get(name, []):
                self._held_by[name] = tickers
                yield OutgoingMessage(name, MarketsHeld(tickers))
